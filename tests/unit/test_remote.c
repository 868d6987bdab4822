/* SPDX-License-Identifier: Apache-2.0 */
/* Other hosts by SSH: files that are put there, and the words and texts for OpenSSH. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/fs.h"
#include "remote/openssh.h"
#include "tests/unit/fake_remote.h"

static char dir[64];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_remote.XXXXXX");
	fake_remote_reset();
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	auto_err *err = fs_remove_tree(dir);

	(void)state;
	fake_remote_reset();
	return err ? -1 : 0;
}

static const struct remote_place place = {
	.host = "127.0.0.9", .port = 2222, .user = "docker", .key = "/s/a b/id", .known_hosts = "/s/50%\"'\\x"
};

/* Without a member of its own a file is written by a shell there: with its mode at once, whatever its name is. */
static void test_put(void **state)
{
	auto_free char *path = fs_join(dir, "a 'file' $x"), *got = NULL;
	auto_list names = { 0 };
	auto_remote *r = NULL;
	struct stat st;
	size_t len;

	(void)state;
	fake_remote.here = true;
	assert_null(remote_open(&fake_remote_ops, &place, &r));
	assert_null(remote_put(r, path, "one\0two\n", 8, 0640, 5000));
	assert_null(fs_read(path, 100, &got, &len));
	assert_int_equal(len, 8);
	assert_memory_equal(got, "one\0two\n", 8);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_null(fs_list(dir, &names));
	assert_int_equal(names.n, 1);
	/* What is put stands in no list of processes. */
	assert_null(strstr(fake_remote.commands.items[0], "two"));

	auto_err *relative = remote_put(r, "x", "", 0, 0600, 5000);
	auto_err *nowhere = remote_put(r, "/nonexistent/x", "", 0, 0600, 5000);

	assert_non_null(relative);
	assert_non_null(strstr(nowhere->msg, "cannot write '/nonexistent/x' on the host"));
	remote_closep(&r);
	assert_int_equal(fake_remote.closed, 1);
}

static void assert_words(const struct list *argv, const char *want)
{
	auto_free char *got = list_join(argv, "\n");

	assert_string_equal(got, want);
}

#define OPTIONS(o, end)                                                                                                \
	o "Port 2222" end o "User docker" end o "IdentityFile \"/s/a b/id\"" end o "IdentitiesOnly yes" end o          \
	  "UserKnownHostsFile \"/s/50%%\\\"\\'\\\\x\"" end o "GlobalKnownHostsFile /dev/null" end o                    \
	  "StrictHostKeyChecking accept-new" end o "UpdateHostKeys no" end o "HashKnownHosts no" end o                 \
	  "PasswordAuthentication no" end o "ControlMaster no" end o "ControlPath none" end o                          \
	  "ConnectTimeout 10" end o "ServerAliveInterval 60" end o "LogLevel ERROR" end

static void test_words(void **state)
{
	auto_list argv = { 0 };
	auto_str text = STR_INIT;

	(void)state;
	openssh_args(&place, &argv);
	assert_words(&argv, "ssh\n-F\n/dev/null\n" OPTIONS("-o", "\n") "127.0.0.9");
	openssh_config(&place, "dev", &text);
	assert_string_equal(text.buf, "Host dev\n  HostName 127.0.0.9\n" OPTIONS("  ", "\n"));
	assert_true(openssh_can_name("/a b/$x%"));
	assert_false(openssh_can_name("/a/${HOME}"));
	assert_false(openssh_can_name("/a\nb"));
}

/* A key that is pinned is held to, unless a new one is expected. */
static void test_pinned(void **state)
{
	auto_free char *known = fs_join(dir, "known_hosts");
	struct remote_place p = place;

	(void)state;
	p.known_hosts = known;
	assert_null(fs_write(known, "x", 1, 0600));
	for (int i = 0; i < 2; i++) {
		auto_list argv = { 0 };

		p.trust_new = i;
		openssh_args(&p, &argv);
		assert_int_equal(list_has(&argv, "-oStrictHostKeyChecking yes"), !i);
		assert_int_equal(list_has(&argv, "-oStrictHostKeyChecking accept-new"), i);
	}
}

static void test_jump(void **state)
{
	const struct openssh_jump plain = { .command = "", .key = "", .known_hosts = "" };
	const struct openssh_jump full = { .command = "myssh", .key = "/k", .known_hosts = "/h", .port = 22 };
	auto_list a = { 0 }, b = { 0 };

	(void)state;
	openssh_jump_args(&plain, &a);
	assert_words(&a, "ssh\n-oBatchMode=yes\n-oConnectTimeout=15\n-oServerAliveInterval=5\n-oServerAliveCountMax=3");
	openssh_jump_args(&full, &b);
	assert_words(&b, "myssh\n-oBatchMode=yes\n-oConnectTimeout=15\n-oServerAliveInterval=5\n"
			 "-oServerAliveCountMax=3\n-i\n/k\n-oUserKnownHostsFile=/h\n-p\n22");
}

/* Instead of ssh: says its last argument and what comes in, and ends as it is told. */
static void test_session(void **state)
{
	static const char program[] =
		"#!/bin/sh\nfor last; do :; done\necho \"$last\"\ncat\necho bad luck >&2\nexit 7\n";
	auto_free char *path = fs_join(dir, "ssh"), *old = xstrdup(getenv("PATH"));
	auto_free char *with = xasprintf("%s:%s", dir, old);
	auto_remote *r = NULL;
	auto_remote_run any = { REMOTE_RUN_INIT, .command = "a b", .input = "in", .input_len = 2, .any_status = true };
	auto_remote_run strict = { REMOTE_RUN_INIT, .command = "a b" };

	(void)state;
	assert_null(fs_write(path, program, sizeof(program) - 1, 0755));
	setenv("PATH", with, 1);
	assert_null(remote_open(&remote_openssh, &place, &r));
	assert_null(remote_run(r, &any));
	assert_int_equal(any.status, 7);
	assert_string_equal(any.out.buf, "a b\nin");
	assert_string_equal(any.errout.buf, "bad luck\n");

	auto_err *failed = remote_run(r, &strict);

	assert_string_equal(failed->msg, "'ssh' failed with status 7: bad luck");
	setenv("PATH", "/nonexistent", 1);

	auto_err *missing = remote_run(r, &strict);

	setenv("PATH", old, 1);
	assert_int_equal(missing->code, ERR_NOT_FOUND);
	assert_non_null(strstr(err_hint_of(missing), "openssh-client"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_put), TEST(test_words), TEST(test_pinned), TEST(test_jump), TEST(test_session),
	};

	return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}
