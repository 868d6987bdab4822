/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine of the qemu driver is made of: create's options and the "Driver" object of its record. */
#ifndef DRIVERS_QEMU_CONFIG_H
#define DRIVERS_QEMU_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "drivers/vm/names.h"
#include "drivers/vm/share.h"
#include "drivers/vm/sizes.h"

#define QEMU_LISTS_MAX 64 /* forwards of one machine */

struct qemu_forward {
	char proto[4]; /* tcp or udp */
	int host_port;
	int guest_port;
};

struct qemu_config {
	char *address; /* 127.x.y.z; "" until plan */
	char *mac;     /* of its network card; "" until plan, and in records of earlier versions */
	char *subnet;  /* its network behind QEMU; "" until plan, and then 10.0.2.0/24 */
	char *binary;  /* name or path of the emulator */
	int64_t memory_mib, disk_mib;
	int cpus; /* 0: chosen at each start */
	enum vm_accel accel;
	struct qemu_forward *forwards;
	size_t forwards_n;
	struct shares shares;
	bool isolated;	    /* the guest has no way out */
	bool host_loopback; /* the guest may reach this host's loopback services at its gateway */
};

extern const struct opt qemu_opts[];

void qemu_config_release(struct qemu_config *c);

/* "tcp:8080:80" */
struct err *qemu_forward_parse(const char *text, struct qemu_forward *ret) MUST_USE;
char *qemu_forward_text(const struct qemu_forward *f);

#endif
