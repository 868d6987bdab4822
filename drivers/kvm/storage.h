/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a machine on the hypervisor's host: volumes of a storage pool, the same way for this host and for others, so
 * that QEMU's user may always read them and nothing of the user's home has to be opened.
 */
#ifndef DRIVERS_KVM_STORAGE_H
#define DRIVERS_KVM_STORAGE_H

#include "drivers/kvm/virt.h"
#include "drivers/kvm/xml.h"

/*
 * The machine's pool, running. Our own (KVM_OWN_POOL) is made when missing. ERR_NOT_FOUND for one of the user's that is
 * not there, ERR_UNSUPPORTED for one that holds no files.
 */
struct err *storage_pool(virConnectPtr conn, const struct kvm_config *c, virStoragePoolPtr *ret) MUST_USE;
/* The same without making anything; *ret NULL when there is none. */
struct err *storage_find_pool(virConnectPtr conn, const struct kvm_config *c, virStoragePoolPtr *ret) MUST_USE;

/* Start a pool that does not run. */
struct err *storage_start(virStoragePoolPtr pool, const struct kvm_config *c) MUST_USE;

/* ERR_PRECHECK when less than need bytes are free. */
struct err *storage_need_room(virStoragePoolPtr pool, uint64_t need) MUST_USE;

/* Make a volume; one of its name that is there already is a half-made one of ours and is replaced. *ret_path may be NULL. */
struct err *storage_make(virStoragePoolPtr pool, const struct kvm_volume *v, char **ret_path) MUST_USE;

/* Fill a volume from a file of ours; holes stay holes. progress (may be NULL) is told the bytes that went. */
struct err *storage_upload(virStoragePoolPtr pool, const char *volume, const char *file,
			   void (*progress)(void *data, uint64_t bytes), void *data) MUST_USE;

/* The path on the hypervisor's host; ERR_NOT_FOUND. The caller frees. */
struct err *storage_path(virStoragePoolPtr pool, const char *volume, char **ret) MUST_USE;
/* Its size in bytes, as it is now; ERR_NOT_FOUND. */
struct err *storage_size(virStoragePoolPtr pool, const char *volume, uint64_t *ret) MUST_USE;
/* Names of the volumes that begin with prefix. */
struct err *storage_list(virStoragePoolPtr pool, const char *prefix, struct list *ret) MUST_USE;
/* Fine when it is gone. */
struct err *storage_delete(virStoragePoolPtr pool, const char *volume) MUST_USE;
/* Look again which files are there: for those that others than libvirt made. */
struct err *storage_refresh(virStoragePoolPtr pool) MUST_USE;
/* The last bytes of a volume; the caller frees. */
struct err *storage_tail(virStoragePoolPtr pool, const char *volume, size_t max, char **ret, size_t *ret_len) MUST_USE;

/* The pool's folder; the caller frees. */
struct err *storage_folder(virStoragePoolPtr pool, char **ret) MUST_USE;

/* Grow a volume; nothing to do when it is as large. */
struct err *storage_grow(virStoragePoolPtr pool, const char *volume, uint64_t bytes) MUST_USE;

#endif
