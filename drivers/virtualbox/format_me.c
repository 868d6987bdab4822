/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/format_me.h"

#include <string.h>
#include <sys/stat.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/lazy.h"
#include "base/mem.h"
#include "guest/contract.h"

#define TAR_BLOCK 512

/* Each function that we use of libarchive, once. */
#define TAR_FUNCTIONS(F)                                                                                               \
	F(archive_write_new)                                                                                           \
	F(archive_write_set_format_ustar)                                                                              \
	F(archive_write_set_bytes_per_block)                                                                           \
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
	F(archive_entry_set_size)

#define TAR_SLOT(name) static __typeof__(name) *tar_##name;
#define TAR_SYMBOL(name) { #name, (void **)&tar_##name },
TAR_FUNCTIONS(TAR_SLOT)

static struct err *tar_library(void)
{
	static const struct lazy_symbol symbols[] = { TAR_FUNCTIONS(TAR_SYMBOL) };

	return lazy_load("libarchive.so.13", "libarchive13", symbols, ARRAY_SIZE(symbols));
}

static void tar_freep(struct archive **a)
{
	if (*a)
		tar_archive_write_free(*a);
	*a = NULL;
}

static void tar_entry_freep(struct archive_entry **e)
{
	if (*e)
		tar_archive_entry_free(*e);
	*e = NULL;
}
#define auto_tar __attribute__((cleanup(tar_freep))) struct archive
#define auto_entry __attribute__((cleanup(tar_entry_freep))) struct archive_entry

static la_ssize_t tar_append(struct archive *a, void *data, const void *bytes, size_t n)
{
	(void)a;
	str_add_mem(data, bytes, n);
	return (la_ssize_t)n;
}

static struct err *tar_fail(struct archive *a)
{
	const char *reason = tar_archive_error_string(a);

	return err_new(ERR_FAILED, "cannot make the disk's first bytes: %s", reason ? reason : "unknown reason");
}

/* A warning (ARCHIVE_WARN) is a header that was written otherwise than asked for, so it fails too. */
static struct err *tar_add(struct archive *a, const char *name, mode_t mode, const char *text)
{
	size_t len = strlen(text);
	auto_entry *e = tar_archive_entry_new();

	if (!e)
		return tar_fail(a);
	tar_archive_entry_set_pathname(e, name);
	tar_archive_entry_set_mode(e, mode);
	tar_archive_entry_set_size(e, (la_int64_t)len);
	if (tar_archive_write_header(a, e) != ARCHIVE_OK)
		return tar_fail(a);
	return len && tar_archive_write_data(a, text, len) != (la_ssize_t)len ? tar_fail(a) : NULL;
}

struct err *format_me_make(const char *public_key, struct str *ret)
{
	TRY(tar_library());
	auto_tar *a = tar_archive_write_new();

	if (!a)
		return err_new(ERR_FAILED, "cannot make the disk's first bytes");
	if (tar_archive_write_set_format_ustar(a) != ARCHIVE_OK ||
	    tar_archive_write_set_bytes_per_block(a, TAR_BLOCK) != ARCHIVE_OK ||
	    tar_archive_write_set_bytes_in_last_block(a, TAR_BLOCK) != ARCHIVE_OK ||
	    tar_archive_write_open(a, ret, NULL, tar_append, NULL) != ARCHIVE_OK)
		return tar_fail(a);
	TRY(tar_add(a, GUEST_FORMAT_ME, S_IFREG, GUEST_FORMAT_ME));
	TRY(tar_add(a, ".ssh", S_IFDIR | 0700, ""));
	TRY(tar_add(a, ".ssh/authorized_keys", S_IFREG | 0644, public_key));
	TRY(tar_add(a, ".ssh/authorized_keys2", S_IFREG | 0644, public_key));
	return tar_archive_write_close(a) == ARCHIVE_OK ? NULL : tar_fail(a);
}
