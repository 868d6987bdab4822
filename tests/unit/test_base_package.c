/* SPDX-License-Identifier: Apache-2.0 */
/* What a package is called on each release; tests/deb asks apt of the releases themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/package.h"

#define BOOKWORM "PRETTY_NAME=\"Debian\"\nVERSION_ID=\"12\"\nID=debian\n"
#define TRIXIE "ID=debian\nVERSION_ID=\"13\"\n"
#define SID "ID=debian\nNAME=\"Debian GNU/Linux\"\n"
#define NOBLE "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\n"
#define MINT "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"21.3\"\n"

static const struct {
	const char *os, *name, *want;
} cases[] = {
	{ BOOKWORM, "docker-cli", "docker.io" },
	{ TRIXIE, "docker-cli", "docker-cli" },
	{ SID, "docker-cli", "docker-cli" },
	{ NOBLE, "docker-cli", "docker.io" },
	{ BOOKWORM, "virtualbox", "" },
	{ TRIXIE, "virtualbox", "" },
	{ SID, "virtualbox", "virtualbox" },
	{ NOBLE, "virtualbox", "virtualbox" },
	{ BOOKWORM, "libcurl4", "libcurl4" },
	{ TRIXIE, "libcurl4", "libcurl4t64" },
	{ NOBLE, "libarchive13", "libarchive13t64" },
	{ MINT, "libarchive13", "libarchive13" },
	{ TRIXIE, "libxml2", "libxml2" },
	{ SID, "libxml2", "libxml2-16" },
	{ TRIXIE, "qemu-utils", "qemu-utils" },
	{ "ID=fedora\nVERSION_ID=40\n", "qemu-utils", NULL },
	{ "", "qemu-utils", NULL },
	{ "ID", "qemu-utils", NULL },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = package_name(cases[i].os, cases[i].name);

		if (!cases[i].want)
			assert_null(got);
		else if (!got || strcmp(got, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].name, got ? got : "nothing");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
