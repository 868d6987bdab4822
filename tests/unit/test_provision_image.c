/* SPDX-License-Identifier: Apache-2.0 */
/* Where the image is looked for, what counts as one, and when its files are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "provision/image.h"
#include "provision/sums.h"

#define JSON                                                                                                           \
	"{\"version\":1,\"arch\":\"x86_64\",\"kernel\":\"6.12.1\",\"engine\":\"26.1.5\","                              \
	"\"cmdline\":\"console=hvc0 quiet\"}"

static char dir[64], store[96], state_dir[128];
static int reads;

static struct err *counted(const char *path, char **ret)
{
	struct err *e;

	/* The list itself is small and read each time. */
	if (!str_ends(path, "/SHA256SUMS"))
		reads++;
	digest_set_fake(NULL);
	e = digest_sha256_file(path, ret);
	digest_set_fake(counted);
	return e;
}

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_image.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(store, sizeof(store), "%s/store", dir);
	snprintf(state_dir, sizeof(state_dir), "%s/.state", store);
	unsetenv("MACHINE_IMAGE");
	reads = 0;
	digest_set_fake(counted);
	return mkdir(store, 0700);
}

static int teardown(void **state)
{
	auto_err *err = fs_remove_tree(dir);

	(void)state;
	digest_set_fake(NULL);
	return err ? -1 : 0;
}

static void put(const char *folder, const char *name, const char *text)
{
	auto_free char *path = fs_join(folder, name);

	assert_null(fs_mkdirs(folder, 0755));
	assert_null(fs_write(path, text, strlen(text), 0644));
}

/* SHA256SUMS over what is there, as sha256sum writes it. */
static void put_sums(const char *folder, const char *before_name)
{
	auto_list names = { 0 };
	auto_str sums = STR_INIT;

	assert_null(fs_list(folder, &names));
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = fs_join(folder, names.items[i]);
		auto_free char *digest = NULL;

		if (str_eq(names.items[i], "SHA256SUMS"))
			continue;
		digest_set_fake(NULL);
		assert_null(digest_sha256_file(path, &digest));
		digest_set_fake(counted);
		str_addf(&sums, "%s %s%s\n", digest, before_name, names.items[i]);
	}
	put(folder, "SHA256SUMS", sums.buf);
}

static char *make_image(const char *name)
{
	static const char *const files[] = {
		"vmlinux", "vmlinuz", "initrd", "root.erofs", "data.qcow2", "machine.iso"
	};
	char *folder = fs_join(dir, name);

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		put(folder, files[i], files[i]);
	put(folder, "image.json", JSON);
	put_sums(folder, " ");
	return folder;
}

static struct err *find(const char *wanted, struct image *ret)
{
	return image_find(wanted, store, state_dir, ret);
}

static void assert_found(const char *wanted, const char *folder)
{
	auto_image i = { 0 };
	auto_err *err = find(wanted, &i);

	if (err)
		fail_msg("%s", err->msg);
	assert_string_equal(i.dir, folder);
}

static void assert_refused(const char *wanted, enum err_code code, const char *part)
{
	auto_image i = { 0 };
	auto_err *err = find(wanted, &i);

	assert_non_null(err);

	auto_free char *text = err_text(err);

	if (err->code != code || !strstr(text, part))
		fail_msg("want %d '%s', got %d '%s'", code, part, err->code, text);
	assert_non_null(err_hint_of(err));
	assert_null(i.dir);
}

static void test_members(void **state)
{
	auto_free char *folder = make_image("image"), *want = fs_join(folder, "root.erofs");
	auto_image i = { 0 };

	(void)state;
	assert_null(find(folder, &i));
	assert_string_equal(i.root, want);
	assert_true(i.vmlinux && i.vmlinuz && i.initrd && i.disk && i.iso);
	assert_string_equal(i.cmdline, "console=hvc0 quiet");
	assert_string_equal(i.engine, "26.1.5");
	assert_string_equal(i.kernel, "6.12.1");
}

static void test_places(void **state)
{
	auto_free char *option = make_image("option"), *variable = make_image("variable");
	auto_free char *usual = make_image("store/image"), *relative = NULL;
	auto_free char *cwd = getcwd(NULL, 0);

	(void)state;
	assert_found(NULL, usual);
	assert_found("", usual);
	setenv("MACHINE_IMAGE", variable, 1);
	assert_found(NULL, variable);
	assert_found(option, option);
	assert_int_equal(chdir(dir), 0);
	assert_found("option", option);
	assert_int_equal(chdir(cwd), 0);

	/* What somebody named is not passed over. */
	setenv("MACHINE_IMAGE", "/nonexistent", 1);
	assert_refused(NULL, ERR_NOT_FOUND, "/nonexistent");
	unsetenv("MACHINE_IMAGE");
	assert_refused(store, ERR_NOT_FOUND, store);

	/* Half a folder is none. */
	relative = fs_join(usual, "SHA256SUMS");
	assert_null(fs_remove_tree(relative));
	assert_refused(usual, ERR_NOT_FOUND, usual);
}

