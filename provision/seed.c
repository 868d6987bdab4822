/* SPDX-License-Identifier: Apache-2.0 */
/* The seed volume, written by libarchive into memory and from there to its file at once. */
#include "provision/seed.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/lazy.h"
#include "base/mem.h"
#include "guest/contract.h"

#define SEED_MAX (4 << 20)   /* bytes of the volume */
#define SEED_TIME 1577836800 /* 2020-01-01: never in the future for a guest whose clock is not set yet */
#define SEED_SECTOR 2048

/* Each function that we use of libarchive, once. */
#define SEED_FUNCTIONS(F)                                                                                              \
	F(archive_write_new)                                                                                           \
	F(archive_write_set_format_iso9660)                                                                            \
	F(archive_write_set_options)                                                                                   \
	F(archive_write_set_bytes_in_last_block)                                                                       \
	F(archive_write_open)                                                                                          \
	F(archive_write_header)                                                                                        \
	F(archive_write_data)                                                                                          \
	F(archive_write_close)                                                                                         \
	F(archive_write_free)                                                                                          \
	F(archive_error_string)                                                                                        \
	F(archive_entry_new)                                                                                           \
	F(archive_entry_free)                                                                                          \
	F(archive_entry_set_pathname)                                                                                  \
	F(archive_entry_set_mode)                                                                                      \
	F(archive_entry_set_size)                                                                                      \
	F(archive_entry_set_mtime)                                                                                     \
	F(archive_entry_set_atime)                                                                                     \
	F(archive_entry_set_ctime)                                                                                     \
	F(archive_entry_set_birthtime)                                                                                 \
	F(archive_read_new)                                                                                            \
	F(archive_read_support_format_iso9660)                                                                         \
	F(archive_read_open_memory)                                                                                    \
	F(archive_read_next_header)                                                                                    \
	F(archive_read_data)                                                                                           \
	F(archive_read_free)                                                                                           \
	F(archive_entry_pathname)                                                                                      \
	F(archive_entry_size)

#define SEED_SLOT(name) static __typeof__(name) *seed_##name;
#define SEED_SYMBOL(name) { #name, (void **)&seed_##name },
SEED_FUNCTIONS(SEED_SLOT)

static struct err *seed_library(void)
{
	static const struct lazy_symbol symbols[] = { SEED_FUNCTIONS(SEED_SYMBOL) };

	return lazy_load("libarchive.so.13", "libarchive13", symbols, ARRAY_SIZE(symbols));
}

/* Bytes with keys in them: of full size from the start, since a buffer that grows leaves copies behind. */
struct seed_volume {
	unsigned char *bytes;
	size_t len;
};

static void seed_volume_release(struct seed_volume *v)
{
	mem_wipe(v->bytes, v->len);
	free(v->bytes);
}
#define auto_volume __attribute__((cleanup(seed_volume_release))) struct seed_volume

static la_ssize_t seed_append(struct archive *a, void *data, const void *bytes, size_t n)
{
	struct seed_volume *v = data;

	(void)a;
	if (n > SEED_MAX - v->len)
		return -1;
	memcpy(v->bytes + v->len, bytes, n);
	v->len += n;
	return (la_ssize_t)n;
}

static void seed_archive_freep(struct archive **a)
{
	if (*a)
		seed_archive_write_free(*a);
	*a = NULL;
}

static void seed_entry_freep(struct archive_entry **e)
{
	if (*e)
		seed_archive_entry_free(*e);
	*e = NULL;
}
#define auto_archive __attribute__((cleanup(seed_archive_freep))) struct archive
#define auto_entry __attribute__((cleanup(seed_entry_freep))) struct archive_entry

static struct err *seed_fail(struct archive *a)
{
	const char *reason = seed_archive_error_string(a);

	/* libarchive collects the volume in a temporary file of its own. */
	return err_hint(err_new(ERR_FAILED, "cannot make the seed volume: %s", reason ? reason : "unknown reason"),
			"See whether TMPDIR has room: df \"${TMPDIR:-/tmp}\"");
}

static struct err *seed_add(struct archive *a, const char *name, mode_t mode, const char *text)
{
	size_t len = text ? strlen(text) : 0;
	auto_entry *e = seed_archive_entry_new();

	if (!e)
		return seed_fail(a);
	seed_archive_entry_set_pathname(e, name);
	seed_archive_entry_set_mode(e, mode);
	seed_archive_entry_set_size(e, (la_int64_t)len);
	seed_archive_entry_set_mtime(e, SEED_TIME, 0);
	seed_archive_entry_set_atime(e, SEED_TIME, 0);
	seed_archive_entry_set_ctime(e, SEED_TIME, 0);
	seed_archive_entry_set_birthtime(e, SEED_TIME, 0);
	if (seed_archive_write_header(a, e) != ARCHIVE_OK)
		return seed_fail(a);
	if (len && seed_archive_write_data(a, text, len) != (la_ssize_t)len)
		return seed_fail(a);
	return NULL;
}

static struct err *seed_add_json(struct archive *a, enum guest_file file, const cJSON *tree)
{
	const struct guest_file_facts *f = guest_file(file);
	auto_free char *text = tree ? json_print(tree, 2) : NULL;

	return text ? seed_add(a, f->name, S_IFREG | (mode_t)f->mode, text) : NULL;
}

