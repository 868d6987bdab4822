/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cmd/commands.h"

static struct err *ports_run(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	struct driver_port *ports = NULL;
	size_t n = 0;

	TRY(target_one(app, o, &m));
	TRY(machine_ports(m, &ports, &n));
	for (size_t i = 0; i < n; i++) {
		const struct driver_port *p = &ports[i];
		if (p->problem)
			ANSWER("%d/%s -> not reachable: %s\n", p->guest_port, p->proto, p->problem);
		else
			ANSWER("%d/%s -> %s:%d\n", p->guest_port, p->proto, p->host_address, p->host_port);
	}
	driver_ports_free(ports, n);
	return NULL;
}

const struct cmd cmd_ports = {
	.name = "ports",
	.args = "[arg...]",
	.summary = "List the ports that containers publish and where they answer",
	.description = "Argument is a machine name.",
	.run = ports_run,
};
