/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vm/share.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"

#define SHARES_MAX 64

/* Paths go into the guest's seed and into a hypervisor's definition: no control characters, and no ".." to climb with. */
static bool share_path_is_plain(const char *path)
{
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return *path == '/' && strlen(path) < 4096 && !strstr(path, "/../") && !str_ends(path, "/..");
}

void share_release(struct share *s)
{
	free(s->host_dir);
	free(s->guest_dir);
}
#define auto_share __attribute__((cleanup(share_release))) struct share

struct err *share_parse(const char *driver, const char *text, struct share *ret)
{
	auto_share s = { 0 };
	auto_free char *host = NULL;
	const char *end = text + strlen(text);

	s.readonly = str_ends(text, ":ro");
	if (s.readonly)
		end -= 3;
	else if (str_ends(text, ":rw"))
		end -= 3;
	/* The last ":/" separates, so that a colon in the host's path does no harm. */
	const char *guest = NULL;
	for (const char *p = text; p + 1 < end; p++)
		if (p[0] == ':' && p[1] == '/')
			guest = p + 1;
	host = xstrndup(text, (size_t)((guest ? guest - 1 : end) - text));
	if (!*host)
		return err_hint(err_new(ERR_USAGE, "share '%s' is not HOSTDIR[:GUESTDIR][:ro]", text),
				"An example: --%s-share $HOME/src:/src:ro", driver);
	TRY(fs_absolute(host, &s.host_dir));
	s.guest_dir = guest ? xstrndup(guest, (size_t)(end - guest)) : xstrdup(s.host_dir);
	if (!share_path_is_plain(s.host_dir) || !share_path_is_plain(s.guest_dir) || str_eq(s.guest_dir, "/"))
		return err_hint(err_new(ERR_USAGE, "share '%s' has a path that cannot be used", text),
				"Give plain absolute folders; the guest's must not be '/'.");
	*ret = s;
	s = (struct share){ 0 };
	return NULL;
}

/* As share_parse reads it: the guest's folder is always written, so that a colon cannot be misread. */
char *share_text(const struct share *s)
{
	return xasprintf("%s:%s%s", s->host_dir, s->guest_dir, s->readonly ? ":ro" : "");
}

void shares_release(struct shares *s)
{
	for (size_t i = 0; i < s->n; i++)
		share_release(&s->list[i]);
	free(s->list);
	*s = (struct shares){ 0 };
}

static struct err *shares_add_one(const char *driver, struct shares *s, const char *text)
{
	struct share one = { 0 };

	TRY(share_parse(driver, text, &one));
	s->list = xrealloc(s->list, (s->n + 1) * sizeof(one));
	s->list[s->n++] = one;
	for (size_t i = 0; i + 1 < s->n; i++)
		if (str_eq(s->list[i].guest_dir, one.guest_dir))
			return err_hint(err_new(ERR_USAGE, "two shares want the guest's folder '%s'", one.guest_dir),
					"Give one another GUESTDIR: --%s-share HOSTDIR:GUESTDIR", driver);
	return NULL;
}

struct err *shares_add(const char *driver, struct shares *s, const struct list *texts)
{
	if (texts->n > SHARES_MAX)
		return err_new(ERR_USAGE, "more than %d shared folders", SHARES_MAX);
	for (size_t i = 0; i < texts->n; i++)
		TRY(shares_add_one(driver, s, texts->items[i]));
	return NULL;
}

void shares_texts(const struct shares *s, struct list *ret)
{
	for (size_t i = 0; i < s->n; i++)
		list_take(ret, share_text(&s->list[i]));
}

struct err *shares_check(const char *driver, const struct shares *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const char *dir = s->list[i].host_dir;

		if (fs_exists(dir) && !fs_is_dir(dir))
			return err_hint(err_new(ERR_PRECHECK, "'%s' is no folder, it cannot be shared", dir),
					"Share the folder it lies in: --%s-share \"$(dirname '%s')\"", driver, dir);
		if (!fs_is_dir(dir))
			return err_hint(err_new(ERR_PRECHECK, "shared folder '%s' is not there", dir),
					"Make it: mkdir -p %s", dir);
		if (access(dir, R_OK | X_OK) < 0)
			return err_hint(err_errno(ERR_PRECHECK, "shared folder '%s' cannot be read", dir),
					"See who owns it and who may read: ls -ld '%s'", dir);
	}
	return NULL;
}

cJSON *shares_mounts(const struct shares *s)
{
	cJSON *mounts = json_array();

	for (size_t i = 0; i < s->n; i++) {
		auto_free char *tag = xasprintf("share%zu", i);
		cJSON *mount = json_object();

		json_set_str(mount, "tag", tag);
		json_set_str(mount, "path", s->list[i].guest_dir);
		json_set_str(mount, "type", "9p");
		json_set_bool(mount, "readonly", s->list[i].readonly);
		cJSON_AddItemToArray(mounts, mount);
	}
	return mounts;
}
