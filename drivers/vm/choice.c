/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vm/choice.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

struct err *choice_check(const char *text, const char *option, const char *const *words)
{
	auto_str all = STR_INIT;

	for (const char *const *w = words; *w; w++) {
		if (str_eq(text, *w))
			return NULL;
		str_addf(&all, "%s%s", all.len ? ", " : "", *w);
	}
	return err_hint(err_new(ERR_USAGE, "'%s' is no value of %s", text, option), "It takes %s.", all.buf);
}

struct err *choice_check_iso(const char *text, const char *option)
{
	if (!strstr(text, "://") || str_starts(text, "file:///"))
		return NULL;
	return err_hint(err_new(ERR_USAGE, "'%s' is no file, and what it would bring cannot be verified", text),
			"Download it, compare its digest, and name the file: %s FILE", option);
}

struct err *choice_find_iso(const char *text, char **ret)
{
	auto_free char *path = NULL;
	struct stat st;

	TRY(fs_absolute(str_starts(text, "file://") ? text + 7 : text, &path));
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return err_hint(err_new(ERR_NOT_FOUND, "there is no ISO '%s'", path),
				"make image builds one: build/image/machine.iso");
	*ret = TAKE(path);
	return NULL;
}
