/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/image.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "drivers/kvm/domain.h"
#include "drivers/kvm/storage.h"
#include "drivers/vm/disk_plan.h"

#define IMAGE_PREFIX "machine-image-"
#define IMAGE_DIGITS 16	    /* of the digest, in names */
#define IMAGE_WHOLE "whole" /* an empty volume, made last: the others are filled */
#define IMAGE_BUSY "busy"   /* an empty volume, made first: whoever could make it copies, the others wait */
#define IMAGE_WAIT_MS (30 * 60 * 1000)
#define IMAGE_STALL_MS 60000 /* so long nothing has grown: whoever copied has died */

static const struct image_part {
	const char *name;
	size_t from; /* of struct driver_image: our file */
	size_t to;   /* of struct kvm_image: its path there */
} image_parts[] = {
	{ "vmlinux", offsetof(struct driver_image, vmlinux), offsetof(struct kvm_image, kernel) },
	{ "initrd", offsetof(struct driver_image, initrd), offsetof(struct kvm_image, initrd) },
	{ "root.erofs", offsetof(struct driver_image, root), offsetof(struct kvm_image, root) },
	{ "data.qcow2", offsetof(struct driver_image, disk), offsetof(struct kvm_image, disk) },
	{ "iso", offsetof(struct driver_image, iso), offsetof(struct kvm_image, iso) },
};
/* All names behind the digest. */
static const char *const image_names[] = { "vmlinux", "initrd",	   "root.erofs", "data.qcow2",
					   "iso",     IMAGE_WHOLE, IMAGE_BUSY };

void kvm_image_release(struct kvm_image *i)
{
	free(i->kernel);
	free(i->initrd);
	free(i->root);
	free(i->disk);
	free(i->iso);
	memset(i, 0, sizeof(*i));
}

static const char *image_file(const struct driver_image *image, const struct image_part *p)
{
	return *(const char *const *)((const char *)image + p->from);
}

static char *image_volume(const struct driver_image *image, const char *part)
{
	return xasprintf(IMAGE_PREFIX "%.*s.%s", IMAGE_DIGITS, image->digest, part);
}

static struct err *image_is_whole(virStoragePoolPtr pool, const struct driver_image *image, bool *ret)
{
	auto_free char *mark = image_volume(image, IMAGE_WHOLE);
	auto_vol vol = virt.virStorageVolLookupByName(pool, mark);

	*ret = vol;
	if (!vol && virt_last_code() != VIR_ERR_NO_STORAGE_VOL)
		return virt_error("cannot look for volume '%s'", mark);
	return NULL;
}

static uint64_t image_bytes(const struct driver_image *image)
{
	uint64_t all = 0;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(image_parts); i++)
		if (image_file(image, &image_parts[i]) && stat(image_file(image, &image_parts[i]), &st) == 0)
			all += (uint64_t)st.st_size;
	return all;
}

/* A line at each tenth, but only while it takes long enough to wonder. */
struct copying {
	const struct driver_env *env;
	uint64_t all, before;
	int told;
	int64_t next_ms;
};

static void image_progress(void *data, uint64_t bytes)
{
	struct copying *c = data;
	int percent = c->all ? (int)((c->before + bytes) * 100 / c->all) : 100;

	if (percent < c->told + 10 || percent >= 100 || clock_now_ms() < c->next_ms)
		return;
	auto_free char *line = xasprintf("Copying the image: %d %%", percent);
	c->env->report(c->env->data, line);
	c->told = percent;
	c->next_ms = clock_now_ms() + 2000;
}

static struct err *image_copy_part(virStoragePoolPtr pool, const struct driver_image *image, const struct image_part *p,
				   struct copying *c)
{
	const char *file = image_file(image, p);
	auto_free char *name = image_volume(image, p->name);
	struct kvm_volume v = { .name = name, .mode = "0644" };
	struct stat st;

	if (!file)
		return NULL;
	if (stat(file, &st) < 0)
		return err_errno(ERR_FAILED, "cannot read '%s'", file);
	v.bytes = (uint64_t)st.st_size;
	v.qcow2 = str_ends(p->name, ".qcow2");
	if (v.qcow2)
		TRY(disk_size(file, &v.bytes));
	TRY(storage_make(pool, &v, NULL));
	TRY(storage_upload(pool, name, file, image_progress, c));
	c->before += (uint64_t)st.st_size;
	return NULL;
}

