/* SPDX-License-Identifier: Apache-2.0 */
/* The kvm driver's logic on libvirt's own test driver, which keeps its state in memory and touches nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/kvm/conn.h"
#include "drivers/kvm/domain.h"
#include "drivers/kvm/network.h"
#include "drivers/kvm/network_facts.h"
#include "drivers/kvm/storage.h"
#include "drivers/kvm/xml.h"

#define URI "test:///default"

static char dir[] = "/tmp/test_kvm.XXXXXX";
static char *state_dir;

static void say_nothing(void *data, const char *text)
{
	(void)data, (void)text;
}

static struct driver_env env_of(const char *name)
{
	return (struct driver_env){ name, dir, dir, state_dir, say_nothing, say_nothing, NULL };
}

static int setup(void **state)
{
	virConnectPtr conn = NULL;

	if (!mkdtemp(dir))
		return -1;
	state_dir = fs_join(dir, ".state");
	auto_err *e = conn_get(URI, 0, &conn);
	*state = conn;
	return e ? -1 : 0;
}

static int teardown(void **state)
{
	auto_err *e = fs_remove_tree(dir);

	virt.virConnectClose(*state);
	free(state_dir);
	return e ? -1 : 0;
}

static struct kvm_config config_of(unsigned n, const char *network)
{
	return (struct kvm_config){
		.uri = xstrdup(URI),
		.network = xstrdup(network),
		.pool = xstrdup(KVM_OWN_POOL),
		.jump = xstrdup(""),
		.xml_file = xstrdup(""),
		.iso = xstrdup(""),
		.cache_mode = xstrdup("default"),
		.io_mode = xstrdup("threads"),
		.ssh_user = xstrdup("docker"),
		.memory_mib = 512,
		.disk_mib = 2000,
		.uuid = xasprintf("00112233-4455-6677-8899-aabbccdd%04x", n),
		.mac = xasprintf("52:54:00:00:00:%02x", n),
		.address = xstrdup(""),
		.guest_address = xstrdup(""),
		.subnet = xstrdup(""),
		.image = xstrdup("0123456789abcdef"),
	};
}
#define auto_config __attribute__((cleanup(kvm_config_release))) struct kvm_config

static char *network_text(virConnectPtr conn, const char *name)
{
	auto_network net = virt.virNetworkLookupByName(conn, name);

	return net ? virt.virNetworkGetXMLDesc(net, 0) : NULL;
}

/* Made with the first machine, removed with the last; each machine has its address for life. */
static void test_own_network(void **state)
{
	auto_config a = config_of(1, KVM_OWN_NETWORK);
	auto_config b = config_of(2, KVM_OWN_NETWORK);
	struct driver_env env_a = env_of("a"), env_b = env_of("b");

	assert_null(network_check(*state, &a));
	assert_null(network_prepare(&env_a, *state, &a));
	assert_null(network_prepare(&env_b, *state, &b));
	assert_true(a.reserved && b.reserved);
	assert_string_not_equal(a.guest_address, b.guest_address);
	assert_string_equal(a.subnet, b.subnet);
	auto_free char *first = xstrdup(a.guest_address), *xml = network_text(*state, KVM_OWN_NETWORK);
	assert_non_null(strstr(xml, first));
	/* Again: the same. */
	assert_null(network_prepare(&env_a, *state, &a));
	assert_string_equal(a.guest_address, first);
	assert_null(network_release(&env_a, *state, &a));
	auto_free char *left = network_text(*state, KVM_OWN_NETWORK);
	assert_null(strstr(left, a.mac));
	assert_non_null(strstr(left, b.mac));
	/* The address that was given back comes back to the same name. */
	assert_null(network_prepare(&env_a, *state, &a));
	assert_string_equal(a.guest_address, first);
	assert_null(network_release(&env_a, *state, &a));
	assert_null(network_release(&env_b, *state, &b));
	assert_null(network_text(*state, KVM_OWN_NETWORK));
	assert_null(network_release(&env_b, *state, &b));
}

/* It comes back on the range that the records name. */
static void test_lost_network(void **state)
{
	auto_config a = config_of(1, KVM_OWN_NETWORK);
	struct driver_env env = env_of("a");

	assert_null(network_prepare(&env, *state, &a));
	auto_free char *address = xstrdup(a.guest_address);
	auto_network net = virt.virNetworkLookupByName(*state, KVM_OWN_NETWORK);
	assert_int_equal(virt.virNetworkDestroy(net), 0);
	assert_int_equal(virt.virNetworkUndefine(net), 0);
	assert_null(network_prepare(&env, *state, &a));
	assert_string_equal(a.guest_address, address);
	assert_null(network_release(&env, *state, &a));
}

