/* SPDX-License-Identifier: Apache-2.0 */
/* Where a machine answers. */
#include "drivers/virtualbox/reach.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/keeper/client.h"
#include "drivers/keeper/ports.h"
#include "drivers/virtualbox/keep_client.h"
#include "drivers/virtualbox/nat.h"

#define ASK_MS 10000
#define LOCALHOST "127.0.0.1"

struct err *vbox_reach(void *self)
{
	struct vbox *v = self;

	nat_take_seen(v);
	/* The address is known without it. */
	auto_err *none = *v->config.address ? vbox_keep_revive(v) : NULL;
	auto_free char *why = none ? err_text(none) : NULL;
	if (why)
		log_debug("%s", why);
	return NULL;
}

struct err *vbox_endpoint(void *self, struct driver_endpoint *ret)
{
	struct vbox *v = self;
	const struct vbox_config *c = &v->config;

	if (!*c->address)
		return err_new(ERR_WRONG_STATE, "machine '%s' has no address yet", v->env->name);
	*ret = (struct driver_endpoint){
		.address = xstrdup(c->address),
		.url = xasprintf("tcp://%s:%d", c->address, c->engine_port),
		/* docker-machine's machines have SSH alone behind a NAT rule. */
		.ssh_host = xstrdup(*c->uuid ? c->address : LOCALHOST),
		.ssh_port = c->ssh_port,
		.ssh_user = xstrdup(VM_SSH_USER),
	};
	return NULL;
}

static void reach_add(struct driver_port **list, size_t *n, struct driver_port p)
{
	*list = xrealloc(*list, (*n + 1) * sizeof(**list));
	(*list)[(*n)++] = p;
}

static void reach_list(const cJSON *items, const char *address, struct driver_port **ret, size_t *ret_n)
{
	*ret = NULL;
	*ret_n = 0;
	for (const cJSON *i = json_first(items); i; i = json_next(i))
		reach_add(ret, ret_n, ports_item(i, address));
}

/* On a host-only network the guest has an address of its own: what its containers publish answers there. */
static struct err *reach_direct(struct vbox *v, struct driver_port **ret, size_t *ret_n)
{
	auto_json *request = json_object();
	auto_json *answer = NULL;
	struct ports ports = { .guest_address = v->config.address };

	json_set_str(request, "do", "ports");
	TRY(client_ask_agent(v->env->dir, request, ASK_MS, &answer));
	ports_want(&ports, json_get_or_null(answer, "ports"));
	ports_all_answer(&ports);
	auto_json *clean = ports_json(&ports);
	reach_list(clean, v->config.address, ret, ret_n);
	ports_release(&ports);
	return NULL;
}

struct err *vbox_ports(void *self, struct driver_port **ret, size_t *ret_n)
{
	struct vbox *v = self;
	auto_free char *agent = vbox_agent_path(v);
	auto_json *answer = NULL;

	nat_take_seen(v);
	TRY(vbox_keep_start(v));
	if (vbox_is_hostonly(&v->config))
		return reach_direct(v, ret, ret_n);
	*ret = NULL;
	*ret_n = 0;
	/* Where nobody hears of published ports none is forwarded. */
	if (!agent || !*v->config.uuid)
		return NULL;
	TRY(client_ask(v->env->dir, "ports", ASK_MS, &answer));
	reach_list(json_get_or_null(answer, "ports"), v->config.address, ret, ret_n);
	return NULL;
}

struct err *vbox_certificates(void *self, const cJSON *files)
{
	struct vbox *v = self;
	auto_json *request = json_object();
	auto_json *answer = NULL;

	json_set_str(request, "do", "certificates");
	cJSON_AddItemReferenceToObject(request, "files", (cJSON *)files);
	TRY(vbox_keep_start(v));
	return client_ask_agent(v->env->dir, request, ASK_MS, &answer);
}
