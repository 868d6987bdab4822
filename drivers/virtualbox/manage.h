/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calling VBoxManage. Each call has a deadline, is logged shell-quoted in debug, and is made again where VirtualBox means
 * that nothing was done: its service starting or ending, a lock that another holds, an object that is not ready. Calls for
 * one machine come one after the other, from all processes: VirtualBox refuses the second instead of making it wait.
 */
#ifndef DRIVERS_VIRTUALBOX_MANAGE_H
#define DRIVERS_VIRTUALBOX_MANAGE_H

#include "base/list.h"
#include "base/str.h"
#include "drivers/virtualbox/handle.h"
#include "drivers/virtualbox/output.h"
#include "drivers/virtualbox/output_errors.h"

#define MANAGE_ASK_MS 60000 /* a question, on a host at its limits */
#define MANAGE_DO_MS 120000 /* starting, saving, removing */
#define MANAGE_SHORT_MS 30000

/* Of one call that VBoxManage refused for good. */
struct manage_result {
	struct str out;
	enum vbox_trouble trouble; /* VBOX_NO_TROUBLE: it went well */
	char *complaint;	   /* in VirtualBox's words; NULL: none */
};
void manage_result_release(struct manage_result *r);
#define auto_manage_result __attribute__((cleanup(manage_result_release))) struct manage_result
#define MANAGE_RESULT_INIT                                                                                             \
	{                                                                                                              \
		.out = STR_INIT                                                                                        \
	}

/*
 * VBoxManage with these words, run as the owner of the store (owner.h). v: the machine that it is made for; NULL: none, and as
 * whoever asks. Fails when VBoxManage cannot be run, is too late,
 * or dies; a refusal is told in *ret for the caller to judge.
 */
struct err *manage_try(const struct vbox *v, const struct list *words, int timeout_ms,
		       struct manage_result *ret) MUST_USE;

/*
 * The same, where every refusal is an error: "VBoxManage VERB: complaint", ERR_NOT_FOUND for a machine that is not there,
 * ERR_WRONG_STATE for one that is not running or cannot be read, with what is known to help. ret_out may be NULL.
 */
struct err *manage_run(const struct vbox *v, const struct list *words, int timeout_ms, struct str *ret_out) MUST_USE;
/* Words apart, up to NULL. */
struct err *manage(const struct vbox *v, int timeout_ms, struct str *ret_out, ...) MUST_USE __attribute__((sentinel));
struct err *manage_ask(const struct vbox *v, int timeout_ms, struct manage_result *ret, ...) MUST_USE
	__attribute__((sentinel));

/* The refusal as an error. verb: "startvm". */
struct err *manage_error(const struct vbox *v, const char *verb, const struct manage_result *r) MUST_USE;

/* `showvminfo --machinereadable`. */
struct err *manage_ask_info(const struct vbox *v, int timeout_ms, struct manage_result *ret) MUST_USE;
struct err *manage_info(const struct vbox *v, struct str *ret) MUST_USE;

#endif
