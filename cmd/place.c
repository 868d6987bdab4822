/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/place.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/app.h"
#include "core/machine.h"
#include "core/ssh.h"
#include "remote/openssh.h"

void place_release(struct place *p)
{
	free(p->machine);
	free(p->word);
}

/* A path on this host as scp takes it for one: it may begin like an option, or have a colon. */
static char *place_here(const char *path)
{
	const char *colon = strchr(path, ':'), *slash = strchr(path, '/');

	return *path == '-' || (colon && (!slash || colon < slash)) ? xasprintf("./%s", path) : xstrdup(path);
}

/* With a slash before the colon it is a path, as for scp; docker-machine knew only that "localhost" is here. */
struct place place_parse(const char *text)
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

struct err *place_open(const struct app *app, const struct place *p, struct machine **ret)
{
	return err_wrap(machine_open(&app->core, p->machine, ret), "Error loading host");
}

struct err *place_config(const struct app *app, const struct place *p, struct str *ret)
{
	auto_machine *m = NULL;
	auto_endpoint end = { 0 };

	if (!*p->machine)
		return NULL;
	TRY(place_open(app, p, &m));
	TRY(ssh_endpoint(m, &end));
	TRY(openssh_check_user());
	ssh_config(m, &end, ret);
	return NULL;
}
