/* SPDX-License-Identifier: Apache-2.0 */
/* Names, folders and locks of machines; what killed processes left. */
#include "core/store.h"

#include <unistd.h>

#include "core/parallel.h"
#include "tests/unit/fake_driver.h"

static void test_names(void **state)
{
	static const char *const good[] = { "a", "0", "dev", "a.b-c", "A9", "a-" };
	static const char *const bad[] = { "", "-a", ".a", "a b", "a/b", "..", "a_b", "\xc3\xa4", "a\n" };
	auto_str name = STR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_null(store_check_name(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_err(store_check_name(bad[i]), ERR_USAGE,
			   "Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -");
		struct err *e = store_need(&core, bad[i]);
		assert_int_equal(e->code, ERR_NOT_FOUND);
		err_free(e);
		assert_false(store_has_left(&core, bad[i]));
	}
	for (int i = 0; i < STORE_NAME_MAX; i++)
		str_add_char(&name, 'a');
	assert_null(store_check_name(name.buf));
	str_add_char(&name, 'a');
	struct err *e = store_check_name(name.buf);
	assert_has(err_hint_of(e), "1 to 64 of these");
	err_free(e);
	/* docker-machine's own may be longer. */
	fake_machine(name.buf, NULL);
	assert_null(store_need(&core, name.buf));
}

static void test_list(void **state)
{
	auto_list names = { 0 }, none = { 0 };

	(void)state;
	assert_null(store_list(&core, &none));
	assert_int_equal(none.n, 0);
	fake_machine("b", NULL);
	fake_machine("B", NULL);
	fake_machine("a", NULL);
	assert_null(fs_mkdirs(in_store("machines/.hidden"), 0700));
	put("machines/file", "");
	assert_null(store_list(&core, &names));
	auto_free char *all = list_join(&names, " ");
	assert_string_equal(all, "B a b");
	assert_true(store_has(&core, "a"));
	assert_false(store_has(&core, "c"));
	core.prog = "docker-machine";
	assert_err(
		store_need(&core, "c"), ERR_NOT_FOUND,
		"Docker machine \"c\" does not exist. Use \"docker-machine ls\" to list machines. Use \"docker-machine "
		"create\" to add a new one.");
}

/* Its file says who has it, and goes with it. */
static void test_lock(void **state)
{
	const char *path = in_store(".state/locks/dev.lock");
	struct store_lock lock = STORE_LOCK_INIT, other = STORE_LOCK_INIT;
	auto_free char *text = NULL, *want = xasprintf("%d create", (int)getpid());

	(void)state;
	assert_int_equal(store_lock_owner(&core, "dev"), 0);
	assert_null(store_lock(&core, "dev", "create", 0, &lock));
	assert_null(fs_read(path, 256, &text, NULL));
	assert_string_equal(text, want);
	assert_int_equal(store_lock_owner(&core, "dev"), getpid());
	assert_true(store_lock_is_held_by(&core, "dev", getpid()));
	assert_false(store_owner_has_others(&core, getpid()));
	struct err *e = store_lock(&core, "dev", "rm", 50, &other);
	auto_free char *busy =
		xasprintf("machine 'dev' is busy: 'machine create' (process %d) works on it", (int)getpid());
	assert_has(err_hint_of(e), "Wait for it, or end it with: kill ");
	assert_err(e, ERR_WRONG_STATE, busy);
	/* Another machine's is another. */
	assert_null(store_lock(&core, "two", "start", 0, &other));
	assert_true(store_owner_has_others(&core, getpid()));
	store_unlock(&other);
	store_unlock(&lock);
	assert_false(fs_exists(path));
	store_unlock(&lock); /* once more is fine */
}

struct waiter {
	struct store_lock *held;
	const char *path;
	int pause_us;
};

static struct err *wait_or_free(void *data, size_t i)
{
	struct waiter *w = data;
	auto_lock lock = STORE_LOCK_INIT;

	if (i) {
		TRY(store_lock(&core, "dev", "stop", 60000, &lock));
		return fs_exists(w->path) ? NULL : err_new(ERR_FAILED, "what is held has no name");
	}
	usleep((useconds_t)w->pause_us);
	store_unlock(w->held);
	return NULL;
}

/* A waiter gets it when it is free, although its file went; then what it got has that name. */
static void test_wait(void **state)
{
	struct store_lock lock = STORE_LOCK_INIT;
	const char *path = in_store(".state/locks/dev.lock");
	struct waiter w = { &lock, path, 100000 };

	(void)state;
	assert_null(store_lock(&core, "dev", "start", 0, &lock));
	assert_null(parallel_run(4, wait_or_free, &w));
	assert_false(fs_exists(path));
}

/* Whoever gets the lock clears what a killed process left, keys among it. */
static void test_half_made(void **state)
{
	auto_lock lock = STORE_LOCK_INIT;

	(void)state;
	assert_null(fs_mkdirs(in_store("machines/.dev.new"), 0700));
	put("machines/.dev.new/key.pem", "secret");
	assert_null(fs_mkdirs(in_store("machines/.dev.removed"), 0700));
	assert_true(store_has_left(&core, "dev"));
	assert_false(store_has(&core, "dev"));
	assert_null(store_lock(&core, "dev", "create", 0, &lock));
	assert_false(store_has_left(&core, "dev"));
	assert_false(fs_exists(in_store("machines/.dev.new")));
}

static void test_remove_dir(void **state)
{
	(void)state;
	fake_machine("dev", NULL);
	assert_null(fs_mkdirs(in_store("machines/.dev.removed/more"), 0700));
	assert_null(store_remove_dir(&core, "dev"));
	assert_false(store_has(&core, "dev"));
	assert_false(store_has_left(&core, "dev"));
	assert_null(store_remove_dir(&core, "dev")); /* gone already */
}

/* What nobody works on goes; what somebody does, and what is not ours, stays. */
static void test_prune(void **state)
{
	auto_lock lock = STORE_LOCK_INIT;

	(void)state;
	fake_machine("dev", NULL);
	assert_null(fs_mkdirs(in_store("certs"), 0700));
	assert_null(fs_mkdirs(in_store(".state/locks"), 0700));
	assert_null(store_lock(&core, "busy", "create", 0, &lock));
	assert_null(fs_mkdirs(in_store("machines/.gone.new"), 0700));
	assert_null(fs_mkdirs(in_store("machines/.busy.new"), 0700));
	assert_null(fs_mkdirs(in_store("machines/.mine"), 0700));
	put(".state/locks/left.lock", "1 create");
	put(".state/locks/readme", "");
	assert_null(store_prune(&core));
	assert_false(fs_exists(in_store("machines/.gone.new")));
	assert_true(fs_exists(in_store("machines/.busy.new")));
	assert_true(fs_exists(in_store("machines/.mine")));
	assert_true(fs_exists(in_store("machines/dev/config.json")));
	assert_false(fs_exists(in_store(".state/locks/left.lock")));
	assert_true(fs_exists(in_store(".state/locks/readme")));
	assert_int_equal(store_lock_owner(&core, "busy"), getpid());
}

static struct err *fails_at_odd(void *data, size_t i)
{
	(void)data;
	return i % 2 ? err_hint(err_status(err_new(ERR_NOT_FOUND, "no %zu", i), 4), "look") : NULL;
}

static void test_parallel(void **state)
{
	(void)state;
	assert_null(parallel_run(0, fails_at_odd, NULL));
	assert_err(parallel_run(2, fails_at_odd, NULL), ERR_NOT_FOUND, "no 1");
	struct err *e = parallel_run(100, fails_at_odd, NULL);
	assert_int_equal(e->code, ERR_NOT_FOUND);
	assert_int_equal(e->status, 4);
	assert_string_equal(err_hint_of(e), "look");
	auto_free char *text = err_text(e);
	assert_has(text, "no 1\nno 3\n");
	assert_has(text, "\nno 99");
	err_free(e);
}

/* What core tells has its kind and its machine; its paths are absolute. */
static void test_core(void **state)
{
	struct core c = { 0 };

	(void)state;
	core_say(&core, SAY_WARN, "dev", "%d things", 2);
	core_say(&core, SAY_LINE, NULL, "fine");
	assert_string_equal(fake.said.buf, "! dev: 2 things\nfine\n");
	core_say(&c, SAY_LINE, NULL, "nobody listens");
	assert_string_equal(core_prog(&c), "machine");
	assert_null(core_init(&c, "store", "", "/k/ca-key.pem", "", ""));
	assert_true(c.store[0] == '/');
	assert_has(c.ca, "/store/certs/ca.pem");
	assert_string_equal(c.ca_key, "/k/ca-key.pem");
	assert_string_equal(core_certs(&c).ca_key, "/k/ca-key.pem");
	core_release(&c);
	setenv("HOME", folder, 1);
	c = (struct core){ 0 };
	assert_null(core_init(&c, "", "", "", "", ""));
	assert_string_equal(c.store, in_store(".docker/machine"));
	core_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_test(test_names), fake_test(test_list),	  fake_test(test_lock),
		fake_test(test_wait),  fake_test(test_half_made), fake_test(test_remove_dir),
		fake_test(test_prune), fake_test(test_parallel),  fake_test(test_core),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
