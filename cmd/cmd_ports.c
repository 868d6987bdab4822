/* SPDX-License-Identifier: Apache-2.0 */
#include <cjson/cJSON.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"

static void port_json(const char *machine, const struct driver_port *p)
{
	cJSON *o = json_object();

	json_set_str(o, "Name", machine);
	json_set_str(o, "Proto", p->proto);
	json_set_int(o, "Port", p->guest_port);
	if (p->problem) {
		json_set_str(o, "Problem", p->problem);
	} else {
		json_set_str(o, "HostAddress", p->host_address);
		json_set_int(o, "HostPort", p->host_port);
	}
	answer_json(stdout, o);
}

static struct err *ports_run(struct app *app, const struct opts *o)
{
	auto_machine *m = NULL;
	struct driver_port *ports = NULL;
	size_t n = 0;

	TRY(target_one(app, o, &m));
	TRY(machine_ports(m, &ports, &n));
	for (size_t i = 0; i < n; i++) {
		const struct driver_port *p = &ports[i];
		if (app->json)
			port_json(m->name, p);
		else if (p->problem)
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
	.words = CMD_WORDS_MACHINES,
	.summary = "List the ports that containers publish and where they answer",
	.description = CMD_MACHINE,
	.run = ports_run,
};