/* The second time nothing is read, the ISO not even the first time. */
static void test_remembered(void **state)
{
	auto_free char *folder = make_image("image"), *known = fs_join(state_dir, "digests.json");
	struct stat st;

	(void)state;
	assert_found(folder, folder);
	assert_int_equal(reads, 6);
	assert_int_equal(stat(state_dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(known, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_found(folder, folder);
	assert_int_equal(reads, 6);

	/* A file of the same size and text, but another file. */
	put(folder, "initrd", "initrd");
	assert_found(folder, folder);
	assert_int_equal(reads, 7);
}

/* A notebook that is damaged, or lies, costs time and never a working image. */
static void test_notebook_damaged(void **state)
{
	static const char *const texts[] = { "", "{", "[]", "null", "{\"a\":1}", "{\"a\":{\"stamp\":7}}", "\xff" };
	auto_free char *folder = make_image("image"), *known = fs_join(state_dir, "digests.json"), *text = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		put(state_dir, "digests.json", texts[i]);
		reads = 0;
		assert_found(folder, folder);
		assert_int_equal(reads, 6);
	}
	assert_null(fs_read(known, 1 << 20, &text, NULL));
	for (char *digest = text; (digest = strstr(digest, "\"sha256\": \"")); digest++)
		digest[11] = digest[11] == 'a' ? 'b' : 'a';
	put(state_dir, "digests.json", text);
	assert_found(folder, folder);
	assert_int_equal(reads, 12);
	assert_found(folder, folder);
	assert_int_equal(reads, 12);
}

static void test_notebook_not_writable(void **state)
{
	auto_free char *folder = make_image("image");
	auto_image i = { 0 };

	(void)state;
	assert_null(image_find(folder, store, "/proc/nonexistent", &i));
}

static void test_wrong_digest(void **state)
{
	static const char *const checked[] = {
		"vmlinux", "vmlinuz", "initrd", "root.erofs", "data.qcow2", "image.json"
	};
	auto_free char *folder = make_image("image");
	auto_image i = { 0 };

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(checked); n++) {
		auto_free char *path = fs_join(folder, checked[n]), *text = NULL;

		assert_null(fs_read(path, 1 << 20, &text, NULL));
		put(folder, checked[n], "something else");
		assert_refused(folder, ERR_FAILED, path);
		assert_refused(folder, ERR_FAILED, path);
		put(folder, checked[n], text);
		assert_found(folder, folder);
	}

	auto_free char *iso = fs_join(folder, "machine.iso");

	assert_null(find(folder, &i));
	assert_null(image_check_iso(&i, state_dir));
	put(folder, "machine.iso", "something else");
	assert_found(folder, folder);

	auto_err *err = image_check_iso(&i, state_dir);

	assert_int_equal(err->code, ERR_FAILED);
	assert_non_null(strstr(err->msg, iso));
}

static void test_missing_files(void **state)
{
	auto_free char *folder = make_image("image"), *root = fs_join(folder, "root.erofs");
	auto_free char *iso = fs_join(folder, "machine.iso");
	auto_image i = { 0 };

	(void)state;
	/* The ISO may be left out of a copy, others may not. */
	assert_null(fs_remove_tree(iso));
	assert_null(find(folder, &i));
	assert_null(i.iso);

	auto_err *none = image_check_iso(&i, state_dir);

	assert_int_equal(none->code, ERR_NOT_FOUND);
	assert_null(fs_remove_tree(root));
	assert_refused(folder, ERR_NOT_FOUND, root);
	put_sums(folder, " ");

	auto_image without = { 0 };

	/* Not listed and not there: this image never had one. */
	assert_null(find(folder, &without));
	assert_null(without.root);
	put(folder, "root.erofs", "unlisted");
	assert_refused(folder, ERR_FAILED, "not listed");
}

static void test_sums_forms(void **state)
{
	static const char *const bad[] = { "junk\n", "abc  vmlinux\n", "\n\nx\n" };
	auto_free char *folder = make_image("image");

	(void)state;
	put_sums(folder, "*");
	assert_found(folder, folder);
	put_sums(folder, " ./");
	assert_found(folder, folder);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put(folder, "SHA256SUMS", bad[i]);
		assert_refused(folder, ERR_FAILED, "SHA256SUMS");
	}

	auto_free char *big = xcalloc(1, SUMS_MAX + 2);

	memset(big, '\n', SUMS_MAX + 1);
	put(folder, "SHA256SUMS", big);

	auto_image i = { 0 };
	auto_err *err = find(folder, &i);

	assert_non_null(strstr(err->msg, "larger"));
}

static void test_image_json(void **state)
{
	static const struct {
		const char *text, *part;
		enum err_code code;
	} bad[] = {
		{ "", "image.json", ERR_FAILED },
		{ "[]", "version", ERR_NOT_FOUND },
		{ "{\"version\":2,\"cmdline\":\"\"}", "version 2", ERR_UNSUPPORTED },
		{ "{\"version\":1}", "cmdline", ERR_NOT_FOUND },
		{ "{\"version\":1,\"cmdline\":7}", "cmdline", ERR_FAILED },
		{ "{\"version\":1,\"cmdline\":\"a\\nb\"}", "printed", ERR_FAILED },
	};
	auto_free char *folder = make_image("image");
	auto_image i = { 0 };

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(bad); n++) {
		put(folder, "image.json", bad[n].text);
		put_sums(folder, " ");
		assert_refused(folder, bad[n].code, bad[n].part);
	}
	put(folder, "image.json", "{\"version\":1,\"cmdline\":\"\",\"later\":{}}");
	put_sums(folder, " ");
	assert_null(find(folder, &i));
	assert_string_equal(i.engine, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_members, setup, teardown),
		cmocka_unit_test_setup_teardown(test_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_remembered, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notebook_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notebook_not_writable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sums_forms, setup, teardown),
		cmocka_unit_test_setup_teardown(test_image_json, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
