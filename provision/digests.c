/* SPDX-License-Identifier: Apache-2.0 */
#include "provision/digests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"

#define DIGESTS_MAX 64 /* entries that are kept */

static char *digests_file(const struct digests *d)
{
	return fs_join(d->state_dir, "digests.json");
}

/* ctime as well: nobody can set it back after a change. */
static struct err *digests_stamp(const char *path, char **ret)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, "cannot read '%s'", path);
	*ret = xasprintf("%llx:%llx:%lld:%lld.%09ld:%lld.%09ld", (unsigned long long)st.st_dev,
			 (unsigned long long)st.st_ino, (long long)st.st_size, (long long)st.st_mtim.tv_sec,
			 st.st_mtim.tv_nsec, (long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec);
	return NULL;
}

void digests_load(struct digests *d)
{
	auto_free char *path = digests_file(d);
	auto_json *tree = NULL;
	auto_err *err = json_read_file(path, &tree);

	d->known = !err && json_is_object(tree) ? TAKE(tree) : json_object();
}

/* The members of an entry; paths hold dots, so no dotted reads. */
static const cJSON *digests_entry(const cJSON *known, const char *path)
{
	for (const cJSON *e = json_first(known); e; e = json_next(e))
		if (str_eq(json_key(e), path))
			return e;
	return NULL;
}

static void digests_remember(struct digests *d, const char *path, const char *stamp, const char *sha256)
{
	cJSON *entry = json_object();

	json_set_str(entry, "stamp", stamp);
	json_set_str(entry, "sha256", sha256);
	json_set(d->known, path, entry);
	d->changed = true;
}

struct err *digests_check(struct digests *d, const char *path, const char *want, bool *ret)
{
	auto_free char *stamp = NULL, *after = NULL, *sha256 = NULL;
	const cJSON *entry = digests_entry(d->known, path);

	TRY(digests_stamp(path, &stamp));
	if (entry && str_eq(json_str_or(entry, "stamp", ""), stamp) && str_eq(json_str_or(entry, "sha256", ""), want)) {
		*ret = true;
		return NULL;
	}
	TRY(digest_sha256_file(path, &sha256));
	TRY(digests_stamp(path, &after));
	/* One that changed while it was read has no digest to remember. */
	if (str_eq(stamp, after))
		digests_remember(d, path, stamp, sha256);
	*ret = str_eq(sha256, want);
	return NULL;
}

void digests_save(struct digests *d)
{
	auto_free char *path = digests_file(d);
	auto_json *kept = json_object();
	int too_many = cJSON_GetArraySize(d->known) - DIGESTS_MAX;

	if (!d->changed)
		return;
	/* New ones are at the end. */
	for (const cJSON *e = json_first(d->known); e; e = json_next(e))
		if (too_many-- <= 0 && fs_exists(json_key(e)))
			json_set(kept, json_key(e), cJSON_Duplicate(e, 1));

	auto_free char *text = json_print(kept, 4);
	auto_err *err = fs_mkdirs(d->state_dir, 0700);

	if (!err)
		IGNORE(fs_write(path, text, strlen(text), 0600));
}

void digests_release(struct digests *d)
{
	json_freep(&d->known);
}
