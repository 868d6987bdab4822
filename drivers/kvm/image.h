/* SPDX-License-Identifier: Apache-2.0 */
/* The guest image in a storage pool: once per content, not once per machine. */
#ifndef DRIVERS_KVM_IMAGE_H
#define DRIVERS_KVM_IMAGE_H

#include "drivers/driver.h"
#include "drivers/kvm/config.h"
#include "drivers/kvm/virt.h"

/* Paths on the hypervisor's host. */
struct kvm_image {
	char *kernel, *initrd, *root, *disk, *iso; /* NULL: not in the image that was stored */
};
void kvm_image_release(struct kvm_image *i);
#define auto_kvm_image __attribute__((cleanup(kvm_image_release))) struct kvm_image

/*
 * Copy the image into the pool unless it is there whole. A copy that was cut short is done again. Many clients may ask at
 * once, of other stores and hosts too: one copies, the others wait (up to 30 min); one who died is found out after a minute.
 */
struct err *image_store(const struct driver_env *env, const struct kvm_config *c, virStoragePoolPtr pool,
			const struct driver_image *image, struct kvm_image *ret) MUST_USE;

/*
 * Delete images other than this one that neither a domain nor a disk names. A machine that is being made elsewhere may lose
 * its image by it before its domain is there: create looks again once it is.
 */
struct err *image_drop_old(virConnectPtr conn, virStoragePoolPtr pool, const struct driver_image *image) MUST_USE;

#endif
