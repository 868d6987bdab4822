/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's command line. Pure: everything that it depends on is in the parameters. */
#ifndef DRIVERS_QEMU_ARGS_H
#define DRIVERS_QEMU_ARGS_H

#include "base/list.h"
#include "base/str.h"
#include "drivers/qemu/config.h"

#define QEMU_NETDEV "net0"

/* One run of QEMU. All borrowed. */
struct qemu_launch {
	const char *name; /* of the machine */
	const struct qemu_config *config;
	const char *binary; /* absolute */
	bool kvm;
	int cpus;
	int64_t tsc_khz; /* of this host; 0: unknown */
	bool qboot;	 /* the small firmware is there */
	const char *mac;
	const char *vmlinux, *initrd, *root, *cmdline;
	const char *disk, *seed;
	int qmp_fd, console_fd, agent_fd; /* connected sockets that QEMU inherits */
};

void qemu_args(const struct qemu_launch *l, struct list *ret);

/* A guest that boots kernel and initrd under KVM with the word that ends the boot; console on stdout. */
void qemu_probe_args(const char *binary, const char *vmlinux, const char *initrd, const char *cmdline,
		     struct list *ret);

/* Append a value in QEMU's option syntax: a comma is written twice. */
void qemu_add_value(struct str *s, const char *value);

/* Locally administered address in QEMU's range, the same for each start of a machine. */
char *qemu_mac(const char *store, const char *name);

#endif
