/* SPDX-License-Identifier: Apache-2.0 */
/* Where a machine will be, and making it: in the order in which things depend on each other. */
#include "drivers/kvm/create.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/kvm/accel.h"
#include "drivers/kvm/conn.h"
#include "drivers/kvm/domain.h"
#include "drivers/kvm/handle.h"
#include "drivers/kvm/image.h"
#include "drivers/kvm/network.h"
#include "drivers/kvm/network_own.h"
#include "drivers/kvm/record.h"
#include "drivers/kvm/storage.h"
#include "drivers/kvm/uri.h"
#include "drivers/kvm/xml.h"
#include "drivers/net/loopback.h"
#include "drivers/net/user_net.h"
#include "drivers/vm/choice.h"
#include "drivers/vm/cmdline.h"
#include "drivers/vm/disk_plan.h"
#include "drivers/vm/tsc.h"

char *kvm_volume_name(const struct kvm *k, const char *part)
{
	return xasprintf("%s-%.8s.%s", k->env->name, k->config.uuid, part);
}

struct err *kvm_conn(const struct kvm *k, virConnectPtr *ret)
{
	return conn_get(k->config.uri, k->env->patience_ms, ret);
}

static struct err *plan_reach(struct kvm *k)
{
	struct kvm_config *c = &k->config;
	auto_uri u = { 0 };
	const char *name;

	TRY(kvm_uri_parse(c->uri, &u));
	if (kvm_net_parse(c->network, &name) == KVM_NET_USER)
		c->reach = KVM_REACH_USER;
	else if (str_eq(c->jump, KVM_JUMP_NONE))
		c->reach = KVM_REACH_DIRECT;
	else if (*c->jump)
		c->reach = KVM_REACH_JUMP;
	/* An address that nobody promised is one of the user's own network, which is taken to reach here. */
	else if (kvm_uri_is_remote(&u) && c->reserved && !(c->routed && network_is_routed_here(c->guest_address)))
		c->reach = KVM_REACH_JUMP;
	else
		c->reach = KVM_REACH_DIRECT;
	return NULL;
}

/*
 * Of QEMU's user networking; our own network, where there is one, was chosen with it. Here, and never again: a machine whose
 * record names none has the network that was the only one when it was made.
 */
static void plan_subnet(struct kvm_config *c)
{
	if (c->reach != KVM_REACH_USER || *c->subnet)
		return;
	free(c->subnet);
	c->subnet = user_net_choose();
}

static void plan_keep(const struct kvm *k)
{
	auto_free char *path = fs_join(k->env->dir, KVM_FILE_SELF);
	auto_json *tree = json_object();

	kvm_config_save(&k->config, k->env, tree);
	auto_free char *text = json_print(tree, 4);
	IGNORE(fs_write(path, text, strlen(text), 0600));
}

struct err *kvm_plan(void *self)
{
	struct kvm *k = self;
	struct kvm_config *c = &k->config;
	auto_conn conn = NULL;
	char *address;

	plan_keep(k);
	TRY(kvm_conn(k, &conn));
	TRY(network_prepare(k->env, conn, c));
	TRY(plan_reach(k));
	plan_subnet(c);
	if (c->reach == KVM_REACH_DIRECT)
		address = xstrdup(c->guest_address);
	else
		TRY(loopback_reserve(k->env->state_dir, k->env->dir, k->env->store, k->env->name, true, &address));
	free(c->address);
	c->address = address;
	plan_keep(k);
	return NULL;
}

static struct err *create_disk(const struct kvm *k, virStoragePoolPtr pool, const struct driver_image *image,
			       const struct kvm_image *there, char **ret_path)
{
	auto_free char *name = kvm_volume_name(k, KVM_VOLUME_DISK);
	struct kvm_volume v = { .name = name, .qcow2 = true, .mode = "0600" };
	struct disk_plan plan;

	TRY(disk_plan(image->disk, k->config.disk_mib, &plan));
	v.bytes = plan.bytes;
	v.backing = plan.blank ? NULL : there->disk;
	return storage_make(pool, &v, ret_path);
}

static struct err *create_seed(const struct kvm *k, virStoragePoolPtr pool, const char *seed, char **ret_path)
{
	auto_free char *name = kvm_volume_name(k, KVM_VOLUME_SEED);
	struct kvm_volume v = { .name = name, .bytes = 1, .mode = "0600" };

	TRY(storage_make(pool, &v, ret_path));
	return storage_upload(pool, name, seed, NULL, NULL);
}

struct err *kvm_reseed(void *self, const char *seed)
{
	struct kvm *k = self;
	auto_free char *path = NULL;
	auto_conn conn = NULL;
	auto_pool pool = NULL;

	TRY(kvm_conn(k, &conn));
	TRY(storage_pool(conn, &k->config, &pool));
	/* A guest that runs has read its seed and keeps the old file. */
	return create_seed(k, pool, seed, &path);
}

static int create_cpus(const struct kvm_config *c, virConnectPtr conn, bool kvm)
{
	virNodeInfo node;

	if (c->cpus > 0 || !kvm) /* emulated, a second processor makes a boot dearer and no faster */
		return c->cpus > 0 ? c->cpus : 1;
	if (virt.virNodeGetInfo(conn, &node) < 0)
		return 1;
	return node.cpus < 1 ? 1 : node.cpus > 4 ? 4 : (int)node.cpus;
}

