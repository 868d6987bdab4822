/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/agent.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "drivers/kvm/channel.h"
#include "drivers/kvm/domain.h"
#include "drivers/link/boot_wait.h"
#include "drivers/link/chan.h"
#include "drivers/link/text.h"
#include "guest/contract.h"

#define AGENT_OPEN_MS 10000
#define AGENT_TEXT_MAX 300
#define AGENT_GREET_MS 1000
#define AGENT_LOOK_MS 500 /* a stream says nothing when the connection below it breaks */

struct agent {
	virDomainPtr domain;
	int64_t id; /* of our request: answers to others' may still be on their way */
	struct channel *channel;
	struct chan lines;
};

static void agent_close(struct agent *a)
{
	chan_close(&a->lines);
	channel_closep(&a->channel);
}
#define auto_agent __attribute__((cleanup(agent_close))) struct agent

struct opening {
	struct agent *a;
	struct err *last;
};

/* Right after the start, QEMU may not listen there yet. */
static struct err *agent_open_try(void *data, bool *done)
{
	struct opening *o = data;
	bool active;

	err_free(o->last);
	o->last = channel_open(o->a->domain, GUEST_PORT_NAME, true, &o->a->channel);
	*done = !o->last;
	if (*done)
		return NULL;
	TRY(domain_is_active(o->a->domain, &active));
	return active ? NULL : err_new(ERR_WRONG_STATE, "the machine ended");
}

static struct err *agent_choose_id(struct agent *a)
{
	uint32_t n;

	TRY(random_bytes(&n, sizeof(n)));
	a->id = (int64_t)n + 1000;
	return NULL;
}

static struct err *agent_open(struct agent *a, virDomainPtr domain, int timeout_ms)
{
	struct opening o = { .a = a };

	*a = (struct agent){ .domain = domain, .lines = CHAN_CLOSED };
	TRY(agent_choose_id(a));
	struct err *e = retry_until(deadline_in(timeout_ms), 20, "the guest's channel", agent_open_try, &o);
	TRY(retry_reason(e, o.last));
	chan_open(&a->lines, channel_take_fd(a->channel), GUEST_LINE_MAX);
	return NULL;
}

/*
 * Ask for what was told before. Who opens the channel right after somebody else closed it may not be noticed by the guest,
 * which then greets nobody. An empty line ends what that somebody may have left unfinished. What is written is not lost: it
 * waits until the guest reads.
 */
static struct err *agent_send(struct agent *a, const cJSON *request, struct deadline d)
{
	auto_secret char *text = json_print(request, 0);
	auto_secret char *line = xasprintf("\n%s\n", text);

	return channel_send(a->channel, line, strlen(line), d);
}

static struct err *agent_greet(struct agent *a, struct deadline d)
{
	auto_json *request = cJSON_CreateObject();

	json_set_int(request, "id", a->id);
	json_set_str(request, "do", "hello");
	return agent_send(a, request, d);
}

/* The channel is at its end: has the machine ended, or only our way to it? */
static struct err *agent_gone(const struct agent *a)
{
	bool active;

	TRY(domain_is_active(a->domain, &active));
	return active ? err_new(ERR_NETWORK, "the way to the guest broke off")
		      : err_new(ERR_WRONG_STATE, "the machine ended");
}

/* The next message; lines that are no JSON are passed over. */
static struct err *agent_next(struct agent *a, struct deadline d, cJSON **ret)
{
	bool open = true;

	for (;;) {
		size_t len;
		char *line = chan_line(&a->lines, &len);

		if (!line && !open)
			return agent_gone(a);
		if (deadline_passed(d)) /* whether it is silent or never is */
			return err_new(ERR_TIMEOUT, "timed out waiting for the guest");
		if (line) {
			auto_err *e = json_parse(line, len, "the agent's message", ret);

			if (!e)
				return NULL;
			continue;
		}
		struct pollfd p[2] = { { .fd = a->lines.fd, .events = POLLIN },
				       { .fd = interrupt_fd(), .events = POLLIN } };
		int left = deadline_left_ms(d), n = poll(p, 2, left < AGENT_LOOK_MS ? left : AGENT_LOOK_MS);

		TRY(interrupt_check());
		if (n < 0 && errno != EINTR)
			return err_errno(ERR_FAILED, "cannot wait for the guest");
		if (n == 0 && virt.virConnectIsAlive(virt.virDomainGetConnect(a->domain)) != 1)
			return err_new(ERR_NETWORK, "the connection to libvirt broke off");
		if (p[0].revents)
			open = chan_read(&a->lines);
	}
}

