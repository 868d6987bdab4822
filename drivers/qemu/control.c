/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/link/ask.h"
#include "drivers/link/boot_wait.h"
#include "drivers/link/chan.h"
#include "drivers/link/text.h"
#include "drivers/qemu/paths.h"

struct err *control_ask(const char *dir, const char *word, int timeout_ms, cJSON **ret)
{
	auto_free char *path = fs_join(dir, QEMU_FILE_CONTROL);
	auto_json *request = cJSON_CreateObject();

	json_set_str(request, "do", word);
	return ask(path, request, timeout_ms, ret);
}

struct err *control_ask_agent(const char *dir, const cJSON *request, int timeout_ms, cJSON **ret)
{
	auto_free char *path = fs_join(dir, QEMU_FILE_CONTROL);

	return ask_agent(path, request, timeout_ms, ret);
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

static struct err *wait_loop(struct chan *c, const char *dir, struct deadline d, struct boot_wait *w)
{
	bool done = false;

	while (!done) {
		auto_json *tree = NULL;
		struct err *e = ask_next(c, d, &tree);

		if (e && e->code == ERR_TIMEOUT)
			e = boot_wait_timeout(w, e);
		TRY(e);
		if (!tree)
			return control_gone(dir);
		TRY(boot_wait_take(w, tree, &done));
	}
	return NULL;
}

struct err *control_wait_ready(const char *dir, struct deadline d,
			       void (*event)(void *data, const struct driver_boot_event *e), void *data)
{
	auto_boot_wait w = { .event = event, .data = data, .stage = "start" };
	auto_free char *path = fs_join(dir, VM_FILE_CONSOLE), *console = NULL;
	auto_free char *control = fs_join(dir, QEMU_FILE_CONTROL);
	auto_chan c = CHAN_CLOSED;
	struct err *e = ask_connect(control, &c);

	if (e && e->code == ERR_WRONG_STATE) {
		err_free(e);
		e = control_gone(dir);
	} else if (!e) {
		chan_send(&c, "{\"do\":\"wait\"}");
		e = wait_loop(&c, dir, d, &w);
	}
	if (e)
		console = text_console_tail(path, BOOT_CONSOLE_LINES);
	return boot_with_console(e, console);
}
