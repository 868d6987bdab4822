/* SPDX-License-Identifier: Apache-2.0 */
/* Asks, changes nothing, and decides which libvirt it is. */
#include "drivers/kvm/precheck.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "drivers/kvm/conn.h"
#include "drivers/kvm/create.h"
#include "drivers/kvm/domain.h"
#include "drivers/kvm/handle.h"
#include "drivers/kvm/network.h"
#include "drivers/kvm/storage.h"
#include "drivers/kvm/uri.h"
#include "drivers/kvm/xml.h"
#include "drivers/vm/choice.h"

static struct err *check_uri(struct kvm *k, virConnectPtr *ret)
{
	auto_free char *uri = NULL, *why = NULL;

	if (*k->config.uri)
		return kvm_conn(k, ret);
	TRY(conn_default(ret, &uri, &why));
	free(k->config.uri);
	k->config.uri = TAKE(uri);
	if (!why)
		return NULL;
	auto_free char *line = xasprintf("Using " KVM_URI_SESSION ": " KVM_URI_SYSTEM " cannot be reached (%s)", why);
	k->env->report(k->env->data, line);
	return NULL;
}

/* In a session there is no network of libvirt's that an ordinary user could start. */
static struct err *check_session(struct kvm *k)
{
	auto_uri u = { 0 };
	const char *name;
	enum kvm_net kind = kvm_net_parse(k->config.network, &name);

	TRY(kvm_uri_parse(k->config.uri, &u));
	if (u.session && str_eq(k->config.network, KVM_OWN_NETWORK)) {
		free(k->config.network);
		k->config.network = xstrdup("user");
		kind = KVM_NET_USER;
	}
	if (kind == KVM_NET_USER && kvm_uri_is_remote(&u))
		return err_hint(err_new(ERR_USAGE, "user networking on another host cannot be reached from here"),
				"Leave --kvm-network out, or name a network of that host.");
	if (k->config.shares.n > 0 && kvm_uri_is_remote(&u))
		return err_hint(
			err_new(ERR_USAGE, "a folder of this host cannot be shared with a machine on '%s'", u.host),
			"Leave --kvm-share out, or copy what is needed: docker cp");
	if (k->config.isolated && kind != KVM_NET_USER && !str_eq(k->config.network, KVM_OWN_NETWORK))
		return err_hint(
			err_new(ERR_USAGE, "whether network '%s' has a way out is not ours to say", k->config.network),
			"Name an isolated network, or leave --kvm-network out.");
	return NULL;
}

static struct err *check_host(const struct kvm *k, virConnectPtr conn)
{
	auto_free char *place = conn_place(k->config.uri);
	virNodeInfo node;

	VIRT_TRY(virt.virNodeGetInfo(conn, &node), "cannot ask what kind of host it is");
	if (strcmp(node.model, "x86_64") != 0)
		return err_new(ERR_UNSUPPORTED, "%s is %s, the guest is x86_64", place, node.model);
	if ((uint64_t)k->config.memory_mib <= node.memory / 1024)
		return NULL;
	return err_hint(err_new(ERR_PRECHECK, "memory of %" PRId64 " MiB is more than the %lu MiB of %s",
				k->config.memory_mib, node.memory / 1024, place),
			"Give less: --kvm-memory %lu", node.memory / 2048);
}

static struct err *check_pool(const struct kvm *k, virConnectPtr conn)
{
	auto_pool pool = NULL;

	TRY(storage_find_pool(conn, &k->config, &pool));
	if (!pool && !str_eq(k->config.pool, KVM_OWN_POOL))
		return storage_pool(conn, &k->config, &pool); /* its error */
	if (pool && virt.virStoragePoolIsActive(pool) == 1)
		return storage_need_room(pool, KVM_ROOM_MIN);
	return NULL;
}

/* What is wrong with the file is best said before anything is made. */
static struct err *check_xml_file(const struct kvm *k)
{
	auto_free char *merged = NULL;

	return *k->config.xml_file ? kvm_xml_merge("<domain/>", k->config.xml_file, &merged) : NULL;
}

static struct err *check_iso(const struct kvm *k)
{
	auto_free char *path = NULL;

	return *k->config.iso ? choice_find_iso(k->config.iso, &path) : NULL;
}

struct err *kvm_precheck(void *self)
{
	struct kvm *k = self;
	auto_conn conn = NULL;

	TRY(check_xml_file(k));
	TRY(check_iso(k));
	TRY(shares_check("kvm", &k->config.shares));
	TRY(check_uri(k, &conn));
	TRY(check_session(k));
	TRY(check_host(k, conn));
	TRY(domain_check_name(conn, &k->config, k->env->name));
	TRY(network_check(conn, &k->config));
	return check_pool(k, conn);
}
