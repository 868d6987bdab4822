/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/keep.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/loop.h"
#include "drivers/kvm/keep_line.h"
#include "drivers/kvm/keep_ssh.h"
#include "drivers/kvm/keep_user.h"
#include "drivers/kvm/record.h"
#include "drivers/net/subnet.h"
#include "drivers/net/user_net.h"

struct keep {
	struct keeper *keeper;
	struct kvm kvm;
	struct keep_line line;
	struct console_line console;
	struct keep_ssh ssh;
	struct user_net net;
	char *address; /* that the agent told */
};

/* --- what is heard of the domain --- */

static void keep_opened(void *data, int fd)
{
	struct keep *s = data;

	if (s->kvm.config.reach == KVM_REACH_USER)
		keep_user_adopt(s->line.domain, &s->kvm.config, &s->keeper->ports.ports);
	link_open(&s->keeper->link, fd, LINK_ONCE);
	port_work_on(&s->keeper->ports, s->kvm.config.reach != KVM_REACH_JUMP || s->ssh.up);
}

static void keep_failed(void *data, struct err *e)
{
	struct keep *s = data;

	keeper_line_failed(s->keeper, e);
}

static void keep_lost(void *data)
{
	struct keep *s = data;

	keeper_line_lost(s->keeper);
}

/* This QEMU knows nothing of our ports, and its guest has told nothing. */
static void keep_anew(void *data)
{
	struct keep *s = data;

	if (s->kvm.config.reach == KVM_REACH_USER)
		port_work_forget(&s->keeper->ports);
	keeper_boot_begins(s->keeper);
}

static void keep_printed(void *data, const char *text, size_t n)
{
	struct keep *s = data;

	keeper_console(s->keeper, &s->console, text, n);
}

/* --- the way through ssh --- */

/* Those who wait for it. */
static void keep_way_answer(struct keep *s)
{
	struct control *c = &s->keeper->control;

	for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
		struct control_client *client = &c->clients[i];

		if (!client->used || !client->held || (!s->ssh.up && !s->ssh.failed))
			continue;
		client->held = false;
		if (s->ssh.up)
			control_answer(client, NULL);
		else
			control_fail(client, s->ssh.failed);
	}
}

static void keep_way_changed(void *data)
{
	struct keep *s = data;

	if (!s->ssh.up)
		port_work_forget(&s->keeper->ports);
	port_work_on(&s->keeper->ports, s->ssh.up);
	keep_way_answer(s);
}

static void keep_way_carried(void *data, const char *proto, int number, const char *problem)
{
	struct keep *s = data;

	port_work_carried(&s->keeper->ports, proto, number, problem);
}

/* Where nobody promises addresses, the guest may have another one now: ssh has to lead there. */
static void keep_moved(struct keep *s, const char *address)
{
	struct kvm_config *c = &s->kvm.config;
	uint32_t a;

	if (c->reach != KVM_REACH_JUMP || str_eq(address, c->guest_address) || !subnet_address_parse(address, &a))
		return;
	free(c->guest_address);
	c->guest_address = xstrdup(address);
	s->keeper->ports.ports.guest_address = c->guest_address;
	keep_ssh_end(&s->ssh);
	keep_way_changed(s);
	keep_ssh_begin(&s->ssh);
}

static bool keep_request(void *self, struct control_client *c, const char *word, const cJSON *request)
{
	struct keep *s = self;

	if (!str_eq(word, "way") || s->kvm.config.reach != KVM_REACH_JUMP)
		return false;
	keep_moved(s, json_str_or(request, "address", ""));
	c->held = true;
	/* A failure of before says nothing of now. */
	if (!s->ssh.up)
		keep_ssh_begin(&s->ssh);
	if (s->ssh.up || s->ssh.pid == 0)
		keep_way_answer(s);
	return true;
}

/* --- what the keeper wants --- */

static struct err *keep_connect(void *self)
{
	struct keep *s = self;

	link_close(&s->keeper->link);
	return keep_line_dial(&s->line);
}

static bool keep_look(void *self)
{
	return keep_line_is_over(&((struct keep *)self)->line);
}

static struct err *keep_begin(void *self, struct keeper *k, const cJSON *order)
{
	struct keep *s = self;
	const struct kvm_config *c = &s->kvm.config;

