/* SPDX-License-Identifier: Apache-2.0 */
/* The shared keys: made once, by many at once, after any crash; never overwritten when they are somebody's. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "certs/issue.h"
#include "certs/keys.h"
#include "certs/openssl.h"
#include "certs/pair.h"
#include "tests/unit/shell.h"

#define DAY 86400LL

static char dir[64];
static char path_dir[96], path_ca[128], path_ca_key[128], path_cert[128], path_key[128];
static struct certs_paths paths;
static struct str said = STR_INIT;

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_certs_boot.XXXXXX");
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
	str_release(&said);
	return err ? -1 : 0;
}

static void say(void *data, const char *line)
{
	str_addf(data, "%s\n", line);
}

static struct err *boot(void)
{
	str_clear(&said);
	return certs_bootstrap(&paths, say, &said);
}

__attribute__((format(printf, 1, 2))) static void assert_said(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	auto_free char *want = xvasprintf(fmt, args);
	va_end(args);
	assert_string_equal(said.buf, want);
}

static void assert_silent(void)
{
	assert_string_equal(said.buf, "");
}

static char *slurp(const char *path)
{
	char *text;

	assert_null(fs_read(path, CERTS_FILE_MAX, &text, NULL));
	return text;
}

/* What every client depends on, and nothing of ours left beside it. */
static void assert_good(void)
{
	auto_x509 *ca = NULL, *cert = NULL;
	auto_pkey *ca_key = NULL, *key = NULL;
	auto_list names = { 0 };

	assert_null(certs_load_cert(paths.ca, &ca));
	assert_null(certs_load_cert(paths.cert, &cert));
	assert_null(certs_load_key(paths.ca_key, &ca_key));
	assert_null(certs_load_key(paths.key, &key));
	assert_true(certs_fit(ca, ca_key));
	assert_true(certs_fit(cert, key));
	assert_null(certs_verify(paths.cert, paths.ca));
	assert_null(fs_list(paths.dir, &names));

	auto_free char *all = list_join(&names, " ");

	assert_string_equal(all, ".lock ca-key.pem ca.pem cert.pem key.pem");
}

static void assert_refused(enum err_code code, const char *part, const char *hint)
{
	auto_err *err = boot();

	assert_non_null(err);

	auto_free char *text = err_text(err);

	if (err->code != code || !strstr(text, part))
		fail_msg("want %d '%s', got %d '%s'", code, part, err->code, text);
	assert_non_null(err_hint_of(err));
	if (!strstr(err_hint_of(err), hint))
		fail_msg("want hint '%s', got '%s'", hint, err_hint_of(err));
	assert_silent();
}

static void test_first_and_again(void **state)
{
	(void)state;
	assert_null(boot());
	assert_said("Creating CA: %s\nCreating client certificate: %s\n", paths.ca, paths.cert);
	assert_good();

	auto_free char *ca = slurp(paths.ca), *cert = slurp(paths.cert);

	assert_null(boot());
	assert_silent();

	auto_free char *ca_again = slurp(paths.ca), *cert_again = slurp(paths.cert);

	assert_string_equal(ca, ca_again);
	assert_string_equal(cert, cert_again);
}

/* --tls-ca-cert and the like: the four files may lie in other folders, which exist. */
static void test_other_places(void **state)
{
	auto_free char *far = fs_join(dir, "far"), *ca = fs_join(far, "a.crt"), *key = fs_join(far, "client.key");
	auto_list names = { 0 };

	(void)state;
	paths.ca = ca;
	paths.key = key;

	auto_err *missing = boot();

	assert_int_equal(missing->code, ERR_NOT_FOUND);
	assert_null(fs_mkdirs(far, 0755));
	assert_null(boot());
	assert_null(certs_verify(paths.cert, paths.ca));
	assert_null(fs_list(far, &names));
	assert_int_equal(names.n, 2);
}

static void test_renew_client(void **state)
{
	(void)state;
	assert_null(boot());

	auto_free char *ca = slurp(paths.ca), *cert = slurp(paths.cert);

	str_clear(&said);
	assert_null(certs_renew_client(&paths, say, &said));
	assert_said("Creating client certificate: %s\n", paths.cert);
	assert_good();

	auto_free char *ca_after = slurp(paths.ca), *cert_after = slurp(paths.cert);

	assert_string_equal(ca, ca_after);
	assert_string_not_equal(cert, cert_after);
}

/* A process of its own: 0 when it went well. */
static pid_t boot_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct err *err = certs_bootstrap(&paths, NULL, NULL);

		_exit(err ? 1 : 0);
	}
	return pid;
}

