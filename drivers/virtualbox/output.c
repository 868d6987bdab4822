/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/output.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "drivers/virtualbox/lines.h"
#include "drivers/vm/ids.h"

/* --- versions, names --- */

bool vbox_version_parse(const char *out, struct vbox_version *ret)
{
	struct line l;

	for (const char *at = out; line_next(&at, &l);) {
		struct vbox_version v;
		int used = 0;
		auto_free char *text = xstrndup(l.text, l.len < sizeof(v.text) ? l.len : sizeof(v.text) - 1);

		/* A revision ends it: other lines with numbers in them are none. */
		if (sscanf(text, "%4d.%4d.%4d%n", &v.major, &v.minor, &v.patch, &used) != 3 ||
		    !isdigit((unsigned char)*text))
			continue;
		const char *r = strrchr(text + used, 'r');
		if (!r || !isdigit((unsigned char)r[1]))
			continue;
		snprintf(v.text, sizeof(v.text), "%s", text);
		*ret = v;
		return true;
	}
	return false;
}

int vbox_version_compare(const struct vbox_version *v, int major, int minor, int patch)
{
	if (v->major != major)
		return v->major - major;
	return v->minor != minor ? v->minor - minor : v->patch - patch;
}

bool vbox_warns_of_driver(const char *out)
{
	struct line l;

	for (const char *at = out; line_next(&at, &l);)
		if (line_starts(&l, "WARNING: ") &&
		    (line_has(&l, "/dev/vboxdrv") || line_has(&l, "kernel module is not loaded")))
			return true;
	return false;
}

/* "NAME" {UUID}: quotes in the name are not escaped, so it is read from its end. */
bool vbox_vm_of_name(const char *out, const char *name, char *ret)
{
	struct line l;

	for (const char *at = out; line_next(&at, &l);) {
		const size_t tail = VBOX_UUID_LEN + 4; /* `" {` and `}` */
		char uuid[VBOX_UUID_LEN + 1];

		if (l.len < tail + 1 || l.text[0] != '"' || l.text[l.len - 1] != '}' ||
		    strncmp(l.text + l.len - tail, "\" {", 3) != 0)
			continue;
		memcpy(uuid, l.text + l.len - 1 - VBOX_UUID_LEN, VBOX_UUID_LEN);
		uuid[VBOX_UUID_LEN] = '\0';
		size_t len = l.len - tail - 1;
		if (!vm_is_uuid(uuid) || strlen(name) != len || strncmp(l.text + 1, name, len) != 0)
			continue;
		memcpy(ret, uuid, sizeof(uuid));
		return true;
	}
	return false;
}

/* --- showvminfo --machinereadable --- */

/* A key may be quoted too ("SATA-0-0"="..."). What stands behind "=" of a line, NULL when the line is of another key. */
static const char *info_value(const struct line *l, const char *key, size_t *ret_len)
{
	size_t n = strlen(key), at = l->len > 0 && l->text[0] == '"';

	if (l->len < n + 2 * at + 1 || strncmp(l->text + at, key, n) != 0)
		return NULL;
	if (at && l->text[n + 1] != '"')
		return NULL;
	at = n + 2 * at;
	if (l->text[at] != '=')
		return NULL;
	*ret_len = l->len - at - 1;
	return l->text + at + 1;
}

static char *info_unquote(const char *text, size_t len)
{
	auto_str s = STR_INIT;

	if (len < 2 || text[0] != '"')
		return xstrndup(text, len);
	for (size_t i = 1; i < len && text[i] != '"'; i++) {
		if (text[i] == '\\' && i + 1 < len && (text[i + 1] == '"' || text[i + 1] == '\\'))
			i++;
		str_add_char(&s, text[i]);
	}
	return str_detach(&s);
}

/*
 * A description may hold raw line ends and so lines that look like others. Between its opening and its closing quote is no
 * line of ours: *inside says whether one is open.
 */
static bool info_is_text(const struct line *l, bool *inside)
{
	size_t i = 0;

	if (!*inside) {
		if (!line_starts(l, "description=\""))
			return false;
		i = strlen("description=\"");
	}
	*inside = true;
	for (; i < l->len; i++) {
		if (l->text[i] == '\\')
			i++;
		else if (l->text[i] == '"')
			*inside = false;
	}
	return true;
}

