/* SPDX-License-Identifier: Apache-2.0 */
/* What is in the certificates and the SSH keys, as openssl and ssh-keygen see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "certs/issue.h"
#include "certs/keys.h"
#include "certs/openssl.h"
#include "certs/pair.h"
#include "tests/unit/shell.h"

static char dir[64];
static struct certs_paths paths;
static char path_dir[96], path_ca[128], path_ca_key[128], path_cert[128], path_key[128];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_certs_keys.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path_dir, sizeof(path_dir), "%s/store/certs", dir);
	snprintf(path_ca, sizeof(path_ca), "%s/ca.pem", path_dir);
	snprintf(path_ca_key, sizeof(path_ca_key), "%s/ca-key.pem", path_dir);
	snprintf(path_cert, sizeof(path_cert), "%s/cert.pem", path_dir);
	snprintf(path_key, sizeof(path_key), "%s/key.pem", path_dir);
	paths = (struct certs_paths){ path_dir, path_ca, path_ca_key, path_cert, path_key };
	return setenv("USER", "alice", 1);
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

static void assert_mode(const char *path, mode_t mode)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void assert_has(const struct str *text, const char *part)
{
	if (!strstr(text->buf, part))
		fail_msg("'%s' is not in:\n%s", part, text->buf);
}

static void assert_lacks(const struct str *text, const char *part)
{
	if (strstr(text->buf, part))
		fail_msg("'%s' is in:\n%s", part, text->buf);
}

static void show(const char *path, struct str *ret)
{
	if (!shell_has("openssl"))
		skip();
	assert_int_equal(shell(ret, "openssl x509 -noout -text -nameopt RFC2253 -in '%s'", path), 0);
}

static void make_server(const char *const *names, char **ret_cert, char **ret_key)
{
	auto_list sans = { 0 };

	for (; *names; names++)
		list_add(&sans, *names);
	assert_null(certs_server(&paths, "dev", &sans, (struct certs_slots){ .cert = ret_cert, .key = ret_key }));
}

static void test_ca_text(void **state)
{
	auto_str text = STR_INIT;

	(void)state;
	assert_null(certs_bootstrap(&paths, NULL, NULL));
	assert_mode(paths.dir, 0700);
	assert_mode(paths.ca, 0644);
	assert_mode(paths.ca_key, 0600);
	show(paths.ca, &text);
	assert_has(&text, "Subject: CN=machine CA,O=alice\n");
	assert_has(&text, "Issuer: CN=machine CA,O=alice\n");
	assert_has(&text, "NIST CURVE: P-256");
	assert_has(&text, "ecdsa-with-SHA256");
	assert_has(&text, "Key Usage: critical\n                Digital Signature, Key Agreement, Certificate Sign\n");
	assert_has(&text, "Basic Constraints: critical\n                CA:TRUE\n");
	assert_has(&text, "Subject Key Identifier");
	assert_has(&text, "Authority Key Identifier");
	assert_lacks(&text, "Extended Key Usage");
	assert_int_equal(shell(&text, "openssl x509 -noout -checkend 315273600 -in '%s'", paths.ca), 0);
}

static void test_client_text(void **state)
{
	auto_str text = STR_INIT;

	(void)state;
	assert_null(certs_bootstrap(&paths, NULL, NULL));
	assert_mode(paths.cert, 0644);
	assert_mode(paths.key, 0600);
	show(paths.cert, &text);
	assert_has(&text, "Subject: CN=alice,O=alice.\\<bootstrap\\>\n");
	assert_has(&text, "Key Usage: critical\n                Digital Signature\n");
	assert_has(&text, "Extended Key Usage: \n                TLS Web Client Authentication\n");
	assert_has(&text, "Basic Constraints: critical\n                CA:FALSE\n");
	assert_lacks(&text, "Alternative Name");
	assert_int_equal(
		shell(&text, "openssl verify -x509_strict -purpose sslclient -CAfile '%s' '%s'", paths.ca, paths.cert),
		0);
}

static void test_server_text(void **state)
{
	static const char *const names[] = {
		"10.1.2.3", "dev.example.org", "::1", "localhost", "10.1.2.3", "dev", NULL
	};
	auto_free char *cert = NULL;
	auto_secret char *key = NULL;
	auto_free char *cert_path = at("server.pem");
	auto_free char *key_path = at("server-key.pem");
	auto_str text = STR_INIT, other = STR_INIT;

	(void)state;
	assert_null(certs_bootstrap(&paths, NULL, NULL));
	make_server(names, &cert, &key);
	write_ok(cert_path, cert);
	write_ok(key_path, key);
	show(cert_path, &text);
	assert_has(&text, "Subject: CN=dev,O=alice.dev\n");
	assert_has(&text, "Key Usage: critical\n                Digital Signature, Key Agreement\n");
	assert_has(&text, "Extended Key Usage: \n                TLS Web Server Authentication\n");
	assert_has(&text, "DNS:dev.example.org, DNS:localhost, DNS:dev, IP Address:10.1.2.3, "
			  "IP Address:0:0:0:0:0:0:0:1\n");
	assert_int_equal(shell(&text,
			       "openssl verify -x509_strict -purpose sslserver -verify_hostname dev.example.org "
			       "-CAfile '%s' '%s'",
			       paths.ca, cert_path),
			 0);
	assert_int_equal(shell(&text, "openssl verify -verify_ip 10.1.2.3 -CAfile '%s' '%s'", paths.ca, cert_path), 0);
	assert_int_equal(shell(&text, "openssl verify -verify_ip 10.1.2.4 -CAfile '%s' '%s'", paths.ca, cert_path), -1);
	assert_int_equal(shell(&text, "openssl x509 -noout -pubkey -in '%s'", cert_path), 0);
	assert_int_equal(shell(&other, "openssl pkey -pubout -in '%s'", key_path), 0);
	assert_string_equal(text.buf, other.buf);
}

/* A day back, 825 days on, and never longer than the CA. */
static void test_times(void **state)
{
	static const char *const names[] = { "localhost", NULL };
	const struct certs_request old = { &certs_kind_ca, "bob", "old", NULL, time(NULL) - 3600LL * 24 * (3650 - 10) };
	auto_pkey *ca_key = NULL;
	auto_x509 *ca = NULL;
	auto_free char *cert = NULL, *cert_path = at("server.pem"), *cut = NULL;
	auto_secret char *key = NULL, *cut_key = NULL;
	int64_t end, ca_end, now = time(NULL);

	(void)state;
	assert_null(certs_bootstrap(&paths, NULL, NULL));
	make_server(names, &cert, &key);
	write_ok(cert_path, cert);
	assert_null(certs_end(cert_path, &end));
	assert_in_range(end - now, 824 * 86400, 826 * 86400);

	assert_null(certs_new_key(&ca_key));
	assert_null(certs_issue(&old, ca_key, NULL, NULL, &ca));
	assert_null(certs_pair_write((struct certs_pair){ .cert = paths.ca, .key = paths.ca_key }, ca, ca_key));
	make_server(names, &cut, &cut_key);
	write_ok(cert_path, cut);
	assert_null(certs_end(cert_path, &end));
	assert_null(certs_end(paths.ca, &ca_end));
	assert_int_equal(end, ca_end);
	assert_in_range(end - now, 9 * 86400, 11 * 86400);
}

