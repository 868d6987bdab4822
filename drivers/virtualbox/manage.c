/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/manage.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/package.h"
#include "base/proc.h"
#include "drivers/virtualbox/owner.h"

#define PROGRAM "VBoxManage"
#define PACKAGE "virtualbox"
#define PAUSE_MS 100   /* before another try, doubling */
#define AGAIN_MS 20000 /* as long as another's lock or a starting service may take */
#define OUTPUT_MAX ((size_t)8 * 1024 * 1024)

void manage_result_release(struct manage_result *r)
{
	str_release(&r->out);
	mem_freep(&r->complaint);
	r->trouble = VBOX_NO_TROUBLE;
}

struct attempt {
	const struct vbox *v;
	const char *const *argv;
	const char *verb; /* VBoxManage's */
	int timeout_ms;
	struct manage_result *result;
};

static struct err *attempt_lock(const struct vbox *v, int timeout_ms, int *ret)
{
	auto_free char *path = v && fs_is_dir(v->env->dir) ? fs_join(v->env->dir, VBOX_FILE_CALL_LOCK) : NULL;
	struct err *e = path ? fs_lock(path, timeout_ms, ret) : NULL;

	if (!e || e->code != ERR_WRONG_STATE)
		return e;
	err_free(e);
	return err_hint(err_new(ERR_TIMEOUT, "another call of VBoxManage for machine '%s' does not end", v->env->name),
			"See what it does: ps -C VBoxManage -f");
}

/* An error on a stream of a call that went well is one of another kind, e.g. of a progress bar. */
static void attempt_judge(struct manage_result *r, struct proc *p)
{
	r->out = p->out;
	p->out = (struct str)STR_INIT;
	if (p->status == 0)
		return;
	r->trouble = vbox_trouble(p->errout.buf);
	if (r->trouble == VBOX_NO_TROUBLE)
		r->trouble = VBOX_FAILED;
	r->complaint = vbox_complaint(p->errout.buf);
}

static struct err *attempt_once(struct attempt *a)
{
	static const char *const env[] = { "LC_ALL=C.UTF-8", "LANGUAGE=", NULL }; /* its texts are read */
	auto_proc p = { PROC_INIT,
			.argv = a->argv,
			.timeout_ms = a->timeout_ms,
			.max_output = OUTPUT_MAX,
			.missing_package = PACKAGE,
			.any_status = true,
			.env = env };
	auto_close int lock = -1;

	manage_result_release(a->result);
	TRY(attempt_lock(a->v, a->timeout_ms, &lock));
	TRY(proc_run(&p));
	/* Its own assertions, when its service was killed under it (7.2.22: modifyvm by SIGTRAP): as if that had said so. */
	if (p.status == 128 + SIGTRAP || p.status == 128 + SIGABRT) {
		a->result->trouble = VBOX_AGAIN;
		a->result->complaint = xasprintf("it was ended by signal %d", p.status - 128);
		return NULL;
	}
	if (p.status > 128)
		return err_new(ERR_FAILED, PROGRAM " %s was ended by signal %d", a->verb, p.status - 128);
	attempt_judge(a->result, &p);
	if (a->result->trouble != VBOX_NO_TROUBLE)
		log_debug(PROGRAM " %s: %s", a->verb, a->result->complaint);
	return NULL;
}

static struct err *attempt_step(void *data, bool *done)
{
	struct attempt *a = data;

	TRY(attempt_once(a));
	*done = a->result->trouble != VBOX_AGAIN;
	return NULL;
}

/* In front of the caller's words: who VirtualBox's user is, and the program. What cannot be run is told here, not by setpriv. */
static struct err *manage_command(const struct vbox *v, const struct list *words, struct list *ret)
{
	auto_free char *program = NULL;

	if (v)
		owner_words(v->env->store, ret);
	struct err *missing = ret->n ? proc_find(PROGRAM, &program) : NULL;
	if (missing)
		return err_package(missing, PACKAGE);
	list_add(ret, PROGRAM);
	for (size_t i = 0; i < words->n; i++)
		list_add(ret, words->items[i]);
	return NULL;
}

struct err *manage_try(const struct vbox *v, const struct list *words, int timeout_ms, struct manage_result *ret)
{
	int patience =
		v && v->env->patience_ms > 0 && v->env->patience_ms < timeout_ms ? v->env->patience_ms : timeout_ms;
	int again = patience < AGAIN_MS ? patience : AGAIN_MS;
	auto_list command = { 0 };