static const char *info_find(const char *out, const char *key, size_t *ret_len)
{
	bool inside = false;
	struct line l;

	for (const char *at = out; line_next(&at, &l);) {
		const char *value = info_is_text(&l, &inside) ? NULL : info_value(&l, key, ret_len);

		if (value)
			return value;
	}
	return NULL;
}

char *vbox_info(const char *out, const char *key)
{
	size_t len;
	const char *value = info_find(out, key, &len);

	return value ? info_unquote(value, len) : NULL;
}

enum machine_state vbox_state(const char *word)
{
	static const struct {
		const char *word;
		enum machine_state state;
	} states[] = {
		{ "running", STATE_RUNNING },
		{ "teleporting", STATE_RUNNING },
		{ "livesnapshotting", STATE_RUNNING },
		{ "onlinesnapshotting", STATE_RUNNING },
		{ "deletingsnapshotlive", STATE_RUNNING },
		{ "paused", STATE_PAUSED },
		{ "teleportingpausedvm", STATE_PAUSED },
		{ "deletingsnapshotlivepaused", STATE_PAUSED },
		{ "saved", STATE_SAVED },
		{ "aborted-saved", STATE_SAVED },
		{ "poweroff", STATE_STOPPED },
		{ "aborted", STATE_STOPPED },
		{ "teleported", STATE_STOPPED },
		{ "starting", STATE_STARTING },
		{ "restoring", STATE_STARTING },
		{ "settingup", STATE_STARTING },
		{ "teleportingin", STATE_STARTING },
		/* On its way to off, or off and not to be started yet. */
		{ "stopping", STATE_STOPPING },
		{ "saving", STATE_STOPPING },
		{ "snapshotting", STATE_STOPPING },
		{ "deletingsnapshot", STATE_STOPPING },
		{ "restoringsnapshot", STATE_STOPPING },
		{ "gurumeditation", STATE_ERROR },
		{ "inaccessible", STATE_ERROR },
	};

	for (size_t i = 0; word && i < ARRAY_SIZE(states); i++)
		if (str_eq(word, states[i].word))
			return states[i].state;
	return STATE_NONE;
}

/* name,proto,hostip,hostport,guestip,guestport; empty fields stay empty. */
static bool forward_parse(const char *text, struct vbox_forward *ret)
{
	auto_list f = { 0 };

	list_split(&f, text, ',', false);
	if (f.n != 6)
		return false;
	*ret = (struct vbox_forward){ xstrdup(f.items[0]), xstrdup(f.items[1]), xstrdup(f.items[2]),
				      xstrdup(f.items[4]), atoi(f.items[3]),	atoi(f.items[5]) };
	return true;
}

/* They follow the block of their card: those of another card come after "nic2=". */
size_t vbox_forwards(const char *out, struct vbox_forward **ret)
{
	struct vbox_forward *list = NULL, one;
	bool inside = false, first = true;
	struct line l;
	size_t n = 0;

	for (const char *at = out; line_next(&at, &l);) {
		size_t len;

		if (info_is_text(&l, &inside))
			continue;
		if (l.len > 4 && line_starts(&l, "nic") && isdigit((unsigned char)l.text[3]) && l.text[4] == '=')
			first = l.text[3] == '1';
		if (!first || !line_starts(&l, "Forwarding("))
			continue;
		const char *close = memchr(l.text, ')', l.len);
		if (!close || close + 1 >= l.text + l.len || close[1] != '=')
			continue;
		len = l.len - (size_t)(close + 2 - l.text);
		auto_free char *value = info_unquote(close + 2, len);
		if (!forward_parse(value, &one))
			continue;
		list = xrealloc(list, (n + 1) * sizeof(one));
		list[n++] = one;
	}
	*ret = list;
	return n;
}

void vbox_forwards_free(struct vbox_forward *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].name);
		free(list[i].proto);
		free(list[i].host);
		free(list[i].guest);
	}
	free(list);
}