static void test_many_at_once(void **state)
{
	pid_t pids[16];

	(void)state;
	for (int round = 0; round < 5; round++) {
		assert_null(fs_remove_tree(paths.dir));
		for (size_t i = 0; i < ARRAY_SIZE(pids); i++)
			pids[i] = boot_child();
		for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
			int status;

			assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
			assert_int_equal(status, 0);
		}
		assert_good();
	}
}

/* Whatever a killed process left, the next one goes on from there without a word of complaint. */
static void test_killed(void **state)
{
	int killed = 0, done = 0;

	(void)state;
	srand(7);
	for (int round = 0; round < 150; round++) {
		pid_t pid = boot_child();
		int status;

		usleep((useconds_t)(rand() % 12000));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		killed += WIFSIGNALED(status);
		done += WIFEXITED(status);
		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
		assert_null(boot());
		assert_good();
		assert_null(fs_remove_tree(paths.dir));
	}
	print_message("%d killed, %d were faster\n", killed, done);
}

static void stage(const char *name, const char *text)
{
	auto_free char *path = fs_join(paths.dir, name);

	assert_null(fs_write(path, text, strlen(text), 0600));
}

static void move(const char *from, const char *to)
{
	auto_free char *a = fs_join(paths.dir, from), *b = fs_join(paths.dir, to);

	assert_int_equal(rename(a, b), 0);
}

/* Each moment of a first bootstrap, made by hand: which pair must stand afterwards. */
static void test_each_moment(void **state)
{
	(void)state;
	assert_null(boot());

	auto_free char *ca = slurp(paths.ca);

	/* The key was renamed, its certificate not yet: the very same certificate gets its place. */
	move("ca.pem", ".ca.pem.new");
	assert_null(boot());
	assert_silent();
	assert_good();

	auto_free char *finished = slurp(paths.ca);

	assert_string_equal(ca, finished);

	/* Both written, none renamed; one of them cut off: what stands stays. */
	stage(".ca-key.pem.new", "-----BEGIN PRIV");
	stage(".ca.pem.new", ca);
	stage(".key.pem.new", "");
	assert_null(boot());
	assert_silent();
	assert_good();

	/* A certificate that fits no key in place belongs to nobody. */
	auto_free char *client = slurp(paths.cert);

	stage(".ca.pem.new", client);
	assert_null(boot());
	assert_silent();
	assert_good();
}

/* The CA ended; the process died between the two renames. The new CA stands and the client's certificate follows. */
static void test_killed_replacing(void **state)
{
	(void)state;
	assert_null(boot());

	auto_free char *old = slurp(paths.ca);

	assert_null(fs_remove_tree(paths.ca));
	assert_null(fs_remove_tree(paths.ca_key));
	assert_null(boot());
	move("ca.pem", ".ca.pem.new");
	stage("ca.pem", old);
	assert_null(boot());
	assert_silent();
	assert_good();
}

static void issue_ca(time_t now)
{
	const struct certs_request q = { &certs_kind_ca, "old", "old", NULL, now };
	auto_pkey *key = NULL;
	auto_x509 *ca = NULL;

	assert_null(fs_mkdirs(paths.dir, 0700));
	assert_null(certs_new_key(&key));
	assert_null(certs_issue(&q, key, NULL, NULL, &ca));
	assert_null(certs_pair_write((struct certs_pair){ .cert = paths.ca, .key = paths.ca_key }, ca, key));
}

static void issue_client(time_t now)
{
	const struct certs_request q = { &certs_kind_client, "old", "old", NULL, now };
	auto_pkey *key = NULL, *ca_key = NULL;
	auto_x509 *ca = NULL, *cert = NULL;

	assert_null(certs_load_cert(paths.ca, &ca));
	assert_null(certs_load_key(paths.ca_key, &ca_key));
	assert_null(certs_new_key(&key));
	assert_null(certs_issue(&q, key, ca, ca_key, &cert));
	assert_null(certs_pair_write((struct certs_pair){ .cert = paths.cert, .key = paths.key }, cert, key));
}

