/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/link/boot_wait.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#include "drivers/link/text.h"
#include "guest/contract.h"

#define TOLD_MAX 64
#define TEXT_MAX 500

void boot_wait_release(struct boot_wait *w)
{
	list_release(&w->told);
}

/* What a guest says ends on a person's terminal. The caller frees. */
static char *wait_clean(const cJSON *message, const char *member, size_t max)
{
	const char *text = json_str_or(message, member, "");
	auto_str clean = STR_INIT;

	text_clean(&clean, text, strlen(text), max, false);
	return str_detach(&clean);
}

static void wait_tell(struct boot_wait *w, const char *stage, int64_t ms, const char *warning)
{
	const struct driver_boot_event e = { .stage = stage, .guest_ms = ms, .warning = warning };
	const char *text = warning ? warning : stage;

	if (list_has(&w->told, text) || w->told.n >= TOLD_MAX)
		return;
	list_add(&w->told, text);
	if (w->event)
		w->event(w->data, &e);
}

struct err *boot_wait_take(struct boot_wait *w, const cJSON *message, bool *done)
{
	const char *event = json_str_or(message, "event", "");
	auto_free char *text = wait_clean(message, "message", TEXT_MAX),
		       *name = wait_clean(message, "name", sizeof(w->stage) - 1);
	auto_free char *failed = wait_clean(message, "stage", sizeof(w->stage) - 1);
	int64_t ms = json_int_or(message, "ms", -1);

	if (str_eq(event, "stage")) {
		snprintf(w->stage, sizeof(w->stage), "%s", name);
		wait_tell(w, w->stage, ms, NULL);
	} else if (str_eq(event, "warning")) {
		wait_tell(w, w->stage, ms, text);
	} else if (str_eq(event, "ready")) {
		wait_tell(w, "ready", ms, NULL);
		*done = true;
	} else if (str_eq(event, "failed")) {
		struct err *e = err_new(ERR_FAILED, "the guest failed at '%s': %s", *failed ? failed : name, text);

		return strstr(text, GUEST_DISK_FULL)
			       ? err_hint(e, "machine stop NAME && machine set --disk SIZE NAME && "
					     "machine start NAME")
			       : e;
	} else if (str_eq(event, "died")) {
		return err_new(ERR_WRONG_STATE, "the machine ended after '%s': %s", w->stage, text);
	}
	return NULL;
}

struct err *boot_wait_timeout(const struct boot_wait *w, struct err *e)
{
	return err_wrap(e, "the machine did not become ready in time; the last stage it reached is '%s'", w->stage);
}

struct err *boot_with_console(struct err *e, const char *tail)
{
	auto_free char *text = NULL;

	if (!e || e->code == ERR_INTERRUPTED || !tail || !*tail)
		return e;
	text = err_text(e);
	struct err *quoted = err_wrap(err_new(e->code, "the end of its console:\n%s", tail), "%s", text);
	const char *hint = err_hint_of(e);
	quoted = hint ? err_hint(quoted, "%s", hint) : quoted;
	err_free(e);
	return quoted;
}
