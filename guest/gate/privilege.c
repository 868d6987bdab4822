/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/privilege.h"

#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/file.h"

#define PRIVILEGE_NOBODY 65534

/* "docker:x:999:..." A static program cannot use the C library's look-up, which loads plug-ins. */
static bool privilege_group(const char *name, gid_t *ret)
{
	char *text = file_read("/etc/group", 65536, NULL), *rest = text, *line;
	size_t len = strlen(name);
	bool found = false;

	while (rest && !found && (line = strsep(&rest, "\n"))) {
		unsigned gid;

		if (strncmp(line, name, len) == 0 && sscanf(line + len, ":%*[^:]:%u", &gid) == 1) {
			*ret = gid;
			found = true;
		}
	}
	free(text);
	return found;
}

static bool privilege_set(uint32_t powers)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { .effective = powers, .permitted = powers } };

	return syscall(SYS_capset, &head, data) == 0;
}

bool privilege_drop(const char *group)
{
	gid_t gid;

	if (!privilege_group(group, &gid))
		return false;
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
	       setresuid(PRIVILEGE_NOBODY, PRIVILEGE_NOBODY, PRIVILEGE_NOBODY) == 0 &&
	       privilege_set(1U << CAP_DAC_READ_SEARCH) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

void privilege_none(void)
{
	privilege_set(0);
}

bool privilege_kill(void)
{
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 && setgroups(0, NULL) == 0 &&
	       setresgid(PRIVILEGE_NOBODY, PRIVILEGE_NOBODY, PRIVILEGE_NOBODY) == 0 &&
	       setresuid(PRIVILEGE_NOBODY, PRIVILEGE_NOBODY, PRIVILEGE_NOBODY) == 0 && privilege_set(1U << CAP_KILL) &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}
