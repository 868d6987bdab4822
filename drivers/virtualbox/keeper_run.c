/* SPDX-License-Identifier: Apache-2.0 */
/* The process itself: one loop over the agent's lines, requests, and signals. */
#include "drivers/virtualbox/keeper_run.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
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
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/nat.h"
#include "drivers/virtualbox/owner.h"
#include "drivers/virtualbox/record.h"
#include "drivers/virtualbox/state.h"
#include "guest/contract.h"

#define LOCK_MS 3000
#define CLIENTS 8
#define AGAIN_MS 200 /* between tries to reach the agent's line, doubled up to: */
#define AGAIN_MAX_MS 10000
#define TURN_MS 30000
#define HELLO_MS 3000 /* a guest that boots does not hear the first one */

struct client {
	struct chan chan;
	int64_t id; /* of its request to the agent; 0: none */
};

struct keeper {
	struct driver_env env;
	char *name, *store, *dir, *state_dir, *agent_path, *ports_file;
	struct vbox vbox;
	struct chan parent, agent;
	int lock, signal_fd, listen_fd;
	struct client clients[CLIENTS];
	int64_t last_id;
	struct port_work ports;
	struct deadline agent_at, hello_at; /* hello_at: never, once it was heard */
	int agent_wait_ms;
	bool fresh; /* the machine was started just now: nothing is published */
	bool done;
};

static void keeper_quiet(void *data, const char *text)
{
	(void)data;
	log_debug("%s", text);
}

static void keeper_carry(void *data, const struct port *p, bool add)
{
	struct keeper *k = data;
	auto_err *e = nat_publish(&k->vbox, p, add);
	auto_free char *problem = e ? err_text(e) : NULL;

	port_work_carried(&k->ports, p->proto, p->number, problem);
}

static struct err *keeper_order(struct keeper *k)
{
	auto_json *order = NULL;
	const char *text;
	const struct {
		const char *key;
		char **slot;
	} texts[] = {
		{ "name", &k->name }, { "store", &k->store }, { "dir", &k->dir }, { "state_dir", &k->state_dir }
	};

	TRY(helper_read_order(&k->parent, &order));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		TRY(json_str(order, texts[i].key, &text));
		*texts[i].slot = xstrdup(text);
	}
	k->env = (struct driver_env){ k->name, k->store, k->dir, k->state_dir, keeper_quiet, keeper_quiet, k };
	k->vbox.env = &k->env;
	k->vbox.lock = fs_join(k->dir, VBOX_FILE_LOCK);
	TRY(vbox_config_from_record(json_get_or_null(order, "driver"), &k->vbox.config));
	k->fresh = json_bool_or(order, "fresh", false);
	k->agent_path = vbox_agent_path(&k->vbox);
	k->ports_file = fs_join(k->dir, VBOX_FILE_PORTS);
	k->ports.address = k->vbox.config.address;
	k->ports.carry = keeper_carry;
	k->ports.data = k;
	return k->agent_path ? NULL : err_new(ERR_FAILED, "the machine has no line for its agent");
}

/* --- the agent --- */

static void keeper_answer(struct client *c, const cJSON *answer)
{
	chan_send_json(&c->chan, answer);
	c->id = 0;
}

static void keeper_refuse(struct client *c, const char *why)
{
	auto_json *answer = cJSON_CreateObject();

	json_set_bool(answer, "ok", false);
	json_set_str(answer, "error", why);
	keeper_answer(c, answer);
}

static void keeper_let_go(struct keeper *k)
{
	chan_close(&k->agent);
	for (size_t i = 0; i < CLIENTS; i++)
		if (k->clients[i].id)
			keeper_refuse(&k->clients[i], "the guest's agent went away");
	k->agent_at = deadline_in(k->agent_wait_ms);
	k->agent_wait_ms = k->agent_wait_ms * 2 > AGAIN_MAX_MS ? AGAIN_MAX_MS : k->agent_wait_ms * 2;
}

/* The line is gone: has the machine ended? While VirtualBox cannot be asked, nobody knows. */
static void keeper_look(struct keeper *k)
{
	enum machine_state s = STATE_NONE;
	auto_err *e = vbox_state_told(&k->vbox, &s);

	if (e ? e->code == ERR_NOT_FOUND : s == STATE_STOPPED || s == STATE_SAVED || s == STATE_ERROR)
		k->done = true;
}

