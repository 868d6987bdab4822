/* SPDX-License-Identifier: Apache-2.0 */
/* Digests and random bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/random.h"

static char dir[64];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_base_digest.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	auto_err *err = fs_remove_tree(dir);

	(void)state;
	return err ? -1 : 0;
}

static char *at(const char *name)
{
	return fs_join(dir, name);
}

static void write_ok(const char *path, const char *text)
{
	assert_null(fs_write(path, text, strlen(text), 0600));
}

static void test_random_hex(void **state)
{
	auto_free char *a = NULL, *b = NULL, *none = NULL;
	char *unset = NULL;

	(void)state;
	assert_null(random_hex(16, &a));
	assert_null(random_hex(16, &b));
	assert_int_equal(strlen(a), 32);
	assert_int_equal(strspn(a, "0123456789abcdef"), 32);
	assert_string_not_equal(a, b);
	assert_null(random_hex(0, &none));
	assert_string_equal(none, "");

	auto_err *err = random_hex(257, &unset);

	assert_non_null(err);
	assert_null(unset);
}

static void test_sha256(void **state)
{
	auto_free char *path = at("file"), *empty = NULL, *abc = NULL, *text = NULL, *unset = NULL;

	(void)state;
	write_ok(path, "");
	assert_null(digest_sha256_file(path, &empty));
	assert_string_equal(empty, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	write_ok(path, "abc");
	assert_null(digest_sha256_file(path, &abc));
	assert_string_equal(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_null(digest_sha256_text("abc", &text));
	assert_string_equal(text, abc);

	auto_err *none = digest_sha256_file("/nonexistent", &unset);
	auto_err *folder = digest_sha256_file(dir, &unset);

	assert_int_equal(none->code, ERR_NOT_FOUND);
	assert_int_equal(folder->code, ERR_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_hex),
		cmocka_unit_test_setup_teardown(test_sha256, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
