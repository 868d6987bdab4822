/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/loop.h"
#include "drivers/virtualbox/keep_job.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/nat.h"
#include "drivers/virtualbox/owner.h"
#include "drivers/virtualbox/record.h"
#include "drivers/virtualbox/state.h"

#define PORTS_MOST 1 /* VirtualBox makes one change of a machine at a time */

struct keep {
	struct keeper *keeper;
	struct vbox vbox;
	uid_t starter;	  /* before the process became the store's owner */
	char *agent;	  /* the path of its line */
	struct port port; /* that work carries; no number: the rules that are there are being read */
	bool add;	  /* or that it ends */
	struct keep_job work, look;
};

/* --- in a child: what takes long --- */

static void keep_do_carry(void *data, struct str *ret)
{
	struct keep *s = data;
	auto_err *e = nat_publish(&s->vbox, &s->port, s->add);
	auto_free char *why = e ? err_text(e) : NULL;

	if (why)
		str_add(ret, why);
}

static void keep_do_adopt(void *data, struct str *ret)
{
	struct keep *s = data;

	IGNORE(manage_info(&s->vbox, ret));
}

/* While VirtualBox cannot be asked, nobody knows. */
static void keep_do_look(void *data, struct str *ret)
{
	struct keep *s = data;
	enum machine_state state = STATE_NONE;
	auto_err *e = vbox_state_told(&s->vbox, &state);

	if (e ? e->code == ERR_NOT_FOUND : state == STATE_STOPPED || state == STATE_SAVED || state == STATE_ERROR)
		str_add(ret, "ended");
}

/* --- what came of it --- */

static void keep_carried(struct keep *s, bool whole)
{
	struct port_work *ports = &s->keeper->ports;
	const char *why = !whole ? "VBoxManage was ended" : s->work.said.len ? s->work.said.buf : NULL;

	if (s->port.number) {
		port_work_carried(ports, s->port.proto, s->port.number, why);
		return;
	}
	if (s->work.said.len)
		nat_adopt(s->work.said.buf, s->vbox.config.address, &ports->ports);
	port_work_on(ports, true);
}

static void keep_looked(struct keep *s)
{
	if (!s->look.said.len)
		return;
	keeper_tell_end(s->keeper, true, "VirtualBox says that it is off");
	keeper_done(s->keeper);
}

/* --- what the keeper wants --- */

/* Rules of a keeper that was killed are there still: they are not to be made once more, and to be ended in time. */
static struct err *keep_begin_ports(struct keep *s, bool fresh)
{
	struct keeper *k = s->keeper;

	k->ports.address = s->vbox.config.address;
	k->ports.most = PORTS_MOST;
	/* On a host-only network the guest's own address answers. */
	if (vbox_is_hostonly(&s->vbox.config))
		return NULL;
	if (!fresh)
		return keep_job_begin(&s->work, keep_do_adopt, s);
	port_work_on(&k->ports, true);
	return NULL;
}

static struct err *keep_begin(void *self, struct keeper *k, const cJSON *order)
{
	struct keep *s = self;
	const char *agent;

	if (geteuid() != s->starter)
		owner_environment();
	s->keeper = k;
	s->vbox.env = &k->env;
	s->vbox.lock = fs_join(k->env.dir, VBOX_FILE_LOCK);
	TRY(json_str(order, "agent", &agent));
	s->agent = xstrdup(agent);
	TRY(vbox_config_from_record(json_get_or_null(order, "driver"), &s->vbox.config));
	TRY(keep_begin_ports(s, json_bool_or(order, "fresh", false)));
	/* A guest that was woken has booted long ago, and may take its time to say so. */
	k->story.ready = json_bool_or(order, "ready", false);
	keeper_is_up(k);
	return NULL;
}

static struct err *keep_connect(void *self)
{
	struct keep *s = self;
	int fd;

	TRY(fs_connect(s->agent, &fd));
	link_open(&s->keeper->link, fd, LINK_SERIAL);
	return NULL;
}

/* VirtualBox is asked beside the loop, which is told later. */
static bool keep_look(void *self)
{
	struct keep *s = self;

	if (!s->look.pid)
		IGNORE(keep_job_begin(&s->look, keep_do_look, s));
	return false;
}

static void keep_carry(void *self, const struct port *p, bool add)
{
	struct keep *s = self;

	s->port = (struct port){ .number = p->number };
	snprintf(s->port.proto, sizeof(s->port.proto), "%s", p->proto);
	s->add = add;
	auto_err *e = keep_job_begin(&s->work, keep_do_carry, s);
	auto_free char *why = e ? err_text(e) : NULL;
	if (why)
		port_work_carried(&s->keeper->ports, p->proto, p->number, why);
}

static size_t keep_fds(void *self, struct pollfd *p)
{
	const struct keep *s = self;

	p[0] = (struct pollfd){ .fd = s->work.fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = s->look.fd, .events = POLLIN };
	return 2;
}

static void keep_turn(void *self, const struct pollfd *p)
{
	struct keep *s = self;
	bool whole;

	if (p && p[0].revents && keep_job_read(&s->work, &whole))
		keep_carried(s, whole);
	if (p && p[1].revents && keep_job_read(&s->look, &whole))
		keep_looked(s);
}

static void keep_release(void *self)
{
	struct keep *s = self;

	keep_job_release(&s->work);
	keep_job_release(&s->look);
	vbox_config_release(&s->vbox.config);
	free(s->vbox.lock);
	free(s->agent);
}

int vbox_keep_main(void)
{
	static const struct keeper_ops ops = {
		.title = "machine-keep",
		.lock = VBOX_FILE_LOCK,
		.begin = keep_begin,
		.connect = keep_connect,
		.look = keep_look,
		.carry = keep_carry,
		.fds = keep_fds,
		.turn = keep_turn,
		.release = keep_release,
	};
	struct keep s = { .starter = geteuid(), .work = KEEP_JOB_NONE, .look = KEEP_JOB_NONE };

	return loop_run(&ops, &s);
}
