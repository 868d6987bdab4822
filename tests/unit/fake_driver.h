/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For unit tests of core: a store of its own, what core says, and a driver that notes its members' calls and fails in the one
 * that a test names. The registry's functions stand here, so that no other driver is linked.
 */
#ifndef TESTS_UNIT_FAKE_DRIVER_H
#define TESTS_UNIT_FAKE_DRIVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/machine.h"
#include "core/record.h"
#include "core/store.h"
#include "drivers/registry.h"

/* What the fake was called for, and how it behaves. */
static struct {
	struct str calls;	/* "plan create start ", without the questions */
	struct str said;	/* each line of core's, with its machine */
	const char *fail;	/* the member that fails; NULL: none */
	enum err_code code;	/* of that error; 0: ERR_FAILED */
	enum machine_state now; /* of the only machine */
	bool outside;		/* there is something outside the store */
	bool woken;		/* start finds it paused */
	const char *problem;
	const char *address; /* NULL: 127.0.0.9 */
	enum driver_system system;
	int seeds; /* times that it was handed a seed */
} fake;

static inline struct err *fake_step(const char *member)
{
	str_addf(&fake.calls, "%s ", member);
	if (!fake.fail || strcmp(fake.fail, member) != 0)
		return NULL;
	return err_new(fake.code ? fake.code : ERR_FAILED, "the fake fails in %s", member);
}

static inline struct err *fake_from_opts(const struct driver_env *env, const struct opts *opts, void **ret)
{
	(void)opts;
	TRY(fake_step("from_opts"));
	*ret = (void *)env;
	return NULL;
}

static inline struct err *fake_from_record(const struct driver_env *env, const cJSON *driver, void **ret)
{
	if (!json_get_or_null(driver, "Fake"))
		return err_new(ERR_USAGE, "'Fake' is not there");
	*ret = (void *)env;
	return NULL;
}

static inline void fake_close(void *self)
{
	(void)self;
}

static inline struct err *fake_save(void *self, cJSON *into)
{
	(void)self;
	json_set_bool(into, "Fake", true);
	return NULL;
}

static inline struct err *fake_precheck(void *self)
{
	(void)self;
	return fake_step("precheck");
}

static inline struct err *fake_plan(void *self)
{
	(void)self;
	return fake_step("plan");
}

static inline struct err *fake_seed_machine(void *self, cJSON *machine)
{
	(void)self;
	json_set_str(machine, "fake", "yes");
	return NULL;
}

static inline struct err *fake_create(void *self, const struct driver_image *image, const char *seed)
{
	(void)self, (void)image;
	fake.outside = true; /* half made, too */
	fake.seeds += seed != NULL;
	return fake_step("create");
}

static inline struct err *fake_remove(void *self)
{
	(void)self;
	TRY(fake_step("remove"));
	fake.outside = false;
	fake.now = STATE_STOPPED;
	return NULL;
}

static inline struct err *fake_start(void *self, const struct driver_image *image)
{
	const struct driver_env *env = self;
	auto_free char *console = fs_join(env->dir, "console.log");

	(void)image;
	TRY(fake_step("start"));
	fake.now = STATE_RUNNING;
	return fs_write(console, "hello\n", 6, 0600);
}

static inline struct err *fake_stop(void *self, int timeout_ms)
{
	(void)self, (void)timeout_ms;
	TRY(fake_step("stop"));
	fake.now = STATE_STOPPED;
	return NULL;
}

static inline struct err *fake_kill(void *self)
{
	(void)self;
	TRY(fake_step("kill"));
	fake.now = STATE_STOPPED;
	return NULL;
}

static inline struct err *fake_restart(void *self, int timeout_ms)
{
	(void)self, (void)timeout_ms;
	return fake_step("restart");
}

static inline struct err *fake_wait_ready(void *self, struct deadline deadline,
					  void (*event)(void *data, const struct driver_boot_event *e), void *data)
{
	const struct driver_boot_event stage = { .stage = "root" }, odd = { .stage = "root", .warning = "odd" };

	(void)self, (void)deadline;
	event(data, &stage);
	event(data, &odd);
	return fake_step("wait_ready");
}

static inline struct err *fake_state(void *self, enum machine_state *ret)
{
	(void)self;
	*ret = fake.now;
	if (fake.fail && strcmp(fake.fail, "state") == 0)
		return err_new(fake.code ? fake.code : ERR_FAILED, "the fake fails in state");
	return NULL;
}

static inline struct err *fake_endpoint(void *self, struct driver_endpoint *ret)
{
	const char *address = fake.address ? fake.address : "127.0.0.9";

	(void)self;
	*ret = (struct driver_endpoint){ .address = xstrdup(address),
					 .url = xasprintf("tcp://%s:2376", address),
					 .ssh_host = xstrdup(address),
					 .ssh_port = 2222,
					 .ssh_user = xstrdup("docker") };
	return NULL;
}

static inline struct err *fake_reach(void *self)
{
	(void)self;
	return fake_step("reach");
}

static inline struct err *fake_certificates(void *self, const cJSON *files)
{
	(void)self;
	assert_non_null(json_first(files));
	return fake_step("certificates");
}

static inline struct err *fake_reseed(void *self, const char *seed)
{
	(void)self;
	assert_true(fs_exists(seed));
	return fake_step("reseed");
}

static inline bool fake_was_woken(void *self)
{
	(void)self;
	return fake.woken;
}

static inline enum driver_system fake_system(const void *self)
{
	(void)self;
	return fake.system;
}

static inline struct err *fake_resize(void *self, const struct driver_sizes *sizes)
{
	(void)self, (void)sizes;
	return fake_step("resize");
}

