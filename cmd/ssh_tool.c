/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/ssh_tool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/dump.h"
#include "base/mem.h"
#include "base/package.h"
#include "base/proc.h"

struct err *ssh_tool_config(const struct str *text, int *ret_fd, char **ret_path)
{
	dump_allow();
	*ret_fd = memfd_create("ssh_config", MFD_CLOEXEC);
	if (*ret_fd < 0 || write(*ret_fd, text->buf, text->len) != (ssize_t)text->len)
		return err_errno(ERR_FAILED, "cannot keep the ssh configuration in memory");
	*ret_path = xasprintf("/proc/%d/fd/%d", (int)getpid(), *ret_fd);
	return NULL;
}

struct err *ssh_tool_run(const struct list *argv, const char *package, const char *missing)
{
	int status = 0;
	struct err *e = proc_attended((const char *const *)argv->items, &status);

	if (e && e->code == ERR_NOT_FOUND) {
		err_free(e);
		return err_package(err_new(ERR_NOT_FOUND, "%s", missing), package);
	}
	TRY(e);
	return status ? err_new(ERR_FAILED, "exit status %d", status) : NULL;
}

struct err *ssh_tool_improper(const char *command, const char *example)
{
	return err_hint(err_new(ERR_FAILED, "Improper number of arguments"), "For example: machine %s %s", command,
			example);
}
