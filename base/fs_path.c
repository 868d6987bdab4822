/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs_path.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"

const char *fs_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *fs_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

char *fs_join(const char *dir, const char *name)
{
	if (!*dir)
		return xstrdup(name);
	return xasprintf("%s%s%s", dir, str_ends(dir, "/") ? "" : "/", name);
}

/* As Go's filepath.Clean: "." and ".." are resolved by their text alone. */
static char *fs_clean(const char *absolute)
{
	auto_list parts = { 0 };
	struct list kept = { 0 };

	list_split(&parts, absolute, '/', true);
	for (size_t i = 0; i < parts.n; i++) {
		if (str_eq(parts.items[i], "."))
			continue;
		if (!str_eq(parts.items[i], ".."))
			list_add(&kept, parts.items[i]);
		else if (kept.n)
			list_remove(&kept, kept.n - 1);
	}

	auto_free char *joined = list_join(&kept, "/");

	list_release(&kept);
	return xasprintf("/%s", joined);
}

struct err *fs_absolute(const char *path, char **ret)
{
	if (*path == '/') {
		*ret = fs_clean(path);
		return NULL;
	}

	auto_free char *cwd = getcwd(NULL, 0);

	if (!cwd)
		return err_errno(ERR_FAILED, "cannot find the current folder");

	auto_free char *full = fs_join(cwd, path);

	*ret = fs_clean(full);
	return NULL;
}

struct err *fs_home(char **ret)
{
	const char *home = getenv("HOME");
	struct passwd entry, *found = NULL;
	auto_free char *buf = xcalloc(1, 16384);

	if (!home || !*home) {
		getpwuid_r(getuid(), &entry, buf, 16384, &found);
		home = found ? found->pw_dir : NULL;
	}
	if (!home || !*home)
		return err_hint(err_new(ERR_FAILED, "cannot find your home folder"),
				"Set HOME to a folder that you own.");
	*ret = xstrdup(home);
	return NULL;
}