static void keeper_hello(struct keeper *k)
{
	/* An empty line first: what another left half said must not spoil ours. A serial line has no word for "somebody came". */
	chan_send(&k->agent, "");
	chan_send(&k->agent, "{\"id\":1,\"do\":\"hello\"}");
	k->hello_at = deadline_in(HELLO_MS);
}

static void keeper_connect(struct keeper *k)
{
	int fd;
	auto_err *e = fs_connect(k->agent_path, &fd);

	if (e) {
		keeper_let_go(k);
		keeper_look(k);
		return;
	}
	chan_open(&k->agent, fd, GUEST_LINE_MAX);
	k->last_id = 1;
	keeper_hello(k);
}

static void keeper_pass_on(struct keeper *k, const cJSON *message)
{
	int64_t id = json_int_or(message, "id", 0);

	for (size_t i = 0; id > 0 && i < CLIENTS; i++)
		if (k->clients[i].id == id)
			keeper_answer(&k->clients[i], message);
}

static void keeper_boot(struct keeper *k, const char *event)
{
	if (str_eq(event, "hello"))
		lockfile_write(k->lock, "booting");
	else if (str_eq(event, "ready"))
		lockfile_write(k->lock, VBOX_PHASE_READY);
	else if (str_eq(event, "failed"))
		lockfile_write(k->lock, VBOX_PHASE_FAILED);
}

static void keeper_line(struct keeper *k, const char *line, size_t len)
{
	auto_json *message = NULL;
	auto_err *e = json_parse(line, len, "the agent's message", &message);

	if (e)
		return;
	k->agent_wait_ms = AGAIN_MS;
	k->hello_at = deadline_in(-1);
	keeper_pass_on(k, message);
	keeper_boot(k, json_str_or(message, "event", ""));
	if (json_is_array(json_get_or_null(message, "ports")) && !vbox_is_hostonly(&k->vbox.config))
		port_work_want(&k->ports, json_get_or_null(message, "ports"));
}

static void keeper_hear(struct keeper *k)
{
	bool open = chan_read(&k->agent);
	size_t len;
	char *line;

	while ((line = chan_line(&k->agent, &len)))
		keeper_line(k, line, len);
	if (open)
		return;
	keeper_let_go(k);
	keeper_look(k);
}

/* --- requests --- */

static void keeper_accept(struct keeper *k)
{
	int fd = accept4(k->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < CLIENTS; i++)
		if (k->clients[i].chan.fd < 0) {
			chan_open(&k->clients[i].chan, fd, GUEST_LINE_MAX);
			k->clients[i].id = 0;
			return;
		}
	if (fd >= 0)
		close(fd);
}

static void keeper_request(struct keeper *k, struct client *c, const char *line, size_t len)
{
	auto_json *tree = NULL;
	auto_err *e = json_parse(line, len, "request", &tree);
	cJSON *request = e ? NULL : cJSON_DetachItemFromObjectCaseSensitive(tree, "request");
	auto_json *owned = request;

	if (!json_is_object(owned)) {
		keeper_refuse(c, "this is no request");
		return;
	}
	if (k->agent.fd < 0) {
		keeper_refuse(c, "the guest's agent is not there");
		return;
	}
	c->id = ++k->last_id;
	json_set_int(owned, "id", c->id);
	if (!chan_send_json(&k->agent, owned))
		keeper_refuse(c, "the guest's agent takes nothing");
}

static void keeper_serve(struct keeper *k, struct client *c)
{
	bool open = chan_read(&c->chan);
	size_t len;
	const char *line;

	while (!c->id && (line = chan_line(&c->chan, &len)))
		keeper_request(k, c, line, len);
	if (open)
		return;
	chan_close(&c->chan);
	c->id = 0;
}

/* --- the loop --- */

static void keeper_signal(struct keeper *k)
{
	struct signalfd_siginfo s;

	while (read(k->signal_fd, &s, sizeof(s)) == (ssize_t)sizeof(s))
		k->done = k->done || s.ssi_signo == SIGTERM;
}

static int keeper_timeout(const struct keeper *k)
{
	int left = deadline_left_ms(k->agent.fd < 0 ? k->agent_at : k->hello_at);
	int ports = deadline_left_ms(port_work_due(&k->ports));

	left = left < TURN_MS ? left : TURN_MS;
	return ports < left ? ports : left;
}

