/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/package.h"
#include "base/str.h"
#include "drivers/kvm/uri.h"

/* Asked after 5 s of silence, given up after three times. */
#define KEEPALIVE_S 5
#define KEEPALIVE_COUNT 3

/*
 * libvirt's open has no deadline of its own: a dead host keeps it for minutes. So it runs in a thread, which whoever
 * asked may leave behind.
 */
struct opening {
	char *uri, *quiet_uri; /* as it was given, and as libvirt gets it */
	int pipe[2];	       /* a byte when done; each side closes its own end */
	pthread_mutex_t mutex;
	bool done, left; /* left: nobody waits any more, the thread cleans up */
	virConnectPtr conn;
	struct err *err;
};

/* libvirt's ssh must not ask for passwords, from many threads at once and with a terminal or without. The caller frees. */
static char *conn_quiet_uri(const char *uri)
{
	auto_uri u = { 0 };
	auto_err *e = kvm_uri_parse(uri, &u);

	if (e || !kvm_uri_is_ssh(&u) || strstr(uri, "no_tty="))
		return xstrdup(uri);
	return xasprintf("%s%sno_tty=1", uri, strchr(uri, '?') ? "&" : "?");
}

static struct opening *opening_new(const char *uri)
{
	struct opening *o = xcalloc(1, sizeof(*o));

	o->uri = xstrdup(uri);
	o->quiet_uri = conn_quiet_uri(uri);
	o->pipe[0] = o->pipe[1] = -1;
	pthread_mutex_init(&o->mutex, NULL);
	return o;
}

static void opening_free(struct opening *o)
{
	if (o->conn)
		virt.virConnectClose(o->conn);
	err_free(o->err);
	pthread_mutex_destroy(&o->mutex);
	mem_closep(&o->pipe[0]);
	mem_closep(&o->pipe[1]);
	free(o->uri);
	free(o->quiet_uri);
	free(o);
}

/* Nobody answers at libvirt's socket: of this host it can be told why. */
static struct err *opening_cure(const char *uri, struct err *e)
{
	auto_uri u = { 0 };
	auto_err *odd = kvm_uri_parse(uri, &u);
	bool modular = access("/usr/sbin/virtqemud", X_OK) == 0 && access("/usr/sbin/libvirtd", X_OK) < 0;

	if (e->code != ERR_NETWORK || err_hint_of(e))
		return e;
	if (odd || kvm_uri_is_remote(&u))
		return err_hint(e, "libvirt does not run there. Install and start it on that host; its package in "
				   "Debian: libvirt-daemon-system");
	if (!modular && access("/usr/sbin/libvirtd", X_OK) < 0)
		return err_package(err_wrap(e, "libvirt's server is not installed"), "libvirt-daemon-system");
	return err_hint(err_wrap(e, "libvirt is installed, but does not run"),
			"Start it: %ssystemctl start %s (without systemd: "
			"service libvirtd start)",
			geteuid() == 0 ? "" : "sudo ", modular ? "virtqemud.socket" : "libvirtd");
}

static void *opening_run(void *data)
{
	struct opening *o = data;
	virConnectPtr conn = virt.virConnectOpen(o->quiet_uri);
	struct err *e = conn ? NULL : opening_cure(o->uri, virt_error("cannot connect to libvirt at '%s'", o->uri));

	if (conn) /* without it (test driver, old server) a dead peer is noticed later */
		virt.virConnectSetKeepAlive(conn, KEEPALIVE_S, KEEPALIVE_COUNT);
	pthread_mutex_lock(&o->mutex);
	o->conn = conn;
	o->err = e;
	o->done = true;
	bool left = o->left;
	if (!left && write(o->pipe[1], "", 1) != 1)
		log_debug("cannot wake who waits for '%s'", o->uri);
	pthread_mutex_unlock(&o->mutex);
	if (left)
		opening_free(o);
	return NULL;
}

static struct err *opening_wait(struct opening *o, int timeout_ms)
{
	struct deadline d = deadline_in(timeout_ms);
	struct pollfd p[2] = { { .fd = o->pipe[0], .events = POLLIN }, { .fd = interrupt_fd(), .events = POLLIN } };

	while (!(p[0].revents & POLLIN)) {
		TRY(interrupt_check());
		if (deadline_passed(d))
			return err_hint(err_new(ERR_TIMEOUT, "libvirt at '%s' did not answer in %d s", o->uri,
						timeout_ms / 1000),
					"Try it by hand: virsh -c '%s' list", o->uri);
		if (poll(p, 2, deadline_left_ms(d)) < 0 && errno != EINTR)
			return err_errno(ERR_FAILED, "cannot wait for libvirt");
	}
	return NULL;
}

