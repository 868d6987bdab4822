/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/url.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

#define TCP "tcp://"
#define UNIX "unix://"

void engine_url_release(struct engine_url *u)
{
	free(u->base);
	free(u->unix_socket);
	*u = (struct engine_url){ 0 };
}

struct err *engine_url_parse(const char *text, struct engine_url *ret)
{
	const char *path = str_starts(text, UNIX) ? text + sizeof(UNIX) - 1 : "";
	const char *host = str_starts(text, TCP) ? text + sizeof(TCP) - 1 : "";

	if (*path == '/')
		*ret = (struct engine_url){ xstrdup("http://localhost"), xstrdup(path) };
	else if (*host)
		*ret = (struct engine_url){ xasprintf("https://%s", host), NULL };
	else
		return err_new(ERR_FAILED, "'%s' is not the URL of an engine: tcp://HOST:PORT is meant", text);
	return NULL;
}
