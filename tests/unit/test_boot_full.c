/* SPDX-License-Identifier: Apache-2.0 */
/* A guest whose data disk is full says so; the host says what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "drivers/link/boot_wait.h"
#include "guest/contract.h"

static struct err *take(const char *stage, const char *message)
{
	auto_json *tree = json_object();
	auto_boot_wait w = { .stage = "start" };
	bool done = false;

	json_set_str(tree, "event", "failed");
	json_set_str(tree, "stage", stage);
	json_set_str(tree, "message", message);
	return boot_wait_take(&w, tree, &done);
}

static void test_full_disk_has_a_cure(void **state)
{
	auto_err *e = take("data", GUEST_DISK_FULL ": 0 MiB and 9 files are left of 20000 MiB");

	(void)state;
	assert_non_null(e);
	assert_non_null(err_hint_of(e));
	assert_non_null(strstr(err_hint_of(e), "machine set --disk"));
}

static void test_other_failures_have_none(void **state)
{
	auto_err *e = take("data", "cannot mount the disk");

	(void)state;
	assert_non_null(e);
	assert_null(err_hint_of(e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_disk_has_a_cure),
		cmocka_unit_test(test_other_failures_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
