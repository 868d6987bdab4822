/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the driver's files in a machine's folder, and in state_dir. */
#ifndef DRIVERS_QEMU_PATHS_H
#define DRIVERS_QEMU_PATHS_H

#include "drivers/vm/names.h"

#define QEMU_FILE_DISK "disk.qcow2"
#define QEMU_FILE_CONSOLE_OLD "console.log.1"
#define QEMU_FILE_LOCK "supervisor.lock" /* held by the supervisor and by QEMU for their whole lives */
#define QEMU_FILE_LOG "supervisor.log"
#define QEMU_FILE_LAST_EXIT "last-exit.json"

#define QEMU_STATE_PROBE "kvm-probe.json"
#define QEMU_STATE_PROBE_LOCK "kvm-probe.lock"

#endif
