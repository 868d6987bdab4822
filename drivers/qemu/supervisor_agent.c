/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's side is hostile: whatever it sends is bounded, cleaned, and never used as a name or a command. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/link/text.h"
#include "drivers/qemu/supervisor.h"

#define NAME_MAX_BYTES 31
#define MESSAGE_MAX_BYTES 1000

static void event_keep(struct sup *s, const cJSON *event)
{
	if (s->history.n >= SUP_HISTORY)
		list_remove(&s->history, 1); /* not the kernel's start */
	list_take(&s->history, json_print(event, 0));
}

void sup_event(struct sup *s, const char *event, const char *name, int64_t ms, const char *message)
{
	auto_json *tree = cJSON_CreateObject();
	auto_str clean = STR_INIT, text = STR_INIT;

	text_clean(&clean, name ? name : "", name ? strlen(name) : 0, NAME_MAX_BYTES, false);
	text_clean(&text, message ? message : "", message ? strlen(message) : 0, MESSAGE_MAX_BYTES, false);
	json_set_str(tree, "event", event);
	if (name)
		json_set_str(tree, "name", clean.buf);
	json_set_int(tree, "ms", ms);
	if (message)
		json_set_str(tree, "message", text.buf);
	if (str_eq(event, "stage"))
		snprintf(s->stage, sizeof(s->stage), "%s", clean.buf);
	event_keep(s, tree);
	sup_control_event(s, tree);
}

/* Whoever waits for an answer of the guest that was will get none. */
static void agent_lost(struct sup *s)
{
	for (size_t i = 0; i < SUP_CLIENTS; i++)
		if (s->clients[i].used && s->clients[i].agent_id) {
			s->clients[i].agent_id = 0;
			sup_control_answer(&s->clients[i], "the guest restarted");
		}
}

void sup_boot_begins(struct sup *s)
{
	agent_lost(s);
	list_release(&s->history);
	s->hello = s->ready = s->failed = false;
	sup_note(s);
	sup_ports_forget(s);
	sup_event(s, "stage", "kernel", 0, NULL);
}

static void agent_do(struct sup *s, const char *what, int64_t id)
{
	auto_json *tree = cJSON_CreateObject();

	json_set_int(tree, "id", id);
	json_set_str(tree, "do", what);
	chan_send_json(&s->agent, tree);
}

void sup_agent_poweroff(struct sup *s)
{
	s->poweroff_id = s->next_id++;
	agent_do(s, "poweroff", s->poweroff_id);
}

void sup_agent_time(struct sup *s)
{
	struct timespec now;

	if (!s->hello)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	/* By hand: cJSON prints a number with fewer digits than this one has. */
	auto_free char *text = xasprintf("{\"id\":%lld,\"do\":\"time\",\"unix\":%lld.%03ld}", (long long)s->next_id++,
					 (long long)now.tv_sec, now.tv_nsec / 1000000);
	chan_send(&s->agent, text);
}

bool sup_agent_ask(struct sup *s, struct sup_client *c, const cJSON *request)
{
	if (!s->hello)
		return false;
	cJSON *copy = cJSON_Duplicate(request, true);
	c->agent_id = s->next_id++;
	json_set_int(copy, "id", c->agent_id);
	bool sent = chan_send_json(&s->agent, copy);
	cJSON_Delete(copy);
	if (!sent)
		c->agent_id = 0;
	return sent;
}

static void agent_hello(struct sup *s)
{
	s->hello = true;
	/* It tells its story from the beginning, also after it was restarted. */
	while (s->history.n > 1)
		list_remove(&s->history, 1);
	if (s->phase == SUP_STOPPING)
		sup_agent_poweroff(s);
}

static void agent_event(struct sup *s, const char *event, const cJSON *tree)
{
	int64_t ms = json_int_or(tree, "ms", -1);
	const char *name = json_str_or(tree, "name", ""), *message = json_str_or(tree, "message", "");

	if (str_eq(event, "hello")) {
		agent_hello(s);
	} else if (str_eq(event, "stage")) {
		sup_event(s, "stage", name, ms, NULL);
	} else if (str_eq(event, "ready")) {
		s->ready = true;
		sup_note(s);
		sup_event(s, "ready", NULL, ms, NULL);
	} else if (str_eq(event, "failed")) {
		s->failed = true;
		sup_note(s);
		sup_event(s, "failed", json_str_or(tree, "stage", ""), ms, message);
	} else if (str_eq(event, "warning")) {
		sup_event(s, "warning", NULL, ms, message);
	} else if (str_eq(event, "ports")) {
		sup_ports_set(s, json_get_or_null(tree, "ports"));
	}
}

static void agent_answer(struct sup *s, const cJSON *tree)
{
	int64_t id = json_int_or(tree, "id", 0);

	if (id && id == s->poweroff_id) {
		if (json_bool_or(tree, "ok", false))
			s->nudge_at = SUP_NEVER; /* it is on its way; its containers may take their time */
		else
			sup_qmp_command(s, "system_powerdown");
	}
	for (size_t i = 0; id > 0 && i < SUP_CLIENTS; i++) {
		struct sup_client *c = &s->clients[i];

		if (!c->used || c->agent_id != id)
			continue;
		c->agent_id = 0;
		if (!chan_send_json(&c->chan, tree))
			sup_control_close(c);
	}
}

void sup_agent_line(struct sup *s, const char *line, size_t len)
{
	auto_json *tree = NULL;
	auto_err *e = json_parse(line, len, "agent", &tree);

	if (e || !json_is_object(tree))
		return;
	const char *event = json_str_or(tree, "event", NULL);
	if (event)
		agent_event(s, event, tree);
	else
		agent_answer(s, tree);
}

void sup_agent_read(struct sup *s)
{
	bool open = chan_read(&s->agent);
	size_t len;

	for (char *line; (line = chan_line(&s->agent, &len));)
		sup_agent_line(s, line, len);
	if (!open)
		chan_close(&s->agent);
}
