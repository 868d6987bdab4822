/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vm/sizes.h"

#include <inttypes.h>

#include "base/mem.h"

struct err *vm_check_sizes(const char *driver, int64_t memory_mib, int64_t disk_mib, int cpus)
{
	if (memory_mib < VM_MEMORY_MIN_MIB)
		return err_hint(err_new(ERR_USAGE, "memory of %" PRId64 " MiB is too small", memory_mib),
				"The engine needs %d MiB: --%s-memory 1024", VM_MEMORY_MIN_MIB, driver);
	if (memory_mib > (int64_t)16 * 1024 * 1024)
		return err_hint(err_new(ERR_USAGE, "memory of %" PRId64 " MiB is more than 16 TiB", memory_mib),
				"Numbers without a unit are MiB: --%s-memory 2g", driver);
	if (disk_mib < VM_DISK_MIN_MIB)
		return err_hint(err_new(ERR_USAGE, "disk of %" PRId64 " MiB is too small", disk_mib),
				"Images need room: give at least --%s-disk-size %d", driver, VM_DISK_MIN_MIB);
	if (disk_mib > VM_DISK_MAX_MIB)
		return err_hint(err_new(ERR_USAGE, "disk of %" PRId64 " MiB is more than 16 TiB", disk_mib),
				"Numbers without a unit are MiB: --%s-disk-size 40g", driver);
	if (cpus < 0 || cpus > VM_CPUS_MAX)
		return err_hint(err_new(ERR_USAGE, "cannot give %d processors", cpus),
				"Give 1 to %d, or 0 to have the number chosen.", VM_CPUS_MAX);
	return NULL;
}

struct err *vm_merge_sizes(const char *driver, const struct driver_sizes *wanted, struct driver_sizes *now)
{
	struct driver_sizes s = { wanted->cpus ? wanted->cpus : now->cpus,
				  wanted->memory_mib ? wanted->memory_mib : now->memory_mib,
				  wanted->disk_mib ? wanted->disk_mib : now->disk_mib };

	TRY(vm_check_sizes(driver, s.memory_mib, s.disk_mib, s.cpus));
	if (s.disk_mib < now->disk_mib)
		return err_hint(
			err_new(ERR_USAGE, "the disk has %" PRId64 " MiB and cannot become smaller", now->disk_mib),
			"Make another machine with a smaller disk.");
	*now = s;
	return NULL;
}

static const char *const accel_names[] = { "auto", "kvm", "tcg" };

const char *vm_accel_name(enum vm_accel a)
{
	return accel_names[a];
}

struct err *vm_accel_parse(const char *driver, const char *text, enum vm_accel *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(accel_names); i++)
		if (str_eq(text, accel_names[i])) {
			*ret = (enum vm_accel)i;
			return NULL;
		}
	return err_hint(err_new(ERR_USAGE, "accelerator '%s' is none of auto, kvm, tcg", text),
			"Leave it out to have it chosen, or: --%s-accelerator tcg", driver);
}