/* A network of the user's gets our reservation and loses it again; no more. */
static void test_users_network(void **state)
{
	auto_config a = config_of(1, "default");
	auto_config none = config_of(2, "nowhere");
	struct driver_env env = env_of("a");
	auto_free char *before = network_text(*state, "default");

	assert_null(network_prepare(&env, *state, &a));
	assert_true(a.reserved);
	assert_string_equal(a.subnet, "");
	auto_free char *with = network_text(*state, "default");
	assert_non_null(strstr(with, a.mac));
	assert_null(network_release(&env, *state, &a));
	auto_free char *after = network_text(*state, "default");
	assert_string_equal(after, before);
	auto_err *e = network_check(*state, &none);
	assert_int_equal(e->code, ERR_NOT_FOUND);
	assert_non_null(err_hint_of(e));
}

/* A network that only bears our name is not ours to remove. */
static void test_namesake(void **state)
{
	static const char xml[] =
		"<network><name>machine</name><bridge name='b0'/><ip address='10.3.0.1' prefix='24'><dhcp>"
		"<range start='10.3.0.2' end='10.3.0.9'/></dhcp></ip></network>";
	auto_config a = config_of(1, KVM_OWN_NETWORK);
	struct driver_env env = env_of("a");
	auto_network net = virt.virNetworkDefineXML(*state, xml);

	assert_non_null(net);
	assert_null(network_prepare(&env, *state, &a));
	assert_int_equal(strncmp(a.guest_address, "10.3.0.", 7), 0);
	assert_null(network_release(&env, *state, &a));
	auto_free char *left = network_text(*state, KVM_OWN_NETWORK);
	assert_non_null(left);
	virt.virNetworkDestroy(net);
	assert_int_equal(virt.virNetworkUndefine(net), 0);
}

static void test_full_network(void **state)
{
	static const char xml[] =
		"<network><name>tiny</name><bridge name='b1'/><ip address='10.4.0.1' prefix='30'><dhcp>"
		"<range start='10.4.0.2' end='10.4.0.2'/></dhcp></ip></network>";
	auto_config a = config_of(1, "tiny");
	auto_config b = config_of(2, "tiny");
	struct driver_env env = env_of("a");
	auto_network net = virt.virNetworkDefineXML(*state, xml);

	auto_err *stopped = network_check(*state, &a);
	assert_int_equal(stopped->code, ERR_WRONG_STATE);
	assert_int_equal(virt.virNetworkCreate(net), 0);
	assert_null(network_prepare(&env, *state, &a));
	assert_string_equal(a.guest_address, "10.4.0.2");
	auto_err *full = network_prepare(&env, *state, &b);
	assert_non_null(strstr(full->msg, "no free address"));
	assert_null(network_release(&env, *state, &a));
	virt.virNetworkDestroy(net);
	virt.virNetworkUndefine(net);
}

static virDomainPtr define(virConnectPtr conn, const struct kvm_config *c, const char *name)
{
	auto_free char *xml = xasprintf("<domain type='test'><name>%s</name><uuid>%s</uuid><memory>65536</memory>"
					"<os><type>hvm</type></os></domain>",
					name, c->uuid);

	return virt.virDomainDefineXMLFlags(conn, xml, 0);
}

static enum machine_state state_of(virDomainPtr domain)
{
	enum machine_state s;

	assert_null(domain_state(domain, &s));
	return s;
}

static void test_domain(void **state)
{
	auto_config c = config_of(7, KVM_OWN_NETWORK);
	auto_domain none = NULL;
	auto_domain gone = NULL;

	assert_null(domain_find(*state, &c, &none));
	assert_null(none);
	auto_err *missing = domain_need(*state, &c, "dev", &none);
	assert_int_equal(missing->code, ERR_NOT_FOUND);
	auto_domain d = define(*state, &c, "dev");
	assert_int_equal(state_of(d), STATE_STOPPED);
	assert_null(domain_start(d));
	assert_int_equal(state_of(d), STATE_RUNNING);
	assert_null(domain_start(d)); /* is fine */
	assert_int_equal(virt.virDomainSuspend(d), 0);
	assert_int_equal(state_of(d), STATE_PAUSED);
	assert_null(domain_start(d));
	assert_int_equal(state_of(d), STATE_RUNNING);
	assert_int_equal(virt.virDomainSuspend(d), 0);
	assert_null(domain_stop(d, 5000));
	assert_int_equal(state_of(d), STATE_STOPPED);
	assert_null(domain_start(d));
	assert_null(domain_kill(d));
	assert_null(domain_kill(d));
	assert_int_equal(state_of(d), STATE_STOPPED);
	static const int cpus[] = { 3, 2 };
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++) {
		auto_err *e = domain_resize(d, 1536, cpus[i]);
		auto_free char *why = e ? err_text(e) : NULL;

		if (why)
			fail_msg("%s", why);
		assert_int_equal(virt.virDomainGetVcpusFlags(d, VIR_DOMAIN_AFFECT_CONFIG), cpus[i]);
	}
	assert_null(domain_undefine(d));
	assert_null(domain_find(*state, &c, &gone));
	assert_null(gone);
}

