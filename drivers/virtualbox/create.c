/* SPDX-License-Identifier: Apache-2.0 */
/* Making a machine: as few calls of VBoxManage as it takes. */
#include "drivers/virtualbox/create.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/net/loopback.h"
#include "drivers/virtualbox/format_me.h"
#include "drivers/virtualbox/hostonly_net.h"
#include "drivers/virtualbox/iso.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/nat.h"
#include "drivers/virtualbox/vmdk.h"
#include "drivers/virtualbox/words.h"
#include "drivers/vm/choice.h"

#define CONTROLLER "SATA"

struct err *vbox_plan(void *self)
{
	struct vbox *v = self;
	const struct driver_env *env = v->env;
	char *address = NULL;

	if (vbox_is_hostonly(&v->config))
		return hostonly_reserve(v);
	/* A listener on all addresses is no obstacle here: the machine takes other ports then. */
	struct err *e = loopback_reserve(env->state_dir, env->dir, env->store, env->name, true, &address);
	if (e && e->code == ERR_FAILED) {
		err_free(e);
		e = loopback_reserve(env->state_dir, env->dir, env->store, env->name, false, &address);
	}
	TRY(e);
	free(v->config.address);
	v->config.address = address;
	return nat_choose(&v->config);
}

/* A copy: an upgrade of the image must not change what a machine boots, and VirtualBox knows a medium by its path. */
static struct err *create_iso(const struct vbox *v, const struct driver_image *image, char **ret_path)
{
	auto_free char *wanted = NULL;
	auto_free char *path = fs_join(v->env->dir, VBOX_FILE_ISO);

	if (*v->config.iso)
		TRY(choice_find_iso(v->config.iso, &wanted));
	else if (!image->iso)
		return err_hint(err_new(ERR_NOT_FOUND, "the guest image lacks machine.iso"), "Build it: make image");
	TRY(fs_copy(wanted ? wanted : image->iso, path, 0600));
	*ret_path = TAKE(path);
	return NULL;
}

/* The guest formats an empty disk; boot2docker's does when it is asked to. */
static struct err *create_disk(const struct vbox *v, char **ret_path)
{
	auto_free char *path = fs_join(v->env->dir, VBOX_FILE_DISK), *extent = fs_join(v->env->dir, VBOX_FILE_EXTENT);
	auto_free char *key_path = fs_join(v->env->dir, VM_FILE_SSH_KEY ".pub"), *key = NULL;
	auto_str begin = STR_INIT;

	if (v->config.boot2docker) {
		TRY(fs_read(key_path, 65536, &key, NULL));
		TRY(format_me_make(key, &begin));
	}
	TRY(vmdk_make(path, extent, v->config.disk_mib, &begin));
	*ret_path = TAKE(path);
	return NULL;
}

static struct err *create_attach(const struct vbox *v, const char *port, const char *type, const char *path)
{
	return manage(v, MANAGE_ASK_MS, NULL, "storageattach", vbox_id(v), "--storagectl", CONTROLLER, "--port", port,
		      "--device", "0", "--type", type, "--medium", path, NULL);
}

static struct err *create_share(const struct vbox *v)
{
	auto_vbox_share s = { 0 };

	if (!vbox_share(&v->config, &s))
		return NULL;
	auto_free char *key = xasprintf("VBoxInternal2/SharedFoldersEnableSymlinksCreate/%s", s.name);
	TRY(manage(v, MANAGE_ASK_MS, NULL, "sharedfolder", "add", vbox_id(v), "--name", s.name, "--hostpath", s.dir,
		   "--automount", NULL));
	return manage(v, MANAGE_ASK_MS, NULL, "setextradata", vbox_id(v), key, "1", NULL);
}

static struct err *create_close_loopback(const struct vbox *v)
{
	auto_free char *key = vbox_loopback_key(&v->config);

	if (vbox_version_compare(&v->version, 7, 0, 0) < 0)
		return NULL;
	return manage(v, MANAGE_ASK_MS, NULL, "setextradata", vbox_id(v), key, "0", NULL);
}

struct err *vbox_create(void *self, const struct driver_image *image, const char *seed)
{
	struct vbox *v = self;
	const struct vbox_config *c = &v->config;
	auto_free char *iso = NULL, *disk = NULL, *interface = NULL, *agent = vbox_agent_path(v);
	auto_list words = { 0 };

	TRY(create_iso(v, image, &iso));
	TRY(create_disk(v, &disk));
	if (vbox_is_hostonly(c))
		TRY(hostonly_prepare(v, &interface));
	v->env->report(v->env->data, "Creating VirtualBox VM...");
	TRY(manage(v, MANAGE_ASK_MS, NULL, "createvm", "--basefolder", v->env->dir, "--name", v->env->name, "--uuid",
		   c->uuid, "--register", NULL));
	vbox_modify_words(c, v->console, agent, interface, &words);
	TRY(manage_run(v, &words, MANAGE_ASK_MS, NULL));
	TRY(manage(v, MANAGE_ASK_MS, NULL, "storagectl", c->uuid, "--name", CONTROLLER, "--add", "sata", "--portcount",
		   "3", "--hostiocache", "on", NULL));
	TRY(create_attach(v, "0", "dvddrive", iso));
	TRY(create_attach(v, "1", "hdd", disk));
	if (!c->boot2docker)
		TRY(create_attach(v, "2", "dvddrive", seed));
	TRY(create_share(v));
	TRY(create_close_loopback(v));
	v->made = true;
	return NULL;
}

struct err *vbox_upgrade(void *self, const struct driver_image *image)
{
	struct vbox *v = self;
	auto_free char *path = NULL;

	if (!*v->config.uuid || (v->config.boot2docker && !*v->config.iso))
		return err_hint(err_new(ERR_UNSUPPORTED, "boot2docker has had no release since 2020"),
				"Make another machine, which boots our image: machine create -d virtualbox NAME");
	return create_iso(v, image, &path);
}
