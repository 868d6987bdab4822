/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"

static char dir[64];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/test_base_fs.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	auto_err *err = fs_remove_tree(dir);

	(void)state;
	return err || fs_exists(dir) ? -1 : 0;
}

static char *at(const char *name)
{
	return fs_join(dir, name);
}

static void write_ok(const char *path, const char *text, mode_t mode)
{
	assert_null(fs_write(path, text, strlen(text), mode));
}

static void test_paths(void **state)
{
	static const char *const cases[][2] = {
		{ "/", "/" },
		{ "/a/./b//c/", "/a/b/c" },
		{ "/a/../../b", "/b" },
		{ "/..", "/" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *clean = NULL;

		assert_null(fs_absolute(cases[i][0], &clean));
		assert_string_equal(clean, cases[i][1]);
	}

	auto_free char *a = fs_join("", "x"), *b = fs_join("/", "x"), *c = fs_join("a", "x"), *d = NULL;
	auto_free char *cwd = getcwd(NULL, 0), *want = fs_join(cwd, "x");

	assert_string_equal(a, "x");
	assert_string_equal(b, "/x");
	assert_string_equal(c, "a/x");
	assert_null(fs_absolute("./y/../x", &d));
	assert_string_equal(d, want);
}

static void test_home(void **state)
{
	auto_free char *saved = xstrdup(getenv("HOME") ? getenv("HOME") : "/");
	auto_free char *a = NULL, *b = NULL;

	(void)state;
	setenv("HOME", "/somewhere", 1);
	assert_null(fs_home(&a));
	assert_string_equal(a, "/somewhere");
	unsetenv("HOME");
	assert_null(fs_home(&b));
	assert_true(*b == '/');
	setenv("HOME", saved, 1);
}

static void test_write_read(void **state)
{
	auto_free char *path = at("f"), *text = NULL;
	auto_list names = { 0 };
	struct stat st;
	size_t len = 0;
	mode_t mask = umask(077);

	(void)state;
	write_ok(path, "first", 0600);
	assert_null(fs_write(path, "a\0b", 3, 0644));
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_null(fs_read(path, 3, &text, &len));
	assert_int_equal(len, 3);
	assert_memory_equal(text, "a\0b", 4);
	assert_null(fs_list(dir, &names));
	assert_int_equal(names.n, 1);
}

static void test_read_errors(void **state)
{
	auto_free char *path = at("f"), *none = at("none"), *below = at("f/x"), *pipe_path = at("pipe");
	char *text = NULL;

	(void)state;
	write_ok(path, "1234", 0600);
	assert_int_equal(mkfifo(pipe_path, 0600), 0);

	auto_err *large = fs_read(path, 3, &text, NULL);
	auto_err *missing = fs_read(none, 3, &text, NULL);
	auto_err *not_dir = fs_read(below, 3, &text, NULL);
	auto_err *folder = fs_read(dir, 3, &text, NULL);
	auto_err *fifo = fs_read(pipe_path, 3, &text, NULL);

	assert_null(text);
	assert_non_null(strstr(large->msg, "larger than 3 bytes"));
	assert_int_equal(missing->code, ERR_NOT_FOUND);
	assert_non_null(strstr(missing->msg, none));
	assert_int_equal(not_dir->code, ERR_NOT_FOUND);
	assert_non_null(strstr(folder->msg, "not a regular file"));
	assert_non_null(strstr(fifo->msg, "not a regular file"));
	/* A file without a size. */
	assert_null(fs_read("/proc/self/status", 65536, &text, NULL));
	assert_non_null(strstr(text, "Pid:"));
	free(text);
}

/* A limit for the size of files fails in the middle of a write, as a full disk does. */
static void test_write_full(void **state)
{
	auto_free char *path = at("f"), *copy = at("copy"), *text = NULL, *large = xcalloc(1, 100000);
	auto_list names = { 0 };
	struct rlimit old, small;

	(void)state;
	write_ok(path, "old", 0600);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ .rlim_cur = 4096, .rlim_max = old.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);

	auto_err *err = fs_write(path, large, 100000, 0600);
	auto_err *copied = fs_copy("/proc/self/exe", copy, 0600);

	setrlimit(RLIMIT_FSIZE, &old);
	assert_non_null(strstr(err->msg, path));
	assert_non_null(strstr(err->msg, "File too large"));
	assert_non_null(err_hint_of(err));
	assert_non_null(copied);
	assert_null(fs_read(path, 100, &text, NULL));
	assert_string_equal(text, "old");
	assert_null(fs_list(dir, &names));
	assert_int_equal(names.n, 1);
}

