/* SPDX-License-Identifier: Apache-2.0 */
/* A host by SSH that is not there: it notes what it is asked, and runs it here when told to. */
#ifndef TESTS_FAKE_REMOTE_H
#define TESTS_FAKE_REMOTE_H

#include "base/list.h"
#include "base/mem.h"
#include "base/proc.h"
#include "remote/remote.h"

static struct {
	int refuse;	      /* so many runs fail before one is taken */
	enum err_code reason; /* of those that fail */
	bool here;	      /* run the command by a shell of this host */
	struct list commands;
	struct str input; /* of the last run */
	int opened, closed;
} fake_remote = { .input = STR_INIT };

static void fake_remote_reset(void)
{
	list_release(&fake_remote.commands);
	str_release(&fake_remote.input);
	memset(&fake_remote, 0, sizeof(fake_remote));
	fake_remote.input = (struct str)STR_INIT;
	fake_remote.reason = ERR_FAILED;
}

static struct err *fake_remote_open(const struct remote_place *place, void **ret_self)
{
	(void)place;
	fake_remote.opened++;
	*ret_self = &fake_remote;
	return NULL;
}

static struct err *fake_remote_run(void *self, struct remote_run *r)
{
	const char *argv[] = { "sh", "-c", r->command, NULL };

	(void)self;
	list_add(&fake_remote.commands, r->command);
	str_clear(&fake_remote.input);
	str_add_mem(&fake_remote.input, r->input ? r->input : "", r->input_len);
	if (fake_remote.refuse-- > 0)
		return err_new(fake_remote.reason, "'ssh' failed with status 255: refused");
	if (!fake_remote.here)
		return NULL;

	auto_proc p = { PROC_INIT,
			.argv = argv,
			.input = r->input,
			.input_len = r->input_len,
			.any_status = r->any_status,
			.timeout_ms = r->timeout_ms };
	struct err *e = proc_run(&p);

	r->status = p.status;
	str_add(&r->out, p.out.buf);
	str_add(&r->errout, p.errout.buf);
	return e;
}

static void fake_remote_close(void *self)
{
	(void)self;
	fake_remote.closed++;
}

static const struct remote_ops fake_remote_ops = {
	.name = "fake", .open = fake_remote_open, .run = fake_remote_run, .close = fake_remote_close
};

#endif