static struct err *image_copy(const struct driver_env *env, virStoragePoolPtr pool, const struct driver_image *image)
{
	struct copying c = { .env = env, .all = image_bytes(image), .next_ms = clock_now_ms() + 2000 };
	auto_free char *mark = image_volume(image, IMAGE_WHOLE);
	auto_free char *size = num_bytes_text(c.all);
	auto_free char *line = xasprintf("Copying the image into the storage pool (%s)...", size);
	const struct kvm_volume v = { .name = mark, .mode = "0644" };

	TRY(storage_need_room(pool, c.all + c.all / 8));
	env->report(env->data, line);
	for (size_t i = 0; i < ARRAY_SIZE(image_parts); i++)
		TRY(image_copy_part(pool, image, &image_parts[i], &c));
	return storage_make(pool, &v, NULL);
}

/* What domains and disks of machines name: an image that is in it is used, by whichever host shares the pool. */
static struct err *image_used(virConnectPtr conn, virStoragePoolPtr pool, struct str *ret)
{
	virStorageVolPtr *volumes = NULL;
	struct err *e = NULL;
	int n;

	TRY(domain_texts(conn, ret));
	n = virt.virStoragePoolListAllVolumes(pool, &volumes, 0);
	if (n < 0)
		return virt_error("cannot list the storage pool");
	for (int i = 0; i < n; i++) {
		const char *name = virt.virStorageVolGetName(volumes[i]);
		/* The images themselves name each other. */
		bool asked = name && !str_starts(name, IMAGE_PREFIX);
		auto_free char *text = asked ? virt.virStorageVolGetXMLDesc(volumes[i], 0) : NULL;

		if (asked && !text && !e && virt_last_code() != VIR_ERR_NO_STORAGE_VOL)
			e = virt_error("cannot ask what a volume uses");
		str_add(ret, text ? text : "");
		virt.virStorageVolFree(volumes[i]);
	}
	free(volumes);
	return e;
}

/* "machine-image-", sixteen digits, a dot and a name of ours: nobody else's volume is called so by chance. */
static bool image_is_ours(const char *volume)
{
	const char *digits = volume + strlen(IMAGE_PREFIX), *part = digits + IMAGE_DIGITS + 1;

	if (!str_starts(volume, IMAGE_PREFIX) || strspn(digits, "0123456789abcdef") != IMAGE_DIGITS || part[-1] != '.')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(image_names); i++)
		if (str_eq(part, image_names[i]))
			return true;
	return false;
}

struct err *image_drop_old(virConnectPtr conn, virStoragePoolPtr pool, const struct driver_image *image)
{
	auto_free char *own = image_volume(image, "");
	auto_list names = { 0 };
	auto_str used = STR_INIT;
	bool older = false;

	TRY(storage_list(pool, IMAGE_PREFIX, &names));
	for (size_t i = 0; i < names.n; i++)
		older = older || (image_is_ours(names.items[i]) && !str_starts(names.items[i], own));
	if (!older) /* the usual case: not every domain has to be asked for */
		return NULL;
	TRY(image_used(conn, pool, &used));
	/* Backwards through the sorted names: an image's mark goes first, then it is not taken for a whole one. */
	list_sort(&names);
	for (size_t i = names.n; i-- > 0;) {
		const char *name = names.items[i];
		auto_free char *digits =
			image_is_ours(name) ? xstrndup(name + strlen(IMAGE_PREFIX), IMAGE_DIGITS) : NULL;
		auto_free char *busy = digits ? xasprintf(IMAGE_PREFIX "%s." IMAGE_BUSY, digits) : NULL;

		/* One that is being copied is about to be used. */
		if (digits && !str_starts(name, own) && !strstr(used.buf, digits) && !list_has(&names, busy))
			TRY(storage_delete(pool, name));
	}
	return NULL;
}

struct storing {
	const struct driver_env *env;
	virStoragePoolPtr pool;
	const struct driver_image *image;
	const char *claim; /* a file of ours: we have made the busy mark */
	char *busy;
	uint64_t seen; /* bytes, when something last grew */
	int64_t grew_ms;
	bool told;
};