static void test_write_errors(void **state)
{
	auto_free char *below = at("no/such"), *folder = at("d");
	auto_list names = { 0 };

	(void)state;
	assert_null(fs_mkdirs(folder, 0700));

	auto_err *missing = fs_write(below, "x", 1, 0600);
	auto_err *taken = fs_write(folder, "x", 1, 0600);
	auto_err *readonly = fs_write("/proc/x", "x", 1, 0600);

	assert_int_equal(missing->code, ERR_NOT_FOUND);
	assert_non_null(strstr(taken->msg, "Is a directory"));
	assert_non_null(readonly);
	assert_null(fs_list(dir, &names));
	assert_int_equal(names.n, 1);
}

static void test_copy_sparse(void **state)
{
	auto_free char *from = at("from"), *to = at("to"), *a = NULL, *b = NULL;
	size_t na, nb;
	struct stat st;
	int fd = open(from, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(pwrite(fd, "start", 5, 0), 5);
	assert_int_equal(pwrite(fd, "middle", 6, 5 << 20), 6);
	assert_int_equal(ftruncate(fd, 12 << 20), 0);
	close(fd);
	assert_null(fs_copy(from, to, 0640));
	assert_null(fs_read(from, 16 << 20, &a, &na));
	assert_null(fs_read(to, 16 << 20, &b, &nb));
	assert_int_equal(na, nb);
	assert_memory_equal(a, b, na);
	assert_int_equal(stat(to, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_true(st.st_blocks < 2048);

	auto_err *missing = fs_copy("/nonexistent", to, 0600);
	auto_err *folder = fs_copy(dir, to, 0600);

	assert_int_equal(missing->code, ERR_NOT_FOUND);
	assert_non_null(folder);
	/* Another file system, with no size to go by. */
	free(b);
	b = NULL;
	assert_null(fs_copy("/proc/self/exe", to, 0600));
	assert_null(fs_read(to, 256 << 20, &b, &nb));
	assert_true(nb > 1000 && memcmp(b + 1, "ELF", 3) == 0);
}

static void test_mkdirs(void **state)
{
	auto_free char *deep = at("a/b//c/"), *file = at("f"), *below = at("f/x");

	(void)state;
	assert_null(fs_mkdirs(deep, 0700));
	assert_true(fs_is_dir(deep));
	assert_null(fs_mkdirs(deep, 0700));
	assert_null(fs_mkdirs("/", 0700));
	assert_null(fs_mkdirs(".", 0700));
	write_ok(file, "", 0600);

	auto_err *taken = fs_mkdirs(file, 0700);
	auto_err *under = fs_mkdirs(below, 0700);
	auto_err *empty = fs_mkdirs("", 0700);

	assert_non_null(strstr(taken->msg, "Not a directory"));
	assert_non_null(under);
	assert_non_null(empty);
}

static void test_list(void **state)
{
	static const char *const names[] = { "b", "B", ".hidden", "a10", "a2" };
	auto_free char *none = at("none"), *file = at("b");
	auto_list found = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_free char *path = at(names[i]);

		write_ok(path, "", 0600);
	}
	assert_null(fs_list(none, &found));
	assert_int_equal(found.n, 0);

	auto_err *err = fs_list(file, &found);

	assert_non_null(err);
	assert_null(fs_list(dir, &found));

	auto_free char *joined = list_join(&found, " ");

	assert_string_equal(joined, ".hidden B a10 a2 b");
}

static void test_remove_tree(void **state)
{
	auto_free char *top = at("top"), *deep = at("top/a/b/c"), *link = at("top/a/link"), *kept = at("kept/file");
	auto_free char *kept_dir = at("kept"), *closed = at("top/a/b");

	(void)state;
	assert_null(fs_mkdirs(deep, 0700));
	assert_null(fs_mkdirs(kept_dir, 0700));
	write_ok(kept, "x", 0600);
	assert_int_equal(symlink(kept_dir, link), 0);
	assert_int_equal(chmod(closed, 0), 0);
	assert_null(fs_remove_tree(top));
	assert_false(fs_exists(top));
	assert_true(fs_exists(kept));
	assert_null(fs_remove_tree(top));
	/* The link itself, not what it leads to. */
	assert_int_equal(symlink(kept_dir, top), 0);
	assert_null(fs_remove_tree(top));
	assert_false(fs_exists(top));
	assert_true(fs_exists(kept));
	assert_null(fs_remove_tree(kept));
	assert_false(fs_exists(kept));
}

/* Of the same file system, so that its device says nothing: in a namespace of the test's own, which wants root. */
static void test_remove_mounted(void **state)
{
	auto_free char *top = at("top"), *point = at("top/point"), *other = at("other"), *kept = at("other/file");
	int status;

	(void)state;
	assert_null(fs_mkdirs(point, 0700));
	assert_null(fs_mkdirs(other, 0700));
	write_ok(kept, "x", 0600);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mount(other, point, NULL, MS_BIND, NULL) != 0)
			_exit(77);
		struct err *e = fs_remove_tree(top);
		_exit(e && e->code == ERR_WRONG_STATE && fs_exists(kept) ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("skipped: this user may mount nothing\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void test_remove_deep(void **state)
{
	auto_free char *path = at("deep");

	(void)state;
	for (int i = 0; i < 150; i++) {
		char *next = fs_join(path, "d");

		free(path);
		path = next;
	}
	assert_null(fs_mkdirs(path, 0700));
}

static void test_free_bytes(void **state)
{
	auto_free char *none = at("not/yet/there");
	uint64_t bytes = 0;

	(void)state;
	assert_null(fs_free_bytes(none, &bytes));
	assert_true(bytes > 0);
	assert_null(fs_free_bytes("relative", &bytes));
}

/* A child that takes the lock, says so, and holds it until it is killed. */
static pid_t lock_in_child(const char *path)
{
	int p[2];
	char byte;

	assert_int_equal(pipe(p), 0);

	pid_t pid = fork();

	if (pid == 0) {
		int fd = -1;

		if (fs_lock(path, 0, &fd) || write(p[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(p[1]);
	assert_int_equal(read(p[0], &byte, 1), 1);
	close(p[0]);
	return pid;
}

static void test_lock(void **state)
{
	auto_free char *path = at("lock"), *none = at("no/lock");
	struct stat st;
	int fd = -1, second = -1;

	(void)state;
	assert_false(fs_is_locked(path));
	assert_null(fs_lock(path, 0, &fd));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(fs_is_locked(path));

	auto_err *held = fs_lock(path, 0, &second);

	assert_int_equal(held->code, ERR_WRONG_STATE);
	assert_int_equal(second, -1);
	close(fd);
	assert_false(fs_is_locked(path));
	assert_null(fs_lock(path, 0, &fd));
	close(fd);

	auto_err *missing = fs_lock(none, 0, &fd);

	assert_int_equal(missing->code, ERR_NOT_FOUND);
}

static void test_lock_killed_owner(void **state)
{
	auto_free char *path = at("lock");
	pid_t pid = lock_in_child(path);
	int fd = -1;

	(void)state;
	assert_true(fs_is_locked(path));

	int64_t start = clock_now_ms();
	auto_err *held = fs_lock(path, 100, &fd);

	assert_int_equal(held->code, ERR_WRONG_STATE);
	assert_in_range(clock_now_ms() - start, 90, 2000);
	kill(pid, SIGKILL);
	assert_null(fs_lock(path, 5000, &fd));
	assert_true(fs_is_locked(path));
	close(fd);
	waitpid(pid, NULL, 0);
}

/* The folder with the lock is removed and made anew while one waits: what it gets must be the new file. */
static void test_lock_replaced(void **state)
{
	auto_free char *path = at("lock");
	int old = -1, fd = -1;
	struct stat a, b;

	(void)state;
	assert_null(fs_lock(path, 0, &old));

	pid_t pid = fork();

	if (pid == 0) {
		usleep(50000);
		unlink(path);
		usleep(50000);
		_exit(0);
	}
	assert_null(fs_lock(path, 5000, &fd));
	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(stat(path, &b), 0);
	assert_true(a.st_ino == b.st_ino);
	close(fd);
	close(old);
	waitpid(pid, NULL, 0);
}

/* Several processes add to one counter; without mutual exclusion some additions would be lost. */
static void test_lock_parallel(void **state)
{
	enum {
		PROCESSES = 6,
		ROUNDS = 20
	};
	auto_free char *path = at("lock"), *counter = at("counter"), *text = NULL;
	pid_t pids[PROCESSES];

	(void)state;
	write_ok(counter, "0", 0600);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		for (int k = 0; k < ROUNDS; k++) {
			char buf[32], *read_text = NULL;
			int fd = -1;

			fs_is_locked(path);
			if (fs_lock(path, 30000, &fd) || fs_read(counter, 32, &read_text, NULL))
				_exit(1);
			snprintf(buf, sizeof(buf), "%d", atoi(read_text) + 1);
			free(read_text);
			if (fs_write(counter, buf, strlen(buf), 0600))
				_exit(2);
			close(fd);
		}
		_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_null(fs_read(counter, 32, &text, NULL));
	assert_int_equal(atoi(text), PROCESSES * ROUNDS);
}

static void test_socket(void **state)
{
	auto_free char *folder = NULL, *path = NULL, *name = xcalloc(1, 151);
	auto_close int server = -1, client = -1, accepted = -1;
	struct stat st;
	char buf[3] = "";

	(void)state;
	memset(name, 'n', 150);
	folder = at(name);
	path = fs_join(folder, "control.sock");

	auto_err *missing = fs_connect(path, &client);

	assert_int_equal(missing->code, ERR_NOT_FOUND);
	assert_null(fs_mkdirs(folder, 0700));
	assert_null(fs_listen(path, &server));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_null(fs_connect(path, &client));
	accepted = accept(server, NULL, NULL);
	assert_int_equal(write(client, "hi", 2), 2);
	assert_int_equal(read(accepted, buf, 2), 2);
	assert_string_equal(buf, "hi");
	mem_closep(&server);

	int again = -1;
	auto_err *refused = fs_connect(path, &again);

	assert_int_equal(refused->code, ERR_NETWORK);
	assert_int_equal(again, -1);
	/* What a killed one left behind is replaced. */
	assert_null(fs_listen(path, &server));

	auto_err *long_name = fs_listen(folder, &again);
	auto_free char *plain = at("plain");

	assert_non_null(long_name);
	write_ok(plain, "", 0600);

	auto_err *taken = fs_listen(plain, &again);

	assert_non_null(strstr(taken->msg, "Address already in use"));
	assert_int_equal(again, -1);
}

static uid_t owner_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_uid;
}

/* Whoever owns the folder may exchange it while root is at work: only what lies there is given, and only what was root's. */
static void test_own(void **state)
{
	auto_free char *users = at("users"), *roots = at("roots"), *mine = at("users/shadow"),
		       *far = at("roots/shadow");
	auto_free char *other = at("users/other"), *made = at("users/made");
	auto_close int fd = -1;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_null(fs_mkdirs(roots, 0700));
	assert_null(fs_mkdirs(users, 0700));
	write_ok(far, "", 0600);
	write_ok(mine, "", 0600);
	write_ok(other, "", 0600);
	assert_int_equal(chown(other, 1, 1), 0);
	assert_int_equal(chown(users, 65534, 65534), 0);
	fd = open(far, O_RDONLY | O_CLOEXEC);
	fs_own_fd(fd, mine);
	assert_int_equal(owner_of(far), 0);
	fs_own(other);
	assert_int_equal(owner_of(other), 1);
	fs_own(mine);
	assert_int_equal(owner_of(mine), 65534);
	write_ok(made, "", 0600);
	assert_int_equal(owner_of(made), 65534);
	write_ok(other, "new", 0600);
	assert_int_equal(owner_of(other), 1);
}

/* Root follows a user's link to that user's files alone. */
static void test_replace_lure(void **state)
{
	auto_free char *users = at("users"), *link = at("users/config.json"), *roots = at("profile"),
		       *own = at("users/own");
	auto_free char *text = NULL, *kept = NULL;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_null(fs_mkdirs(users, 0700));
	write_ok(roots, "root's", 0644);
	write_ok(own, "old", 0640);
	assert_int_equal(symlink(roots, link), 0);
	assert_int_equal(lchown(link, 65534, 65534), 0);
	assert_int_equal(chown(own, 65534, 65534), 0);
	assert_int_equal(chown(users, 65534, 65534), 0);

	auto_err *lure = fs_replace(link, "new", 3, 0600);

	assert_non_null(lure);
	assert_non_null(strstr(lure->msg, "somebody else's file"));
	assert_non_null(err_hint_of(lure));
	assert_null(fs_read(roots, 100, &kept, NULL));
	assert_string_equal(kept, "root's");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink(own, link), 0);
	assert_int_equal(lchown(link, 65534, 65534), 0);
	assert_null(fs_replace(link, "new", 3, 0600));
	assert_null(fs_read(own, 100, &text, NULL));
	assert_string_equal(text, "new");
	assert_int_equal(owner_of(own), 65534);
}

/* A user's link in place of a folder of its store leads root nowhere but to that user's own folders. */
static void test_folder_lure(void **state)
{
	auto_free char *users = at("users"), *link = at("users/locks"), *roots = at("roots"), *own = at("users/own");
	auto_free char *lock = at("users/locks/a.lock"), *made = at("roots/a.lock"), *kept = at("users/locks/kept");
	auto_free char *folder = at("users/locks/folder"), *roots_kept = at("roots/kept");
	int fd = -1;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_null(fs_mkdirs(roots, 0700));
	assert_null(fs_mkdirs(users, 0700));
	write_ok(roots_kept, "root's", 0600);
	assert_int_equal(symlink(roots, link), 0);
	assert_int_equal(lchown(link, 65534, 65534), 0);
	assert_int_equal(chown(users, 65534, 65534), 0);

	auto_err *locked = fs_lock(lock, 0, &fd), *written = fs_write(lock, "x", 1, 0600);
	auto_err *folders = fs_mkdirs(folder, 0700), *listening = fs_listen(lock, &fd);
	auto_err *removed = fs_remove_tree(kept);
	struct err *const all[] = { locked, written, folders, listening, removed };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		assert_non_null(all[i]);
		assert_non_null(err_hint_of(all[i]));
	}
	assert_int_equal(fs_unlink(kept), -1);
	assert_false(fs_exists(made));
	assert_false(fs_exists(folder));
	assert_true(fs_exists(roots_kept));
	/* To what is the user's own, by way of a second link, root goes along. */
	assert_null(fs_mkdirs(own, 0700));
	assert_int_equal(owner_of(own), 65534);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("../users/own/.", link), 0);
	assert_int_equal(lchown(link, 65534, 65534), 0);
	assert_null(fs_lock(lock, 0, &fd));
	close(fd);
	assert_int_equal(owner_of(lock), 65534);
	assert_null(fs_remove_tree(lock));
}

/* What root would write into a lock must not go into a file that has another place, too. */
static void test_lock_decoy(void **state)
{
	auto_free char *users = at("users"), *lock = at("users/a.lock"), *roots = at("shadow");
	int fd = -1;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_null(fs_mkdirs(users, 0700));
	write_ok(roots, "root's", 0600);
	assert_int_equal(link(roots, lock), 0);
	assert_int_equal(chown(users, 65534, 65534), 0);

	auto_err *decoy = fs_lock(lock, 0, &fd);

	assert_non_null(decoy);
	assert_int_equal(fd, -1);
	assert_int_equal(owner_of(roots), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_paths),	  TEST(test_home),	     TEST(test_write_read),
		TEST(test_read_errors),	  TEST(test_write_full),     TEST(test_write_errors),
		TEST(test_copy_sparse),	  TEST(test_mkdirs),	     TEST(test_list),
		TEST(test_remove_tree),	  TEST(test_remove_mounted), TEST(test_remove_deep),
		TEST(test_free_bytes),	  TEST(test_lock),	     TEST(test_lock_killed_owner),
		TEST(test_lock_replaced), TEST(test_lock_parallel),  TEST(test_socket),
		TEST(test_own),		  TEST(test_replace_lure),   TEST(test_folder_lure),
		TEST(test_lock_decoy),
	};

	return cmocka_run_group_tests_name("base fs", tests, NULL, NULL);
}
