/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/link/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "guest/contract.h"

/* "3.210" in milliseconds; -1: no time. */
static int64_t message_ms(const char *text)
{
	long long s;
	unsigned ms;

	return sscanf(text, "%10lld.%3u", &s, &ms) == 2 ? s * 1000 + ms : -1;
}

static cJSON *message_new(const char *event)
{
	cJSON *m = json_object();

	json_set_str(m, "event", event);
	return m;
}

/* "stage NAME 3.210" */
static cJSON *message_stage(const char *text)
{
	cJSON *m = message_new("stage");
	size_t len = strcspn(text, " ");
	auto_free char *name = xstrndup(text, len);

	json_set_str(m, "name", name);
	json_set_int(m, "ms", text[len] ? message_ms(text + len + 1) : -1);
	return m;
}

/* "failed STAGE: WHY" */
static cJSON *message_failed(const char *text)
{
	cJSON *m = message_new("failed");
	const char *colon = strstr(text, ": ");
	auto_free char *stage = xstrndup(text, colon ? (size_t)(colon - text) : strlen(text));

	json_set_str(m, "stage", stage);
	json_set_str(m, "message", colon ? colon + 2 : "");
	return m;
}

/* The kernel gave up; a stack of calls follows, and then nothing. */
static cJSON *message_panic(const char *text)
{
	cJSON *m = text ? message_new("failed") : NULL;

	if (m) {
		json_set_str(m, "stage", "kernel");
		json_set_str(m, "message", text);
	}
	return m;
}

cJSON *console_message(const char *line)
{
	/* A line of the kernel's that had only begun may stand before it. */
	const char *at = strstr(line, GUEST_CONSOLE_PREFIX);
	cJSON *m = NULL;

	if (!at)
		return message_panic(strstr(line, "Kernel panic - "));
	at += strlen(GUEST_CONSOLE_PREFIX);
	if (str_starts(at, "stage "))
		return message_stage(at + 6);
	if (str_starts(at, "failed "))
		return message_failed(at + 7);
	if (str_starts(at, "ready ")) {
		m = message_new("ready");
		json_set_int(m, "ms", message_ms(at + 6));
	} else if (str_starts(at, "warning: ")) {
		m = message_new("warning");
		json_set_str(m, "message", at + 9);
	}
	return m;
}

bool console_feed(struct console_line *c, const char *text, size_t n, bool (*take)(void *data, char *line), void *data)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] != '\n' && text[i] != '\r' && text[i]) {
			if (c->len + 1 < sizeof(c->text))
				c->text[c->len++] = text[i];
			continue;
		}
		bool whole = c->len > 0;
		c->text[c->len] = '\0';
		c->len = 0;
		if (whole && !take(data, c->text))
			return false;
	}
	return true;
}

struct following {
	struct boot_wait *wait;
	bool *done;
	struct err *failed;
};

static bool following_take(void *data, char *line)
{
	struct following *f = data;
	auto_json *message = console_message(line);

	f->failed = message ? boot_wait_take(f->wait, message, f->done) : NULL;
	return !f->failed && !*f->done;
}

struct err *console_read(struct console *c, struct boot_wait *w, bool *done)
{
	auto_close int fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct following f = { w, done, NULL };
	char buf[16384];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? NULL : err_errno(ERR_FAILED, "cannot read the console '%s'", c->path);
	if (fstat(fd, &st) == 0 && st.st_size < c->at)
		c->at = 0;
	while (!*done && (n = pread(fd, buf, sizeof(buf), c->at)) > 0) {
		c->at += n;
		if (!console_feed(&c->line, buf, (size_t)n, following_take, &f))
			return f.failed;
	}
	return NULL;
}
