/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/driver.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void driver_endpoint_release(struct driver_endpoint *e)
{
	free(e->address);
	free(e->url);
	free(e->ssh_host);
	free(e->ssh_user);
	memset(e, 0, sizeof(*e));
}

void driver_ports_free(struct driver_port *ports, size_t n)
{
	for (size_t i = 0; ports && i < n; i++) {
		free(ports[i].host_address);
		free(ports[i].problem);
	}
	free(ports);
}

const char *machine_state_name(enum machine_state s)
{
	static const char *const names[] = {
		[STATE_NONE] = "",
		[STATE_RUNNING] = "Running",
		[STATE_PAUSED] = "Paused",
		[STATE_SAVED] = "Saved",
		[STATE_STOPPED] = "Stopped",
		[STATE_STOPPING] = "Stopping",
		[STATE_STARTING] = "Starting",
		[STATE_ERROR] = "Error",
		[STATE_TIMEOUT] = "Timeout",
	};
	return (size_t)s < ARRAY_SIZE(names) ? names[s] : "";
}

/* "url" of the none driver is docker-machine's name; every other option carries its driver's name. */
static const char *broken_option(const struct driver *d)
{
	size_t n = strlen(d->name);

	for (const struct opt *o = d->opts; o->name; o++) {
		if (!o->help || !*o->help)
			return "every option has a help text";
		if (str_eq(d->name, "none") && str_eq(o->name, "url"))
			continue;
		if (strncmp(o->name, d->name, n) != 0 || o->name[n] != '-')
			return "an option's name begins with the driver's name and a dash";
	}
	return NULL;
}

const char *driver_broken_rule(const struct driver *d)
{
	const struct driver_ops *ops = d->ops;

	if (!d->name || !*d->name || strspn(d->name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(d->name))
		return "the name is of lower-case letters, digits and dashes";
	if (!d->summary || !*d->summary)
		return "there is a summary";
	if (!d->opts)
		return "there is a table of options, if only its end";
	if (!ops->from_opts || !ops->from_record || !ops->close || !ops->save)
		return "from_opts, from_record, close and save are not optional";
	if (!ops->create || !ops->remove || !ops->state || !ops->endpoint)
		return "create, remove, state and endpoint are not optional";
	if (!(ops->caps & DRIVER_NO_POWER) && (!ops->start || !ops->stop || !ops->kill))
		return "start, stop and kill are there unless DRIVER_NO_POWER";
	if ((ops->caps & DRIVER_NO_POWER) && (ops->start || ops->stop || ops->kill || ops->restart))
		return "DRIVER_NO_POWER means no start, stop, kill and restart";
	if ((ops->caps & DRIVER_NEEDS_IMAGE) && !ops->seed_machine)
		return "seed_machine is there with DRIVER_NEEDS_IMAGE";
	return broken_option(d);
}
