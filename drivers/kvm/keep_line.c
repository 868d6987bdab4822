/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/keep_line.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "drivers/kvm/conn.h"
#include "drivers/kvm/domain.h"
#include "guest/contract.h"

#define LOOK_MS 30000		    /* a connection that broke without a word */
#define LOOK_OFTEN_MS 2000	    /* of a driver that says no word */
#define GIVE_UP_MS (15 * 60 * 1000) /* libvirt cannot be reached: the next command starts another keeper */

/* Comes through the pipe when it is done; NULL in its place: the connection broke. */
struct dial {
	char *uri;
	int said;
	virConnectPtr conn;
	struct err *failed;
};

static void *dial_run(void *data)
{
	struct dial *d = data;

	d->failed = conn_get(d->uri, 0, &d->conn);
	ssize_t n = write(d->said, &d, sizeof(d));
	(void)n; /* a few bytes always fit into a pipe */
	return NULL;
}

/* In the event loop's thread. */
static void line_broke(virConnectPtr conn, int reason, void *data)
{
	const struct keep_line *l = data;
	void *nothing = NULL;

	(void)conn, (void)reason;
	ssize_t n = write(l->said[1], &nothing, sizeof(nothing));
	(void)n; /* full: enough was said */
}

static void line_close_console(struct keep_line *l)
{
	mem_closep(&l->console_fd);
	channel_closep(&l->console);
}

void keep_line_close(struct keep_line *l)
{
	line_close_console(l);
	channel_closep(&l->agent);
	virt_domain_freep(&l->domain);
	if (l->conn)
		virt.virConnectUnregisterCloseCallback(l->conn, line_broke);
	virt_conn_freep(&l->conn);
}

struct err *keep_line_begin(struct keep_line *l, const struct kvm *k)
{
	l->kvm = k;
	l->console_fd = -1;
	l->give_up = deadline_in(GIVE_UP_MS);
	l->look_ms = LOOK_MS;
	l->look_at = deadline_in(LOOK_MS);
	return pipe2(l->said, O_CLOEXEC | O_NONBLOCK) < 0 ? err_errno(ERR_FAILED, "cannot make a pipe") : NULL;
}

struct err *keep_line_dial(struct keep_line *l)
{
	struct dial *d = xcalloc(1, sizeof(*d));
	pthread_t thread;

	keep_line_close(l);
	d->uri = xstrdup(l->kvm->config.uri);
	d->said = l->said[1];
	if (pthread_create(&thread, NULL, dial_run, d) != 0) {
		free(d->uri);
		free(d);
		return err_errno(ERR_FAILED, "cannot start a thread");
	}
	/* Whoever ends before it leaves it behind. */
	pthread_detach(thread);
	return NULL;
}

bool keep_line_is_over(const struct keep_line *l)
{
	return l->ended || deadline_passed(l->give_up);
}

/* Somebody else may have it: then a kernel that panics is not seen. */
static void line_open_console(struct keep_line *l)
{
	IGNORE(channel_open(l->domain, NULL, false, &l->console));
	if (!l->console)
		return;
	l->console_fd = channel_take_fd(l->console);
	fcntl(l->console_fd, F_SETFL, O_NONBLOCK);
}

static struct err *line_open(struct keep_line *l)
{
	bool active = false;

	TRY(domain_find(l->conn, &l->kvm->config, &l->domain));
	if (l->domain)
		TRY(domain_is_active(l->domain, &active));
	l->ended = !active;
	if (!active)
		return err_new(ERR_WRONG_STATE, "the machine ended");
	unsigned id = virt.virDomainGetID(l->domain);
	if (l->domain_id && id != l->domain_id)
		l->anew(l->data);
	l->domain_id = id;
	TRY(channel_open(l->domain, GUEST_PORT_NAME, false, &l->agent));
	line_open_console(l);
	l->give_up = deadline_in(GIVE_UP_MS);
	l->opened(l->data, channel_take_fd(l->agent));
	return NULL;
}

static void line_dialed(struct keep_line *l, struct dial *d)
{
	struct err *e = d->failed;

	l->conn = d->conn;
	bool told = !e && virt.virConnectRegisterCloseCallback(l->conn, line_broke, l, NULL) == 0;
	l->look_ms = told ? LOOK_MS : LOOK_OFTEN_MS;
	l->look_at = deadline_in(l->look_ms);
	if (!e)
		e = line_open(l);
	if (e) {
		keep_line_close(l);
		l->failed(l->data, e);
	}
	free(d->uri);
	free(d);
}

/* Word of a connection from before counts for nothing. */
static void line_check(struct keep_line *l)
{
	if (!l->conn || virt.virConnectIsAlive(l->conn) == 1)
		return;
	keep_line_close(l);
	l->lost(l->data);
}

static void line_read_said(struct keep_line *l)
{
	struct dial *d;

	while (read(l->said[0], &d, sizeof(d)) == sizeof(d)) {
		if (d)
			line_dialed(l, d);
		else
			line_check(l);
	}
}

static void line_read_console(struct keep_line *l)
{
	char buf[4096];
	ssize_t n = read(l->console_fd, buf, sizeof(buf));

	if (n > 0)
		l->printed(l->data, buf, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		line_close_console(l);
}

void keep_line_fds(const struct keep_line *l, struct pollfd *p)
{
	p[0] = (struct pollfd){ .fd = l->said[0], .events = POLLIN };
	p[1] = (struct pollfd){ .fd = l->console_fd, .events = POLLIN };
}

void keep_line_turn(struct keep_line *l, const struct pollfd *p, bool boots)
{
	if (p && p[1].revents)
		line_read_console(l);
	if (p && p[0].revents)
		line_read_said(l);
	if (l->console && !boots)
		line_close_console(l);
	if (deadline_passed(l->look_at)) {
		l->look_at = deadline_in(l->look_ms);
		line_check(l);
	}
}