static void test_ended_ca(void **state)
{
	static const char *const names[] = { "localhost" };
	auto_list sans = { 0 };
	char *cert = NULL, *key = NULL;

	(void)state;
	list_add(&sans, names[0]);
	issue_ca(time(NULL) - 3651 * DAY);
	issue_client(time(NULL) - 3651 * DAY);

	auto_err *err = certs_server(&paths, "dev", &sans, (struct certs_slots){ .cert = &cert, .key = &key });

	assert_int_equal(err->code, ERR_WRONG_STATE);
	assert_null(boot());
	assert_said("CA certificate is outdated and needs to be regenerated\nCreating CA: %s\n"
		    "Client certificate is not signed by the CA and needs to be regenerated\n"
		    "Creating client certificate: %s\n",
		    paths.ca, paths.cert);
	assert_good();
}

static void test_ended_client(void **state)
{
	static const struct {
		long long age;
		const char *line;
	} cases[] = {
		{ 826, "Client certificate is outdated and needs to be regenerated\n" },
		{ 800, "Client certificate ends soon and needs to be regenerated\n" },
		{ 790, NULL },
	};

	(void)state;
	assert_null(boot());
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		issue_client(time(NULL) - cases[i].age * DAY);
		assert_null(boot());
		if (cases[i].line)
			assert_said("%sCreating client certificate: %s\n", cases[i].line, paths.cert);
		else
			assert_silent();
		assert_good();
	}
}

/* A CA that is about to end: the client's certificate ends with it, and must not be made again at every command. */
static void test_no_renewal_loop(void **state)
{
	(void)state;
	issue_ca(time(NULL) - 3640 * DAY);
	assert_null(boot());
	assert_null(boot());
	assert_silent();
}

static void test_clock_behind(void **state)
{
	(void)state;
	issue_ca(time(NULL) + 3 * DAY);
	assert_refused(ERR_WRONG_STATE, paths.ca, "clock");
}

/* A CA's certificate changed hands: the other client's certificate is of no use any more. */
static void test_client_of_other_ca(void **state)
{
	(void)state;
	assert_null(boot());
	issue_ca(time(NULL));
	assert_null(boot());
	assert_said("Client certificate is not signed by the CA and needs to be regenerated\n"
		    "Creating client certificate: %s\n",
		    paths.cert);
	assert_good();
}

static void test_missing_half(void **state)
{
	(void)state;
	assert_null(boot());

	auto_free char *ca = slurp(paths.ca), *cert = slurp(paths.cert), *key = slurp(paths.key);

	assert_null(fs_remove_tree(paths.ca));
	assert_refused(ERR_EXISTS, "certificate authority key already exists", paths.ca_key);
	stage("ca.pem", ca);
	assert_null(fs_remove_tree(paths.cert));
	assert_refused(ERR_EXISTS, "client key already exists", paths.key);
	stage("cert.pem", cert);
	assert_null(fs_remove_tree(paths.key));
	assert_refused(ERR_NOT_FOUND, paths.key, paths.cert);
	stage("key.pem", key);
	assert_null(boot());
}

/* The CA's key may be kept off line until something has to be signed. */
static void test_ca_key_elsewhere(void **state)
{
	auto_list sans = { 0 };
	char *cert = NULL, *key = NULL;

	(void)state;
	assert_null(boot());
	assert_null(fs_remove_tree(paths.ca_key));
	assert_null(boot());
	list_add(&sans, "localhost");

	auto_err *err = certs_server(&paths, "dev", &sans, (struct certs_slots){ .cert = &cert, .key = &key });

	assert_int_equal(err->code, ERR_NOT_FOUND);
	assert_non_null(strstr(err->msg, paths.ca_key));
	assert_null(fs_remove_tree(paths.cert));
	assert_null(fs_remove_tree(paths.key));
	assert_refused(ERR_NOT_FOUND, paths.ca_key, paths.ca);
}

/* Damage of every file, in every way: an error with its name, and nothing is overwritten. */
static void test_damaged(void **state)
{
	static const char *const damages[] = {
		"",
		"junk",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	};
	const char *const files[] = { paths.ca, paths.ca_key, paths.cert, paths.key };

	(void)state;
	assert_null(boot());
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *good = slurp(files[i]);

		for (size_t j = 0; j < ARRAY_SIZE(damages); j++) {
			assert_null(fs_write(files[i], damages[j], strlen(damages[j]), 0600));
			assert_refused(ERR_FAILED, files[i], files[i]);

			auto_free char *after = slurp(files[i]);

			assert_string_equal(after, damages[j]);
		}
		assert_null(fs_write(files[i], good, strlen(good), 0600));
	}
	assert_null(boot());
}

