/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp and mount: OpenSSH's scp, rsync and sshfs between this host and machines. What they need to know of the machines is an
 * ssh configuration in memory, which they find below /proc while we wait for them: each side has its own port and keys.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/dump.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/package.h"
#include "base/proc.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/targets.h"
#include "core/machine.h"
#include "core/ssh.h"

/* "[[user@]machine:]path". machine is "" for a path of this host. Released by place_release. */
struct place {
	char *machine;
	char *word; /* what scp, rsync and sshfs are told */
};

static void place_release(struct place *p)
{
	free(p->machine);
	free(p->word);
}
#define auto_place __attribute__((cleanup(place_release))) struct place

/* A path on this host as scp takes it for one: it may begin like an option, or have a colon. */
static char *place_here(const char *path)
{
	const char *colon = strchr(path, ':'), *slash = strchr(path, '/');

	return *path == '-' || (colon && (!slash || colon < slash)) ? xasprintf("./%s", path) : xstrdup(path);
}

/* With a slash before the colon it is a path, as for scp; docker-machine knew only that "localhost" is here. */
static struct place place_parse(const char *text)
{
	const char *colon = strchr(text, ':'), *slash = strchr(text, '/');
	struct place p = { 0 };

	if (!colon || (slash && slash < colon)) {
		p.machine = xstrdup("");
		p.word = place_here(text);
		return p;
	}
	const char *at = memchr(text, '@', (size_t)(colon - text));
	const char *name = at ? at + 1 : text;
	p.machine = xstrndup(name, (size_t)(colon - name));
	p.word = xstrdup(text);
	if (str_eq(p.machine, "localhost")) {
		place_release(&p);
		p.machine = xstrdup("");
		p.word = place_here(colon + 1);
	}
	return p;
}

static struct err *place_config(const struct app *app, const struct place *p, struct str *ret)
{
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };

	if (!*p->machine)
		return NULL;
	TRY(err_wrap(machine_open(&app->core, p->machine, &m), "Error loading host"));
	TRY(ssh_endpoint(m, &end));
	TRY(ssh_check_user());
	ssh_config(m, &end, ret);
	return NULL;
}

/* *ret_fd holds the text, *ret_path is its name for other processes while this one lives. */
static struct err *config_file(const struct str *text, int *ret_fd, char **ret_path)
{
	dump_allow();
	*ret_fd = memfd_create("ssh_config", MFD_CLOEXEC);
	if (*ret_fd < 0 || write(*ret_fd, text->buf, text->len) != (ssize_t)text->len)
		return err_errno(ERR_FAILED, "cannot keep the ssh configuration in memory");
	*ret_path = xasprintf("/proc/%d/fd/%d", (int)getpid(), *ret_fd);
	return NULL;
}

/* Run argv; docker-machine's words for a status. */
static struct err *attended(struct list *argv, const char *missing)
{
	int status = 0;
	struct err *e = proc_attended((const char *const *)argv->items, &status);

	if (e && e->code == ERR_NOT_FOUND) {
		err_free(e);
		return err_package(err_new(ERR_NOT_FOUND, "%s", missing),
				   str_eq(argv->items[0], "scp") ? "openssh-client" : argv->items[0]);
	}
	TRY(e);
	return status ? err_new(ERR_FAILED, "exit status %d", status) : NULL;
}

static struct err *improper(const char *command, const char *example)
{
	return err_hint(err_new(ERR_FAILED, "Improper number of arguments"), "For example: machine %s %s", command,
			example);
}

static const struct opt scp_opts[] = {
	{ "recursive", "r", OPT_FLAG, NULL, NULL, "Copy files recursively (required to copy directories)" },
	{ "delta", "d", OPT_FLAG, NULL, NULL,
	  "Reduce amount of data sent over network by sending only the differences (uses rsync)" },
	{ "quiet", "q", OPT_FLAG, NULL, NULL,
	  "Disables the progress meter as well as warning and diagnostic messages from ssh" },
	{ 0 }
};

