/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/request.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"

static void request_status(struct keeper *k, struct control_client *c, const cJSON *request)
{
	static const char *const phases[] = { "starting", "running", "stopping" };
	cJSON *answer = json_object();

	(void)request;
	json_set_bool(answer, "ok", true);
	json_set_str(answer, "phase", phases[k->phase]);
	json_set_str(answer, "stage", k->story.stage);
	json_set_bool(answer, "ready", k->story.ready);
	json_set_bool(answer, "agent", k->link.hello);
	if (k->problem)
		json_set_str(answer, "problem", k->problem);
	if (k->trouble) {
		auto_free char *why = err_text(k->trouble);
		const char *hint = err_hint_of(k->trouble);

		json_set_str(answer, "trouble", why);
		if (hint)
			json_set_str(answer, "trouble_hint", hint);
	}
	if (k->ops->status)
		k->ops->status(k->self, answer);
	control_send(c, answer);
}

static void request_ports(struct keeper *k, struct control_client *c, const cJSON *request)
{
	cJSON *answer = json_object();

	(void)request;
	json_set_bool(answer, "ok", true);
	json_set(answer, "ports", ports_json(&k->ports.ports));
	control_send(c, answer);
}

static void request_stop(struct keeper *k, struct control_client *c, const cJSON *request)
{
	(void)request;
	/* A guest that stands still cannot write what it has. */
	if (!k->paused)
		keeper_stop(k);
	control_answer(c, k->paused ? k->problem : NULL);
}

static void request_kill(struct keeper *k, struct control_client *c, const cJSON *request)
{
	(void)request;
	keeper_kill(k);
	control_answer(c, NULL);
}

/* An agent that does not see who comes and goes gets what is said to it before it says anything. */
static void request_agent(struct keeper *k, struct control_client *c, const cJSON *request)
{
	const cJSON *inner = json_get_or_null(request, "request");
	bool listens = k->link.hello || (k->ops->connect && k->link.chan.fd >= 0);

	if (!json_is_object(inner) || c->agent_id) {
		control_answer(c, "one request at a time is needed");
		return;
	}
	c->agent_id = listens ? link_ask(&k->link, inner) : 0;
	if (!c->agent_id)
		control_answer(c, "the guest does not listen yet");
}

static void request_wait(struct keeper *k, struct control_client *c, const cJSON *request)
{
	(void)request;
	for (size_t i = 0; c->used && i < k->story.events.n; i++)
		if (!chan_send(&c->chan, k->story.events.items[i]))
			control_drop(c);
	c->waits = c->used;
}

void request_take(struct keeper *k, struct control_client *c, const char *word, const cJSON *request)
{
	static const struct {
		const char *word;
		void (*run)(struct keeper *k, struct control_client *c, const cJSON *request);
		bool owner; /* of a keeper that owns its machine */
	} words[] = {
		{ "status", request_status, false }, { "ports", request_ports, false },
		{ "agent", request_agent, false },   { "wait", request_wait, false },
		{ "stop", request_stop, true },	     { "kill", request_kill, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(word, words[i].word) && (k->ops->owns_machine || !words[i].owner)) {
			words[i].run(k, c, request);
			return;
		}
	if (!k->ops->request || !k->ops->request(k->self, c, word, request))
		control_answer(c, "unknown request");
}
