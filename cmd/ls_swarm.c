/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/ls_swarm.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/machine.h"

static const char *swarm_text(const struct survey_row *r, const char *member)
{
	auto_free char *path = xasprintf("HostOptions.SwarmOptions.%s", member);

	return r->m ? json_str_or(r->m->record, path, "") : "";
}

static bool swarm_is_master(const struct survey_row *r)
{
	return r->m && json_bool_or(r->m->record, "HostOptions.SwarmOptions.Master", false);
}

const struct survey_row *ls_swarm_master(const struct survey *s, const struct survey_row *r)
{
	const char *discovery = swarm_text(r, "Discovery");

	for (size_t i = 0; *discovery && i < s->n; i++)
		if (swarm_is_master(&s->rows[i]) && str_eq(swarm_text(&s->rows[i], "Discovery"), discovery))
			return &s->rows[i];
	return NULL;
}

/* $DOCKER_HOST is the machine's address with the port on which its swarm's master listens. */
bool ls_swarm_is_active(const struct survey_row *r)
{
	const char *host = getenv("DOCKER_HOST");
	auto_free char *url = r->m && r->state == STATE_RUNNING ? machine_swarm_url(r->m, r->url) : NULL;

	return host && url && str_eq(host, url);
}
