/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/control.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "guest/contract.h"

/* A request for the agent is wrapped in one of ours. */
#define CONTROL_LINE_MAX (GUEST_LINE_MAX + 1024)

void control_init(struct control *c,
		  void (*request)(void *data, struct control_client *c, const char *word, const cJSON *r), void *data)
{
	*c = (struct control){ .listen_fd = -1, .request = request, .data = data };
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		c->clients[i].chan.fd = -1;
}

struct err *control_open(struct control *c, const char *path)
{
	TRY(fs_listen(path, &c->listen_fd));
	c->path = xstrdup(path);
	return NULL;
}

void control_drop(struct control_client *c)
{
	chan_close(&c->chan);
	*c = (struct control_client){ .chan = CHAN_CLOSED };
}

void control_close(struct control *c)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		control_drop(&c->clients[i]);
	if (c->path)
		unlink(c->path);
	mem_freep(&c->path);
	mem_closep(&c->listen_fd);
}

void control_send(struct control_client *c, cJSON *answer)
{
	bool sent = chan_send_json(&c->chan, answer);

	cJSON_Delete(answer);
	if (!sent)
		control_drop(c);
}

void control_answer(struct control_client *c, const char *error)
{
	cJSON *answer = json_object();

	json_set_bool(answer, "ok", !error);
	if (error)
		json_set_str(answer, "error", error);
	control_send(c, answer);
}

void control_fail(struct control_client *c, const struct err *e)
{
	cJSON *answer = json_object();
	auto_free char *text = err_text(e);

	json_set_bool(answer, "ok", false);
	json_set_str(answer, "error", text);
	if (err_hint_of(e))
		json_set_str(answer, "hint", err_hint_of(e));
	control_send(c, answer);
}

void control_event(struct control *c, const cJSON *event)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *one = &c->clients[i];

		if (one->used && one->waits && !chan_send_json(&one->chan, event))
			control_drop(one);
	}
}

void control_agent_answered(struct control *control, int64_t id, const cJSON *message)
{
	for (size_t i = 0; id > 0 && i < CONTROL_CLIENTS; i++) {
		struct control_client *c = &control->clients[i];

		if (!c->used || c->agent_id != id)
			continue;
		c->agent_id = 0;
		if (!chan_send_json(&c->chan, message))
			control_drop(c);
	}
}

void control_agent_lost(struct control *control, const char *why)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *c = &control->clients[i];

		if (!c->used || !c->agent_id)
			continue;
		c->agent_id = 0;
		control_answer(c, why);
	}
}

/* The mode of the socket and of its folder keep others out already; root may look. */
static bool control_is_ours(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

static void control_accept(struct control *c)
{
	int fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (size_t i = 0; control_is_ours(fd) && i < CONTROL_CLIENTS; i++) {
		if (c->clients[i].used)
			continue;
		c->clients[i] = (struct control_client){ .used = true };
		chan_open(&c->clients[i].chan, fd, CONTROL_LINE_MAX);
		return;
	}
	close(fd);
}

static void control_line(struct control *c, struct control_client *client, const char *line, size_t len)
{
	auto_json *request = NULL;
	auto_err *e = json_parse(line, len, "request", &request);

	if (e)
		control_answer(client, "the request is no JSON");
	else
		c->request(c->data, client, json_str_or(request, "do", ""), request);
}

static void control_read(struct control *c, struct control_client *client)
{
	bool open = chan_read(&client->chan);
	size_t len;

	for (char *line; client->used && (line = chan_line(&client->chan, &len));)
		control_line(c, client, line, len);
	if (!open && client->used)
		control_drop(client);
}

void control_fds(const struct control *c, struct pollfd *p)
{
	p[0] = (struct pollfd){ .fd = c->listen_fd, .events = POLLIN };
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		p[1 + i] = (struct pollfd){ .fd = c->clients[i].chan.fd, .events = chan_events(&c->clients[i].chan) };
}

void control_turn(struct control *c, const struct pollfd *p)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *one = &c->clients[i];
		const struct pollfd *found = &p[1 + i];

		/* Another may have been dropped, and its place taken, since poll looked. */
		if (!found->revents || !one->used || one->chan.fd != found->fd)
			continue;
		if ((found->revents & POLLOUT) && !chan_flush(&one->chan))
			control_drop(one);
		else if (found->revents & ~POLLOUT)
			control_read(c, one);
	}
	if (p[0].revents)
		control_accept(c);
}
