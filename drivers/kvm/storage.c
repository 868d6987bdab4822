/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/xml.h"
#include "drivers/kvm/uri.h"

/* Where system-wide images lie, also for the rules of SELinux and AppArmor. */
#define STORAGE_SYSTEM_DIR "/var/lib/libvirt/images/machine"

static struct err *storage_pool_xml(virStoragePoolPtr pool, struct xml **ret)
{
	auto_free char *text = virt.virStoragePoolGetXMLDesc(pool, 0);

	if (!text)
		return virt_error("cannot ask for a storage pool");
	return xml_parse(text, strlen(text), "libvirt's storage pool", ret);
}

struct err *storage_folder(virStoragePoolPtr pool, char **ret)
{
	auto_xml *x = NULL;

	TRY(storage_pool_xml(pool, &x));
	*ret = xml_text(x, "/pool/target/path");
	return *ret ? NULL : err_new(ERR_UNSUPPORTED, "the storage pool has no folder");
}

/* A kernel can only be booted from a file. */
static struct err *storage_check_kind(virStoragePoolPtr pool, const char *name)
{
	static const char *const kinds[] = { "dir", "fs", "netfs" };
	auto_xml *x = NULL;

	TRY(storage_pool_xml(pool, &x));
	auto_free char *kind = xml_text(x, "/pool/@type");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_eq(kind, kinds[i]))
			return NULL;
	return err_hint(err_new(ERR_UNSUPPORTED, "storage pool '%s' is of the kind '%s' and holds no files", name,
				kind ? kind : "?"),
			"Name one of the kind dir, fs or netfs: --kvm-pool NAME");
}

struct err *storage_find_pool(virConnectPtr conn, const struct kvm_config *c, virStoragePoolPtr *ret)
{
	*ret = virt.virStoragePoolLookupByName(conn, c->pool);
	if (!*ret && virt_last_code() != VIR_ERR_NO_STORAGE_POOL)
		return virt_error("cannot look for storage pool '%s'", c->pool);
	return NULL;
}

static struct err *storage_own_dir(const struct kvm_config *c, char **ret)
{
	auto_uri u = { 0 };
	auto_free char *home = NULL;
	const char *data = getenv("XDG_DATA_HOME");

	TRY(kvm_uri_parse(c->uri, &u));
	if (!u.session) {
		*ret = xstrdup(STORAGE_SYSTEM_DIR);
		return NULL;
	}
	TRY(fs_home(&home));
	*ret = data && *data == '/' ? xasprintf("%s/libvirt/images/machine", data)
				    : xasprintf("%s/.local/share/libvirt/images/machine", home);
	return NULL;
}

/* Beside others that do the same: whoever comes second finds what the first has made. */
static struct err *storage_make_own(virConnectPtr conn, const struct kvm_config *c, virStoragePoolPtr *ret)
{
	auto_free char *dir = NULL, *text = NULL;

	TRY(storage_own_dir(c, &dir));
	text = kvm_xml_pool(c->pool, dir);
	log_debug("making storage pool '%s' in '%s'", c->pool, dir);
	*ret = virt.virStoragePoolDefineXML(conn, text, 0);
	if (!*ret) {
		struct err *e = virt_error("cannot make storage pool '%s'", c->pool);

		*ret = virt.virStoragePoolLookupByName(conn, c->pool);
		if (!*ret)
			return e;
		err_free(e);
	}
	return NULL;
}

/* Two may start it at once: then one of them is told that it runs. Our own may have lost its folder, or never had it. */
struct err *storage_start(virStoragePoolPtr pool, const struct kvm_config *c)
{
	struct err *e = NULL;

	if (virt.virStoragePoolIsActive(pool) == 1)
		return NULL;
	if (str_eq(c->pool, KVM_OWN_POOL) && virt.virStoragePoolBuild(pool, 0) < 0)
		e = virt_error("cannot make the folder of storage pool '%s'", c->pool);
	else if (virt.virStoragePoolCreate(pool, 0) < 0)
		e = virt_error("cannot start storage pool '%s'", c->pool);
	if (e && virt.virStoragePoolIsActive(pool) == 1) {
		err_free(e);
		return NULL;
	}
	return e;
}

struct err *storage_pool(virConnectPtr conn, const struct kvm_config *c, virStoragePoolPtr *ret)
{
	auto_pool pool = NULL;

