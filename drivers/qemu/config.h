/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine of the qemu driver is made of: create's options and the "Driver" object of its record. */
#ifndef DRIVERS_QEMU_CONFIG_H
#define DRIVERS_QEMU_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"

#define QEMU_ENGINE_PORT 2376
#define QEMU_SSH_PORT 2222		/* on the machine's address; 22 would need a privilege */
#define QEMU_SSH_USER "docker"
#define QEMU_LISTS_MAX 64		/* forwards, and shares, of one machine */

#define QEMU_MEMORY_MIN_MIB 256
#define QEMU_DISK_MIN_MIB 1024
#define QEMU_DISK_MAX_MIB (16 * 1024 * 1024)
#define QEMU_CPUS_MAX 255

enum qemu_accel { QEMU_ACCEL_AUTO, QEMU_ACCEL_KVM, QEMU_ACCEL_TCG };

struct qemu_forward {
	char proto[4];		/* tcp or udp */
	int host_port;
	int guest_port;
};

struct qemu_share {
	char *host_dir;		/* absolute */
	char *guest_dir;	/* absolute */
	bool readonly;
};

struct qemu_config {
	char *address;		/* 127.x.y.z; "" until plan */
	char *binary;		/* name or path of the emulator */
	int64_t memory_mib, disk_mib;
	int cpus;		/* 0: chosen at each start */
	enum qemu_accel accel;
	struct qemu_forward *forwards;
	size_t forwards_n;
	struct qemu_share *shares;
	size_t shares_n;
	bool isolated;		/* the guest has no way out */
	bool host_loopback;	/* the guest may reach this host's loopback services as 10.0.2.2 */
};

extern const struct opt qemu_opts[];

void qemu_config_release(struct qemu_config *c);

/* Both check what can be checked without looking at the host; ERR_USAGE names the option or member. */
struct err *qemu_config_from_opts(const struct opts *opts, struct qemu_config *ret) MUST_USE;
struct err *qemu_config_from_record(const cJSON *driver, struct qemu_config *ret) MUST_USE;
/* docker-machine's members first, then ours; members that we do not know stay. */
void qemu_config_save(const struct qemu_config *c, const struct driver_env *env, cJSON *into);

/* "tcp:8080:80" and "HOSTDIR[:GUESTDIR][:ro]". */
struct err *qemu_forward_parse(const char *text, struct qemu_forward *ret) MUST_USE;
struct err *qemu_share_parse(const char *text, struct qemu_share *ret) MUST_USE;
char *qemu_forward_text(const struct qemu_forward *f);
char *qemu_share_text(const struct qemu_share *s);

struct err *qemu_accel_parse(const char *text, enum qemu_accel *ret) MUST_USE;
const char *qemu_accel_name(enum qemu_accel a);

/* Is it 127.a.b.c with nothing before or behind? Addresses come back from a file that people edit. */
bool qemu_address_is_loopback(const char *text);

#endif