static uint64_t image_allocated(struct storing *s)
{
	uint64_t all = 0;

	for (size_t i = 0; i < ARRAY_SIZE(image_parts); i++) {
		auto_free char *name = image_volume(s->image, image_parts[i].name);
		auto_vol vol = virt.virStorageVolLookupByName(s->pool, name);
		virStorageVolInfo info;

		if (vol && virt.virStorageVolGetInfo(vol, &info) == 0)
			all += info.allocation + 1;
	}
	return all;
}

/* Only one client can make the mark. The file says that it was us, should we die. */
static struct err *image_claim(struct storing *s, bool *ret)
{
	const struct kvm_volume v = { .name = s->busy, .mode = "0644" };
	auto_free char *xml = kvm_xml_volume(&v);

	TRY(fs_write(s->claim, s->busy, strlen(s->busy), 0600));
	auto_vol vol = virt.virStorageVolCreateXML(s->pool, xml, 0);
	*ret = vol;
	if (vol)
		return NULL;
	bool exists = virt_last_code() == VIR_ERR_STORAGE_VOL_EXIST;
	struct err *e = virt_error("cannot make volume '%s'", s->busy);
	fs_unlink(s->claim);
	if (!exists)
		return e;
	err_free(e);
	return NULL;
}

/* Somebody else copies, or did: while something grows, he is alive. */
static struct err *image_watch(struct storing *s)
{
	uint64_t now = image_allocated(s);

	if (!s->told)
		s->env->report(s->env->data,
			       "Another client copies the image into the storage pool; waiting for it...");
	s->told = true;
	if (now != s->seen || !s->grew_ms) {
		s->seen = now;
		s->grew_ms = clock_now_ms();
	} else if (clock_now_ms() - s->grew_ms > IMAGE_STALL_MS) {
		log_debug("whoever copied the image has died");
		TRY(storage_delete(s->pool, s->busy));
	}
	return NULL;
}

static struct err *image_try(void *data, bool *done)
{
	struct storing *s = data;
	bool ours;

	TRY(image_is_whole(s->pool, s->image, done));
	if (*done)
		return NULL;
	TRY(image_claim(s, &ours));
	if (!ours)
		return image_watch(s);
	struct err *e = image_copy(s->env, s->pool, s->image);
	struct err *undone = storage_delete(s->pool, s->busy);
	if (!undone)
		fs_unlink(s->claim);
	err_free(undone);
	*done = !e;
	return e;
}

/* Our lock is held: a claim of ours that is still there is of one who died. */
static struct err *image_take_back(struct storing *s)
{
	auto_free char *text = NULL;
	auto_err *e = fs_read(s->claim, 256, &text, NULL);

	if (e || !str_eq(text, s->busy))
		return NULL;
	TRY(storage_delete(s->pool, s->busy));
	fs_unlink(s->claim);
	return NULL;
}

static struct err *image_fetch(const struct driver_env *env, const struct kvm_config *c, virStoragePoolPtr pool,
			       const struct driver_image *image)
{
	auto_free char *lock_path = kvm_lock_path(env, c, "image");
	auto_free char *claim = xasprintf("%s.claim", lock_path);
	auto_free char *busy = image_volume(image, IMAGE_BUSY);
	struct storing s = { .env = env, .pool = pool, .image = image, .claim = claim, .busy = busy };
	auto_close int lock = -1;

	TRY(fs_mkdirs(env->state_dir, 0700));
	TRY(fs_lock(lock_path, IMAGE_WAIT_MS, &lock));
	TRY(image_take_back(&s));
	return retry_until(deadline_in(IMAGE_WAIT_MS), 200, "another copy of the image into the storage pool",
			   image_try, &s);
}

struct err *image_store(const struct driver_env *env, const struct kvm_config *c, virStoragePoolPtr pool,
			const struct driver_image *image, struct kvm_image *ret)
{
	auto_kvm_image found = { 0 };
	bool whole;

	TRY(image_is_whole(pool, image, &whole));
	if (!whole)
		TRY(image_fetch(env, c, pool, image));
	for (size_t i = 0; i < ARRAY_SIZE(image_parts); i++) {
		auto_free char *name = image_volume(image, image_parts[i].name);

		if (image_file(image, &image_parts[i]))
			TRY(storage_path(pool, name, (char **)((char *)&found + image_parts[i].to)));
	}
	*ret = found;
	found = (struct kvm_image){ 0 };
	return NULL;
}
