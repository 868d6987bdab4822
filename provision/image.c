/* SPDX-License-Identifier: Apache-2.0 */
#include "provision/image.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "provision/digests.h"
#include "provision/sums.h"

#define IMAGE_JSON "image.json"
#define IMAGE_SUMS "SHA256SUMS"
#define IMAGE_SHARE "share/machine/image"
#define IMAGE_JSON_MAX ((size_t)64 * 1024)

/* Where packages and `make install` put it: for a program that lies elsewhere, such as a build tree without an image. */
static const char *const image_installed[] = { "/usr/local/" IMAGE_SHARE, "/usr/" IMAGE_SHARE };

/* The files that drivers use. The ISO is as large as all others together and only some drivers boot it. */
static const struct image_file {
	const char *name;
	size_t member;	/* of struct image */
	bool on_demand; /* checked by image_check_iso */
} image_files[] = {
	{ "vmlinux", offsetof(struct image, vmlinux), false }, { "vmlinuz", offsetof(struct image, vmlinuz), false },
	{ "initrd", offsetof(struct image, initrd), false },   { "root.erofs", offsetof(struct image, root), false },
	{ "data.qcow2", offsetof(struct image, disk), false }, { "machine.iso", offsetof(struct image, iso), true },
};

static char **image_member(struct image *i, const struct image_file *f)
{
	return (char **)((char *)i + f->member);
}

void image_release(struct image *i)
{
	for (size_t n = 0; n < ARRAY_SIZE(image_files); n++)
		free(*image_member(i, &image_files[n]));
	free(i->dir);
	free(i->digest);
	free(i->cmdline);
	free(i->engine);
	free(i->kernel);
	*i = (struct image){ 0 };
}

static bool image_is_here(const char *dir)
{
	auto_free char *json = fs_join(dir, IMAGE_JSON);
	auto_free char *sums = fs_join(dir, IMAGE_SUMS);

	return fs_exists(json) && fs_exists(sums);
}

/* The running program itself, whatever links it was called by. NULL when that cannot be told. */
static char *image_program(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	return n > 0 ? xstrndup(exe, (size_t)n) : NULL;
}

/*
 * A program may lie where others may write, in /tmp say: what is beside it counts only where its folders are root's, ours or of
 * whoever owns the program. Those that the program lies in, too, decide about itself.
 */
static bool image_is_trusted(const char *dir)
{
	auto_free char *path = xstrdup(dir), *program = image_program();
	struct stat st;
	uid_t owner = program && stat(program, &st) == 0 ? st.st_uid : 0;

	for (;;) {
		char *slash = strrchr(path, '/');

		if (program && str_starts(program, path) && program[strlen(path)] == '/')
			return true;
		if (lstat(path, &st) < 0 || (st.st_uid && st.st_uid != geteuid() && st.st_uid != owner)) {
			log_debug("no image is taken from '%s': '%s' is another user's", dir, path);
			return false;
		}
		if (!slash || slash == path)
			return true;
		*slash = '\0';
	}
}

/* Of the build tree first, so that what was just built is used and not what is installed. */
static void image_places(const char *store, struct list *ret)
{
	auto_free char *bin = image_program();
	char *slash = bin ? strrchr(bin, '/') : NULL;

	list_take(ret, fs_join(store, "image"));
	if (slash) {
		*slash = '\0';
		list_addf(ret, "%s/image", bin);
		slash = strrchr(bin, '/');
		if (slash)
			list_addf(ret, "%.*s/" IMAGE_SHARE, (int)(slash - bin), bin);
	}
	for (size_t i = 0; i < ARRAY_SIZE(image_installed); i++)
		if (!list_has(ret, image_installed[i]))
			list_add(ret, image_installed[i]);
}

/* A folder that somebody named: it holds an image or that is an error. */
static struct err *image_named(const char *given, const char *source, char **ret)
{
	auto_free char *dir = NULL;

	TRY(fs_absolute(given, &dir));
	if (!image_is_here(dir))
		return err_hint(err_new(ERR_NOT_FOUND, "there is no image in '%s', which %s names", dir, source),
				"Name a folder with " IMAGE_JSON " and " IMAGE_SUMS ", as make image makes it.");
	*ret = TAKE(dir);
	return NULL;
}

static struct err *image_usual(const char *store, char **ret)
{
	auto_list tried = { 0 };

	image_places(store, &tried);
	for (size_t i = 0; i < tried.n; i++) {
		/* The first is the store's, which is the user's own word. */
		if (image_is_here(tried.items[i]) && (i == 0 || image_is_trusted(tried.items[i]))) {
			*ret = xstrdup(tried.items[i]);
			return NULL;
		}
	}