	s->keeper = k;
	s->kvm.env = &k->env;
	s->kvm.lock = fs_join(k->env.dir, KVM_FILE_LOCK);
	keep_ssh_init(&s->ssh, &s->kvm);
	TRY(kvm_config_from_record(json_get_or_null(order, "driver"), &s->kvm.config));
	TRY(keep_line_begin(&s->line, &s->kvm));
	k->ports.address = c->address;
	k->ports.most = c->reach == KVM_REACH_JUMP ? KEEP_SSH_ORDERS : 1;
	if (c->reach == KVM_REACH_USER)
		s->net = user_net_of(c->subnet);
	k->ports.ports.guest_address = c->reach == KVM_REACH_USER ? s->net.address : c->guest_address;
	if (c->reach == KVM_REACH_JUMP && *c->guest_address)
		keep_ssh_begin(&s->ssh);
	keeper_is_up(k);
	return NULL;
}

/* A guest with an address of its own: what its containers publish answers there, without anybody's doing. */
static bool keep_settle(void *self, struct port *p)
{
	const struct keep *s = self;

	if (s->kvm.config.reach != KVM_REACH_DIRECT)
		return ports_is_own(p);
	p->state = PORT_ACTIVE;
	p->fixed = true;
	return true;
}

static void keep_carry(void *self, const struct port *p, bool add)
{
	struct keep *s = self;

	if (s->kvm.config.reach == KVM_REACH_JUMP) {
		keep_ssh_port(&s->ssh, p, add);
		return;
	}
	auto_err *e = s->line.domain ? keep_user_port(s->line.domain, &s->kvm.config, p, add)
				     : err_new(ERR_NETWORK, "libvirt cannot be reached");
	auto_free char *problem = e ? err_text(e) : NULL;
	port_work_carried(&s->keeper->ports, p->proto, p->number, problem);
}

static size_t keep_fds(void *self, struct pollfd *p)
{
	const struct keep *s = self;

	keep_line_fds(&s->line, p);
	return KEEP_LINE_FDS;
}

static void keep_turn(void *self, const struct pollfd *p)
{
	struct keep *s = self;

	keep_line_turn(&s->line, p, !s->keeper->story.ready);
	keep_ssh_turn(&s->ssh);
}

static struct deadline keep_due(void *self)
{
	const struct keep *s = self;
	struct deadline ssh = keep_ssh_due(&s->ssh);

	return ssh.at_ms < s->line.look_at.at_ms ? ssh : s->line.look_at;
}

static void keep_child(void *self)
{
	keep_ssh_child(&((struct keep *)self)->ssh);
}

static void keep_heard(void *self, const char *event, const cJSON *message)
{
	struct keep *s = self;

	if (!str_eq(event, "address"))
		return;
	free(s->address);
	s->address = xstrdup(json_str_or(message, "address", ""));
	if (!s->kvm.config.reserved)
		keep_moved(s, s->address);
}

static void keep_status(void *self, cJSON *answer)
{
	const struct keep *s = self;

	json_set_str(answer, "address", s->address ? s->address : "");
}

static struct err *keep_end(void *self)
{
	struct keep *s = self;

	if (s->line.ended)
		keeper_tell_end(s->keeper, true, "libvirt says that it is off");
	return NULL;
}

static void keep_release(void *self)
{
	struct keep *s = self;

	if (!s->keeper)
		return;
	keep_ssh_end(&s->ssh);
	link_close(&s->keeper->link);
	keep_line_close(&s->line);
	kvm_config_release(&s->kvm.config);
	free(s->kvm.lock);
	free(s->address);
	/* The pipe stays: a dial that was left behind may still write into it. */
}

int keep_kvm_main(void)
{
	static const struct keeper_ops ops = {
		.title = "machine-keep",
		.lock = KVM_FILE_LOCK,
		.begin = keep_begin,
		.connect = keep_connect,
		.look = keep_look,
		.carry = keep_carry,
		.settle = keep_settle,
		.fds = keep_fds,
		.turn = keep_turn,
		.due = keep_due,
		.child = keep_child,
		.heard = keep_heard,
		.request = keep_request,
		.status = keep_status,
		.end = keep_end,
		.release = keep_release,
	};
	struct keep s = { .line = { .said = { -1, -1 }, .console_fd = -1 } };

	s.line.opened = keep_opened;
	s.line.failed = keep_failed;
	s.line.lost = keep_lost;
	s.line.anew = keep_anew;
	s.line.printed = keep_printed;
	s.line.data = &s;
	s.ssh = (struct keep_ssh){ .changed = keep_way_changed, .carried = keep_way_carried, .data = &s };
	return loop_run(&ops, &s);
}
