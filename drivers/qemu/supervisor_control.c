/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket of a machine: one JSON object on a line each way. Requests:
 *   {"do":"status"}  {"do":"ports"}  {"do":"stop"}  {"do":"kill"}  {"do":"agent","request":{"do":"ping"}}
 * are answered with {"ok":true,...} or {"ok":false,"error":"..."}; {"do":"wait"} is answered with the events of the
 * boot so far and then with each as it comes, until {"event":"ready"}, {"event":"failed"} or {"event":"died"}.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/qemu/supervisor.h"
#include "guest/contract.h"

/* A request for the agent is wrapped in one of ours. */
#define CONTROL_LINE_MAX (GUEST_LINE_MAX + 1024)

void sup_control_close(struct sup_client *c)
{
	chan_close(&c->chan);
	*c = (struct sup_client){ .chan = CHAN_CLOSED };
}

static void control_send(struct sup_client *c, cJSON *answer)
{
	bool sent = chan_send_json(&c->chan, answer);

	cJSON_Delete(answer);
	if (!sent)
		sup_control_close(c);
}

void sup_control_answer(struct sup_client *c, const char *error)
{
	cJSON *answer = cJSON_CreateObject();

	json_set_bool(answer, "ok", !error);
	if (error)
		json_set_str(answer, "error", error);
	control_send(c, answer);
}

void sup_control_event(struct sup *s, const cJSON *event)
{
	for (size_t i = 0; i < SUP_CLIENTS; i++) {
		struct sup_client *c = &s->clients[i];

		if (c->used && c->waits && !chan_send_json(&c->chan, event))
			sup_control_close(c);
	}
}

/* The mode of the socket and of its folder keep others out already; root may look. */
static bool control_is_ours(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

void sup_control_accept(struct sup *s)
{
	int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (size_t i = 0; control_is_ours(fd) && i < SUP_CLIENTS; i++) {
		if (s->clients[i].used)
			continue;
		s->clients[i] = (struct sup_client){ .used = true };
		chan_open(&s->clients[i].chan, fd, CONTROL_LINE_MAX);
		return;
	}
	close(fd);
}

static void control_status(struct sup *s, struct sup_client *c, const cJSON *request)
{
	cJSON *answer = cJSON_CreateObject();

	(void)request;
	json_set_bool(answer, "ok", true);
	json_set_str(answer, "phase", sup_phase_name(s->phase));
	json_set_str(answer, "stage", s->stage);
	json_set_bool(answer, "ready", s->ready);
	json_set_bool(answer, "agent", s->hello);
	if (s->problem)
		json_set_str(answer, "problem", s->problem);
	json_set_int(answer, "qemu", s->qemu);
	json_set_str(answer, "accelerator", s->order.kvm ? "kvm" : "tcg");
	json_set_int(answer, "cpus", s->order.cpus);
	control_send(c, answer);
}

static void control_ports(struct sup *s, struct sup_client *c, const cJSON *request)
{
	cJSON *answer = cJSON_CreateObject();

	(void)request;
	json_set_bool(answer, "ok", true);
	json_set(answer, "ports", sup_ports_json(s));
	control_send(c, answer);
}

static void control_stop(struct sup *s, struct sup_client *c, const cJSON *request)
{
	(void)request;
	/* A guest that stands still cannot write what it has. */
	if (!s->paused)
		sup_stop(s);
	sup_control_answer(c, s->paused ? s->problem : NULL);
}

static void control_kill(struct sup *s, struct sup_client *c, const cJSON *request)
{
	(void)request;
	sup_kill(s);
	sup_control_answer(c, NULL);
}

static void control_agent(struct sup *s, struct sup_client *c, const cJSON *request)
{
	const cJSON *inner = json_get_or_null(request, "request");

	if (!json_is_object(inner) || c->agent_id)
		sup_control_answer(c, "one request at a time is needed");
	else if (!sup_agent_ask(s, c, inner))
		sup_control_answer(c, "the guest does not listen yet");
}

static void control_wait(struct sup *s, struct sup_client *c, const cJSON *request)
{
	(void)request;
	for (size_t i = 0; c->used && i < s->history.n; i++)
		if (!chan_send(&c->chan, s->history.items[i]))
			sup_control_close(c);
	c->waits = c->used;
}

void sup_control_line(struct sup *s, struct sup_client *c, const char *line, size_t len)
{
	static const struct {
		const char *word;
		void (*run)(struct sup *s, struct sup_client *c, const cJSON *request);
	} words[] = {
		{ "status", control_status }, { "ports", control_ports }, { "stop", control_stop },
		{ "kill", control_kill },     { "agent", control_agent }, { "wait", control_wait },
	};
	auto_json *request = NULL;
	auto_err *e = json_parse(line, len, "request", &request);
	const char *word = e ? "" : json_str_or(request, "do", "");

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (str_eq(word, words[i].word)) {
			words[i].run(s, c, request);
			return;
		}
	sup_control_answer(c, e ? "the request is no JSON" : "unknown request");
}

void sup_control_read(struct sup *s, struct sup_client *c)
{
	bool open = chan_read(&c->chan);
	size_t len;

	for (char *line; c->used && (line = chan_line(&c->chan, &len));)
		sup_control_line(s, c, line, len);
	if (!open && c->used)
		sup_control_close(c);
}
