/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/link.h"

#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "guest/contract.h"

#define GREET_MS 3000

void link_init(struct link *l, void (*event)(void *data, const char *event, const cJSON *message),
	       void (*answer)(void *data, int64_t id, const cJSON *message), void *data)
{
	*l = (struct link){ .chan = CHAN_CLOSED, .next_id = 1, .event = event, .answer = answer, .data = data };
	l->greet_ms = -1;
	l->greet_at = deadline_in(-1);
}

void link_open(struct link *l, int fd, enum link_greeting greeting)
{
	chan_open(&l->chan, fd, GUEST_LINE_MAX);
	l->hello = false;
	l->greet_ms = greeting == LINK_SERIAL ? GREET_MS : -1;
	l->greet_at = deadline_in(greeting == LINK_TELLS ? -1 : 0);
}

void link_close(struct link *l)
{
	chan_close(&l->chan);
	l->hello = false;
	l->greet_at = deadline_in(-1);
}

void link_restart(struct link *l)
{
	chan_discard(&l->chan);
	l->hello = false;
	l->time_due = false; /* it reads the host's clock while it boots */
}

static void link_do(struct link *l, const char *what, int64_t id)
{
	auto_json *tree = json_object();

	json_set_int(tree, "id", id);
	json_set_str(tree, "do", what);
	chan_send_json(&l->chan, tree);
}

void link_turn(struct link *l)
{
	if (l->chan.fd < 0 || !deadline_passed(l->greet_at))
		return;
	/* An empty line first: what another left half said must not spoil ours. */
	chan_send(&l->chan, "");
	link_do(l, "hello", l->next_id++);
	l->greet_at = deadline_in(l->greet_ms);
}

int64_t link_ask(struct link *l, const cJSON *request)
{
	int64_t id = l->next_id++;
	auto_json *numbered = json_object();

	/* References: the request may hold keys, of which there should be no copies. */
	json_set_int(numbered, "id", id);
	for (const cJSON *i = json_first(request); i; i = json_next(i))
		if (!str_eq(json_key(i), "id"))
			cJSON_AddItemReferenceToObject(numbered, json_key(i), (cJSON *)i);
	return chan_send_json(&l->chan, numbered) ? id : 0;
}

void link_poweroff(struct link *l)
{
	l->poweroff_id = l->next_id++;
	link_do(l, "poweroff", l->poweroff_id);
}

void link_time(struct link *l)
{
	struct timespec now;

	l->time_due = !l->hello;
	if (!l->hello)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	/* By hand: cJSON prints a number with fewer digits than this one has. */
	auto_free char *text = xasprintf("{\"id\":%lld,\"do\":\"time\",\"unix\":%lld.%03ld}", (long long)l->next_id++,
					 (long long)now.tv_sec, now.tv_nsec / 1000000);
	chan_send(&l->chan, text);
}

static void link_hello(struct link *l)
{
	l->hello = true;
	if (l->time_due)
		link_time(l);
}

static void link_line(struct link *l, const char *line, size_t len)
{
	auto_json *tree = NULL;
	auto_err *e = json_parse(line, len, "agent", &tree);

	if (e || !json_is_object(tree))
		return;
	l->greet_at = deadline_in(-1);
	const char *event = json_str_or(tree, "event", NULL);
	if (event && str_eq(event, "hello"))
		link_hello(l);
	if (event)
		l->event(l->data, event, tree);
	else
		l->answer(l->data, json_int_or(tree, "id", 0), tree);
}

bool link_read(struct link *l)
{
	bool open = chan_read(&l->chan);
	size_t len;

	for (char *line; (line = chan_line(&l->chan, &len));)
		link_line(l, line, len);
	return open;
}
