/* SPDX-License-Identifier: Apache-2.0 */
/* The process itself: one loop over the agent's lines, ssh, and signals. */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/keeper/helper.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/keeper/port_work.h"
#include "drivers/kvm/channel.h"
#include "drivers/kvm/domain.h"
#include "drivers/kvm/forwarder.h"
#include "drivers/kvm/forwarder_way.h"
#include "drivers/net/subnet.h"
#include "guest/contract.h"

#define LOCK_MS 3000
#define SSH_MS 30000
#define AGAIN_MS 500 /* between tries to reach what is away, doubled up to: */
#define AGAIN_MAX_MS 15000
#define ASK_MS 5000
#define LOOK_MS 2000		    /* is the connection still there? */
#define GIVE_UP_MS (15 * 60 * 1000) /* libvirt cannot be reached: the next command starts another one of us */

struct forwarder {
	struct driver_env env;
	char *name, *store, *dir, *state_dir;
	struct kvm kvm;
	struct chan parent;
	int lock, signal_fd;
	struct ssh_way ssh;
	virConnectPtr conn;
	virDomainPtr domain;
	struct channel *channel;
	struct chan lines;
	struct port_work ports;
	char *ports_file;
	int agent_wait_ms, ssh_wait_ms; /* the next pause */
	struct deadline agent_at, ssh_at, give_up;
	unsigned domain_id; /* of the run that the ports were set up in */
	bool done;
};

static void forwarder_quiet(void *data, const char *text)
{
	(void)data;
	log_debug("%s", text);
}

static void forwarder_carry(void *data, const struct port *p, bool add)
{
	struct forwarder *f = data;
	auto_err *e = f->kvm.config.reach == KVM_REACH_JUMP ? ssh_way_port(&f->ssh, p, add)
							    : user_way_port(f->domain, &f->kvm.config, p, add);
	auto_free char *problem = e ? err_text(e) : NULL;

	port_work_carried(&f->ports, p->proto, p->number, problem);
}

static struct err *forwarder_order(struct forwarder *f)
{
	auto_json *order = NULL;
	const char *text;
	const struct {
		const char *key;
		char **slot;
	} texts[] = {
		{ "name", &f->name }, { "store", &f->store }, { "dir", &f->dir }, { "state_dir", &f->state_dir }
	};

	TRY(helper_read_order(&f->parent, &order));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		TRY(json_str(order, texts[i].key, &text));
		*texts[i].slot = xstrdup(text);
	}
	f->env = (struct driver_env){ f->name, f->store, f->dir, f->state_dir, forwarder_quiet, forwarder_quiet, f };
	f->kvm.env = &f->env;
	f->kvm.lock = fs_join(f->dir, KVM_FILE_LOCK);
	TRY(kvm_config_from_record(json_get_or_null(order, "driver"), &f->kvm.config));
	f->ssh.kvm = &f->kvm;
	f->ports_file = fs_join(f->dir, KVM_FILE_PORTS);
	f->ports.address = f->kvm.config.address;
	f->ports.carry = forwarder_carry;
	f->ports.data = f;
	if (f->kvm.config.reach == KVM_REACH_JUMP)
		f->ports.ports.guest_address = f->kvm.config.guest_address;
	return NULL;
}

/* --- the agent --- */

static void forwarder_let_go(struct forwarder *f)
{
	chan_close(&f->lines);
	channel_closep(&f->channel);
	virt_domain_freep(&f->domain);
	virt_conn_freep(&f->conn);
}

static struct deadline forwarder_later(int *pause_ms)
{
	struct deadline d = deadline_in(*pause_ms);

	*pause_ms = *pause_ms * 2 > AGAIN_MAX_MS ? AGAIN_MAX_MS : *pause_ms * 2;
	return d;
}

/* Not by force: a command that talks to the agent has it for a moment. */
static struct err *forwarder_listen(struct forwarder *f)
{
	static const char ask[] = "\n{\"id\":1,\"do\":\"ports\"}\n";
	bool active = false;

	TRY(kvm_conn(&f->kvm, &f->conn));
	TRY(domain_find(f->conn, &f->kvm.config, &f->domain));
	if (f->domain)
		TRY(domain_is_active(f->domain, &active));
	f->done = !active;
	if (f->done)
		return NULL;
	/* Started anew by somebody else: this QEMU knows nothing of our ports. */
	unsigned id = virt.virDomainGetID(f->domain);
	if (id != f->domain_id && f->kvm.config.reach == KVM_REACH_USER)
		port_work_forget(&f->ports);
	f->domain_id = id;
	TRY(channel_open(f->domain, GUEST_PORT_NAME, false, &f->channel));
	chan_open(&f->lines, channel_take_fd(f->channel), GUEST_LINE_MAX);
	/* The guest may not have noticed that somebody else came (agent.c). */
	return channel_send(f->channel, ask, sizeof(ask) - 1, deadline_in(ASK_MS));
}

static void forwarder_agent_try(struct forwarder *f)
{
	auto_err *e = forwarder_listen(f);

	if (!e) {
		f->agent_wait_ms = AGAIN_MS;
		return;
	}
	auto_free char *why = err_text(e);
	log_debug("%s", why);
	forwarder_let_go(f);
	f->agent_at = forwarder_later(&f->agent_wait_ms);
}

/* Where nobody promises addresses, the guest may have another one now: ssh has to lead there. */
static void forwarder_moved(struct forwarder *f, const char *address)
{
	struct kvm_config *c = &f->kvm.config;
	uint32_t a;

	if (c->reach != KVM_REACH_JUMP || c->reserved || str_eq(address, c->guest_address) ||
	    !subnet_address_parse(address, &a))
		return;
	free(c->guest_address);
	c->guest_address = xstrdup(address);
	f->ports.ports.guest_address = c->guest_address;
	ssh_way_end(&f->ssh);
	f->ssh_at = deadline_in(0);
}

