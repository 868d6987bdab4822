/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/nat.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/net/loopback.h"
#include "drivers/net/user_net.h"
#include "drivers/virtualbox/log.h"
#include "drivers/virtualbox/manage.h"
#include "guest/contract.h"

#define TRIES 4
#define ANSWER_MS 2000
#define LOG_MAX ((size_t)8 * 1024 * 1024)

/* The rules that each machine has. */
struct own {
	const char *name;
	int *host_port;
	int guest_port;
};

static void own_rules(struct vbox_config *c, struct own ret[2])
{
	ret[0] = (struct own){ NAT_ENGINE, &c->engine_port, GUEST_ENGINE_PORT };
	ret[1] = (struct own){ NAT_SSH, &c->ssh_port, GUEST_SSH_PORT };
}

char *nat_rule(const char *name, const char *proto, const char *address, int host_port, int guest_port)
{
	/* With the guest's address: without it older versions wait for a DHCP lease, which a static address never asks for. */
	return xasprintf("%s,%s,%s,%d," USER_NET_ADDRESS ",%d", name, proto, address, host_port, guest_port);
}

static struct err *nat_other_port(const struct vbox_config *c, int *port)
{
	int taken = *port;

	TRY(loopback_free_port(c->address, port));
	return *port == taken ? err_new(ERR_FAILED, "no other port is free on '%s'", c->address) : NULL;
}

struct err *nat_choose(struct vbox_config *c)
{
	struct own own[2];

	own_rules(c, own);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (loopback_bind_test("tcp", c->address, *own[i].host_port, true) != LOOPBACK_FREE)
			TRY(nat_other_port(c, own[i].host_port));
	return NULL;
}

static bool nat_is(const struct vbox_forward *f, const struct own *o, const char *address)
{
	return str_eq(f->name, o->name) && str_eq(f->proto, "tcp") && str_eq(f->host, address) &&
	       str_eq(f->guest, USER_NET_ADDRESS) && f->host_port == *o->host_port && f->guest_port == o->guest_port;
}

void nat_read(struct vbox_config *c, const char *info)
{
	struct vbox_forward *list;
	struct own own[2];
	size_t n = vbox_forwards(info, &list);

	own_rules(c, own);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(own); k++)
			if (str_eq(list[i].name, own[k].name) && str_eq(list[i].host, c->address) &&
			    list[i].guest_port == own[k].guest_port && list[i].host_port > 0)
				*own[k].host_port = list[i].host_port;
	vbox_forwards_free(list, n);
}

static void nat_add_words(struct list *words, const char *first, const char *second)
{
	list_add(words, "--natpf1");
	list_add(words, first);
	if (second)
		list_add(words, second);
}

/* Rules of the user's own stay, but for one that has a name of ours. */
void nat_words(const struct vbox_config *config, const char *info, struct list *ret)
{
	struct vbox_config c = *config;
	bool there[2] = { false, false };
	struct vbox_forward *list;
	struct own own[2];
	size_t n = vbox_forwards(info ? info : "", &list);

	own_rules(&c, own);
	for (size_t i = 0; i < n; i++) {
		bool ours = str_starts(list[i].name, NAT_PUBLISHED), right = false;

		for (size_t k = 0; k < ARRAY_SIZE(own); k++) {
			ours |= str_eq(list[i].name, own[k].name);
			if (nat_is(&list[i], &own[k], c.address))
				right = there[k] = true;
		}
		if (ours && !right)
			nat_add_words(ret, "delete", list[i].name);
	}
	for (size_t k = 0; k < ARRAY_SIZE(own); k++) {
		auto_free char *rule = nat_rule(own[k].name, "tcp", c.address, *own[k].host_port, own[k].guest_port);

		if (!there[k])
			nat_add_words(ret, rule, NULL);
	}
	vbox_forwards_free(list, n);
}

/* A program that took the port before VirtualBox could would answer too: the log knows better then. */
static bool nat_answers(const struct vbox *v, int port)
{
	auto_free char *dir = vbox_settings_dir(v), *path = xasprintf("%s/Logs/VBox.log", dir), *log = NULL;

	if (!loopback_answers(v->config.address, port, ANSWER_MS))
		return false;
	IGNORE(fs_read(path, LOG_MAX, &log, NULL));
	return !log || !log_refused(log, port);
}

static struct err *nat_move(struct vbox *v, const struct own *o)
{
	auto_manage_result gone = MANAGE_RESULT_INIT;

	TRY(manage_ask(v, MANAGE_SHORT_MS, &gone, "controlvm", vbox_id(v), "natpf1", "delete", o->name, NULL));
	TRY(nat_other_port(&v->config, o->host_port));
	auto_free char *rule = nat_rule(o->name, "tcp", v->config.address, *o->host_port, o->guest_port);
	return manage(v, MANAGE_SHORT_MS, NULL, "controlvm", vbox_id(v), "natpf1", rule, NULL);
}

static struct err *nat_verify_one(struct vbox *v, const struct own *o)
{
	for (int i = 0; !nat_answers(v, *o->host_port); i++) {
		auto_free char *line = xasprintf(
			"VirtualBox does not answer on port %d of %s, another program may have it; taking another port",
			*o->host_port, v->config.address);

		if (i == TRIES)
			return err_hint(err_new(ERR_FAILED, "VirtualBox forwards no port of '%s'", v->config.address),
					"Its log may tell why: %s/%s/Logs/VBox.log", v->env->dir, v->env->name);
		v->env->warn(v->env->data, line);
		TRY(nat_move(v, o));
	}
	return NULL;
}

struct err *nat_verify(struct vbox *v)
{
	struct own own[2];

	own_rules(&v->config, own);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		TRY(nat_verify_one(v, &own[i]));
	return NULL;
}

struct err *nat_publish(const struct vbox *v, const struct port *p, bool add)
{
	auto_free char *name = xasprintf(NAT_PUBLISHED "%s-%d", p->proto, p->number);
	auto_free char *rule = nat_rule(name, p->proto, v->config.address, p->number, p->number);

	if (!add)
		return manage(v, MANAGE_SHORT_MS, NULL, "controlvm", vbox_id(v), "natpf1", "delete", name, NULL);
	auto_manage_result r = MANAGE_RESULT_INIT;
	TRY(manage_ask(v, MANAGE_SHORT_MS, &r, "controlvm", vbox_id(v), "natpf1", rule, NULL));
	if (r.trouble != VBOX_NO_TROUBLE && r.trouble != VBOX_EXISTS)
		return manage_error(v, "controlvm", &r);
	if (str_eq(p->proto, "tcp") && !loopback_answers(v->config.address, p->number, ANSWER_MS)) {
		auto_manage_result gone = MANAGE_RESULT_INIT;

		TRY(manage_ask(v, MANAGE_SHORT_MS, &gone, "controlvm", vbox_id(v), "natpf1", "delete", name, NULL));
		return err_new(ERR_FAILED, "VirtualBox does not forward port %d", p->number);
	}
	return NULL;
}

void nat_adopt(const char *info, const char *address, struct ports *ret)
{
	struct vbox_forward *list;
	size_t n = vbox_forwards(info, &list);

	for (size_t i = 0; i < n; i++)
		if (str_starts(list[i].name, NAT_PUBLISHED) && str_eq(list[i].host, address))
			ports_adopt(ret, list[i].proto, list[i].host_port);
	vbox_forwards_free(list, n);
}