static void scp_words(const struct opts *o, const char *config, struct list *argv)
{
	bool delta = opts_flag(o, "delta");

	list_add(argv, delta ? "rsync" : "scp");
	if (delta && !opts_flag(o, "quiet"))
		list_add(argv, "--progress");
	if (delta) {
		list_add(argv, "-e");
		list_addf(argv, "ssh -F %s", config);
	} else {
		list_add(argv, "-3");
		list_add(argv, "-F");
		list_add(argv, config);
		if (opts_flag(o, "quiet"))
			list_add(argv, "-q");
	}
	if (opts_flag(o, "recursive"))
		list_add(argv, "-r");
	list_add(argv, "--");
}

static struct err *scp_run(struct app *app, const struct opts *o)
{
	if (o->args.n != 2)
		return improper("scp", "dev:/etc/hostname .");
	auto_place from = place_parse(o->args.items[0]), to = place_parse(o->args.items[1]);
	auto_list argv = { 0 };
	auto_str config = STR_INIT;
	auto_free char *path = NULL;
	auto_close int fd = -1;

	if (opts_flag(o, "delta") && *from.machine && *to.machine)
		return err_hint(
			err_new(ERR_USAGE, "rsync copies between this host and a machine, not between two machines"),
			"Copy without --delta, which goes through this host.");
	TRY(place_config(app, &from, &config));
	if (!str_eq(from.machine, to.machine))
		TRY(place_config(app, &to, &config));
	TRY(config_file(&config, &fd, &path));
	scp_words(o, path, &argv);
	list_add(&argv, from.word);
	list_add(&argv, to.word);
	return attended(&argv, opts_flag(o, "delta")
				       ? "You must have a copy of the rsync binary locally to use the --delta option"
				       : "You must have a copy of the scp binary locally to use the scp feature");
}

const struct cmd cmd_scp = {
	.name = "scp",
	.args = "[arg...]",
	.words = CMD_WORDS_PLACES,
	.summary = "Copy files between machines",
	.description = "Arguments are [[user@]machine:][path] [[user@]machine:][path].",
	.opts = scp_opts,
	.run = scp_run,
};

static const struct opt mount_opts[] = { { "unmount", "u", OPT_FLAG, NULL, NULL, "Unmount instead of mount" }, { 0 } };

static struct err *unmount(const char *mountpoint)
{
	auto_list argv = { 0 };
	auto_free char *found = NULL;
	auto_err *old = proc_find("fusermount", &found);

	list_add(&argv, old ? "fusermount3" : "fusermount");
	list_add(&argv, "-u");
	list_add(&argv, mountpoint);
	return attended(&argv, "You must have a copy of the fusermount binary locally to use the unmount option");
}

static struct err *mount_run(struct app *app, const struct opts *o)
{
	if (o->args.n < 1 || o->args.n > 2)
		return improper("mount", "dev:/home/docker ./there");
	/* Without a colon it is a path of the machine "default". */
	auto_free char *source =
		strchr(o->args.items[0], ':') ? xstrdup(o->args.items[0]) : xasprintf("default:%s", o->args.items[0]);
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
		TRY(err_wrap(machine_open(&app->core, place.machine, &m), "Error loading host"));
		return unmount(mountpoint);
	}
	TRY(place_config(app, &place, &config));
	TRY(config_file(&config, &fd, &path));
	list_add(&argv, "sshfs");
	list_add(&argv, "-F");
	list_add(&argv, path);
	list_add(&argv, place.word);
	list_add(&argv, mountpoint);
	return attended(&argv, "You must have a copy of the sshfs binary locally to use the mount feature");
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

static struct err *ssh_config_one(struct app *app, struct machine *m, const struct opts *o)
{
	auto_endpoint end = { 0 };
	auto_str text = STR_INIT;

	(void)o;
	TRY(ssh_endpoint(m, &end));
	ssh_config(m, &end, &text);
	if (app->json)
		answer_member(m->name, "Config", text.buf);
	else
		ANSWER("%s", text.buf);
	return NULL;
}

static struct err *ssh_config_run(struct app *app, const struct opts *o)
{
	return target_each(app, o, ssh_config_one);
}

const struct cmd cmd_ssh_config = {
	.name = "ssh-config",
	.args = "[arg...]",
	.words = CMD_WORDS_MACHINES,
	.summary = "Print a configuration for OpenSSH that makes machines hosts by their names",
	.description = CMD_MACHINES,
	.run = ssh_config_run,
};