	auto_free char *all = list_join(&tried, "', '");

	return err_hint(err_new(ERR_NOT_FOUND, "found no guest image in '%s'", all),
			"Build it: make image, or name the folder that holds it: MACHINE_IMAGE=DIR");
}

static struct err *image_place(const char *wanted, const char *store, char **ret)
{
	const char *named = getenv("MACHINE_IMAGE");

	if (wanted && *wanted)
		return image_named(wanted, "the option", ret);
	if (named && *named)
		return image_named(named, "MACHINE_IMAGE", ret);
	return image_usual(store, ret);
}

static struct err *image_read(const char *dir, const char *name, size_t max, char **ret, size_t *ret_len)
{
	auto_free char *path = fs_join(dir, name);

	return fs_read(path, max, ret, ret_len);
}

static struct err *image_rebuild(struct err *err)
{
	return err_hint(err, "The image is damaged or half copied. Build it again: make image");
}

static struct err *image_read_sums(const char *dir, char **ret)
{
	auto_free char *text = NULL;
	size_t len;

	TRY(image_read(dir, IMAGE_SUMS, SUMS_MAX, &text, &len));
	TRY(image_rebuild(err_wrap(sums_check(text, len), "cannot use '%s/" IMAGE_SUMS "'", dir)));
	*ret = TAKE(text);
	return NULL;
}

static struct err *image_check_file(struct digests *d, const char *sums, const char *path, const char *name)
{
	char want[SUMS_DIGEST + 1];
	bool same;

	if (!sums_find(sums, name, want))
		return image_rebuild(err_new(ERR_FAILED, "'%s' is not listed in " IMAGE_SUMS, path));
	TRY(err_hint(digests_check(d, path, want, &same), "See what it is and who may read it: ls -l '%s'", path));
	if (!same)
		return image_rebuild(err_new(ERR_FAILED, "'%s' is not what " IMAGE_SUMS " says", path));
	return NULL;
}

/* image.json and the files that are there, each against its digest. */
static struct err *image_check_all(struct image *i, struct digests *d, const char *sums)
{
	auto_free char *json = fs_join(i->dir, IMAGE_JSON);
	char listed[SUMS_DIGEST + 1];

	TRY(image_check_file(d, sums, json, IMAGE_JSON));
	for (size_t n = 0; n < ARRAY_SIZE(image_files); n++) {
		const struct image_file *f = &image_files[n];
		auto_free char *path = fs_join(i->dir, f->name);

		if (!fs_exists(path)) {
			if (sums_find(sums, f->name, listed) && !f->on_demand)
				return image_rebuild(err_new(ERR_NOT_FOUND, "'%s' is missing", path));
			continue;
		}
		if (!f->on_demand)
			TRY(image_check_file(d, sums, path, f->name));
		*image_member(i, f) = TAKE(path);
	}
	return NULL;
}

static struct err *image_load(struct image *i, struct digests *d)
{
	auto_free char *sums_path = fs_join(i->dir, IMAGE_SUMS), *sums = NULL, *text = NULL;
	size_t len;

	TRY(image_read_sums(i->dir, &sums));
	TRY(digest_sha256_file(sums_path, &i->digest));
	TRY(image_check_all(i, d, sums));
	TRY(image_read(i->dir, IMAGE_JSON, IMAGE_JSON_MAX, &text, &len));
	return image_rebuild(err_wrap(sums_image_json(text, len, i), "cannot use '%s/" IMAGE_JSON "'", i->dir));
}

struct err *image_find(const char *wanted, const char *store, const char *state_dir, struct image *ret)
{
	__attribute__((cleanup(digests_release))) struct digests d = { .state_dir = state_dir };
	auto_image i = { 0 };

	TRY(image_place(wanted, store, &i.dir));
	digests_load(&d);

	struct err *err = image_load(&i, &d);

	digests_save(&d);
	TRY(err);
	*ret = i;
	i = (struct image){ 0 };
	return NULL;
}

struct err *image_check_iso(const struct image *i, const char *state_dir)
{
	__attribute__((cleanup(digests_release))) struct digests d = { .state_dir = state_dir };
	auto_free char *sums = NULL;

	if (!i->iso)
		return err_hint(err_new(ERR_NOT_FOUND, "the image in '%s' has no machine.iso", i->dir),
				"Build it with the ISO: make image");
	TRY(image_read_sums(i->dir, &sums));
	digests_load(&d);

	struct err *err = image_check_file(&d, sums, i->iso, "machine.iso");

	digests_save(&d);
	return err;
}
