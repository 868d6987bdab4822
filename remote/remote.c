/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/remote.h"

#include <stdlib.h>

#include "base/mem.h"

struct remote {
	const struct remote_ops *ops;
	void *self;
};

void remote_run_release(struct remote_run *r)
{
	str_release(&r->out);
	str_release(&r->errout);
	r->status = 0;
}

struct err *remote_open(const struct remote_ops *ops, const struct remote_place *place, struct remote **ret)
{
	void *self = NULL;

	TRY(ops->open(place, &self));
	*ret = xcalloc(1, sizeof(**ret));
	**ret = (struct remote){ ops, self };
	return NULL;
}

void remote_close(struct remote *r)
{
	if (!r)
		return;
	r->ops->close(r->self);
	free(r);
}

void remote_closep(struct remote **r)
{
	remote_close(*r);
	*r = NULL;
}

struct err *remote_run(struct remote *r, struct remote_run *run)
{
	return r->ops->run(r->self, run);
}

/* The bytes come by the connection, so no shell reads them. */
static char *remote_put_command(const char *path, mode_t mode)
{
	auto_str quoted = STR_INIT, temporary = STR_INIT;
	auto_free char *made = xasprintf("%s.tmp-machine", path);

	str_add_shell(&quoted, path);
	str_add_shell(&temporary, made);
	return xasprintf("umask 077 && cat >%s && chmod %o %s && mv -f %s %s", temporary.buf, (unsigned)mode,
			 temporary.buf, temporary.buf, quoted.buf);
}

struct err *remote_put(struct remote *r, const char *path, const void *data, size_t len, mode_t mode, int timeout_ms)
{
	if (*path != '/')
		return err_new(ERR_FAILED, "cannot put '%s' on a host: an absolute path is meant", path);
	if (r->ops->put)
		return r->ops->put(r->self, path, data, len, mode, timeout_ms);

	auto_free char *command = remote_put_command(path, mode);
	auto_remote_run run = { REMOTE_RUN_INIT, .command = command, .input = data, .input_len = len,
				.timeout_ms = timeout_ms };

	return err_wrap(remote_run(r, &run), "cannot write '%s' on the host", path);
}
