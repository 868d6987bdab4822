/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of provisioner makes and renews: keys, certificates, the seed; and contexts of the Docker client. */
#include "core/identity.h"

#include <sys/stat.h>
#include <time.h>

#include "core/context.h"
#include "core/provisioner.h"
#include "tests/unit/fake_driver.h"

static struct machine *open_dev(enum driver_system system)
{
	struct machine *m = NULL;

	fake.system = system;
	fake_machine("dev", NULL);
	assert_null(machine_open(&core, "dev", &m));
	assert_null(identity_shared(&core));
	return m;
}

static bool has(const char *name)
{
	auto_free char *path = xasprintf("%s/machines/dev/%s", folder, name);

	return fs_exists(path);
}

static char *content(const char *name)
{
	auto_free char *path = xasprintf("%s/machines/dev/%s", folder, name);
	char *text = NULL;

	assert_null(fs_read(path, 1 << 20, &text, NULL));
	return text;
}

static void test_kinds(void **state)
{
	static const struct {
		enum driver_system system;
		const char *name;
		bool sets_up, needs_on;
	} cases[] = { { DRIVER_SYSTEM_OURS, "seed", true, false },
		      { DRIVER_SYSTEM_OTHER, "host", true, true },
		      { DRIVER_SYSTEM_FOREIGN, "none", false, false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_machine *m = open_dev(cases[i].system);
		const struct provisioner *p = m->provisioner;

		assert_string_equal(p->name, cases[i].name);
		assert_int_equal(p->sets_up, cases[i].sets_up);
		assert_int_equal(p->needs_on, cases[i].needs_on);
		assert_true(p->check && p->make && p->settings && p->renew && p->renews_live);
		assert_null(p->check(m));
		assert_int_equal(p->renews_live(m), cases[i].system == DRIVER_SYSTEM_OURS);
	}
}

/* A machine that boots nothing of ours has certificate and keys all the same, and no seed. */
static void test_host(void **state)
{
	auto_machine *m = open_dev(DRIVER_SYSTEM_OTHER);
	auto_free char *seed = NULL;
	struct stat st;
	int64_t end;

	(void)state;
	assert_null(m->provisioner->make(m, &seed));
	assert_null(seed);
	assert_true(has("server.pem") && has("id_rsa.pub"));
	assert_false(has("seed.iso") || has("known_hosts"));
	assert_int_equal(stat(in_store("machines/dev/server-key.pem"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(in_store("machines/dev/id_rsa"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(identity_end(m, &end));
	assert_true(end > (int64_t)time(NULL));
	assert_false(identity_ends_soon(m));
	assert_calls("");
}

static void test_seed(void **state)
{
	auto_machine *m = open_dev(DRIVER_SYSTEM_OURS);
	auto_free char *seed = NULL;

	(void)state;
	assert_null(m->provisioner->make(m, &seed));
	assert_string_equal(seed, in_store("machines/dev/seed.iso"));
	assert_true(fs_exists(seed));
	auto_free char *known = content("known_hosts"), *pinned = xasprintf("[127.0.0.9]:2222 ssh-ed25519 ");
	assert_has(known, pinned);
	assert_null(m->provisioner->settings(m, deadline_in(0)));
	assert_calls("");
}

static void test_foreign(void **state)
{
	auto_machine *m = open_dev(DRIVER_SYSTEM_FOREIGN);
	auto_free char *seed = NULL;
	struct driver_endpoint end = { 0 };

	(void)state;
	assert_null(m->provisioner->make(m, &seed));
	assert_null(seed);
	assert_false(has("id_rsa") || has("server.pem"));
	assert_null(m->provisioner->renew(m, &end, true));
	assert_true(has("ca.pem") && has("cert.pem") && has("key.pem"));
	assert_false(has("server.pem"));
}

/* The guest is told before anything else changes: what stands in the folder is what it has. */
static void test_renew(void **state)
{
	auto_machine *m = open_dev(DRIVER_SYSTEM_OURS);
	auto_free char *seed = NULL;
	auto_endpoint end = { 0 };

	(void)state;
	assert_null(m->provisioner->make(m, &seed));
	fake.address = "127.0.0.10";
	assert_null(fake_endpoint(NULL, &end));
	assert_false(identity_fits(m, &end));
	auto_free char *before = content("server.pem");
	fake.fail = "certificates";
	assert_err(m->provisioner->renew(m, &end, true), ERR_FAILED, "the fake fails in certificates");
	auto_free char *same = content("server.pem");
	assert_string_equal(same, before);
	fake.fail = "reseed";
	assert_err(m->provisioner->renew(m, &end, true), ERR_FAILED, "the fake fails in reseed");
	fake.fail = NULL;
	str_clear(&fake.calls);
	assert_null(m->provisioner->renew(m, &end, true));
	assert_calls("certificates reseed ");
	assert_true(identity_fits(m, &end));
	auto_free char *known = content("known_hosts");
	assert_has(known, "[127.0.0.10]:2222 ");
	assert_null(m->provisioner->renew(m, &end, false));
	assert_calls("reseed ");
	/* Another system is told over SSH by settings; nothing of it asks the driver. */
	fake.system = DRIVER_SYSTEM_OTHER;
	assert_string_equal(provisioner_of(m)->name, "host");
	assert_null(provisioner_of(m)->renew(m, &end, true));
	assert_calls("");
}

/* Not known yet: the certificate is made without it, and fits. */
static void test_no_address(void **state)
{
	auto_machine *m = open_dev(DRIVER_SYSTEM_OURS);
	auto_free char *seed = NULL;
	auto_endpoint end = { 0 };

	(void)state;
	fake.address = "";
	assert_null(m->provisioner->make(m, &seed));
	assert_null(fake_endpoint(NULL, &end));
	assert_true(identity_fits(m, &end));
	auto_free char *known = content("known_hosts");
	assert_has(known, "[unknown.invalid]:2222 ");
	driver_endpoint_release(&end);
	fake.address = "127.0.0.9";
	assert_null(fake_endpoint(NULL, &end));
	assert_null(identity_follow_ssh(m, &end));
	auto_free char *now = content("known_hosts");
	assert_has(now, "[127.0.0.9]:2222 ");
	end.ssh_port = 22;
	assert_null(identity_follow_ssh(m, &end));
	auto_free char *plain = content("known_hosts");
	assert_true(strncmp(plain, "127.0.0.9 ", 10) == 0);
	put("machines/dev/known_hosts", "odd");
	struct err *e = identity_follow_ssh(m, &end);
	assert_has(e->msg, "holds no key");
	err_free(e);
}

/* Options that would fail in the middle; the storage driver is a matter of our engine alone. */
static void test_check(void **state)
{
	auto_machine *m = open_dev(DRIVER_SYSTEM_OURS);
	cJSON *host = json_object_at(m->record, "HostOptions");
	auto_list sans = { 0 };

	(void)state;
	json_set_str(json_object_at(host, "EngineOptions"), "StorageDriver", "aufs");
	struct err *e = m->provisioner->check(m);
	assert_non_null(e);
	err_free(e);
	fake.system = DRIVER_SYSTEM_OTHER;
	assert_null(provisioner_of(m)->check(m));
	list_add(&sans, "not a name");
	json_set_strings(json_object_at(host, "AuthOptions"), "ServerCertSANs", &sans);
	e = provisioner_of(m)->check(m);
	assert_non_null(e);
	err_free(e);
	fake.system = DRIVER_SYSTEM_FOREIGN;
	assert_null(provisioner_of(m)->check(m));
}

/* --- contexts --- */

static void test_context(void **state)
{
	auto_machine *m = open_dev(DRIVER_SYSTEM_OTHER);
	auto_free char *name = NULL, *config = NULL, *other = NULL;
	bool was = false;

	(void)state;
	assert_null(identity_client(m));
	put("config.json", "{\"credsStore\":\"x\"}");
	assert_null(context_use(m, NULL, "tcp://127.0.0.9:2376", &name));
	assert_string_equal(name, "dev");
	assert_null(fs_read(in_store("config.json"), 4096, &config, NULL));
	assert_has(config, "\"currentContext\": \"dev\"");
	assert_has(config, "\"credsStore\": \"x\"");
	assert_string_equal(json_str_or(m->record, RECORD_CONTEXT, ""), "dev");
	context_refresh(m);
	assert_calls("reach ");
	assert_null(context_unuse(&was));
	assert_true(was);
	assert_null(context_unuse(&was));
	assert_false(was);
	context_remove(m);
	auto_list left = { 0 };
	assert_null(fs_list(in_store("contexts/meta"), &left));
	assert_int_equal(left.n, 0);
	assert_null(strstr(fake.said.buf, "! "));
	assert_err(context_use(m, "default", "tcp://127.0.0.9:2376", &other), ERR_EXISTS,
		   "the Docker client has a context 'default' already, which is not ours");
}

/* A machine of the same name in another store, or somebody's own: never touched. */
static void test_context_of_another(void **state)
{
	auto_machine *m = open_dev(DRIVER_SYSTEM_OTHER);
	auto_free char *name = NULL, *again = NULL;
	auto_list metas = { 0 };

	(void)state;
	assert_null(identity_client(m));
	assert_null(context_use(m, "mine", "tcp://127.0.0.9:2376", &name));
	assert_null(fs_list(in_store("contexts/meta"), &metas));
	assert_int_equal(metas.n, 1);
	auto_free char *meta = xasprintf("contexts/meta/%s/meta.json", metas.items[0]);
	put(meta, "{\"Name\":\"mine\",\"Metadata\":{},\"Endpoints\":{}}");
	assert_err(context_use(m, "mine", "tcp://127.0.0.9:2376", &again), ERR_EXISTS,
		   "the Docker client has a context 'mine' already, which is not ours");
	context_remove(m);
	assert_true(fs_exists(in_store(meta)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_kinds),	 fake_test(test_host),	  fake_test(test_seed),
		fake_test(test_foreign), fake_test(test_renew),	  fake_test(test_no_address),
		fake_test(test_check),	 fake_test(test_context), fake_test(test_context_of_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
