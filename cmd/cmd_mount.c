/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/proc.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/place.h"
#include "cmd/ssh_tool.h"
#include "cmd/targets.h"
#include "core/machine.h"

static const struct opt mount_opts[] = { { "unmount", "u", OPT_FLAG, NULL, NULL, "Unmount instead of mount" }, { 0 } };

static struct err *unmount(const char *mountpoint)
{
	auto_list argv = { 0 };
	auto_free char *found = NULL;
	auto_err *old = proc_find("fusermount", &found);

	list_add(&argv, old ? "fusermount3" : "fusermount");
	list_add(&argv, "-u");
	list_add(&argv, mountpoint);
	return ssh_tool_run(&argv, "fuse3",
			    "You must have a copy of the fusermount binary locally to use the unmount option");
}

static struct err *mount_run(struct app *app, const struct opts *o)
{
	if (o->args.n < 1 || o->args.n > 2)
		return ssh_tool_improper("mount", "dev:/home/docker ./there");
	/* Without a colon it is a path of the default machine. */
	auto_free char *source = strchr(o->args.items[0], ':') ? xstrdup(o->args.items[0])
							       : xasprintf(TARGET_DEFAULT ":%s", o->args.items[0]);
	const char *mountpoint = o->args.n == 2 ? o->args.items[1] : strchr(source, ':') + 1;
	auto_place place = place_parse(source);
	auto_machine *m = NULL;
	auto_list argv = { 0 };
	auto_str config = STR_INIT;
	auto_free char *path = NULL;
	auto_close int fd = -1;

	if (!*place.machine)
		return err_hint(err_new(ERR_USAGE, "'%s' names no machine", o->args.items[0]),
				"For example: machine mount dev:/home/docker ./there");
	/* What is mounted of a machine that is off is the more in the way. */
	if (opts_flag(o, "unmount")) {
		TRY(place_open(app, &place, &m));
		return unmount(mountpoint);
	}
	TRY(place_config(app, &place, &config));
	TRY(ssh_tool_config(&config, &fd, &path));
	list_add(&argv, "sshfs");
	list_add(&argv, "-F");
	list_add(&argv, path);
	list_add(&argv, place.word);
	list_add(&argv, mountpoint);
	return ssh_tool_run(&argv, "sshfs",
			    "You must have a copy of the sshfs binary locally to use the mount feature");
}

const struct cmd cmd_mount = {
	.name = "mount",
	.args = "[arg...]",
	.words = CMD_WORDS_PLACES,
	.summary = "Mount or unmount a directory from a machine with SSHFS.",
	.description = "Arguments are [machine:][path] [mountpoint]",
	.opts = mount_opts,
	.run = mount_run,
};
