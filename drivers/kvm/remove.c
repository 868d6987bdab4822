/* SPDX-License-Identifier: Apache-2.0 */
/* Removing: all of a machine, from any state. */
#include "drivers/kvm/remove.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "drivers/kvm/create.h"
#include "drivers/kvm/domain.h"
#include "drivers/kvm/handle.h"
#include "drivers/kvm/kept.h"
#include "drivers/kvm/network.h"
#include "drivers/kvm/storage.h"
#include "drivers/net/loopback.h"

#define REFRESH_MS 10000
#define RECONNECT_MS 8000 /* a libvirtd that is just being restarted */

struct reconnecting {
	const struct kvm *k;
	virConnectPtr conn;
	struct err *last;
};

static struct err *reconnect_try(void *data, bool *done)
{
	struct reconnecting *r = data;

	err_free(r->last);
	r->last = kvm_conn(r->k, &r->conn);
	*done = !r->last;
	return r->last && r->last->code != ERR_NETWORK ? TAKE(r->last) : NULL;
}

/* While a create is undone because libvirtd went away, it is often coming back. */
static struct err *remove_conn(const struct kvm *k, virConnectPtr *ret)
{
	struct reconnecting r = { .k = k };
	struct err *e = retry_until(deadline_in(RECONNECT_MS), 100, "libvirt", reconnect_try, &r);

	*ret = r.conn;
	return retry_reason(e, r.last);
}

static struct err *remove_domain(virDomainPtr domain)
{
	TRY(domain_kill(domain));
	return domain_undefine(domain);
}

static struct err *remove_refresh(void *data, bool *done)
{
	struct err *e = storage_refresh(data);

	*done = !e || e->code == ERR_NETWORK;
	if (*done)
		return e;
	err_free(e);
	return NULL;
}

static struct err *remove_volumes(const struct kvm *k, virConnectPtr conn)
{
	auto_free char *prefix = kvm_volume_name(k, "");
	auto_list names = { 0 };
	auto_pool pool = NULL;

	TRY(storage_find_pool(conn, &k->config, &pool));
	if (!pool)
		return NULL;
	TRY(storage_start(pool, &k->config));
	/* libvirt does not know of logs yet. While somebody makes a volume it refuses to look, for moments. */
	TRY(retry_until(deadline_in(REFRESH_MS), 100, "the storage pool", remove_refresh, pool));
	TRY(storage_list(pool, prefix, &names));
	for (size_t i = 0; i < names.n; i++)
		TRY(storage_delete(pool, names.items[i]));
	return NULL;
}

/* The first failure counts; what comes after it is tried all the same. */
static void remove_step(struct err **first, struct err *e)
{
	if (*first)
		err_free(e);
	else
		*first = e;
}

/* A copy of a machine's folder is only forgotten: all that is there belongs to the other. */
static bool remove_is_copy(const struct kvm *k, virDomainPtr domain)
{
	auto_err *copy = domain ? domain_is_here(domain, k->env) : NULL;
	auto_free char *why = copy ? err_text(copy) : NULL, *line = why ? xasprintf("the domain stays: %s", why) : NULL;

	if (line)
		k->env->warn(k->env->data, line);
	return copy;
}

static struct err *remove_there(struct kvm *k)
{
	struct err *first = NULL;
	auto_conn conn = NULL;
	auto_domain domain = NULL;

	TRY(remove_conn(k, &conn));
	TRY(domain_find(conn, &k->config, &domain));
	if (remove_is_copy(k, domain))
		return NULL;
	if (domain)
		remove_step(&first, remove_domain(domain));
	remove_step(&first, remove_volumes(k, conn));
	remove_step(&first, network_release(k->env, conn, &k->config));
	return first;
}

struct err *kvm_remove(void *self)
{
	struct kvm *k = self;
	auto_free char *channel = kvm_channel_path(k);
	struct err *first = *k->config.uri ? remove_there(k) : NULL;

	if (first && first->code == ERR_NETWORK) { /* the connection broke in the middle: once more with another */
		err_free(first);
		first = remove_there(k);
	}
	remove_step(&first, kept_end(k));
	if (channel)
		unlink(channel);
	/* While the domain may still be there, its address stays taken. */
	if (!first)
		first = loopback_release(k->env->state_dir, k->env->dir, k->config.address);
	return first;
}