/* The test driver comes with a domain "test". */
static void test_foreign_domain(void **state)
{
	auto_config c = config_of(8, KVM_OWN_NETWORK);
	auto_err *e = domain_check_name(*state, &c, "test");
	auto_domain mine = define(*state, &c, "mine");

	assert_int_equal(e->code, ERR_EXISTS);
	assert_non_null(err_hint_of(e));
	assert_null(domain_check_name(*state, &c, "mine"));
	assert_null(domain_check_name(*state, &c, "other"));
	assert_null(domain_undefine(mine));
}

/* Our texts are definitions to libvirt's schema too. */
static void test_domain_schema(void **state)
{
	static const char *const files[] = { "kvm-domain.xml", "kvm-domain-tcg-bridge.xml", "kvm-domain-user.xml" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path = xasprintf("tests/unit/golden/%s", files[i]), *xml = NULL;

		assert_null(fs_read(path, 1 << 20, &xml, NULL));
		auto_domain d = virt.virDomainDefineXMLFlags(*state, xml, VIR_DOMAIN_DEFINE_VALIDATE);
		if (!d) {
			auto_err *e = virt_error("%s", files[i]);
			auto_free char *why = err_text(e);
			fail_msg("%s", why);
		}
		assert_null(domain_undefine(d));
	}
}

static void test_storage(void **state)
{
	auto_config c = config_of(9, KVM_OWN_NETWORK);
	const struct kvm_volume v = { .name = "dev-1.disk", .qcow2 = true, .bytes = 1 << 30, .mode = "0600" };
	auto_free char *path = NULL, *again = NULL, *folder = NULL;
	auto_list names = { 0 };
	auto_list left = { 0 };
	auto_pool pool = NULL;

	assert_null(storage_find_pool(*state, &c, &pool));
	assert_null(pool);
	free(c.pool);
	c.pool = xstrdup("nowhere");
	auto_err *none = storage_pool(*state, &c, &pool);
	assert_int_equal(none->code, ERR_NOT_FOUND);
	free(c.pool);
	c.pool = xstrdup("default-pool");
	assert_null(storage_pool(*state, &c, &pool));
	assert_null(storage_folder(pool, &folder));
	assert_string_equal(folder, "/default-pool");
	assert_null(storage_need_room(pool, 1000));
	auto_err *full = storage_need_room(pool, (uint64_t)1 << 60);
	assert_int_equal(full->code, ERR_PRECHECK);
	assert_null(storage_make(pool, &v, &path));
	assert_string_equal(path, "/default-pool/dev-1.disk");
	assert_null(storage_make(pool, &v, &again)); /* a half-made one is replaced */
	assert_null(storage_list(pool, "dev-", &names));
	assert_int_equal(names.n, 1);
	assert_null(storage_delete(pool, "dev-1.disk"));
	assert_null(storage_delete(pool, "dev-1.disk"));
	assert_null(storage_list(pool, "dev-", &left));
	assert_int_equal(left.n, 0);
}

static void test_connection(void **state)
{
	auto_conn again = NULL;
	auto_conn bad = NULL;

	assert_null(conn_get(URI, 0, &again));
	assert_ptr_equal(again, *state);
	auto_err *e = conn_get("test:///nonexistent.xml", 0, &bad);
	assert_non_null(e);
	assert_null(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_network),    cmocka_unit_test(test_lost_network),
		cmocka_unit_test(test_users_network),  cmocka_unit_test(test_namesake),
		cmocka_unit_test(test_full_network),   cmocka_unit_test(test_domain),
		cmocka_unit_test(test_foreign_domain), cmocka_unit_test(test_domain_schema),
		cmocka_unit_test(test_storage),	       cmocka_unit_test(test_connection),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
