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

/* Volumes of a machine: "NAME-12345678.disk". The caller frees. */
char *kvm_volume_name(const struct kvm *k, const char *part);
#define KVM_VOLUME_DISK "disk"
#define KVM_VOLUME_SEED "seed"
#define KVM_VOLUME_CONSOLE "console"
#define KVM_ROOM_MIN ((uint64_t)512 * 1024 * 1024) /* that a machine needs in its pool to be of any use */

/* For the members of driver_ops, each in its file. */
struct err *kvm_conn(const struct kvm *k, virConnectPtr *ret) MUST_USE;

/*
 * In a session libvirt has the agent's socket below the home, whose path is easily too long for a socket: where it is
 * instead. The caller frees; NULL: leave it to libvirt.
 */
char *kvm_channel_path(const struct kvm *k);

/* precheck.c */
struct err *kvm_precheck(void *self) MUST_USE;

/* create.c, remove.c */
struct err *kvm_plan(void *self) MUST_USE;
struct err *kvm_create(void *self, const struct driver_image *image, const char *seed) MUST_USE;
struct err *kvm_remove(void *self) MUST_USE;
struct err *kvm_reseed(void *self, const char *seed) MUST_USE;

/* power.c: start to state, and what waits for the guest. */
struct err *kvm_start(void *self, const struct driver_image *image) MUST_USE;
struct err *kvm_stop(void *self, int timeout_ms) MUST_USE;
struct err *kvm_kill(void *self) MUST_USE;
struct err *kvm_resize(void *self, const struct driver_sizes *sizes) MUST_USE;
/* Path of the console's end, fetched from the hypervisor when that can be reached, else what was fetched last. Borrowed. */
const char *kvm_console(void *self);
struct err *kvm_wait_ready(void *self, struct deadline deadline,
			   void (*event)(void *data, const struct driver_boot_event *e), void *data) MUST_USE;
struct err *kvm_state(void *self, enum machine_state *ret) MUST_USE;
char *kvm_problem(void *self); /* of what kvm_state found */

/* reach.c: where it answers. */
struct err *kvm_reach(void *self) MUST_USE;
struct err *kvm_endpoint(void *self, struct driver_endpoint *ret) MUST_USE;
struct err *kvm_ports(void *self, struct driver_port **ret, size_t *ret_n) MUST_USE;
struct err *kvm_certificates(void *self, const cJSON *files) MUST_USE;
/* Find the address of a running machine that nobody promised one; config's stay when it is not found. */
struct err *kvm_learn_address(struct kvm *k, virDomainPtr domain) MUST_USE;

#endif