/* A guest that only boots says nothing for a while; one that missed us says nothing at all. */
static struct err *agent_first(struct agent *a, struct deadline d, cJSON **ret)
{
	int left = deadline_left_ms(d);
	struct err *e = agent_next(a, deadline_in(left < AGENT_GREET_MS ? left : AGENT_GREET_MS), ret);

	if (!e || e->code != ERR_TIMEOUT)
		return e;
	err_free(e);
	TRY(agent_greet(a, d));
	return agent_next(a, d, ret);
}

struct err *agent_wait_ready(virDomainPtr domain, struct deadline d,
			     void (*event)(void *data, const struct driver_boot_event *e), void *data)
{
	auto_boot_wait w = { .event = event, .data = data, .stage = "start" };
	bool done = false, first = true;
	auto_agent a;

	TRY(agent_open(&a, domain, AGENT_OPEN_MS));
	while (!done) {
		auto_json *message = NULL;
		struct err *e = first ? agent_first(&a, d, &message) : agent_next(&a, d, &message);

		first = false;
		if (e && e->code == ERR_TIMEOUT)
			e = boot_wait_timeout(&w, e);
		if (e && e->code == ERR_WRONG_STATE)
			e = err_wrap(e, "it did not become ready; the last stage it reached is '%s'", w.stage);
		TRY(e);
		TRY(boot_wait_take(&w, message, &done));
	}
	return NULL;
}

static struct err *agent_refused(const cJSON *answer)
{
	const char *text = json_str_or(answer, "error", "it gives no reason");
	auto_str clean = STR_INIT;

	text_clean(&clean, text, strlen(text), AGENT_TEXT_MAX, false);
	return err_new(ERR_FAILED, "the guest's agent refuses: %s", clean.buf);
}

struct err *agent_ask(virDomainPtr domain, const cJSON *request, int timeout_ms, cJSON **ret)
{
	struct deadline d = deadline_in(timeout_ms);
	auto_json *numbered = cJSON_CreateObject();
	auto_agent a;

	TRY(agent_open(&a, domain, timeout_ms));
	/* References: the request may hold keys, of which there should be no copies. */
	json_set_int(numbered, "id", a.id);
	for (const cJSON *i = json_first(request); i; i = json_next(i))
		cJSON_AddItemReferenceToObject(numbered, json_key(i), (cJSON *)i);
	TRY(agent_send(&a, numbered, d));
	for (;;) {
		auto_json *message = NULL;

		TRY(err_wrap(agent_next(&a, d, &message), "the guest's agent does not answer"));
		if (json_int_or(message, "id", 0) != a.id)
			continue;
		if (!json_bool_or(message, "ok", false))
			return agent_refused(message);
		if (ret)
			*ret = TAKE(message);
		return NULL;
	}
}

struct err *agent_address(virDomainPtr domain, int timeout_ms, char **ret)
{
	struct deadline d = deadline_in(timeout_ms);
	auto_free char *found = xstrdup("");
	auto_agent a;

	TRY(agent_open(&a, domain, timeout_ms));
	TRY(agent_greet(&a, d));
	for (;;) {
		auto_json *message = NULL;
		struct err *e = agent_next(&a, d, &message);
		bool answered = !e && json_int_or(message, "id", 0) == a.id;

		if (e && e->code != ERR_TIMEOUT)
			return e;
		if (e || answered) { /* all of it was told before the answer */
			err_free(e);
			*ret = TAKE(found);
			return NULL;
		}
		if (str_eq(json_str_or(message, "event", ""), "address")) {
			free(found);
			found = xstrdup(json_str_or(message, "address", ""));
		}
	}
}
