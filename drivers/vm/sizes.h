/* SPDX-License-Identifier: Apache-2.0 */
/* The options that every driver of virtual machines has: how large, and how it is accelerated. Pure. */
#ifndef DRIVERS_VM_SIZES_H
#define DRIVERS_VM_SIZES_H

#include <stdint.h>

#include "base/err.h"
#include "drivers/driver.h"

#define VM_MEMORY_MIN_MIB 256
#define VM_DISK_MIN_MIB 1024
#define VM_DISK_MAX_MIB (16 * 1024 * 1024)
#define VM_CPUS_MAX 255

/* What help says of sizes, in the options of create and in those of set. */
#define VM_MEMORY_UNITS "(MiB, or with a unit: 2g)"
#define VM_DISK_HELP "Size of the data disk (MiB, or with a unit: 40g)"

/* ERR_USAGE that names the driver's option ("--qemu-memory"). cpus 0: to be chosen. */
struct err *vm_check_sizes(const char *driver, int64_t memory_mib, int64_t disk_mib, int cpus) MUST_USE;

/*
 * What a machine that has now these sizes is to have, by what is wanted of it: into *now. ERR_USAGE as above, and for a disk
 * that would shrink.
 */
struct err *vm_merge_sizes(const char *driver, const struct driver_sizes *wanted, struct driver_sizes *now) MUST_USE;

enum vm_accel {
	VM_ACCEL_AUTO,
	VM_ACCEL_KVM,
	VM_ACCEL_TCG
};

struct err *vm_accel_parse(const char *driver, const char *text, enum vm_accel *ret) MUST_USE;
const char *vm_accel_name(enum vm_accel a);

#endif
