/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/control.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/qemu/chan.h"
#include "drivers/qemu/paths.h"
#include "drivers/qemu/text.h"

#define CONTROL_LINE_MAX (1024 * 1024)
#define CONSOLE_LINES 15

#define auto_chan __attribute__((cleanup(chan_close))) struct chan

static struct err *control_connect(const char *dir, struct chan *ret)
{
	auto_free char *path = fs_join(dir, QEMU_FILE_CONTROL);
	int fd;
	struct err *e = fs_connect(path, &fd);

	if (e && (e->code == ERR_NOT_FOUND || e->code == ERR_NETWORK)) {
		err_free(e);
		return err_new(ERR_WRONG_STATE, "Host is not running");
	}
	TRY(e);
	chan_open(ret, fd, CONTROL_LINE_MAX);
	return NULL;
}

/* The next object; NULL in *ret at the end of the stream. */
static struct err *control_next(struct chan *c, struct deadline d, cJSON **ret)
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

static struct err *control_exchange(const char *dir, const cJSON *request, int timeout_ms, cJSON **ret)
{
	auto_chan c = CHAN_CLOSED;
	auto_json *answer = NULL;

	TRY(control_connect(dir, &c));
	chan_send_json(&c, request);
	TRY(control_next(&c, deadline_in(timeout_ms), &answer));
	if (!answer)
		return err_new(ERR_WRONG_STATE, "Host is not running");
	if (!json_bool_or(answer, "ok", false))
		return err_new(ERR_FAILED, "%s", json_str_or(answer, "error", "the supervisor refuses"));
	*ret = TAKE(answer);
	return NULL;
}

struct err *control_ask(const char *dir, const char *word, int timeout_ms, cJSON **ret)
{
	auto_json *request = cJSON_CreateObject();

	json_set_str(request, "do", word);
	return control_exchange(dir, request, timeout_ms, ret);
}

struct err *control_ask_agent(const char *dir, const cJSON *request, int timeout_ms, cJSON **ret)
{
	auto_json *outer = cJSON_CreateObject();

	json_set_str(outer, "do", "agent");
	/* A reference: the request may hold keys, of which there should be no copies. */
	cJSON_AddItemReferenceToObject(outer, "request", (cJSON *)request);
	return control_exchange(dir, outer, timeout_ms, ret);
}

/* Take an error and put the end of the console below it. */
static struct err *control_with_console(struct err *e, const char *dir)
{
	auto_free char *path = fs_join(dir, QEMU_FILE_CONSOLE);
	auto_free char *tail = text_console_tail(path, CONSOLE_LINES);
	auto_free char *text = NULL;

	if (!*tail)
		return e;
	text = err_text(e);
	struct err *quoted = err_wrap(err_new(e->code, "the end of its console:\n%s", tail), "%s", text);
	const char *hint = err_hint_of(e);
	quoted = hint ? err_hint(quoted, "%s", hint) : quoted;
	err_free(e);
	return quoted;
}

/* The supervisor is gone without a word: its note, if it left one in this run, says why. */
static struct err *control_gone(const char *dir)
{
	auto_free char *path = fs_join(dir, QEMU_FILE_LAST_EXIT);
	auto_json *note = NULL;

	IGNORE(json_read_file(path, &note));
	return err_new(ERR_WRONG_STATE, "the machine ended: %s",
		       json_str_or(note, "reason", "its supervisor was killed"));
}

struct wait {
	void (*event)(void *data, const struct driver_boot_event *e);
	void *data;
	char stage[32];
};

static void wait_tell(struct wait *w, const char *stage, int64_t ms, const char *warning)
{
	const struct driver_boot_event e = { .stage = stage, .guest_ms = ms, .warning = warning };

	if (w->event)
		w->event(w->data, &e);
}

static struct err *wait_take(struct wait *w, const cJSON *tree, bool *done)
{
	const char *event = json_str_or(tree, "event", ""), *message = json_str_or(tree, "message", "");
	int64_t ms = json_int_or(tree, "ms", -1);

	if (str_eq(event, "stage")) {
		snprintf(w->stage, sizeof(w->stage), "%s", json_str_or(tree, "name", ""));
		wait_tell(w, w->stage, ms, NULL);
	} else if (str_eq(event, "warning")) {
		wait_tell(w, w->stage, ms, message);
	} else if (str_eq(event, "ready")) {
		wait_tell(w, "ready", ms, NULL);
		*done = true;
	} else if (str_eq(event, "failed")) {
		return err_new(ERR_FAILED, "the guest failed at '%s': %s", json_str_or(tree, "name", ""), message);
	} else if (str_eq(event, "died")) {
		return err_new(ERR_WRONG_STATE, "the machine ended after '%s': %s", w->stage, message);
	}
	return NULL;
}

static struct err *wait_loop(struct chan *c, const char *dir, struct deadline d, struct wait *w)
{
	bool done = false;

	while (!done) {
		auto_json *tree = NULL;
		struct err *e = control_next(c, d, &tree);

		if (e && e->code == ERR_TIMEOUT)
			e = err_wrap(e, "the machine did not become ready in time; the last stage it reached is '%s'",
				     w->stage);
		TRY(e);
		if (!tree)
			return control_gone(dir);
		TRY(wait_take(w, tree, &done));
	}
	return NULL;
}

struct err *control_wait_ready(const char *dir, struct deadline d,
			       void (*event)(void *data, const struct driver_boot_event *e), void *data)
{
	struct wait w = { .event = event, .data = data, .stage = "start" };
	auto_chan c = CHAN_CLOSED;
	struct err *e = control_connect(dir, &c);

	if (e && e->code == ERR_WRONG_STATE) {
		err_free(e);
		e = control_gone(dir);
	} else if (!e) {
		chan_send(&c, "{\"do\":\"wait\"}");
		e = wait_loop(&c, dir, d, &w);
	}
	return e && e->code != ERR_INTERRUPTED ? control_with_console(e, dir) : e;
}
