/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"
#include "base/mem.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/place.h"
#include "cmd/ssh_tool.h"

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
		return ssh_tool_improper("scp", "dev:/etc/hostname .");
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
	TRY(ssh_tool_config(&config, &fd, &path));
	scp_words(o, path, &argv);
	list_add(&argv, from.word);
	list_add(&argv, to.word);
	if (opts_flag(o, "delta"))
		return ssh_tool_run(&argv, "rsync",
				    "You must have a copy of the rsync binary locally to use the --delta option");
	return ssh_tool_run(&argv, "openssh-client",
			    "You must have a copy of the scp binary locally to use the scp feature");
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
