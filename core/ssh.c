/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ssh.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/driver_call.h"
#include "core/identity.h"
#include "core/machine_state.h"
#include "provision/boot2docker.h"
#include "remote/openssh.h"

/* Where a machine's SSH is, and by which files. Released by ssh_place_release. */
struct ssh_place {
	char *key, *known;
	struct remote_place place;
};

static void ssh_place_release(struct ssh_place *p)
{
	free(p->key);
	free(p->known);
}
#define auto_ssh_place __attribute__((cleanup(ssh_place_release))) struct ssh_place

static void ssh_place_of(const struct machine *m, const struct driver_endpoint *end, bool trust_new,
			 struct ssh_place *ret)
{
	ret->key = fs_join(m->dir, IDENTITY_SSH_KEY);
	ret->known = fs_join(m->dir, IDENTITY_KNOWN_HOSTS);
	ret->place = (struct remote_place){ .host = end->ssh_host,
					    .port = end->ssh_port,
					    .user = end->ssh_user,
					    .key = ret->key,
					    .known_hosts = ret->known,
					    .trust_new = trust_new };
}

void ssh_args(const struct machine *m, const struct driver_endpoint *end, struct list *argv)
{
	auto_ssh_place p = { 0 };

	ssh_place_of(m, end, false, &p);
	openssh_args(&p.place, argv);
}

void ssh_config(const struct machine *m, const struct driver_endpoint *end, struct str *ret)
{
	auto_ssh_place p = { 0 };

	ssh_place_of(m, end, false, &p);
	openssh_config(&p.place, m->name, ret);
}

static struct err *ssh_check_path(const struct machine *m)
{
	if (openssh_can_name(m->dir))
		return NULL;
	return err_hint(
		err_new(ERR_UNSUPPORTED,
			"OpenSSH's configuration cannot name the store '%s': it has ${ or a line's end in it",
			m->core->store),
		"Give the store another name: ln -s '%s' /tmp/store && machine --storage-path /tmp/store ssh %s",
		m->core->store, m->name);
}

/* One whose boot goes on or failed may well answer SSH, which is there before the engine: that is where one looks for why. */
static struct err *ssh_is_on(struct machine *m)
{
	enum machine_state s = STATE_NONE;

	TRY(driver_need(m));
	auto_err *unknown = driver_ask_state(m, &s);
	return !unknown && (s == STATE_STARTING || s == STATE_ERROR) ? NULL : machine_require_running(m);
}

struct err *ssh_endpoint(struct machine *m, struct driver_endpoint *ret)
{
	TRY(ssh_is_on(m));
	TRY(machine_endpoint(m, ret));
	TRY(ssh_check_path(m));
	return driver_need_ssh(m);
}

static struct err *provision_read(const struct machine *m, const char *name, char **ret)
{
	auto_free char *path = fs_join(m->dir, name);

	return fs_read(path, 1 << 20, ret, NULL);
}

static struct err *provision_script(const struct machine *m, struct str *ret)
{
	auto_free char *ca = NULL, *cert = NULL;
	auto_secret char *key = NULL;

	TRY(provision_read(m, "ca.pem", &ca));
	TRY(provision_read(m, "server.pem", &cert));
	TRY(provision_read(m, "server-key.pem", &key));
	const struct boot2docker b = {
		m->name, ca, cert, key, m->driver->name, json_get_or_null(m->record, "HostOptions.EngineOptions")
	};
	return boot2docker_script(&b, ret);
}

static void provision_say(void *data, const char *line)
{
	const struct machine *m = data;

	core_say(m->core, SAY_LINE, NULL, "%s", line);
}

struct err *ssh_provision(struct machine *m, struct deadline d)
{
	auto_endpoint end = { 0 };
	auto_ssh_place p = { 0 };
	auto_remote *host = NULL;
	auto_str script = STR_INIT;
	struct err *e;

	TRY(openssh_check_user());
	TRY(ssh_check_path(m));
	TRY(provision_script(m, &script));
	TRY(machine_endpoint(m, &end));
	ssh_place_of(m, &end, true, &p);
	unlink(p.known); /* of the key that a seed would have brought */
	e = remote_open(&remote_openssh, &p.place, &host);
	if (!e)
		e = boot2docker_set_up(host, &script, d, provision_say, m);
	mem_wipe(script.buf, script.len);
	return e;
}
