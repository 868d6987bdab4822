/* SPDX-License-Identifier: Apache-2.0 */
#include "base/package.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"

#define OS_RELEASE "/etc/os-release"
#define OS_RELEASE_MAX ((size_t)64 * 1024)
#define UNSTABLE 99 /* testing and unstable have no number */

/*
 * Every package that a hint names. Where the name of Debian 12 does not serve, rows below it say what holds from that release
 * of Debian, or of Ubuntu, on. "": it is not in any.
 */
static const struct {
	const char *name;
	int debian, ubuntu; /* the first with this name; 0: none */
	const char *there;
} package_names[] = {
	{ "docker-cli", 0, 1, "docker.io" },
	{ "docker-cli", 1, 0, "docker.io" },
	{ "docker-cli", 13, 0, "docker-cli" },
	{ "fuse3", 1, 1, "fuse3" },
	{ "libarchive13", 13, 24, "libarchive13t64" },
	{ "libcurl4", 13, 24, "libcurl4t64" },
	{ "libvirt-daemon-system", 1, 1, "libvirt-daemon-system" },
	{ "libvirt-dev", 1, 1, "libvirt-dev" },
	{ "libvirt0", 1, 1, "libvirt0" },
	{ "libxml2", UNSTABLE, 26, "libxml2-16" },
	{ "libxml2-dev", 1, 1, "libxml2-dev" },
	{ "openssh-client", 1, 1, "openssh-client" },
	{ "qemu-system-x86", 1, 1, "qemu-system-x86" },
	{ "qemu-utils", 1, 1, "qemu-utils" },
	{ "rsync", 1, 1, "rsync" },
	{ "sshfs", 1, 1, "sshfs" },
	{ "virtualbox", 1, 0, "" },
	{ "virtualbox", UNSTABLE, 0, "virtualbox" },
	{ "virtualbox-dkms", 1, 0, "" },
	{ "virtualbox-dkms", UNSTABLE, 0, "virtualbox-dkms" },
};

/* The value of a member of os-release, without quotes; "" when it is not there. The caller frees. */
static char *os_member(const char *text, const char *member)
{
	auto_list lines = { 0 };
	size_t len = strlen(member);

	list_split(&lines, text, '\n', true);
	for (size_t i = 0; i < lines.n; i++) {
		const char *line = lines.items[i];

		if (strncmp(line, member, len) != 0 || line[len] != '=')
			continue;
		const char *value = line + len + 1;
		value += strspn(value, "\"'");
		return xstrndup(value, strcspn(value, "\"'\r"));
	}
	return xstrdup("");
}

static bool os_is_like(const char *text, const char *id)
{
	auto_free char *own = os_member(text, "ID"), *like = os_member(text, "ID_LIKE");
	auto_list ids = { 0 };

	list_split(&ids, own, ' ', true);
	list_split(&ids, like, ' ', true);
	return list_has(&ids, id);
}

const char *package_name(const char *os_release, const char *name)
{
	bool ubuntu = os_is_like(os_release, "ubuntu");
	auto_free char *version = os_member(os_release, "VERSION_ID");
	int release = *version ? (int)strtol(version, NULL, 10) : UNSTABLE;
	const char *found = name;

	if (!ubuntu && !os_is_like(os_release, "debian"))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(package_names); i++) {
		int since = ubuntu ? package_names[i].ubuntu : package_names[i].debian;

		if (since && release >= since && str_eq(package_names[i].name, name))
			found = package_names[i].there;
	}
	return found;
}

/* Packages that some release has not got: where else there is one. */
static const char *package_elsewhere(const char *name)
{
	return strncmp(name, "virtualbox", strlen("virtualbox")) == 0 ? "virtualbox.org has packages"
								      : "this release has no package of it";
}

const char *package_known(size_t i)
{
	return i < ARRAY_SIZE(package_names) ? package_names[i].name : NULL;
}

char *package_words(const char *os_release, bool root, const char *what, const char *names)
{
	auto_list list = { 0 };
	auto_str words = STR_INIT;

	list_split(&list, names, ' ', true);
	for (size_t i = 0; i < list.n; i++) {
		const char *name = package_name(os_release, list.items[i]);

		if (!name)
			return xasprintf("%s; its package%s in Debian: %s", what, list.n > 1 ? "s" : "", names);
		if (!*name)
			return xasprintf("%s; %s", what, package_elsewhere(list.items[i]));
		str_addf(&words, " %s", name);
	}
	return xasprintf("%s: %sapt install%s", what, root ? "" : "sudo ", words.buf);
}

char *package_advice(const char *what, const char *names)
{
	auto_free char *text = NULL;
	auto_err *unread = fs_read(OS_RELEASE, OS_RELEASE_MAX, &text, NULL);

	return package_words(unread ? "" : text, geteuid() == 0, what, names);
}

struct err *err_package(struct err *e, const char *names)
{
	if (!e || err_hint_of(e))
		return e;

	auto_free char *advice = package_advice("Install it", names);

	return err_hint(e, "%s", advice);
}
