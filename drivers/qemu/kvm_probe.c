/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/kvm_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "drivers/qemu/args.h"
#include "drivers/qemu/paths.h"
#include "guest/contract.h"

#define PROBE_MS 4000
#define LOCK_MS 15000
/* "It hangs" may only have meant that the host was busy: ask again some time. */
#define DOUBT_S 3600

static const char *kvm_device = "/dev/kvm";

void kvm_set_device(const char *path)
{
	kvm_device = path ? path : "/dev/kvm";
}

struct err *kvm_check_device(void)
{
	struct utsname u;

	if (uname(&u) == 0 && !str_eq(u.machine, "x86_64"))
		return err_new(ERR_UNSUPPORTED, "this host is %s, the guest is x86_64", u.machine);
	auto_close int fd = open(kvm_device, O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return NULL;
	if (errno == EACCES || errno == EPERM)
		return err_hint(err_new(ERR_UNSUPPORTED, "you may not use %s", kvm_device),
				"sudo usermod -aG kvm $USER, then log in again");
	if (errno == ENOENT)
		return err_hint(err_new(ERR_UNSUPPORTED, "this host has no %s", kvm_device),
				"switch virtualization on in the firmware, or nested virtualization in the hypervisor");
	return err_errno(ERR_UNSUPPORTED, "%s does not open", kvm_device);
}

static void kvm_key_file(struct str *s, const char *path)
{
	struct stat st;

	if (!path || stat(path, &st) < 0)
		memset(&st, 0, sizeof(st));
	str_addf(s, "%s %lld %lld.%09ld %llx|", path ? path : "-", (long long)st.st_size, (long long)st.st_mtim.tv_sec,
		 st.st_mtim.tv_nsec, (unsigned long long)st.st_rdev);
}

char *kvm_probe_key(const char *binary, const struct driver_image *image)
{
	auto_str s = STR_INIT;
	auto_free char *boot = NULL;
	struct utsname u = { 0 };

	uname(&u);
	IGNORE(fs_read("/proc/sys/kernel/random/boot_id", 64, &boot, NULL));
	kvm_key_file(&s, binary);
	kvm_key_file(&s, image->vmlinux);
	kvm_key_file(&s, image->initrd);
	struct stat st = { 0 };
	if (stat(kvm_device, &st) < 0)
		st.st_rdev = 0;
	str_addf(&s, "%s %llx|%s|%s", kvm_device, (unsigned long long)st.st_rdev, u.release, boot ? boot : "");
	str_trim_end(&s);
	return str_detach(&s);
}

/* *ret_why: NULL when it works; the caller frees. */
static struct err *kvm_boot(const char *binary, const struct driver_image *image, char **ret_why)
{
	auto_list argv = { 0 };
	auto_proc p = { PROC_INIT, .timeout_ms = PROBE_MS, .any_status = true };

	qemu_probe_args(binary, image->vmlinux, image->initrd, image->cmdline ? image->cmdline : "", &argv);
	p.argv = (const char *const *)argv.items;
	struct err *e = proc_run(&p);
	if (e && e->code == ERR_INTERRUPTED)
		return e;
	if (e && e->code == ERR_TIMEOUT)
		*ret_why = xstrdup("a guest hangs under it");
	else if (e)
		*ret_why = err_text(e);
	else if (!strstr(p.out.buf, GUEST_PROBE_OK))
		*ret_why = xasprintf("a guest ends under it before it runs (status %d)", p.status);
	err_free(e);
	return NULL;
}

static bool kvm_cached(const char *path, const char *key, bool *ret_works, char **ret_why)
{
	auto_json *tree = NULL;
	auto_err *e = json_read_file(path, &tree);

	if (e || !str_eq(json_str_or(tree, "key", ""), key))
		return false;
	bool works = json_bool_or(tree, "works", false);
	int64_t age = time(NULL) - json_int_or(tree, "at", 0);
	if (!works && (age < 0 || age > DOUBT_S))
		return false;
	*ret_works = works;
	*ret_why = xstrdup(json_str_or(tree, "why", ""));
	return true;
}

static void kvm_remember(const char *path, const char *key, const char *why)
{
	auto_json *tree = json_object();

	json_set_str(tree, "key", key);
	json_set_bool(tree, "works", !why);
	json_set_int(tree, "at", time(NULL));
	if (why)
		json_set_str(tree, "why", why);
	auto_free char *text = json_print(tree, 4);
	IGNORE(fs_write(path, text, strlen(text), 0600));
}

/* Under a lock, so that of many starts side by side one probes and the others read. */
static struct err *kvm_probe(const struct driver_env *env, const char *binary, const struct driver_image *image,
			     bool *ret_works, char **ret_why)
{
	auto_free char *cache = fs_join(env->state_dir, QEMU_STATE_PROBE);
	auto_free char *lock_path = fs_join(env->state_dir, QEMU_STATE_PROBE_LOCK);
	auto_free char *key = kvm_probe_key(binary, image), *why = NULL;
	auto_close int lock = -1;

	TRY(fs_mkdirs(env->state_dir, 0700));
	if (kvm_cached(cache, key, ret_works, ret_why))
		return NULL;
	TRY(fs_lock(lock_path, LOCK_MS, &lock));
	if (kvm_cached(cache, key, ret_works, ret_why))
		return NULL;
	log_debug("probing KVM with a guest");
	TRY(kvm_boot(binary, image, &why));
	kvm_remember(cache, key, why);
	*ret_works = !why;
	*ret_why = TAKE(why);
	return NULL;
}

static void kvm_tell(const struct driver_env *env, const char *why, const char *cure)
{
	auto_free char *line = xasprintf("KVM cannot be used (%s): emulating with TCG, which is slower%s%s%s", why,
					 cure ? " (cure: " : "", cure ? cure : "", cure ? ")" : "");

	env->report(env->data, line);
}

struct err *kvm_choose(const struct driver_env *env, enum vm_accel wish, const char *binary,
		       const struct driver_image *image, bool *ret_kvm)
{
	auto_free char *why = NULL;
	bool works = false;

	if (wish == VM_ACCEL_TCG) {
		*ret_kvm = false;
		return NULL;
	}
	struct err *e = kvm_check_device();
	if (wish == VM_ACCEL_KVM) {
		TRY(e);
		*ret_kvm = true;
		return NULL;
	}
	if (e) {
		why = err_text(e);
		kvm_tell(env, why, err_hint_of(e));
		err_free(e);
		*ret_kvm = false;
		return NULL;
	}
	TRY(kvm_probe(env, binary, image, &works, &why));
	if (!works)
		kvm_tell(env, why ? why : "it does not run a guest", NULL);
	*ret_kvm = works;
	return NULL;
}
