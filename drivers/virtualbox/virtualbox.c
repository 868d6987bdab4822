/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/virtualbox.h"

#include "base/json.h"
#include "base/mem.h"
#include "drivers/net/user_net.h"
#include "drivers/virtualbox/create.h"
#include "drivers/virtualbox/handle.h"
#include "drivers/virtualbox/hostonly.h"
#include "drivers/virtualbox/keep.h"
#include "drivers/virtualbox/power.h"
#include "drivers/virtualbox/precheck.h"
#include "drivers/virtualbox/problem.h"
#include "drivers/virtualbox/reach.h"
#include "drivers/virtualbox/ready.h"
#include "drivers/virtualbox/record.h"
#include "drivers/virtualbox/remove.h"
#include "drivers/virtualbox/settings.h"
#include "drivers/virtualbox/start.h"
#include "drivers/virtualbox/state.h"

#define CHANNEL "ttyS1" /* the guest's second serial port, see docs/guest.md */

static struct err *vbox_from_opts(const struct driver_env *env, const struct opts *opts, void **ret_self)
{
	struct vbox_config c;

	TRY(vbox_config_from_opts(opts, &c));
	struct vbox *v = vbox_new(env);
	v->config = c;
	*ret_self = v;
	return NULL;
}

static struct err *vbox_from_record(const struct driver_env *env, const cJSON *driver, void **ret_self)
{
	struct vbox_config c;

	TRY(vbox_config_from_record(driver, &c));
	struct vbox *v = vbox_new(env);
	v->config = c;
	if (!*c.uuid)
		v->old_uuid = settings_read_uuid(env->dir, env->name);
	*ret_self = v;
	return NULL;
}

static struct err *vbox_save(void *self, cJSON *into)
{
	struct vbox *v = self;

	vbox_config_save(&v->config, v->env, into);
	return NULL;
}

/* VirtualBox answers names at 10.0.2.3 when it is told to; else only its DHCP server knows the host's servers. */
static void seed_nat(const struct vbox_config *c, cJSON *network)
{
	if (c->dns_proxy || c->host_dns) {
		const struct user_net u = user_net_of("");

		user_net_seed(network, c->mac, true, &u, NULL);
		return;
	}
	json_set_str(network, "mode", "dhcp");
	json_set_str(network, "mac", c->mac);
}

static void seed_hostonly(const struct vbox_config *c, cJSON *machine)
{
	cJSON *list = json_array(), *network = json_object();
	struct hostonly h;
	auto_err *bad = hostonly_parse(c->hostonly_cidr, &h); /* checked with the options */
	auto_free char *address = xasprintf("%s/%d", c->address, bad ? 24 : h.net.prefix);

	json_set_str(network, "mode", "static");
	json_set_str(network, "mac", c->hostonly_mac);
	json_set_str(network, "address", address);
	cJSON_AddItemToArray(list, network);
	json_set(machine, "networks", list);
}

static struct err *vbox_seed_machine(void *self, cJSON *machine)
{
	struct vbox *v = self;
	const struct vbox_config *c = &v->config;
	auto_free char *agent = vbox_agent_path(v);
	auto_vbox_share s = { 0 };
	cJSON *mounts = json_array();

	seed_nat(c, json_object_at(machine, "network"));
	if (vbox_is_hostonly(c))
		seed_hostonly(c, machine);
	if (vbox_share(c, &s)) {
		auto_free char *path = xasprintf("/%s", s.name);
		cJSON *mount = json_object();

		json_set_str(mount, "tag", s.name);
		json_set_str(mount, "path", path);
		json_set_str(mount, "type", "vboxsf");
		json_set_bool(mount, "readonly", false);
		cJSON_AddItemToArray(mounts, mount);
	}
	json_set(machine, "mounts", mounts);
	if (agent)
		json_set_str(machine, "channel", CHANNEL);
	return NULL;
}

static bool vbox_was_woken(void *self)
{
	return !((struct vbox *)self)->started;
}

/* boot2docker's has no use for a seed, and that is what docker-machine's own machines boot, whose records have no UUID. */
static enum driver_system vbox_system(const void *self)
{
	const struct vbox *v = self;

	return v->config.boot2docker || !*v->config.uuid ? DRIVER_SYSTEM_OTHER : DRIVER_SYSTEM_OURS;
}

static const char *vbox_console(void *self)
{
	return ((struct vbox *)self)->console;
}

static int vbox_helper_main(int argc, char *const *argv)
{
	return argc > 0 && str_eq(argv[0], "keep") ? vbox_keep_main() : 2;
}

const struct driver_ops driver_virtualbox = {
	.name = "virtualbox",
	.summary = "Virtual machines of Oracle's VirtualBox, through VBoxManage",
	.caps = DRIVER_NEEDS_IMAGE | DRIVER_KEEPS_IMAGE | DRIVER_NEEDS_ISO,
	.opts = vbox_opts,
	.from_opts = vbox_from_opts,
	.from_record = vbox_from_record,
	.close = vbox_close,
	.save = vbox_save,
	.precheck = vbox_precheck,
	.plan = vbox_plan,
	.seed_machine = vbox_seed_machine,
	.create = vbox_create,
	.remove = vbox_remove,
	.start = vbox_start,
	.stop = vbox_stop,
	.kill = vbox_kill,
	.wait_ready = vbox_wait_ready,
	.state = vbox_state_of,
	.endpoint = vbox_endpoint,
	.reach = vbox_reach,
	.ports = vbox_ports,
	.certificates = vbox_certificates,
	.was_woken = vbox_was_woken,
	.system = vbox_system,
	.upgrade = vbox_upgrade,
	.resize = vbox_resize,
	.problem = vbox_problem,
	.fetch_console = vbox_console,
	.sweep = vbox_sweep,
	.helper_main = vbox_helper_main,
};