static inline char *fake_problem(void *self)
{
	(void)self;
	return fake.problem ? xstrdup(fake.problem) : NULL;
}

static inline const char *fake_fetch_console(void *self)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/console.log", ((const struct driver_env *)self)->dir);
	return path;
}

static inline struct err *fake_sweep(const struct driver_env *env)
{
	(void)env;
	TRY(fake_step("sweep"));
	fake.outside = false;
	return NULL;
}

static const struct opt fake_opts[] = { { .name = "fake-size", .type = OPT_INT, .help = "Size" }, { 0 } };

/* It boots nothing of ours, so that no image has to be there. A test may take members away. */
static const struct driver_ops fake_whole = {
	.caps = 0,
	.from_opts = fake_from_opts,
	.from_record = fake_from_record,
	.close = fake_close,
	.save = fake_save,
	.precheck = fake_precheck,
	.plan = fake_plan,
	.seed_machine = fake_seed_machine,
	.create = fake_create,
	.remove = fake_remove,
	.start = fake_start,
	.stop = fake_stop,
	.kill = fake_kill,
	.wait_ready = fake_wait_ready,
	.state = fake_state,
	.endpoint = fake_endpoint,
	.reach = fake_reach,
	.certificates = fake_certificates,
	.reseed = fake_reseed,
	.was_woken = fake_was_woken,
	.system = fake_system,
	.resize = fake_resize,
	.problem = fake_problem,
	.fetch_console = fake_fetch_console,
	.sweep = fake_sweep,
};
static struct driver_ops fake_ops;
static const struct driver fake_driver = {
	.name = "fake", .summary = "For tests", .ops = &fake_ops, .opts = fake_opts, .data = "instance"
};

const struct driver *driver_next(const struct driver *d)
{
	return d ? NULL : &fake_driver;
}

const struct driver *driver_resolve(const char *name)
{
	return strcmp(name, "fake") == 0 ? &fake_driver : NULL;
}

/* --- the store --- */

static struct core core;
static char folder[64];

static inline void fake_say(void *data, enum say_kind kind, const char *machine, const char *text)
{
	(void)data;
	str_addf(&fake.said, "%s%s%s%s\n",
		 kind == SAY_WARN    ? "! "
		 : kind == SAY_STAGE ? "- "
				     : "",
		 machine ? machine : "", machine ? ": " : "", text);
}

/* An empty store, and the fake as it is without wishes. */
static inline int fake_setup(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.calls = fake.said = (struct str)STR_INIT;
	fake.now = STATE_STOPPED;
	fake.system = DRIVER_SYSTEM_OTHER;
	fake_ops = fake_whole;
	strcpy(folder, "/tmp/test_core.XXXXXX");
	core = (struct core){ .say = fake_say };
	if (!mkdtemp(folder))
		return -1;
	IGNORE(core_init(&core, folder, "", "", "", ""));
	setenv("DOCKER_CONFIG", folder, 1);
	return 0;
}

static inline int fake_teardown(void **state)
{
	auto_err *e = fs_remove_tree(folder);

	(void)state;
	core_release(&core);
	str_release(&fake.calls);
	str_release(&fake.said);
	return e ? -1 : 0;
}

#define fake_test(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

/* --- asking --- */

/* The error's text is exactly this, with its causes. Takes e. */
#define assert_err(e, code_wanted, text)                                                                               \
	do {                                                                                                           \
		struct err *e_ = (e);                                                                                  \
		assert_non_null(e_);                                                                                   \
		auto_free char *text_ = err_text(e_);                                                                  \
		assert_string_equal(text_, text);                                                                      \
		assert_int_equal(e_->code, code_wanted);                                                               \
		err_free(e_);                                                                                          \
	} while (0)

#define assert_has(text, part)                                                                                         \
	do {                                                                                                           \
		if (!strstr(text, part))                                                                               \
			fail_msg("'%s' is not in: %s", part, text);                                                    \
	} while (0)

#define assert_calls(text)                                                                                             \
	do {                                                                                                           \
		assert_string_equal(fake.calls.buf, text);                                                             \
		str_clear(&fake.calls);                                                                                \
	} while (0)

/* A path below the store, in a buffer of its own until the fourth next call. */
static inline const char *in_store(const char *path)
{
	static char paths[4][512];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(paths[turn], sizeof(paths[turn]), "%s/%s", folder, path);
	return paths[turn];
}

static inline void put(const char *path, const char *text)
{
	assert_null(fs_write(in_store(path), text, strlen(text), 0600));
}

/* A finished machine of the fake's; progress: of its record, NULL: none. */
static inline void fake_machine(const char *name, const char *progress)
{
	auto_free char *dir = store_machine_dir(&core, name);
	auto_free char *path = fs_join(dir, RECORD_FILE);
	auto_free char *text = xasprintf(
		"{\"ConfigVersion\":3,\"DriverName\":\"fake\",\"Driver\":{\"Fake\":true},\"HostOptions\":{"
		"\"EngineOptions\":{},\"AuthOptions\":{\"StorePath\":\"%s\"}}%s%s%s}",
		dir, progress ? ",\"Machine\":{\"Progress\":\"" : "", progress ? progress : "", progress ? "\"}" : "");

	assert_null(fs_mkdirs(dir, 0700));
	assert_null(fs_write(path, text, strlen(text), 0600));
	fake.outside = true;
}

/* Nothing of a machine is left, and nobody holds its lock. */
static inline void assert_nothing_left(const char *name)
{
	auto_free char *lock = xasprintf("%s/locks/%s.lock", core.state_dir, name);

	assert_false(store_has(&core, name));
	assert_false(store_has_left(&core, name));
	assert_false(fs_exists(lock));
	assert_false(fake.outside);
}

#endif