static void forwarder_line(struct forwarder *f, const char *line, size_t len)
{
	auto_json *message = NULL;
	auto_err *e = json_parse(line, len, "the agent's message", &message);

	if (!e && str_eq(json_str_or(message, "event", ""), "address"))
		forwarder_moved(f, json_str_or(message, "address", ""));
	if (e || !json_is_array(json_get_or_null(message, "ports")))
		return;
	port_work_want(&f->ports, json_get_or_null(message, "ports"));
}

static void forwarder_hear(struct forwarder *f)
{
	bool open = chan_read(&f->lines);
	size_t len;
	char *line;

	while ((line = chan_line(&f->lines, &len)))
		forwarder_line(f, line, len);
	if (open)
		return;
	/* The domain ended, libvirtd did, or a command took the channel: the next try finds out. */
	forwarder_let_go(f);
	f->agent_at = deadline_in(100);
}

/* --- ssh --- */

static void forwarder_ssh_check(struct forwarder *f)
{
	if (f->kvm.config.reach != KVM_REACH_JUMP || !ssh_way_has_ended(&f->ssh) || !deadline_passed(f->ssh_at))
		return;
	port_work_forget(&f->ports);
	auto_err *e = ssh_way_start(&f->ssh, SSH_MS);
	if (e) {
		auto_free char *why = err_text(e);
		log_debug("%s", why);
		f->ssh_at = forwarder_later(&f->ssh_wait_ms);
		return;
	}
	f->ssh_wait_ms = AGAIN_MS;
	f->ports.dirty = true;
}

/* --- the loop --- */

static void forwarder_signal(struct forwarder *f)
{
	struct signalfd_siginfo s;

	while (read(f->signal_fd, &s, sizeof(s)) == (ssize_t)sizeof(s))
		f->done = f->done || s.ssi_signo == SIGTERM;
}

/* A stream says nothing when the connection below it breaks. */
static void forwarder_alive(struct forwarder *f)
{
	if (f->lines.fd < 0 || virt.virConnectIsAlive(f->conn) == 1)
		return;
	forwarder_let_go(f);
	f->agent_at = deadline_in(0);
}

static int forwarder_timeout(const struct forwarder *f)
{
	int left = f->lines.fd < 0 ? deadline_left_ms(f->agent_at) : LOOK_MS;
	int ssh = f->kvm.config.reach == KVM_REACH_JUMP && f->ssh.pid == 0 ? deadline_left_ms(f->ssh_at) : left;

	left = ssh < left ? ssh : left;
	left = left < LOOK_MS ? left : LOOK_MS;
	int ports = f->domain ? deadline_left_ms(port_work_due(&f->ports)) : left;
	return ports < left ? ports : left;
}

static void forwarder_turn(struct forwarder *f)
{
	forwarder_alive(f);
	forwarder_ssh_check(f);
	if (f->lines.fd < 0 && deadline_passed(f->agent_at))
		forwarder_agent_try(f);
	if (f->lines.fd >= 0)
		f->give_up = deadline_in(GIVE_UP_MS);
	else if (deadline_passed(f->give_up))
		f->done = true;
	if (f->domain) {
		port_work_turn(&f->ports);
		port_work_tell(&f->ports, f->ports_file);
	}
	if (f->done)
		return;
	struct pollfd p[2] = { { .fd = f->lines.fd, .events = POLLIN }, { .fd = f->signal_fd, .events = POLLIN } };
	if (poll(p, 2, forwarder_timeout(f)) <= 0)
		return;
	if (p[1].revents)
		forwarder_signal(f);
	if (p[0].revents)
		forwarder_hear(f);
}

static struct err *forwarder_begin(struct forwarder *f)
{
	TRY(helper_signals(&f->signal_fd));
	TRY(forwarder_order(f));
	TRY(fs_lock(f->kvm.lock, LOCK_MS, &f->lock));
	lockfile_write(f->lock, "running");
	if (f->kvm.config.reach == KVM_REACH_JUMP)
		TRY(ssh_way_start(&f->ssh, SSH_MS));
	return NULL;
}

static void forwarder_close(struct forwarder *f)
{
	ssh_way_end(&f->ssh);
	forwarder_let_go(f);
	port_work_release(&f->ports);
	if (f->lock >= 0) /* else the file is another's */
		unlink(f->ports_file);
	free(f->ports_file);
	mem_closep(&f->lock);
	mem_closep(&f->signal_fd);
	chan_close(&f->parent);
	kvm_config_release(&f->kvm.config);
	free(f->kvm.lock);
	free(f->name);
	free(f->store);
	free(f->dir);
	free(f->state_dir);
}

int forwarder_main(int argc, char *const *argv)
{
	struct forwarder f = { .lock = -1, .signal_fd = -1, .lines = CHAN_CLOSED, .parent = CHAN_CLOSED };

	(void)argc, (void)argv;
	umask(077);
	if (chdir("/") < 0)
		return 1;
	prctl(PR_SET_NAME, "machine-forward");
	f.agent_wait_ms = f.ssh_wait_ms = AGAIN_MS;
	f.agent_at = f.ssh_at = deadline_in(0);
	port_work_begin(&f.ports);
	port_work_on(&f.ports, true);
	f.give_up = deadline_in(GIVE_UP_MS);
	helper_open(&f.parent);
	auto_err *e = forwarder_begin(&f);
	helper_answer(&f.parent, e);
	chan_close(&f.parent);
	while (!e && !f.done)
		forwarder_turn(&f);
	forwarder_close(&f);
	return e ? 1 : 0;
}
