/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/keep_qmp.h"

#include "base/json.h"
#include "base/mem.h"

void keep_qmp_command(struct keep_qmp *q, const char *command)
{
	auto_json *tree = json_object();

	json_set_str(tree, "execute", command);
	json_set_str(tree, "id", command);
	chan_send_json(&q->chan, tree);
}

void keep_qmp_human(struct keep_qmp *q, const char *id, const char *command)
{
	auto_json *tree = json_object();

	json_set_str(tree, "execute", "human-monitor-command");
	json_set_str(json_object_at(tree, "arguments"), "command-line", command);
	json_set_str(tree, "id", id);
	chan_send_json(&q->chan, tree);
}

static void qmp_greeted(struct keep_qmp *q)
{
	q->up = true;
	q->greeted(q->data);
}

static void qmp_line(struct keep_qmp *q, const char *line, size_t len)
{
	auto_json *tree = NULL;
	auto_err *e = json_parse(line, len, "QMP", &tree);

	if (e || !json_is_object(tree))
		return;
	const char *event = json_str_or(tree, "event", NULL), *id = json_str_or(tree, "id", NULL);
	if (json_get_or_null(tree, "QMP"))
		keep_qmp_command(q, "qmp_capabilities");
	else if (event)
		q->event(q->data, event, tree);
	else if (id && str_eq(id, "qmp_capabilities") && !q->up)
		qmp_greeted(q);
	else if (id)
		q->answer(q->data, id, json_str_or(tree, "return", json_str_or(tree, "error.desc", "")));
}

void keep_qmp_read(struct keep_qmp *q)
{
	bool open = chan_read(&q->chan);
	size_t len;

	for (char *line; (line = chan_line(&q->chan, &len));)
		qmp_line(q, line, len);
	if (!open)
		chan_close(&q->chan);
}
