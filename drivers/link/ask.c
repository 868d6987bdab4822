/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/link/ask.h"

#include <poll.h>

#include "base/fs.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/mem.h"

#define LINE_MAX_LEN (1024 * 1024)

struct err *ask_connect(const char *path, struct chan *ret)
{
	int fd;
	struct err *e = fs_connect(path, &fd);

	if (e && (e->code == ERR_NOT_FOUND || e->code == ERR_NETWORK)) {
		err_free(e);
		return err_new(ERR_WRONG_STATE, "Host is not running");
	}
	TRY(e);
	chan_open(ret, fd, LINE_MAX_LEN);
	return NULL;
}

/* The next object; NULL in *ret at the end of the stream. */
struct err *ask_next(struct chan *c, struct deadline d, cJSON **ret)
{
	size_t len;
	char *line;

	*ret = NULL;
	while (!(line = chan_line(c, &len))) {
		struct pollfd p[2] = { { .fd = c->fd, .events = chan_events(c) },
				       { .fd = interrupt_fd(), .events = POLLIN } };
		int n = poll(p, 2, deadline_left_ms(d));

		TRY(interrupt_check());
		if (n == 0)
			return err_new(ERR_TIMEOUT, "timed out waiting for the machine's supervisor");
		if (p[0].revents & POLLOUT)
			chan_flush(c);
		if ((p[0].revents & ~POLLOUT) && !chan_read(c)) {
			line = chan_line(c, &len);
			if (!line)
				return NULL;
			break;
		}
	}
	return json_parse(line, len, "the supervisor's answer", ret);
}

struct err *ask(const char *path, const cJSON *request, int timeout_ms, cJSON **ret)
{
	auto_chan c = CHAN_CLOSED;
	auto_json *answer = NULL;

	TRY(ask_connect(path, &c));
	chan_send_json(&c, request);
	TRY(ask_next(&c, deadline_in(timeout_ms), &answer));
	if (!answer)
		return err_new(ERR_WRONG_STATE, "Host is not running");
	if (!json_bool_or(answer, "ok", false)) {
		struct err *e = err_new(ERR_FAILED, "%s", json_str_or(answer, "error", "the supervisor refuses"));
		const char *hint = json_str_or(answer, "hint", NULL);

		return hint ? err_hint(e, "%s", hint) : e;
	}
	*ret = TAKE(answer);
	return NULL;
}

struct err *ask_agent(const char *path, const cJSON *request, int timeout_ms, cJSON **ret)
{
	auto_json *outer = json_object();

	json_set_str(outer, "do", "agent");
	/* A reference: the request may hold keys, of which there should be no copies. */
	cJSON_AddItemReferenceToObject(outer, "request", (cJSON *)request);
	return ask(path, outer, timeout_ms, ret);
}