static struct err *seed_add_files(struct archive *a, const struct seed *s)
{
	TRY(seed_add(a, "ssh", S_IFDIR | 0555, NULL));
	TRY(seed_add(a, "tls", S_IFDIR | 0555, NULL));
	TRY(seed_add_json(a, GUEST_MACHINE, s->machine));
	TRY(seed_add_json(a, GUEST_DAEMON, s->daemon));
	for (enum guest_file i = 0; i < GUEST_FILES; i++) {
		const struct guest_file_facts *f = guest_file(i);

		if (f->kind != GUEST_SETTINGS && s->files[i])
			TRY(seed_add(a, f->name, S_IFREG | (mode_t)f->mode, s->files[i]));
	}
	return NULL;
}

static struct err *seed_build(const struct seed *s, struct seed_volume *v)
{
	/* strict: modes as we give them. No padding: 300 KiB of zeros at the end are for CD drives. */
	static const char options[] = "volume-id=" GUEST_SEED_VOLUME ",rockridge=strict,!joliet,!pad";
	auto_archive *a = seed_archive_write_new();

	if (!a)
		return err_new(ERR_FAILED, "cannot make the seed volume");
	if (seed_archive_write_set_format_iso9660(a) != ARCHIVE_OK ||
	    seed_archive_write_set_options(a, options) != ARCHIVE_OK ||
	    seed_archive_write_set_bytes_in_last_block(a, SEED_SECTOR) != ARCHIVE_OK ||
	    seed_archive_write_open(a, v, NULL, seed_append, NULL) != ARCHIVE_OK)
		return seed_fail(a);
	TRY(seed_add_files(a, s));
	return seed_archive_write_close(a) == ARCHIVE_OK ? NULL : seed_fail(a);
}

struct err *seed_write(const char *path, const struct seed *seed)
{
	auto_volume v = { .bytes = NULL };

	TRY(seed_library());
	v.bytes = xcalloc(1, SEED_MAX);
	TRY(seed_build(seed, &v));
	return fs_write(path, v.bytes, v.len, 0600);
}

/* The files of a volume that is there, by enum guest_file; all hold text. Keys are wiped. */
struct seed_files {
	char *text[GUEST_FILES];
};

static void seed_files_release(struct seed_files *f)
{
	for (enum guest_file i = 0; i < GUEST_FILES; i++) {
		if (guest_file(i)->secret)
			mem_free_secret(f->text[i]);
		else
			free(f->text[i]);
	}
}

static void seed_reader_freep(struct archive **a)
{
	if (*a)
		seed_archive_read_free(*a);
	*a = NULL;
}

/* The certificates stay where they are: they are what is renewed. */
static struct err *seed_take(struct archive *a, struct archive_entry *e, struct seed_files *f)
{
	const char *name = seed_archive_entry_pathname(e);
	la_int64_t size = seed_archive_entry_size(e);

	for (enum guest_file i = 0; name && i < GUEST_FILES; i++) {
		if (!str_eq(name, guest_file(i)->name) || guest_file(i)->kind == GUEST_CERTIFICATE || f->text[i])
			continue;
		if (size < 0 || size > SEED_MAX)
			return err_new(ERR_FAILED, "'%s' of the seed volume is too large", name);
		f->text[i] = xcalloc(1, (size_t)size + 1);
		if (seed_archive_read_data(a, f->text[i], (size_t)size) != size)
			return seed_fail(a);
	}
	return NULL;
}

static struct err *seed_read(const char *path, struct seed_volume *v, struct seed_files *ret)
{
	__attribute__((cleanup(seed_reader_freep))) struct archive *a = seed_archive_read_new();
	struct archive_entry *e;
	int r;

	TRY(fs_read(path, SEED_MAX, (char **)&v->bytes, &v->len));
	if (!a || seed_archive_read_support_format_iso9660(a) != ARCHIVE_OK ||
	    seed_archive_read_open_memory(a, v->bytes, v->len) != ARCHIVE_OK)
		return err_new(ERR_FAILED, "'%s' is no seed volume", path);
	while ((r = seed_archive_read_next_header(a, &e)) == ARCHIVE_OK)
		TRY(seed_take(a, e, ret));
	if (r != ARCHIVE_EOF || !ret->text[GUEST_MACHINE])
		return err_new(ERR_FAILED, "'%s' is no seed volume", path);
	return NULL;
}

struct err *seed_renew(const char *path, const struct seed *changes, bool *ret_settings)
{
	__attribute__((cleanup(seed_files_release))) struct seed_files f = { 0 };
	auto_volume v = { .bytes = NULL };
	auto_json *machine = NULL;
	auto_json *daemon = NULL;
	struct seed s = { .daemon = changes->daemon };

	TRY(seed_library());
	TRY(seed_read(path, &v, &f));
	TRY(json_parse(f.text[GUEST_MACHINE], strlen(f.text[GUEST_MACHINE]), GUEST_FILE_MACHINE, &machine));
	if (f.text[GUEST_DAEMON])
		TRY(json_parse(f.text[GUEST_DAEMON], strlen(f.text[GUEST_DAEMON]), GUEST_FILE_DAEMON, &daemon));
	*ret_settings = !cJSON_Compare(daemon, changes->daemon, true);
	for (const cJSON *member = json_first(changes->machine); member; member = json_next(member)) {
		*ret_settings |= !cJSON_Compare(json_get_or_null(machine, json_key(member)), member, true);
		json_set(machine, json_key(member), cJSON_Duplicate(member, true));
	}
	for (enum guest_file i = 0; i < GUEST_FILES; i++)
		s.files[i] = guest_file(i)->kind == GUEST_CERTIFICATE ? changes->files[i] : f.text[i];
	s.machine = machine;
	return seed_write(path, &s);
}
