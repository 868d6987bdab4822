/* SPDX-License-Identifier: Apache-2.0 */
/* prune: what creates and removals that were killed have left. */
#include <stdio.h>
#include <string.h>

#include "base/fs.h"
#include "base/interrupt.h"
#include "base/list.h"
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"
#include "cmd/confirm.h"
#include "core/machine.h"
#include "core/parallel.h"
#include "core/remove.h"
#include "core/store.h"

static const struct opt prune_opts[] = { { "force", "f", OPT_FLAG, NULL, NULL, "Do not ask" }, { 0 } };

/* Never finished, and nobody works on it. A record that cannot be read is another matter, which ls shows. */
static bool prune_is_left(const struct core *c, const char *name)
{
	auto_machine *m = NULL;
	auto_err *e = machine_open(c, name, &m);

	return !e && machine_is_half_made(m) && store_lock_owner(c, name) == 0;
}

struct prune_job {
	const struct app *app;
	const struct list *names;
};

static struct err *prune_one(void *data, size_t i)
{
	const struct prune_job *job = data;
	const char *name = job->names->items[i];

	struct err *e = machine_remove(&job->app->core, name, REMOVE_HALF_MADE);
	/* While the question stood, somebody finished it, or removed it. */
	if (e && (e->code == ERR_WRONG_STATE || !store_has(&job->app->core, name))) {
		auto_free char *why = err_text(e);

		core_say(&job->app->core, SAY_WARN, NULL, "%s", why);
		err_free(e);
		return NULL;
	}
	TRY(err_wrap(e, "Error removing host \"%s\"", name));
	core_say(&job->app->core, SAY_LINE, NULL, "Removed what was left of %s", name);
	answer_done(job->app, name, "prune");
	return NULL;
}

static struct err *prune_run(struct app *app, const struct opts *o)
{
	auto_list all = { 0 }, left = { 0 };
	struct prune_job job = { app, &left };

	if (o->args.n)
		return err_hint(err_new(ERR_USAGE, "prune takes no names"), "Remove one: machine rm NAME");
	TRY(store_list(&app->core, &all));
	for (size_t i = 0; i < all.n; i++)
		if (prune_is_left(&app->core, all.items[i]))
			list_add(&left, all.items[i]);
	TRY(store_prune(&app->core));
	if (!left.n) {
		core_say(&app->core, SAY_LINE, NULL, "Nothing was left.");
		return NULL;
	}
	if (!opts_flag(o, "force")) {
		auto_free char *names = list_join(&left, ", ");

		ANSWER("About to remove what was left of %s\n", names);
		if (confirm("Are you sure? (y/n): ") != CONFIRM_YES)
			return interrupt_check();
	}
	return parallel_run(left.n, prune_one, &job);
}

const struct cmd cmd_prune = {
	.name = "prune",
	.args = "",
	.summary = "Remove what interrupted creates have left",
	.description = "(no arguments)",
	.opts = prune_opts,
	.run = prune_run,
};
