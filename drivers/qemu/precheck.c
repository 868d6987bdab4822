/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/precheck.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/package.h"
#include "base/proc.h"
#include "drivers/qemu/disk.h"
#include "drivers/qemu/kvm_probe.h"

#define MIB ((uint64_t)1024 * 1024)
#define FREE_MIN ((uint64_t)1024 * MIB)
#define PACKAGE "qemu-system-x86"
/* The first with all that args.c asks for ("hpet=off" as a property of the machine). */
#define OLDEST_MAJOR 6
#define OLDEST_MINOR 2
#define SHARE_FIFO_MAJOR 10

struct err *qemu_find_binary(const struct qemu_config *c, char **ret)
{
	if (strchr(c->binary, '/') && fs_exists(c->binary) && (fs_is_dir(c->binary) || access(c->binary, X_OK) < 0))
		return err_hint(err_new(ERR_NOT_FOUND, "'%s' is no program that can be run", c->binary),
				"Name another: --qemu-binary qemu-system-x86_64");
	return err_package(proc_find(c->binary, ret), PACKAGE);
}

struct err *qemu_parse_version(const char *text, int *ret_major, int *ret_minor)
{
	static const char words[] = "QEMU emulator version ";
	const char *at = strstr(text, words);
	int major, minor;

	if (!at || sscanf(at + strlen(words), "%3d.%3d", &major, &minor) != 2)
		return err_new(ERR_FAILED, "it does not say which version of QEMU it is");
	*ret_major = major;
	*ret_minor = minor;
	return NULL;
}

static struct err *precheck_version(const struct qemu_config *c, int *ret_major, int *ret_minor)
{
	auto_free char *binary = NULL;

	TRY(qemu_find_binary(c, &binary));
	const char *argv[] = { binary, "--version", NULL };
	auto_proc p = { PROC_INIT, .argv = argv, .timeout_ms = 20000 };
	TRY(proc_run(&p));
	return err_package(err_wrap(qemu_parse_version(p.out.buf, ret_major, ret_minor), "'%s' cannot be used", binary),
			   PACKAGE);
}

static struct err *precheck_binary(const struct qemu_config *c)
{
	int major, minor;

	TRY(precheck_version(c, &major, &minor));
	if (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR))
		return err_hint(err_new(ERR_UNSUPPORTED, "QEMU %d.%d is too old", major, minor),
				"%d.%d or later is needed.", OLDEST_MAJOR, OLDEST_MINOR);
	return NULL;
}

/* Measured with 7.2.22, which cannot, and 10.0.13, which can (docs/guest.md). */
char *qemu_share_limit(const struct qemu_config *c)
{
	int major = SHARE_FIFO_MAJOR, minor = 0;

	IGNORE(precheck_version(c, &major, &minor));
	return major >= SHARE_FIFO_MAJOR
		       ? NULL
		       : xasprintf("in a shared folder QEMU %d.%d may make no FIFO and no socket (%d.0 does)", major,
				   minor, SHARE_FIFO_MAJOR);
}

static void precheck_shares_warn(const struct driver_env *env, const struct qemu_config *c)
{
	auto_free char *limit = c->shares.n ? qemu_share_limit(c) : NULL;

	if (limit)
		env->warn(env->data, limit);
}

static struct err *precheck_memory(const struct qemu_config *c)
{
	struct sysinfo s;

	if (sysinfo(&s) < 0)
		return NULL;
	uint64_t host_mib = (uint64_t)s.totalram * s.mem_unit / MIB;
	if ((uint64_t)c->memory_mib <= host_mib)
		return NULL;
	return err_hint(err_new(ERR_PRECHECK, "memory of %" PRId64 " MiB is more than the %" PRIu64 " MiB of this host",
				c->memory_mib, host_mib),
			"Give less: --qemu-memory %" PRIu64, host_mib / 2);
}

static struct err *precheck_room(const struct driver_env *env, const struct qemu_config *c)
{
	uint64_t room;

	TRY(fs_free_bytes(env->store, &room));
	auto_free char *text = num_bytes_text(room);
	if (room < FREE_MIN)
		return err_hint(err_new(ERR_PRECHECK, "only %s are free where the store is, in '%s'", text, env->store),
				"Make room, or keep machines elsewhere: --storage-path DIR");
	if (room / MIB < (uint64_t)c->disk_mib) {
		auto_free char *line = xasprintf("the disk may grow to %" PRId64 " MiB, but only %s are free in '%s'",
						 c->disk_mib, text, env->store);
		env->warn(env->data, line);
	}
	return NULL;
}

struct err *qemu_precheck(const struct driver_env *env, const struct qemu_config *c)
{
	TRY(precheck_binary(c));
	if (c->accel == VM_ACCEL_KVM)
		TRY(kvm_check_device());
	TRY(precheck_memory(c));
	TRY(shares_check("qemu", &c->shares));
	precheck_shares_warn(env, c);
	return precheck_room(env, c);
}
