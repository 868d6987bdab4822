/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/connection.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/boot.h"
#include "core/engine_check.h"
#include "core/machine.h"

static struct err *connection_swarm(struct machine *m, struct driver_endpoint *end)
{
	auto_free char *swarm = machine_swarm_url(m, end->url);

	if (!swarm)
		return err_hint(
			err_new(ERR_WRONG_STATE,
				"\"%s\" is not a swarm master. The --swarm flag is intended for use with swarm masters",
				m->name),
			"Its engine is asked without --swarm.");
	auto_err *silent = engine_check(m, swarm, MACHINE_CHECK_MS);

	if (silent && silent->code != ERR_INTERRUPTED) {
		TRY(err_wrap(engine_check(m, end->url, MACHINE_CHECK_MS),
			     "Error checking and/or regenerating the certs"));
		return err_new(
			ERR_NETWORK,
			"Connection to Swarm cannot be checked but the certs are valid. Maybe swarm is not started");
	}
	TRY(TAKE(silent));
	free(end->url);
	end->url = TAKE(swarm);
	return NULL;
}

/* A record is a file that others may have written, and shells evaluate what `env` makes of it. */
static struct err *connection_is_url(const struct machine *m, const char *url)
{
	for (const char *p = url; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("\"<>\\^`{|}", *p))
			return err_hint(
				err_new(ERR_FAILED, "'%s' is not the URL of an engine: tcp://HOST:PORT is meant", url),
				"Look at the machine's record: machine inspect %s", m->name);
	return NULL;
}

struct err *connection_check(struct machine *m, bool swarm, struct driver_endpoint *ret)
{
	TRY(machine_follow_address(m, ret));
	TRY(connection_is_url(m, ret->url));
	if (swarm)
		return connection_swarm(m, ret);
	return err_wrap(engine_check(m, ret->url, MACHINE_CHECK_MS), "Error checking and/or regenerating the certs");
}
