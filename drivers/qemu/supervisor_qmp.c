/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/helper.h"
#include "drivers/link/text.h"
#include "drivers/qemu/supervisor.h"

void sup_qmp_command(struct sup *s, const char *command)
{
	auto_json *tree = cJSON_CreateObject();

	json_set_str(tree, "execute", command);
	json_set_str(tree, "id", command);
	chan_send_json(&s->qmp, tree);
}

void sup_qmp_human(struct sup *s, const char *id, const char *command)
{
	auto_json *tree = cJSON_CreateObject();

	json_set_str(tree, "execute", "human-monitor-command");
	json_set_str(json_object_at(tree, "arguments"), "command-line", command);
	json_set_str(tree, "id", id);
	chan_send_json(&s->qmp, tree);
}

static void qmp_up(struct sup *s)
{
	s->qmp_up = true;
	s->start_by = SUP_NEVER;
	if (s->phase == SUP_STARTING)
		sup_set_phase(s, SUP_RUNNING);
	else
		sup_qmp_command(s, "system_powerdown"); /* a stop came first */
	if (s->parent.fd >= 0)
		helper_answer(&s->parent, NULL);
	chan_close(&s->parent);
}

/* QEMU's words for why it ends (qapi/run-state.json, ShutdownCause). */
static void qmp_shutdown(struct sup *s, const char *cause)
{
	static const struct {
		const char *cause, *reason;
		bool clean;
	} causes[] = {
		{ "guest-shutdown", "the guest powered off", true },
		{ "guest-panic", "the guest's kernel panicked", false },
		{ "host-signal", "QEMU was told to end by a signal", false },
		{ "host-error", NULL, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (!s->reason && str_eq(cause, causes[i].cause)) {
			s->reason = causes[i].reason;
			s->clean = causes[i].clean;
		}
}

static void qmp_disk_failed(struct sup *s, const cJSON *tree)
{
	const char *reason = json_str_or(tree, "data.reason", "an error");
	bool paused = str_eq(json_str_or(tree, "data.action", "stop"), "stop");
	auto_str clean = STR_INIT;

	text_clean(&clean, reason, strlen(reason), 100, false);
	auto_free char *text =
		json_bool_or(tree, "data.nospace", false)
			? xasprintf("this host's disk is full where '%s' lies: the machine waits until there is room",
				    s->order.dir)
			: xasprintf("the machine's disk in '%s' cannot be %s (%s): %s", s->order.dir,
				    str_eq(json_str_or(tree, "data.operation", ""), "read") ? "read" : "written",
				    clean.buf, paused ? "the machine waits until it can" : "its guest was told");
	sup_problem(s, text, paused);
}

static void qmp_event(struct sup *s, const char *event, const cJSON *tree)
{
	if (str_eq(event, "SHUTDOWN")) {
		qmp_shutdown(s, json_str_or(tree, "data.reason", ""));
	} else if (str_eq(event, "RESET") && json_bool_or(tree, "data.guest", false)) {
		chan_discard(&s->agent); /* the words of a guest that is no more */
		sup_boot_begins(s);
	} else if (str_eq(event, "BLOCK_IO_ERROR")) {
		qmp_disk_failed(s, tree);
	} else if (str_eq(event, "STOP")) { /* only a full or failing disk stops it: see whether it has healed */
		s->resume_at = deadline_in(SUP_NUDGE_MS);
		s->healed_at = SUP_NEVER;
	} else if (str_eq(event, "RESUME")) { /* and tries again; what fails now is said at once */
		s->resume_at = SUP_NEVER;
		s->healed_at = deadline_in(SUP_HEALED_MS);
	}
}

static void qmp_line(struct sup *s, const char *line, size_t len)
{
	auto_json *tree = NULL;
	auto_err *e = json_parse(line, len, "QMP", &tree);

	if (e || !json_is_object(tree))
		return;
	const char *event = json_str_or(tree, "event", NULL), *id = json_str_or(tree, "id", NULL);
	if (json_get_or_null(tree, "QMP"))
		sup_qmp_command(s, "qmp_capabilities");
	else if (event)
		qmp_event(s, event, tree);
	else if (id && str_eq(id, "qmp_capabilities") && !s->qmp_up)
		qmp_up(s);
	else if (id)
		sup_ports_answer(s, id, json_str_or(tree, "return", json_str_or(tree, "error.desc", "")));
}

void sup_qmp_read(struct sup *s)
{
	bool open = chan_read(&s->qmp);
	size_t len;

	for (char *line; (line = chan_line(&s->qmp, &len));)
		qmp_line(s, line, len);
	if (!open)
		chan_close(&s->qmp);
}
