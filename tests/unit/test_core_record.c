/* SPDX-License-Identifier: Apache-2.0 */
/* Records: what create writes, what load refuses, how saving keeps what is there. */
#include "core/record.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/opt.h"
#include "base/opt_parse.h"
#include "tests/unit/fake_driver.h"

static void parse(struct opts *o, int argc, const char *const *argv)
{
	const struct opt *tables[] = { record_opts, NULL };

	assert_null(opts_parse(o, tables, argc, (char *const *)argv, false));
}

/* docker-machine's members in its order, with the options in their places. */
static void test_new(void **state)
{
	static const char *const words[] = {
		"--engine-label", "a=b", "--engine-opt",   "log-level=debug",	      "--tls-san", "x.y",
		"--engine-env",	  "A=1", "--swarm-master", "--engine-storage-driver", "overlay2"
	};
	static const struct {
		const char *path, *value;
	} texts[] = { { "DriverName", "fake" },
		      { "Name", "dev" },
		      { "HostOptions.EngineOptions.StorageDriver", "overlay2" },
		      { "HostOptions.EngineOptions.InstallURL", "https://get.docker.com" },
		      { "HostOptions.SwarmOptions.Host", "tcp://0.0.0.0:3376" },
		      { "HostOptions.SwarmOptions.Strategy", "spread" },
		      { "HostOptions.AuthOptions.CaCertRemotePath", "" } };
	static const char *const top[] = { "ConfigVersion", "Driver", "DriverName", "HostOptions", "Name" };
	auto_opts o = { 0 };
	auto_list list = { 0 };
	size_t n = 0;

	(void)state;
	parse(&o, (int)ARRAY_SIZE(words), words);
	auto_json *r = record_new(&core, "dev", "fake", &o);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_string_equal(json_str_or(r, texts[i].path, "none"), texts[i].value);
	for (const cJSON *i = json_first(r); i; i = json_next(i))
		assert_string_equal(json_key(i), top[n++]);
	assert_int_equal(n, ARRAY_SIZE(top));
	assert_int_equal(json_int_or(r, "ConfigVersion", 0), 3);
	assert_true(json_bool_or(r, "HostOptions.SwarmOptions.IsSwarm", false));
	assert_false(json_bool_or(r, "HostOptions.SwarmOptions.Agent", true));
	assert_string_equal(json_str_or(r, "HostOptions.AuthOptions.StorePath", ""), in_store("machines/dev"));
	assert_string_equal(json_str_or(r, "HostOptions.AuthOptions.CaCertPath", ""), in_store("certs/ca.pem"));
	json_strings(r, "HostOptions.AuthOptions.ServerCertSANs", &list);
	assert_int_equal(list.n, 1);
	assert_string_equal(list.items[0], "x.y");
	assert_string_equal(record_progress(r), "ready");
}

static void test_check_opts(void **state)
{
	static const char *const bad[] = { "--swarm-discovery", "1234" };
	static const char *const good[] = { "--swarm-discovery", "token://1234" };
	auto_opts o = { 0 }, p = { 0 };

	(void)state;
	parse(&o, 2, bad);
	struct err *e = record_check_opts(&o);
	assert_int_equal(e->status, 1);
	assert_err(e, ERR_USAGE, "Error parsing swarm discovery: Swarm Discovery URL was in the wrong format: 1234");
	parse(&p, 2, good);
	assert_null(record_check_opts(&p));
}