	TRY(manage_command(v, words, &command));
	auto_free const char **argv = xcalloc(command.n + 1, sizeof(*argv));
	for (size_t i = 0; i < command.n; i++)
		argv[i] = command.items[i];
	struct attempt a = { v, argv, words->items[0], patience, ret };
	struct err *e = retry_until(deadline_in(again), PAUSE_MS, PROGRAM, attempt_step, &a);
	/* It is busy still: that is VirtualBox's answer, which says more than that it took long. */
	if (e && e->code == ERR_TIMEOUT && ret->trouble == VBOX_AGAIN) {
		err_free(e);
		return NULL;
	}
	return e && e->code == ERR_TIMEOUT ? err_hint(e, "Does VirtualBox answer? Try: " PROGRAM " list vms") : e;
}

static enum err_code manage_code(enum vbox_trouble t)
{
	switch (t) {
	case VBOX_NOT_FOUND:
		return ERR_NOT_FOUND;
	case VBOX_EXISTS:
		return ERR_EXISTS;
	case VBOX_NOT_RUNNING:
	case VBOX_INACCESSIBLE:
		return ERR_WRONG_STATE;
	default:
		return ERR_FAILED;
	}
}

struct err *manage_error(const struct vbox *v, const char *verb, const struct manage_result *r)
{
	const char *cure = vbox_cure(r->complaint ? r->complaint : "");
	struct err *e =
		err_new(manage_code(r->trouble), PROGRAM " %s: %s", verb, r->complaint ? r->complaint : "it failed");

	if (cure)
		return err_hint(e, "%s.", cure);
	if (v && r->trouble == VBOX_INACCESSIBLE) {
		auto_free char *dir = vbox_settings_dir(v);

		return err_hint(e, "VirtualBox cannot read its settings in '%s'. Mend them, or: machine rm %s", dir,
				v->env->name);
	}
	return v && r->trouble == VBOX_NOT_FOUND
		       ? err_hint(e, "VirtualBox does not know it any more: machine rm %s", v->env->name)
		       : e;
}

struct err *manage_run(const struct vbox *v, const struct list *words, int timeout_ms, struct str *ret_out)
{
	auto_manage_result r = MANAGE_RESULT_INIT;

	TRY(manage_try(v, words, timeout_ms, &r));
	if (r.trouble != VBOX_NO_TROUBLE)
		return manage_error(v, words->items[0], &r);
	if (ret_out) {
		str_release(ret_out);
		*ret_out = r.out;
		r.out = (struct str)STR_INIT;
	}
	return NULL;
}

static void manage_words(va_list args, struct list *ret)
{
	const char *word;

	while ((word = va_arg(args, const char *)))
		list_add(ret, word);
}

struct err *manage(const struct vbox *v, int timeout_ms, struct str *ret_out, ...)
{
	auto_list words = { 0 };
	va_list args;

	va_start(args, ret_out);
	manage_words(args, &words);
	va_end(args);
	return manage_run(v, &words, timeout_ms, ret_out);
}

struct err *manage_ask(const struct vbox *v, int timeout_ms, struct manage_result *ret, ...)
{
	auto_list words = { 0 };
	va_list args;

	va_start(args, ret);
	manage_words(args, &words);
	va_end(args);
	return manage_try(v, &words, timeout_ms, ret);
}

struct err *manage_ask_info(const struct vbox *v, int timeout_ms, struct manage_result *ret)
{
	/* Without one the name would do, and would find any machine of that name. */
	if (!*vbox_id(v))
		return err_hint(err_new(ERR_NOT_FOUND,
					"neither the record nor the folder of machine '%s' says which of VirtualBox's "
					"machines it is",
					v->env->name),
				"Forget it: machine rm %s", v->env->name);
	return manage_ask(v, timeout_ms, ret, "showvminfo", vbox_id(v), "--machinereadable", NULL);
}

struct err *manage_info(const struct vbox *v, struct str *ret)
{
	auto_manage_result r = MANAGE_RESULT_INIT;

	TRY(manage_ask_info(v, MANAGE_ASK_MS, &r));
	if (r.trouble != VBOX_NO_TROUBLE)
		return manage_error(v, "showvminfo", &r);
	str_release(ret);
	*ret = r.out;
	r.out = (struct str)STR_INIT;
	return NULL;
}
