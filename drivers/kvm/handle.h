/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's handle, and names of what belongs to a machine. */
#ifndef DRIVERS_KVM_HANDLE_H
#define DRIVERS_KVM_HANDLE_H

#include "drivers/driver.h"
#include "drivers/kvm/config.h"
#include "drivers/kvm/virt.h"

#define KVM_FILE_SELF "kvm.json"       /* the record's "Driver" once more: for a record that cannot be read */
#define KVM_FILE_LOCK "forwarder.lock" /* the keeper's; an older version's process of that name held it */
#define KVM_FILE_LOG "forwarder.log"

struct kvm {
	const struct driver_env *env;
	struct kvm_config config;
	char *console;	  /* our copy of the end of the console's log */
	char *lock;	  /* held by the keeper */
	bool woken;	  /* start found it paused or saved */
	bool disk_failed; /* state found it paused for that */
	bool booting;	  /* between start and wait_ready: it may have no address yet */
};

#define KVM_VOLUME_DISK "disk"
#define KVM_VOLUME_SEED "seed"
#define KVM_VOLUME_CONSOLE "console"
#define KVM_ROOM_MIN ((uint64_t)512 * 1024 * 1024) /* that a machine needs in its pool to be of any use */

#endif
