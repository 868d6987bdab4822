/* SPDX-License-Identifier: Apache-2.0 */
/* The command's side: starting, ending, asking. */
#include "drivers/kvm/forwarder.h"

#include <signal.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/helper.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/keeper/port_work.h"
#include "drivers/kvm/forwarder_way.h"

#define START_MS 45000 /* an SSH login over a slow line */

struct err *forwarder_start(const struct kvm *k)
{
	auto_free char *log = fs_join(k->env->dir, KVM_FILE_LOG);
	auto_json *order = cJSON_CreateObject();
	const struct helper h = { "kvm", "forward", k->env->name, log, NULL, "the way to the hypervisor's host" };

	if (k->config.reach == KVM_REACH_DIRECT || fs_is_locked(k->lock))
		return NULL;
	json_set_str(order, "name", k->env->name);
	json_set_str(order, "store", k->env->store);
	json_set_str(order, "dir", k->env->dir);
	json_set_str(order, "state_dir", k->env->state_dir);
	kvm_config_save(&k->config, k->env, json_object_at(order, "driver"));
	struct err *e = helper_run(&h, order, START_MS);
	if (e && e->code == ERR_WRONG_STATE) { /* another command was first */
		err_free(e);
		return NULL;
	}
	return e;
}

struct err *forwarder_end(const struct kvm *k)
{
	auto_free char *ports = fs_join(k->env->dir, KVM_FILE_PORTS);

	/* It notices that the domain is gone; sooner when told. */
	TRY(lockfile_end_owner(k->lock));
	ssh_way_clean(k);
	unlink(ports);
	return NULL;
}

struct err *forwarder_ports(const struct kvm *k, cJSON **ret)
{
	auto_free char *path = fs_join(k->env->dir, KVM_FILE_PORTS);

	return port_work_read(path, ret);
}