/* Members of others and every digit of a number survive; the name is the folder's. */
static void test_load(void **state)
{
	static const char text[] = "{\"ConfigVersion\":3,\"Name\":\"old\",\"Driver\":{\"Big\":12345678901234567890},"
				   "\"Odd\":[1,{\"a\":null}]}";
	auto_json *r = NULL;
	auto_free char *saved = NULL;
	struct stat st;
	bool old = true;

	(void)state;
	assert_null(fs_mkdirs(in_store("machines/dev"), 0700));
	put("machines/dev/config.json", text);
	assert_null(record_load(&core, "dev", &r, &old));
	assert_false(old);
	assert_string_equal(json_str_or(r, "Name", ""), "dev");
	assert_null(record_save(&core, "dev", r));
	assert_null(fs_read(in_store("machines/dev/config.json"), 1 << 20, &saved, NULL));
	assert_has(saved, "12345678901234567890");
	assert_has(saved, "    \"Odd\": [");
	assert_int_equal(stat(in_store("machines/dev/config.json"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *part, *hint;
	} cases[] = {
		{ "{", "Error getting migrated host: ", "The record is damaged. Mend " },
		{ "[]", "holds no JSON object", "The record is damaged. Mend " },
		{ "{\"ConfigVersion\":4}", "config version is from the future", "A newer tool made it" },
		{ "{\"ConfigVersion\":\"x\"}", "Error getting migrated host: ", "The record is damaged. Mend " },
	};
	auto_json *r = NULL;
	bool old;

	(void)state;
	assert_null(fs_mkdirs(in_store("machines/dev"), 0700));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put("machines/dev/config.json", cases[i].text);
		struct err *e = record_load(&core, "dev", &r, &old);
		auto_free char *text = e ? err_text(e) : xstrdup("");
		assert_has(text, cases[i].part);
		assert_has(err_hint_of(e), cases[i].hint);
		err_free(e);
		assert_null(r);
	}
	assert_int_equal(unlink(in_store("machines/dev/config.json")), 0);
	struct err *e = record_load(&core, "dev", &r, &old);
	assert_int_equal(e->code, ERR_NOT_FOUND);
	assert_string_equal(err_hint_of(e), "Remove what is left of it: machine rm -f dev");
	err_free(e);
	assert_null(record_damaged(&core, "dev", NULL));
}

/* Folder and record appear together; whoever comes second leaves nothing. */
static void test_save_first(void **state)
{
	auto_json *r = json_object();

	(void)state;
	assert_null(record_save_first(&core, "dev", r));
	assert_true(fs_exists(in_store("machines/dev/config.json")));
	assert_err(record_save_first(&core, "dev", r), ERR_EXISTS, "Docker machine \"dev\" already exists");
	assert_false(fs_exists(in_store("machines/.dev.new")));
	/* What a killed one left is no hindrance. */
	assert_null(fs_mkdirs(in_store("machines/.two.new"), 0700));
	put("machines/.two.new/config.json", "half");
	assert_null(record_save_first(&core, "two", r));
	assert_false(fs_exists(in_store("machines/.two.new")));
	/* A file of that name is in the way too. */
	put("machines/three", "");
	assert_err(record_save_first(&core, "three", r), ERR_EXISTS, "Docker machine \"three\" already exists");
}

/* The first save of an older record keeps its file, once. */
static void test_keep_old(void **state)
{
	auto_machine *m = NULL;
	auto_free char *kept = NULL, *again = NULL;
	static const char text[] = "{\"ConfigVersion\":1,\"DriverName\":\"fake\",\"Driver\":{\"Fake\":true}}";

	(void)state;
	assert_null(fs_mkdirs(in_store("machines/dev"), 0700));
	put("machines/dev/config.json", text);
	assert_null(machine_open(&core, "dev", &m));
	assert_true(m->old);
	assert_false(fs_exists(in_store("machines/dev/config.json.bak"))); /* a look changes nothing */
	assert_null(machine_save(m));
	assert_null(fs_read(in_store("machines/dev/config.json.bak"), 1 << 20, &kept, NULL));
	assert_string_equal(kept, text);
	assert_false(m->old);
	assert_null(record_keep_old(&core, "dev"));
	assert_null(fs_read(in_store("machines/dev/config.json.bak"), 1 << 20, &again, NULL));
	assert_string_equal(again, text);
}

static void test_ours(void **state)
{
	auto_json *r = json_object();

	(void)state;
	assert_string_equal(record_progress(r), "ready");
	record_set_progress(r, "creating");
	assert_string_equal(record_progress(r), "creating");
	assert_false(record_is_booting(r));
	record_set_booting(r, false);
	assert_null(json_get_or_null(r, RECORD_OURS ".Booting"));
	record_set_booting(r, true);
	assert_true(record_is_booting(r));
	record_set_booting(r, false);
	assert_false(record_is_booting(r));
	assert_null(json_get_or_null(r, RECORD_OURS ".Booting"));
}

/* What the driver says of a record's values is no option's fault. */
static void test_driver_refuses(void **state)
{
	struct machine *m = NULL;

	(void)state;
	fake_machine("dev", NULL);
	put("machines/dev/config.json", "{\"ConfigVersion\":3,\"DriverName\":\"fake\",\"Driver\":{}}");
	struct err *e = machine_open(&core, "dev", &m);
	assert_int_equal(e->status, 0);
	assert_has(err_hint_of(e), "The record is damaged. Mend ");
	assert_err(e, ERR_FAILED, "cannot read the record of machine 'dev': 'Fake' is not there");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_new),	 fake_test(test_check_opts),	 fake_test(test_load),
		fake_test(test_refused), fake_test(test_save_first),	 fake_test(test_keep_old),
		fake_test(test_ours),	 fake_test(test_driver_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
