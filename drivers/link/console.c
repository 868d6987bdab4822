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
	cJSON *m = cJSON_CreateObject();

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

cJSON *console_message(const char *line)
{
	/* A line of the kernel's that had only begun may stand before it. */
	const char *at = strstr(line, GUEST_CONSOLE_PREFIX);
	cJSON *m = NULL;

	if (!at)
		return NULL;
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

static struct err *console_line(struct console *c, struct boot_wait *w, bool *done)
{
	c->line[c->len] = '\0';
	c->len = 0;
	auto_json *message = console_message(c->line);

	return message ? boot_wait_take(w, message, done) : NULL;
}

/* What is longer than a line can be is cut. */
static struct err *console_feed(struct console *c, struct boot_wait *w, const char *text, size_t n, bool *done)
{
	for (size_t i = 0; i < n && !*done; i++) {
		if (text[i] == '\n')
			TRY(console_line(c, w, done));
		else if (text[i] != '\r' && text[i] && c->len + 1 < sizeof(c->line))
			c->line[c->len++] = text[i];
	}
	return NULL;
}

struct err *console_read(struct console *c, struct boot_wait *w, bool *done)
{
	auto_close int fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char buf[16384];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? NULL : err_errno(ERR_FAILED, "cannot read the console '%s'", c->path);
	if (fstat(fd, &st) == 0 && st.st_size < c->at)
		c->at = 0;
	while (!*done && (n = pread(fd, buf, sizeof(buf), c->at)) > 0) {
		c->at += n;
		TRY(console_feed(c, w, buf, (size_t)n, done));
	}
	return NULL;
}