static void test_misfit(void **state)
{
	(void)state;
	assert_null(boot());

	auto_free char *ca_key = slurp(paths.ca_key), *key = slurp(paths.key), *cert = slurp(paths.cert);

	stage("ca-key.pem", key);
	assert_refused(ERR_FAILED, paths.ca_key, "move both away");
	stage("ca-key.pem", ca_key);
	stage("key.pem", ca_key);
	assert_refused(ERR_FAILED, paths.key, "move both away");
	stage("key.pem", key);
	/* A certificate that is no CA, with its own key. */
	stage("ca.pem", cert);
	stage("ca-key.pem", key);
	assert_refused(ERR_FAILED, "is not the certificate of a CA", paths.ca_key);
}

static void test_unreadable(void **state)
{
	(void)state;
	assert_null(boot());
	assert_null(fs_remove_tree(paths.ca));
	assert_null(fs_mkdirs(paths.ca, 0700));

	auto_err *err = boot();

	assert_non_null(err);
	assert_non_null(strstr(err->msg, paths.ca));
}

/* What docker-machine leaves: RSA keys as PKCS#1, O= alone, no identifiers of keys. */
static void make_old_store(void)
{
	auto_str out = STR_INIT;

	assert_null(fs_mkdirs(paths.dir, 0700));
	if (!shell_has("openssl"))
		skip();
	assert_int_equal(shell(&out,
			       "cd '%s' && openssl genrsa -traditional -out ca-key.pem 2048 && "
			       "printf '[req]\\ndistinguished_name=d\\nx509_extensions=x\\n[d]\\n[x]\\n"
			       "basicConstraints=critical,CA:TRUE\\nsubjectKeyIdentifier=none\\n"
			       "keyUsage=critical,digitalSignature,keyEncipherment,keyAgreement,keyCertSign\\n' "
			       "> ../c.cnf && "
			       "openssl req -x509 -new -key ca-key.pem -config ../c.cnf -subj /O=bob -days 1080 "
			       "-out ca.pem && "
			       "openssl genrsa -traditional -out key.pem 2048 && "
			       "openssl req -new -key key.pem -config ../c.cnf -subj '/O=bob.<bootstrap>' "
			       "-out ../r.pem && "
			       "openssl x509 -req -in ../r.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial "
			       "-CAserial ../s -days 1080 -out cert.pem",
			       paths.dir),
			 0);
}

static void test_old_store(void **state)
{
	auto_list sans = { 0 };
	auto_free char *cert = NULL, *path = fs_join(dir, "server.pem");
	auto_secret char *key = NULL;

	(void)state;
	make_old_store();

	auto_free char *ca_key = slurp(paths.ca_key), *before = slurp(paths.cert);

	assert_true(str_starts(ca_key, "-----BEGIN RSA PRIVATE KEY-----"));
	assert_null(boot());
	assert_silent();
	assert_good();

	auto_free char *after = slurp(paths.cert);

	assert_string_equal(before, after);
	list_add(&sans, "localhost");
	assert_null(certs_server(&paths, "dev", &sans, (struct certs_slots){ .cert = &cert, .key = &key }));
	assert_null(fs_write(path, cert, strlen(cert), 0644));
	assert_null(certs_verify(path, paths.ca));
}

/* OpenSSL would ask for the passphrase on the terminal and wait for ever. */
static void test_passphrase(void **state)
{
	auto_str out = STR_INIT;

	(void)state;
	assert_null(boot());
	if (!shell_has("openssl"))
		skip();
	assert_int_equal(shell(&out,
			       "cd '%s' && openssl pkey -in ca-key.pem -aes256 -passout pass:secret -out ../k && "
			       "mv ../k ca-key.pem",
			       paths.dir),
			 0);
	assert_refused(ERR_UNSUPPORTED, "passphrase", "openssl pkey");
}

static void test_locked(void **state)
{
	int64_t now = 1000;
	int fd;

	(void)state;
	assert_null(certs_lock(paths.dir, &fd));
	clock_set_fake(&now);
	assert_refused(ERR_WRONG_STATE, "locked", "Another command");
	clock_set_fake(NULL);
	assert_true(now >= 61000);
	close(fd);
	assert_null(boot());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_and_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_renew_client, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_each_moment, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed_replacing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ended_ca, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ended_client, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_renewal_loop, setup, teardown),
		cmocka_unit_test_setup_teardown(test_clock_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_client_of_other_ca, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing_half, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ca_key_elsewhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_misfit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreadable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_store, setup, teardown),
		cmocka_unit_test_setup_teardown(test_passphrase, setup, teardown),
		cmocka_unit_test_setup_teardown(test_locked, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
