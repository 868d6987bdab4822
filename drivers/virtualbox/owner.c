/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/owner.h"

#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

#define ENTRY_MAX 16384

/* Where programs look for what is a user's own. Those of a caller who is another user lead elsewhere. */
static const char *const foreign[] = { "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS" };

uid_t owner_uid(const char *store)
{
	struct stat st;

	return geteuid() == 0 && stat(store, &st) == 0 ? st.st_uid : geteuid();
}

/* buf: ENTRY_MAX bytes. NULL: a user without an entry. */
static const struct passwd *owner_entry(uid_t uid, struct passwd *entry, char *buf)
{
	struct passwd *found = NULL;

	getpwuid_r(uid, entry, buf, ENTRY_MAX, &found);
	return found;
}

static void owner_word(struct list *ret, const char *name, const char *value)
{
	list_take(ret, xasprintf("%s%s", name, value));
}

/* setpriv(1) execs: the process that is waited for, and that gets signals, is the program's own. */
void owner_words(const char *store, struct list *ret)
{
	uid_t uid = owner_uid(store);
	auto_free char *buf = xcalloc(1, ENTRY_MAX), *number = xasprintf("%u", (unsigned)uid), *group = NULL;
	struct passwd entry;

	if (uid == geteuid())
		return;
	const struct passwd *p = owner_entry(uid, &entry, buf);
	group = xasprintf("%u", (unsigned)(p ? p->pw_gid : uid));
	list_add(ret, "setpriv");
	owner_word(ret, "--reuid=", number);
	owner_word(ret, "--regid=", group);
	list_add(ret, p ? "--init-groups" : "--clear-groups");
	list_add(ret, "--pdeathsig=KILL"); /* another user's process forgets the one that proc_run has set */
	list_add(ret, "env");
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		list_add(ret, "-u");
		list_add(ret, foreign[i]);
	}
	if (!p)
		return;
	owner_word(ret, "HOME=", p->pw_dir);
	owner_word(ret, "USER=", p->pw_name);
	owner_word(ret, "LOGNAME=", p->pw_name);
}

void owner_environment(void)
{
	auto_free char *buf = xcalloc(1, ENTRY_MAX);
	struct passwd entry;
	const struct passwd *p = owner_entry(geteuid(), &entry, buf);

	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		unsetenv(foreign[i]);
	if (!p)
		return;
	setenv("HOME", p->pw_dir, 1);
	setenv("USER", p->pw_name, 1);
	setenv("LOGNAME", p->pw_name, 1);
}
