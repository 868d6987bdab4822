/* SPDX-License-Identifier: Apache-2.0 */
/* What a package is called on each release; tests/deb asks apt of the releases themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/package.h"
#include "tests/unit/shell.h"

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

static void test_words(void **state)
{
	(void)state;
	static const struct {
		const char *os;
		bool root;
		const char *what, *names, *want;
	} words[] = {
		{ BOOKWORM, true, "Install it", "qemu-utils", "Install it: apt install qemu-utils" },
		{ BOOKWORM, false, "Install it", "qemu-utils", "Install it: sudo apt install qemu-utils" },
		{ TRIXIE, false, "Try", "libcurl4 rsync", "Try: sudo apt install libcurl4t64 rsync" },
		{ BOOKWORM, true, "Build it", "linux-headers-6.1", "Build it: apt install linux-headers-6.1" },
		{ BOOKWORM, true, "Install it", "virtualbox", "Install it; virtualbox.org has packages" },
		{ "ID=fedora\n", true, "Install it", "qemu-utils", "Install it; its package in Debian: qemu-utils" },
		{ "", false, "Install its headers", "libvirt-dev libxml2-dev",
		  "Install its headers; its packages in Debian: libvirt-dev libxml2-dev" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		auto_free char *got = package_words(words[i].os, words[i].root, words[i].what, words[i].names);

		assert_string_equal(got, words[i].want);
	}
}

/* The whole table on this host: what a hint would have it install is to be had here. */
static void test_this_host(void **state)
{
	(void)state;
	auto_free char *os = NULL;
	auto_str names = STR_INIT, out = STR_INIT;
	size_t tried = 0;

	assert_null(fs_read("/etc/os-release", 65536, &os, NULL));
	if (!package_name(os, "rsync"))
		skip();
	for (size_t i = 0; package_known(i); i++)
		str_addf(&names, " %s", package_name(os, package_known(i)));
	/* One call: each reads all lists. Without lists, as on another system, apt knows nothing. */
	if (shell(&out, "apt-cache policy%s", names.buf) != 0 || !out.len)
		skip();
	for (size_t i = 0; package_known(i); i++) {
		const char *name = package_name(os, package_known(i));
		auto_free char *title = xasprintf("%s:\n", name);
		const char *at = strstr(out.buf, title);
		const char *candidate = at ? strstr(at, "Candidate: ") : NULL;

		if (!*name)
			continue;
		tried++;
		if (!candidate || candidate[strlen("Candidate: ")] == '(')
			fail_msg("'%s', which this release has not got, for %s", name, package_known(i));
	}
	assert_true(tried >= 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_names), cmocka_unit_test(test_words),
					    cmocka_unit_test(test_this_host) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
