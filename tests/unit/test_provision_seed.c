/* SPDX-License-Identifier: Apache-2.0 */
/* The seed volume, as the guest's kernel and other readers of ISO 9660 see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/json.h"
#include "guest/contract.h"
#include "provision/seed.h"
#include "tests/unit/shell.h"

#define VOLUME_ID_AT 32808 /* sector 16, byte 40 */

static char dir[64], path[96];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_seed.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/seed.iso", dir);
	return 0;
}

static int teardown(void **state)
{
	auto_err *err = fs_remove_tree(dir);

	(void)state;
	return err ? -1 : 0;
}

static cJSON *machine(void)
{
	cJSON *m = json_object();

	json_set_int(m, "version", 1);
	json_set_str(m, "hostname", "dev");
	return m;
}

static void assert_volume_id(const char *bytes, size_t len)
{
	assert_true(len > VOLUME_ID_AT + 32);
	assert_memory_equal(bytes + VOLUME_ID_AT - 40 + 1, "CD001", 5);
	assert_memory_equal(bytes + VOLUME_ID_AT, GUEST_SEED_VOLUME, strlen(GUEST_SEED_VOLUME));
	assert_int_equal(len % 2048, 0);
}

/* Extract one file with whatever program is there. NULL when there is none of them. */
static char *extract(const char *name)
{
	auto_str out = STR_INIT;
	auto_free char *to = fs_join(dir, "out");
	char *text;

	IGNORE(fs_remove_tree(to));
	if (shell_has("bsdtar")) {
		assert_int_equal(shell(&out, "mkdir '%s' && cd '%s' && bsdtar -xf '%s'", to, to, path), 0);
	} else if (shell_has("xorriso")) {
		assert_int_equal(shell(&out, "xorriso -osirrox on -indev '%s' -extract / '%s'", path, to), 0);
	} else {
		print_message("neither bsdtar nor xorriso is there\n");
		return NULL;
	}

	auto_free char *file = fs_join(to, name);

	assert_null(fs_read(file, 1 << 20, &text, NULL));
	/* So that the folder can be removed by those who are not root. */
	assert_int_equal(shell(&out, "chmod -R u+w '%s'", to), 0);
	return text;
}

static void test_layout(void **state)
{
	auto_json *m = machine(), *d = json_object();
	const struct seed s = { .machine = m,
				.daemon = d,
				.files = { [GUEST_AUTHORIZED_KEYS] = "ssh-ed25519 AAAA me\n",
					   [GUEST_HOST_KEY] = "PRIVATE\n",
					   [GUEST_HOST_KEY_PUB] = "PUBLIC\n",
					   [GUEST_CA] = "CA\n",
					   [GUEST_CERT] = "CERT\n",
					   [GUEST_KEY] = "KEY\n" } };
	const struct {
		const char *name, *text;
	} files[] = {
		{ GUEST_FILE_DAEMON, "{}" },
		{ GUEST_FILE_AUTHORIZED_KEYS, s.files[GUEST_AUTHORIZED_KEYS] },
		{ GUEST_FILE_HOST_KEY, s.files[GUEST_HOST_KEY] },
		{ GUEST_FILE_HOST_KEY_PUB, s.files[GUEST_HOST_KEY_PUB] },
		{ GUEST_FILE_CA, s.files[GUEST_CA] },
		{ GUEST_FILE_CERT, s.files[GUEST_CERT] },
		{ GUEST_FILE_KEY, s.files[GUEST_KEY] },
	};
	auto_free char *bytes = NULL;
	struct stat st;
	size_t len;

	(void)state;
	assert_null(seed_write(path, &s));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_null(fs_read(path, 4 << 20, &bytes, &len));
	assert_volume_id(bytes, len);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *text = extract(files[i].name);

		if (text)
			assert_string_equal(text, files[i].text);
	}

	auto_free char *text = extract(GUEST_FILE_MACHINE);
	auto_json *back = NULL;

	if (!text)
		return;
	assert_null(json_parse(text, strlen(text), "machine.json", &back));
	assert_string_equal(json_str_or(back, "hostname", ""), "dev");
}

/* Rock Ridge, so that long names survive; keys are only for root. */
static void test_modes(void **state)
{
	auto_json *m = machine();
	const struct seed s = {
		.machine = m, .files = { [GUEST_HOST_KEY] = "PRIVATE\n", [GUEST_KEY] = "KEY\n", [GUEST_CA] = "CA\n" }
	};
	auto_str out = STR_INIT;

	(void)state;
	assert_null(seed_write(path, &s));
	if (!shell_has("xorriso"))
		skip();
	assert_int_equal(shell(&out, "xorriso -indev '%s' -find / -exec lsdl", path), 0);
	assert_non_null(strstr(out.buf, "-r--------    1 0        0               8 Jan  1  2020 '/ssh/"
					"ssh_host_ed25519_key'"));
	assert_non_null(strstr(out.buf, "-r--------    1 0        0               4 Jan  1  2020 '/tls/"
					"server-key.pem'"));
	assert_non_null(strstr(out.buf, "-r--r--r--    1 0        0               3 Jan  1  2020 '/tls/ca.pem'"));
	assert_null(strstr(out.buf, "authorized_keys"));
	assert_null(strstr(out.buf, "daemon.json"));
}

/* Extensions of the engine's file may be long; more than any identity needs is an error and leaves nothing. */
static void test_sizes(void **state)
{
	auto_json *m = machine(), *d = json_object();
	struct seed s = { .machine = m, .daemon = d };
	auto_free char *big = xcalloc(1, 5 << 20);
	auto_list names = { 0 };

	(void)state;
	memset(big, 'x', 1 << 20);
	json_set_str(d, "a", big);
	assert_null(seed_write(path, &s));
	memset(big, 'x', (5 << 20) - 1);
	json_set_str(d, "a", big);
	assert_null(fs_remove_tree(path));

	auto_err *err = seed_write(path, &s);

	assert_non_null(err);
	assert_null(fs_list(dir, &names));
	assert_int_equal(names.n, 0);
}

static void test_again(void **state)
{
	auto_json *m = machine();
	const struct seed s = { .machine = m };

	(void)state;
	assert_null(seed_write(path, &s));
	json_set_str(m, "hostname", "other");
	assert_null(seed_write(path, &s));

	auto_free char *text = extract(GUEST_FILE_MACHINE);

	if (text)
		assert_non_null(strstr(text, "other"));

	auto_err *err = seed_write("/nonexistent/seed.iso", &s);

	assert_int_equal(err->code, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_layout, setup, teardown),
		cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