static void keeper_turn(struct keeper *k)
{
	struct pollfd p[3 + CLIENTS] = { { .fd = k->agent.fd, .events = chan_events(&k->agent) },
					 { .fd = k->signal_fd, .events = POLLIN },
					 { .fd = k->listen_fd, .events = POLLIN } };

	if (k->agent.fd < 0 && deadline_passed(k->agent_at))
		keeper_connect(k);
	if (k->agent.fd >= 0 && deadline_passed(k->hello_at))
		keeper_hello(k);
	port_work_turn(&k->ports);
	port_work_tell(&k->ports, k->ports_file);
	if (k->done)
		return;
	p[0] = (struct pollfd){ .fd = k->agent.fd, .events = chan_events(&k->agent) };
	for (size_t i = 0; i < CLIENTS; i++)
		p[3 + i] = (struct pollfd){ .fd = k->clients[i].chan.fd, .events = chan_events(&k->clients[i].chan) };
	if (poll(p, ARRAY_SIZE(p), keeper_timeout(k)) <= 0)
		return;
	if (p[1].revents)
		keeper_signal(k);
	if (p[2].revents)
		keeper_accept(k);
	for (size_t i = 0; i < CLIENTS; i++) {
		if (p[3 + i].revents & POLLOUT)
			chan_flush(&k->clients[i].chan);
		if (p[3 + i].revents & ~POLLOUT)
			keeper_serve(k, &k->clients[i]);
	}
	if (p[0].revents & POLLOUT)
		chan_flush(&k->agent);
	if (p[0].revents & ~POLLOUT)
		keeper_hear(k);
}

/* Rules of one that was killed are there still. */
static void keeper_adopt(struct keeper *k)
{
	auto_str info = STR_INIT;

	if (k->fresh || vbox_is_hostonly(&k->vbox.config))
		return;
	auto_err *e = manage_info(&k->vbox, &info);
	if (!e)
		nat_adopt(info.buf, k->vbox.config.address, &k->ports.ports);
}

static struct err *keeper_become_owner(const struct keeper *k)
{
	uid_t before = geteuid();

	TRY(helper_become_owner(k->dir));
	if (geteuid() != before)
		owner_environment();
	return NULL;
}

static struct err *keeper_begin(struct keeper *k)
{
	auto_free char *control = NULL;

	TRY(helper_signals(&k->signal_fd));
	TRY(keeper_order(k));
	TRY(keeper_become_owner(k));
	TRY(fs_lock(k->vbox.lock, LOCK_MS, &k->lock));
	lockfile_write(k->lock, "booting");
	control = fs_join(k->dir, VBOX_FILE_CONTROL);
	return fs_listen(control, &k->listen_fd);
}

static void keeper_close(struct keeper *k)
{
	auto_free char *control = k->lock >= 0 ? fs_join(k->dir, VBOX_FILE_CONTROL) : NULL;

	for (size_t i = 0; i < CLIENTS; i++)
		chan_close(&k->clients[i].chan);
	chan_close(&k->agent);
	port_work_release(&k->ports);
	if (k->lock >= 0) /* else the file is another's */
		unlink(k->ports_file);
	if (control)
		unlink(control);
	mem_closep(&k->listen_fd);
	mem_closep(&k->lock);
	mem_closep(&k->signal_fd);
	chan_close(&k->parent);
	vbox_config_release(&k->vbox.config);
	free(k->vbox.lock);
	free(k->agent_path);
	free(k->ports_file);
	free(k->name);
	free(k->store);
	free(k->dir);
	free(k->state_dir);
}

int keeper_main(int argc, char *const *argv)
{
	struct keeper k = { .lock = -1,
			    .signal_fd = -1,
			    .listen_fd = -1,
			    .agent = CHAN_CLOSED,
			    .parent = CHAN_CLOSED,
			    .agent_wait_ms = AGAIN_MS };

	(void)argc, (void)argv;
	umask(077);
	if (chdir("/") < 0)
		return 1;
	prctl(PR_SET_NAME, "machine-keep");
	for (size_t i = 0; i < CLIENTS; i++)
		k.clients[i].chan = (struct chan)CHAN_CLOSED;
	k.agent_at = deadline_in(0);
	port_work_begin(&k.ports);
	port_work_on(&k.ports, true);
	helper_open(&k.parent);
	auto_err *e = keeper_begin(&k);
	helper_answer(&k.parent, e);
	chan_close(&k.parent);
	/* After the answer: asking VirtualBox may take long, and a command waits for us. */
	if (!e)
		keeper_adopt(&k);
	while (!e && !k.done)
		keeper_turn(&k);
	keeper_close(&k);
	return e ? 1 : 0;
}