	TRY(storage_find_pool(conn, c, &pool));
	if (!pool && !str_eq(c->pool, KVM_OWN_POOL))
		return err_hint(err_new(ERR_NOT_FOUND, "libvirt has no storage pool '%s'", c->pool),
				"See which there are: virsh -c '%s' pool-list --all", c->uri);
	if (!pool)
		TRY(storage_make_own(conn, c, &pool));
	TRY(storage_start(pool, c));
	TRY(storage_check_kind(pool, c->pool));
	*ret = TAKE(pool);
	return NULL;
}

struct err *storage_need_room(virStoragePoolPtr pool, uint64_t need)
{
	virStoragePoolInfo info;

	IGNORE(storage_refresh(pool)); /* the figures are those of the last look; none is had while somebody uploads */
	VIRT_TRY(virt.virStoragePoolGetInfo(pool, &info), "cannot ask how full the storage pool is");
	if (info.available >= need)
		return NULL;
	auto_free char *have = num_bytes_text(info.available);
	auto_free char *want = num_bytes_text(need);
	return err_hint(err_new(ERR_PRECHECK, "the storage pool has %s free, %s are needed", have, want),
			"Make room there, or name another: --kvm-pool NAME");
}

struct err *storage_delete(virStoragePoolPtr pool, const char *volume)
{
	auto_vol vol = virt.virStorageVolLookupByName(pool, volume);

	if (!vol)
		return virt_last_code() == VIR_ERR_NO_STORAGE_VOL ? NULL
								  : virt_error("cannot look for volume '%s'", volume);
	log_debug("deleting volume '%s'", volume);
	if (virt.virStorageVolDelete(vol, 0) < 0 && virt_last_code() != VIR_ERR_NO_STORAGE_VOL)
		return virt_error("cannot delete volume '%s'", volume);
	return NULL;
}

struct err *storage_make(virStoragePoolPtr pool, const struct kvm_volume *v, char **ret_path)
{
	auto_free char *text = kvm_xml_volume(v);
	auto_vol vol = NULL;

	TRY(storage_delete(pool, v->name));
	log_debug("making volume '%s'", v->name);
	vol = virt.virStorageVolCreateXML(pool, text, 0);
	if (!vol)
		return virt_error("cannot make volume '%s'", v->name);
	if (ret_path) {
		*ret_path = virt.virStorageVolGetPath(vol);
		if (!*ret_path)
			return virt_error("volume '%s' has no path", v->name);
	}
	return NULL;
}

struct upload {
	int fd;
	uint64_t sent;
	void (*progress)(void *data, uint64_t bytes);
	void *data;
	struct err *err;
};

/* At most length bytes of the file from where it stands; 0 at its end (libvirt's virStreamSourceFunc). */
static int upload_data(virStreamPtr stream, char *data, size_t length, void *opaque)
{
	struct upload *u = opaque;
	ssize_t n = read(u->fd, data, length);

	(void)stream;
	u->err = u->err ? u->err : interrupt_check();
	if (n < 0 && !u->err)
		u->err = err_errno(ERR_FAILED, "cannot read what is to be copied");
	if (u->err)
		return -1;
	u->sent += (uint64_t)n;
	if (u->progress)
		u->progress(u->data, u->sent);
	return (int)n;
}

/* Is data or a hole next, and how much of it? (virStreamSourceHoleFunc) */
static int upload_hole(virStreamPtr stream, int *in_data, long long *length, void *opaque)
{
	struct upload *u = opaque;
	off_t here = lseek(u->fd, 0, SEEK_CUR), data = lseek(u->fd, here, SEEK_DATA), next;

	(void)stream;
	if (data == here) {
		*in_data = 1;
		next = lseek(u->fd, here, SEEK_HOLE);
	} else {
		*in_data = 0;
		next = data < 0 ? lseek(u->fd, 0, SEEK_END) : data; /* ENXIO: only a hole is left */
	}
	*length = next - here;
	return here < 0 || next < 0 || lseek(u->fd, here, SEEK_SET) < 0 ? -1 : 0;
}

static int upload_skip(virStreamPtr stream, long long length, void *opaque)
{
	struct upload *u = opaque;

	(void)stream;
	u->sent += (uint64_t)length;
	return lseek(u->fd, length, SEEK_CUR) < 0 ? -1 : 0;
}

static struct err *upload_run(virStreamPtr stream, virStorageVolPtr vol, const char *volume, uint64_t size,
			      struct upload *u)
{
	VIRT_TRY(virt.virStorageVolUpload(vol, stream, 0, size, VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM),
		 "cannot fill volume '%s'", volume);
	if (virt.virStreamSparseSendAll(stream, upload_data, upload_hole, upload_skip, u) < 0) {
		struct err *e = u->err ? u->err : virt_error("cannot fill volume '%s'", volume);

		virt.virStreamAbort(stream);
		return e;
	}
	VIRT_TRY(virt.virStreamFinish(stream), "cannot fill volume '%s'", volume);
	return NULL;
}

