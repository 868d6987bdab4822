/* SPDX-License-Identifier: Apache-2.0 */
/* How a driver runs a process of its own: `machine __driver NAME ARGS...` (the supervisor of a QEMU machine). */
#include "cmd/app.h"
#include "cmd/commands.h"
#include "core/driver_call.h"

static struct err *driver_helper_run(struct app *app, int argc, char *const *argv)
{
	int status;

	(void)app;
	auto_err *none =
		argc > 0 ? driver_run_helper(argv[0], argc - 1, argv + 1, &status) : err_new(ERR_USAGE, "no driver");
	if (none)
		return err_new(ERR_USAGE, "this is how drivers start their own processes; it is not for people");
	return status ? err_status(err_new(ERR_REPORTED, "the helper failed"), status) : NULL;
}

const struct cmd cmd_driver_helper = {
	.name = "__driver",
	.args = "NAME [arg...]",
	.summary = "Run a process of a driver (internal)",
	.flags = CMD_HIDDEN | CMD_VERBATIM | CMD_NO_STORE,
	.run_verbatim = driver_helper_run,
};