static struct err *conn_open(const char *uri, int timeout_ms, virConnectPtr *ret)
{
	struct opening *o = opening_new(uri);
	pthread_t thread;

	log_debug("connecting to libvirt at '%s'", uri);
	if (pipe2(o->pipe, O_CLOEXEC) < 0 || pthread_create(&thread, NULL, opening_run, o) != 0) {
		struct err *e = err_errno(ERR_FAILED, "cannot start a thread");
		opening_free(o);
		return e;
	}
	pthread_detach(thread);
	struct err *e = opening_wait(o, timeout_ms);
	pthread_mutex_lock(&o->mutex);
	bool done = o->done;
	o->left = !done;
	if (done && !e) {
		e = TAKE(o->err);
		*ret = TAKE(o->conn);
	}
	pthread_mutex_unlock(&o->mutex);
	if (done)
		opening_free(o);
	return e;
}

struct conn_entry {
	struct conn_entry *next;
	pthread_mutex_t mutex; /* held while it is opened */
	virConnectPtr conn;
	struct err *failed; /* the last try's, for those who waited meanwhile */
	int64_t failed_ms;
	char uri[];
};

static pthread_mutex_t conn_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct conn_entry *conn_list;

static struct conn_entry *conn_entry(const char *uri)
{
	struct conn_entry *c;

	pthread_mutex_lock(&conn_mutex);
	for (c = conn_list; c && !str_eq(c->uri, uri); c = c->next)
		;
	if (!c) {
		c = xcalloc(1, sizeof(*c) + strlen(uri) + 1);
		memcpy(c->uri, uri, strlen(uri) + 1);
		pthread_mutex_init(&c->mutex, NULL);
		c->next = conn_list;
		conn_list = c;
	}
	pthread_mutex_unlock(&conn_mutex);
	return c;
}

static struct err *conn_same_failure(const struct err *e)
{
	auto_free char *text = err_text(e);
	struct err *copy = err_new(e->code, "%s", text);
	const char *hint = err_hint_of(e);

	return hint ? err_hint(copy, "%s", hint) : copy;
}

/* Many threads want the same dead host: it is waited for once. */
static struct err *conn_try(struct conn_entry *c, int timeout_ms)
{
	struct err *e = conn_open(c->uri, timeout_ms, &c->conn);

	err_free(c->failed);
	c->failed = e && e->code != ERR_INTERRUPTED ? conn_same_failure(e) : NULL;
	c->failed_ms = clock_now_ms();
	return e;
}

struct err *conn_get(const char *uri, int timeout_ms, virConnectPtr *ret)
{
	int64_t began = clock_now_ms();
	struct conn_entry *c;
	struct err *e = NULL;

	TRY(virt_load());
	c = conn_entry(uri);
	pthread_mutex_lock(&c->mutex);
	if (c->conn && virt.virConnectIsAlive(c->conn) != 1) {
		virt.virConnectClose(c->conn); /* others may still hold references */
		c->conn = NULL;
	}
	if (!c->conn && c->failed && c->failed_ms > began)
		e = conn_same_failure(c->failed);
	else if (!c->conn)
		e = conn_try(c, timeout_ms > 0 ? timeout_ms : CONN_OPEN_MS);
	if (!e) {
		virt.virConnectRef(c->conn);
		*ret = c->conn;
	}
	pthread_mutex_unlock(&c->mutex);
	return e;
}

struct err *conn_default(virConnectPtr *ret, char **ret_uri, char **ret_why)
{
	struct err *system = conn_get(KVM_URI_SYSTEM, 0, ret), *session;

	if (!system || system->code == ERR_UNSUPPORTED || system->code == ERR_INTERRUPTED) {
		if (!system)
			*ret_uri = xstrdup(KVM_URI_SYSTEM);
		return system;
	}
	/* For root both are the same. */
	session = geteuid() == 0 ? err_new(ERR_FAILED, "root has no session") : conn_get(KVM_URI_SESSION, 0, ret);
	if (session) {
		err_free(session);
		return system;
	}
	*ret_why = err_text(system);
	err_free(system);
	*ret_uri = xstrdup(KVM_URI_SESSION);
	return NULL;
}

char *conn_place(const char *uri)
{
	auto_uri u = { 0 };
	auto_err *e = kvm_uri_parse(uri, &u);

	return e || !*u.host ? xstrdup("this host") : xstrdup(u.host);
}
