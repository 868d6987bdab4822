/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/kvm.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/kvm/create.h"
#include "drivers/kvm/handle.h"
#include "drivers/kvm/keep.h"
#include "drivers/kvm/power.h"
#include "drivers/kvm/precheck.h"
#include "drivers/kvm/reach.h"
#include "drivers/kvm/record.h"
#include "drivers/kvm/remove.h"
#include "drivers/net/user_net.h"

static struct kvm *kvm_new(const struct driver_env *env)
{
	struct kvm *k = xcalloc(1, sizeof(*k));

	k->env = env;
	k->console = fs_join(env->dir, VM_FILE_CONSOLE);
	k->lock = fs_join(env->dir, KVM_FILE_LOCK);
	return k;
}

static void kvm_close(void *self)
{
	struct kvm *k = self;

	if (!k)
		return;
	kvm_config_release(&k->config);
	free(k->console);
	free(k->lock);
	free(k);
}

static struct err *kvm_from_opts(const struct driver_env *env, const struct opts *opts, void **ret_self)
{
	struct kvm_config c;

	TRY(kvm_config_from_opts(opts, &c));
	struct kvm *k = kvm_new(env);
	k->config = c;
	*ret_self = k;
	return NULL;
}

static struct err *kvm_from_record(const struct driver_env *env, const cJSON *driver, void **ret_self)
{
	struct kvm_config c;

	TRY(kvm_config_from_record(driver, &c));
	struct kvm *k = kvm_new(env);
	k->config = c;
	*ret_self = k;
	return NULL;
}

static struct err *kvm_save(void *self, cJSON *into)
{
	struct kvm *k = self;

	kvm_config_save(&k->config, k->env, into);
	return NULL;
}

static struct err *kvm_seed_machine(void *self, cJSON *machine)
{
	struct kvm_config *c = &((struct kvm *)self)->config;
	cJSON *network = json_object_at(machine, "network");

	json_set(machine, "mounts", shares_mounts(&c->shares));
	if (c->reach == KVM_REACH_USER) {
		const struct user_net u = user_net_of(c->subnet);
		auto_resolver host = { { 0 } };

		resolver_host(&host);
		user_net_seed(network, c->mac, true, &u, &host);
		return NULL;
	}
	json_set_str(network, "mode", "dhcp");
	json_set_str(network, "mac", c->mac);
	return NULL;
}

static bool kvm_was_woken(void *self)
{
	return ((struct kvm *)self)->woken;
}

/* A record that cannot be read: its second copy says where to look. */
static struct err *kvm_sweep(const struct driver_env *env)
{
	auto_free char *path = fs_join(env->dir, KVM_FILE_SELF);
	auto_json *tree = NULL;
	void *self;

	if (!fs_exists(path))
		return NULL;
	TRY(json_read_file(path, &tree));
	TRY(kvm_from_record(env, tree, &self));
	struct err *e = kvm_remove(self);
	kvm_close(self);
	return e;
}

static int kvm_helper_main(int argc, char *const *argv)
{
	return argc > 0 && str_eq(argv[0], "keep") ? keep_kvm_main() : 2;
}

const struct driver_ops driver_kvm = {
	.name = "kvm",
	.summary = "Virtual machines through libvirt, on this host or on others",
	.caps = DRIVER_NEEDS_IMAGE | DRIVER_KEEPS_IMAGE,
	.opts = kvm_opts,
	.from_opts = kvm_from_opts,
	.from_record = kvm_from_record,
	.close = kvm_close,
	.save = kvm_save,
	.precheck = kvm_precheck,
	.plan = kvm_plan,
	.seed_machine = kvm_seed_machine,
	.create = kvm_create,
	.remove = kvm_remove,
	.start = kvm_start,
	.stop = kvm_stop,
	.kill = kvm_kill,
	.wait_ready = kvm_wait_ready,
	.state = kvm_state,
	.endpoint = kvm_endpoint,
	.reach = kvm_reach,
	.ports = kvm_ports,
	.certificates = kvm_certificates,
	.reseed = kvm_reseed,
	.was_woken = kvm_was_woken,
	.resize = kvm_resize,
	.problem = kvm_problem,
	.fetch_console = kvm_console,
	.sweep = kvm_sweep,
	.helper_main = kvm_helper_main,
};