static struct err *create_define(struct kvm *k, virConnectPtr conn, const struct kvm_domain *d)
{
	auto_free char *xml = kvm_xml_domain(d), *merged = NULL;
	auto_domain domain = NULL;
	bool own = *k->config.xml_file;

	if (own)
		TRY(kvm_xml_merge(xml, k->config.xml_file, &merged));
	log_debug("defining the domain:\n%s", own ? merged : xml);
	domain = virt.virDomainDefineXMLFlags(conn, own ? merged : xml, own ? VIR_DOMAIN_DEFINE_VALIDATE : 0);
	if (!domain)
		return err_hint(virt_error("libvirt does not take the machine's definition"),
				own ? "The elements of --kvm-xml-file are in it: see libvirt.org/formatdomain.html"
				    : "See it with: machine --debug create ...");
	return NULL;
}

/* The rate of this host's counter tells nothing of another's. */
static int64_t create_tsc(const struct kvm *k)
{
	auto_uri u = { 0 };
	auto_err *e = kvm_uri_parse(k->config.uri, &u);

	return e || kvm_uri_is_remote(&u) ? 0 : tsc_khz();
}

char *kvm_channel_path(const struct kvm *k)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	auto_uri u = { 0 };
	auto_err *e = kvm_uri_parse(k->config.uri, &u);

	return !e && u.session && runtime && *runtime == '/'
		       ? xasprintf("%s/machine-%.8s.agent", runtime, k->config.uuid)
		       : NULL;
}

/* The probe boots kernel and initrd, which are in the pool unless an ISO is booted. */
static struct err *create_accel(const struct kvm *k, virConnectPtr conn, virStoragePoolPtr pool,
				const struct driver_image *all, const struct kvm_image *there, bool *ret_kvm)
{
	struct driver_image parts = *all;
	auto_kvm_image own = { 0 };

	parts.iso = NULL;
	if (k->config.accel == VM_ACCEL_AUTO && !there->kernel)
		TRY(image_store(k->env, &k->config, pool, &parts, &own));
	return accel_choose(k->env, conn, &k->config, there->kernel ? there : &own, all, ret_kvm);
}

/*
 * What of the image this machine boots: all but its ISO, or the ISO that the user names with the image's empty disk. That
 * one has no list of digests; path, size and time name its content. The caller frees *ret_digest and *ret_iso.
 */
static struct err *create_parts(const struct kvm *k, const struct driver_image *image, struct driver_image *ret,
				char **ret_iso, char **ret_digest)
{
	const char *iso = k->config.iso;
	struct stat st;

	*ret = *image;
	ret->iso = NULL;
	if (!*iso)
		return NULL;
	TRY(choice_find_iso(iso, ret_iso));
	if (stat(*ret_iso, &st) < 0)
		return err_errno(ERR_FAILED, "cannot look at '%s'", *ret_iso);
	auto_free char *stamp =
		xasprintf("%lld %lld.%09ld", (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	*ret_digest = xasprintf("%016" PRIx64, loopback_hash(*ret_iso, stamp));
	*ret = (struct driver_image){ .dir = image->dir, .disk = image->disk, .iso = *ret_iso, .digest = *ret_digest };
	return NULL;
}

struct err *kvm_create(void *self, const struct driver_image *all, const char *seed)
{
	struct kvm *k = self;
	auto_free char *disk = NULL, *seed_path = NULL, *folder = NULL, *console = NULL;
	auto_free char *console_name = kvm_volume_name(k, KVM_VOLUME_CONSOLE);
	auto_str words = STR_INIT;
	auto_kvm_image there = { 0 };
	auto_kvm_image again = { 0 };
	auto_conn conn = NULL;
	auto_pool pool = NULL;
	auto_free char *channel = kvm_channel_path(k), *iso = NULL, *digest = NULL;
	struct driver_image parts;
	bool kvm;

	TRY(create_parts(k, all, &parts, &iso, &digest));
	TRY(kvm_conn(k, &conn));
	TRY(domain_check_name(conn, &k->config, k->env->name));
	TRY(storage_pool(conn, &k->config, &pool));
	TRY(storage_need_room(pool, KVM_ROOM_MIN));
	TRY(image_store(k->env, &k->config, pool, &parts, &there));
	TRY(create_accel(k, conn, pool, all, &there, &kvm));
	TRY(create_disk(k, pool, all, &there, &disk));
	TRY(create_seed(k, pool, seed, &seed_path));
	TRY(storage_folder(pool, &folder));
	console = fs_join(folder, console_name);
	free(k->config.image);
	k->config.image = xstrdup(parts.digest);
	vm_cmdline(&words, all->cmdline ? all->cmdline : "", !kvm, kvm ? 0 : create_tsc(k));
	const struct kvm_domain d = {
		.name = k->env->name,
		.store = k->env->store,
		.config = &k->config,
		.emulated = !kvm,
		.cpus = create_cpus(&k->config, conn, kvm),
		.kernel = there.kernel,
		.initrd = there.initrd,
		.cmdline = words.buf,
		.root = there.root,
		.iso = there.iso,
		.disk = disk,
		.seed = seed_path,
		.console = console,
		.channel = channel,
	};
	TRY(create_define(k, conn, &d));
	/* Until the domain named it, another client could drop the image as an old one. */
	TRY(image_store(k->env, &k->config, pool, &parts, &again));
	IGNORE(image_drop_old(conn, pool, &parts));
	return NULL;
}