static void test_serials_differ(void **state)
{
	static const char *const names[] = { "localhost", NULL };
	auto_free char *a = NULL, *b = NULL;
	auto_secret char *a_key = NULL, *b_key = NULL;

	(void)state;
	assert_null(certs_bootstrap(&paths, NULL, NULL));
	make_server(names, &a, &a_key);
	make_server(names, &b, &b_key);
	assert_string_not_equal(a, b);
	assert_string_not_equal(a_key, b_key);
}

static void test_bad_names(void **state)
{
	static const char *const bad[] = { "",	  "a,IP:1.2.3.4", "a b", "-\xc3\xbc", "fe80::1%eth0", "1.2.3.4:2376",
					   "a/b", "a\nb" };

	(void)state;
	assert_null(certs_bootstrap(&paths, NULL, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_list sans = { 0 };
		char *cert = NULL, *key = NULL;

		list_add(&sans, bad[i]);

		auto_err *err = certs_server(&paths, "dev", &sans, (struct certs_slots){ .cert = &cert, .key = &key });

		assert_non_null(err);
		assert_int_equal(err->code, ERR_USAGE);
		assert_null(cert);
		assert_null(key);
	}
}

/* X.509 allows 64 characters; a machine's name may be longer, and $USER may hold anything. */
static void test_odd_names(void **state)
{
	static const char longer[] = "0123456789012345678901234567890123456789"
				     "01234567890123456789012\xc3\xbc\xc3\xbcxxx";
	static const char *const users[] = { "j\xc3\xbcrgen", "\xff\xfe", "a\nb", "", longer };
	static const char *const shown[] = { "j\\C3\\BCrgen", "__", "a\\0Ab", "unknown", NULL };
	auto_str text = STR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		IGNORE(fs_remove_tree(paths.dir));
		setenv("USER", users[i], 1);
		assert_null(certs_bootstrap(&paths, NULL, NULL));
		show(paths.ca, &text);
		if (shown[i])
			assert_has(&text, shown[i]);
		assert_int_equal(shell(&text, "openssl verify -CAfile '%s' '%s'", paths.ca, paths.cert), 0);
	}
}