struct err *storage_upload(virStoragePoolPtr pool, const char *volume, const char *file,
			   void (*progress)(void *data, uint64_t bytes), void *data)
{
	auto_close int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct upload u = { .fd = fd, .progress = progress, .data = data };
	auto_vol vol = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(ERR_FAILED, "cannot read '%s'", file);
	vol = virt.virStorageVolLookupByName(pool, volume);
	if (!vol)
		return virt_error("cannot find volume '%s'", volume);
	auto_stream stream = virt.virStreamNew(virt.virStoragePoolGetConnect(pool), 0);
	if (!stream)
		return virt_error("cannot make a stream");
	log_debug("filling volume '%s' from '%s'", volume, file);
	return upload_run(stream, vol, volume, (uint64_t)st.st_size, &u);
}

struct err *storage_path(virStoragePoolPtr pool, const char *volume, char **ret)
{
	auto_vol vol = virt.virStorageVolLookupByName(pool, volume);

	*ret = vol ? virt.virStorageVolGetPath(vol) : NULL;
	return *ret ? NULL : virt_error("cannot find volume '%s'", volume);
}

struct err *storage_size(virStoragePoolPtr pool, const char *volume, uint64_t *ret)
{
	auto_vol vol = virt.virStorageVolLookupByName(pool, volume);
	virStorageVolInfo info;

	if (!vol)
		return virt_error("cannot find volume '%s'", volume);
	VIRT_TRY(virt.virStorageVolGetInfo(vol, &info), "cannot ask for volume '%s'", volume);
	*ret = info.capacity;
	return NULL;
}

struct err *storage_refresh(virStoragePoolPtr pool)
{
	VIRT_TRY(virt.virStoragePoolRefresh(pool, 0), "cannot look what is in the storage pool");
	return NULL;
}

struct err *storage_list(virStoragePoolPtr pool, const char *prefix, struct list *ret)
{
	virStorageVolPtr *all = NULL;
	int n = virt.virStoragePoolListAllVolumes(pool, &all, 0);

	if (n < 0)
		return virt_error("cannot list the storage pool");
	for (int i = 0; i < n; i++) {
		const char *name = virt.virStorageVolGetName(all[i]);

		if (name && str_starts(name, prefix))
			list_add(ret, name);
		virt.virStorageVolFree(all[i]);
	}
	free(all);
	return NULL;
}

static int tail_take(virStreamPtr stream, const char *data, size_t n, void *opaque)
{
	(void)stream;
	str_add_mem(opaque, data, n);
	return (int)n;
}

struct err *storage_tail(virStoragePoolPtr pool, const char *volume, size_t max, char **ret, size_t *ret_len)
{
	auto_vol vol = virt.virStorageVolLookupByName(pool, volume);
	auto_str text = STR_INIT;
	virStorageVolInfo info;

	if (!vol)
		return virt_error("cannot find volume '%s'", volume);
	VIRT_TRY(virt.virStorageVolGetInfo(vol, &info), "cannot ask for volume '%s'", volume);
	auto_stream stream = virt.virStreamNew(virt.virStoragePoolGetConnect(pool), 0);
	if (!stream)
		return virt_error("cannot make a stream");
	uint64_t from = info.capacity > max ? info.capacity - max : 0;
	VIRT_TRY(virt.virStorageVolDownload(vol, stream, from, max, 0), "cannot read volume '%s'", volume);
	if (virt.virStreamRecvAll(stream, tail_take, &text) < 0) {
		struct err *e = virt_error("cannot read volume '%s'", volume);
		virt.virStreamAbort(stream);
		return e;
	}
	VIRT_TRY(virt.virStreamFinish(stream), "cannot read volume '%s'", volume);
	*ret_len = text.len;
	*ret = str_detach(&text);
	return NULL;
}

struct err *storage_grow(virStoragePoolPtr pool, const char *volume, uint64_t bytes)
{
	auto_vol vol = virt.virStorageVolLookupByName(pool, volume);
	virStorageVolInfo info;

	if (!vol)
		return virt_error("cannot find volume '%s'", volume);
	VIRT_TRY(virt.virStorageVolGetInfo(vol, &info), "cannot ask for volume '%s'", volume);
	if (info.capacity < bytes)
		VIRT_TRY(virt.virStorageVolResize(vol, bytes, 0), "cannot grow volume '%s'", volume);
	return NULL;
}