static void test_verify(void **state)
{
	auto_free char *other_dir = at("other"), *other_ca = at("other/ca.pem"), *other_key = at("other/ca-key.pem");
	auto_free char *other_cert = at("other/cert.pem"), *other_cert_key = at("other/key.pem"), *junk = at("junk");
	struct certs_paths other = { other_dir, other_ca, other_key, other_cert, other_cert_key };
	int64_t end;

	(void)state;
	assert_null(certs_bootstrap(&paths, NULL, NULL));
	assert_null(certs_bootstrap(&other, NULL, NULL));
	assert_null(certs_verify(paths.cert, paths.ca));
	assert_null(certs_verify(paths.ca, paths.ca));

	/* The same names, another key. */
	auto_err *err = certs_verify(paths.cert, other.ca);

	assert_non_null(err);
	assert_int_equal(err->code, ERR_AUTH);
	assert_non_null(strstr(err->msg, paths.cert));
	write_ok(junk, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

	auto_err *bad = certs_verify(junk, paths.ca);
	auto_err *none = certs_verify("/nonexistent/x", paths.ca);
	auto_err *bad_end = certs_end(junk, &end);

	assert_non_null(strstr(bad->msg, junk));
	assert_int_equal(none->code, ERR_NOT_FOUND);
	assert_int_equal(bad_end->code, ERR_FAILED);
}

static void test_ended(void **state)
{
	const struct certs_request q = { &certs_kind_client, "x", "x", NULL, time(NULL) - 826LL * 86400 };
	auto_pkey *ca_key = NULL;
	auto_x509 *ca = NULL, *cert = NULL;
	auto_free char *pem = NULL, *path = at("ended.pem");
	int64_t end;

	(void)state;
	assert_null(certs_bootstrap(&paths, NULL, NULL));
	assert_null(certs_load_cert(paths.ca, &ca));
	assert_null(certs_load_key(paths.ca_key, &ca_key));
	assert_null(certs_issue(&q, ca_key, ca, ca_key, &cert));
	assert_null(certs_cert_pem(cert, &pem));
	write_ok(path, pem);
	assert_null(certs_end(path, &end));
	assert_true(end < time(NULL));

	auto_err *err = certs_verify(path, paths.ca);

	assert_int_equal(err->code, ERR_AUTH);
	assert_non_null(strstr(err->msg, "expired"));
}

static void test_ssh_key(void **state)
{
	static const char *const comments[] = { "dev", "", "someone@example.org with blanks" };
	auto_free char *path = at("id_ed25519");
	auto_str text = STR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(comments); i++) {
		auto_secret char *private = NULL;
		auto_free char *public = NULL;

		assert_null(certs_ssh_key(comments[i],
					  (struct certs_ssh_slots){ .private_key = &private, .public_line = &public }));
		assert_true(str_starts(public, "ssh-ed25519 AAAA"));
		assert_true(str_starts(private, "-----BEGIN OPENSSH PRIVATE KEY-----\n"));
		assert_true(str_ends(private, "\n-----END OPENSSH PRIVATE KEY-----\n"));
		if (!shell_has("ssh-keygen"))
			continue;
		write_ok(path, private);
		assert_int_equal(shell(&text, "ssh-keygen -y -P '' -f '%s'", path), 0);
		assert_string_equal(text.buf, public);
		assert_int_equal(shell(&text, "echo signed | ssh-keygen -Y sign -n test -f '%s'", path), 0);
	}
}

static void test_ssh_comment(void **state)
{
	char *private = NULL, *public = NULL;
	char comment[300];

	(void)state;
	memset(comment, 'x', sizeof(comment));
	comment[256] = '\0';

	auto_err *lines = certs_ssh_key("a\nssh-ed25519 other",
					(struct certs_ssh_slots){ .private_key = &private, .public_line = &public });
	auto_err *size =
		certs_ssh_key(comment, (struct certs_ssh_slots){ .private_key = &private, .public_line = &public });

	assert_int_equal(lines->code, ERR_USAGE);
	assert_int_equal(size->code, ERR_USAGE);
	assert_null(private);
	comment[255] = '\0';
	assert_null(
		certs_ssh_key(comment, (struct certs_ssh_slots){ .private_key = &private, .public_line = &public }));
	mem_free_secret(private);
	free(public);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ca_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_client_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_server_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_times, setup, teardown),
		cmocka_unit_test_setup_teardown(test_serials_differ, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_odd_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_verify, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ssh_key, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ssh_comment, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
