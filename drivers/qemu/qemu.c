/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/qemu.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/client.h"
#include "drivers/keeper/ports.h"
#include "drivers/net/loopback.h"
#include "drivers/net/user_net.h"
#include "drivers/qemu/args.h"
#include "drivers/qemu/config.h"
#include "drivers/qemu/disk.h"
#include "drivers/qemu/handle.h"
#include "drivers/qemu/keep.h"
#include "drivers/qemu/kvm_probe.h"
#include "drivers/qemu/order.h"
#include "drivers/qemu/paths.h"
#include "drivers/qemu/power.h"
#include "drivers/qemu/precheck.h"
#include "drivers/qemu/record.h"
#include "drivers/vm/record.h"

static struct qemu *qemu_new(const struct driver_env *env)
{
	struct qemu *q = xcalloc(1, sizeof(*q));

	q->env = env;
	q->lock = fs_join(env->dir, QEMU_FILE_LOCK);
	q->console = fs_join(env->dir, VM_FILE_CONSOLE);
	q->disk = fs_join(env->dir, QEMU_FILE_DISK);
	return q;
}

static void qemu_close(void *self)
{
	struct qemu *q = self;

	if (!q)
		return;
	qemu_config_release(&q->config);
	free(q->lock);
	free(q->console);
	free(q->disk);
	free(q);
}

static struct err *qemu_from_opts(const struct driver_env *env, const struct opts *opts, void **ret_self)
{
	struct qemu_config c;

	TRY(qemu_config_from_opts(opts, &c));
	struct qemu *q = qemu_new(env);
	q->config = c;
	*ret_self = q;
	return NULL;
}

static struct err *qemu_from_record(const struct driver_env *env, const cJSON *driver, void **ret_self)
{
	struct qemu_config c;

	TRY(qemu_config_from_record(driver, &c));
	struct qemu *q = qemu_new(env);
	q->config = c;
	*ret_self = q;
	return NULL;
}

static struct err *qemu_save(void *self, cJSON *into)
{
	struct qemu *q = self;

	qemu_config_save(&q->config, q->env, into);
	return NULL;
}

static struct err *qemu_check(void *self)
{
	struct qemu *q = self;

	return qemu_precheck(q->env, &q->config);
}

static char *qemu_limit(void *self)
{
	struct qemu *q = self;

	return qemu_share_limit(&q->config);
}

static struct err *qemu_plan(void *self)
{
	struct qemu *q = self;
	char *address;

	TRY(loopback_reserve(q->env->state_dir, q->env->dir, q->env->store, q->env->name, true, &address));
	free(q->config.address);
	q->config.address = address;
	if (!*q->config.subnet) {
		free(q->config.subnet);
		q->config.subnet = user_net_choose();
	}
	if (!*q->config.mac) {
		free(q->config.mac);
		q->config.mac = qemu_mac(q->env->store, q->env->name);
	}
	return NULL;
}

/*
 * A record of an earlier version has none, for it was computed from the store's path; what the guest waits for stands in its
 * seed, whatever the store is called by now.
 */
static void qemu_know_mac(struct qemu *q)
{
	auto_free char *seed = fs_join(q->env->dir, VM_FILE_SEED), *mac = *q->config.mac ? NULL : vm_seed_mac(seed);

	if (*q->config.mac)
		return;
	free(q->config.mac);
	q->config.mac = mac ? TAKE(mac) : qemu_mac(q->env->store, q->env->name);
}

/* The record keeps what the guest was made with, and this host may have come into another network since. */
static void qemu_warn_network(const struct qemu *q)
{
	if (q->config.isolated || !user_net_is_taken(q->config.subnet))
		return;
	const struct user_net u = user_net_of(q->config.subnet);
	auto_free char *line =
		xasprintf("%s is the machine's own network, and one of this host's too: the machine does not reach "
			  "that. One made anew (machine create) gets another",
			  u.net);
	q->env->warn(q->env->data, line);
}

static struct err *qemu_seed_machine(void *self, cJSON *machine)
{
	struct qemu *q = self;
	const struct user_net u = user_net_of(q->config.subnet);
	auto_resolver host = { { 0 } };

	qemu_know_mac(q);
	resolver_host(&host);
	user_net_seed(json_object_at(machine, "network"), q->config.mac, !q->config.host_loopback, &u,
		      q->config.isolated ? NULL : &host);
	json_set(machine, "mounts", shares_mounts(&q->config.shares));
	return NULL;
}

static struct err *qemu_create(void *self, const struct driver_image *image, const char *seed)
{
	struct qemu *q = self;

	(void)seed; /* in the machine's folder under the name that start looks for */
	return qemu_disk_create(image->disk, q->disk, q->config.disk_mib);
}

static struct err *qemu_resize(void *self, const struct driver_sizes *sizes)
{
	struct qemu *q = self;
	struct driver_sizes s = { q->config.cpus, q->config.memory_mib, q->config.disk_mib };

	TRY(vm_merge_sizes("qemu", sizes, &s));
	TRY(qemu_disk_grow(q->disk, s.disk_mib));
	q->config.cpus = s.cpus;
	q->config.memory_mib = s.memory_mib;
	q->config.disk_mib = s.disk_mib;
	return NULL;
}

/* Emulated, a second processor makes a boot dearer and no faster; with KVM a machine gets what the host can give. */
static int qemu_cpus(const struct qemu_config *c, bool kvm)
{
	cpu_set_t set;

	if (c->cpus > 0 || !kvm)
		return c->cpus > 0 ? c->cpus : 1;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
	return n < 1 ? 1 : n > 4 ? 4 : n;
}

/* The firmware that saves 0.4 s comes with most builds; it lies in the data folder beside the program. */
static bool qemu_has_qboot(const char *binary)
{
	const char *slash = strrchr(binary, '/');
	auto_free char *path = xasprintf("%.*s/../share/qemu/qboot.rom", (int)(slash - binary), binary);

	return fs_exists(path);
}

static struct err *qemu_fill_order(struct qemu *q, const struct driver_image *image, struct qemu_order *o)
{
	auto_free char *seed = fs_join(q->env->dir, VM_FILE_SEED);
	auto_json *config = json_object();

	TRY(qemu_find_binary(&q->config, &o->binary));
	TRY(kvm_choose(q->env, q->config.accel, o->binary, image, &o->kvm));
	qemu_config_save(&q->config, q->env, config);
	TRY(qemu_config_from_record(config, &o->config));
	o->name = xstrdup(q->env->name);
	o->dir = xstrdup(q->env->dir);
	o->store = xstrdup(q->env->store);
	o->vmlinux = xstrdup(image->vmlinux);
	o->initrd = xstrdup(image->initrd);
	o->root = xstrdup(image->root);
	o->cmdline = xstrdup(image->cmdline ? image->cmdline : "");
	o->disk = xstrdup(q->disk);
	o->seed = fs_exists(seed) ? TAKE(seed) : NULL;
	o->cpus = qemu_cpus(&q->config, o->kvm);
	o->qboot = qemu_has_qboot(o->binary);
	return NULL;
}

static struct err *qemu_start(void *self, const struct driver_image *image)
{
	struct qemu *q = self;
	auto_order o = { 0 };
	bool on;

	TRY(qemu_start_found(q, &on));
	if (on)
		return NULL;
	if (!image || !image->vmlinux || !image->initrd || !image->root)
		return err_hint(err_new(ERR_NOT_FOUND, "the guest image lacks vmlinux, initrd or root.erofs"),
				"Build it: make image");
	if (!*q->config.address)
		return err_new(ERR_WRONG_STATE, "machine '%s' has no address", q->env->name);
	if (!fs_exists(q->disk))
		return err_hint(err_new(ERR_NOT_FOUND, "disk '%s' of the machine is gone", q->disk),
				"Remove the machine and make it anew: machine rm %s", q->env->name);
	qemu_know_mac(q);
	qemu_warn_network(q);
	TRY(qemu_fill_order(q, image, &o));
	return qemu_order_run(&o, NULL, KEEP_START_MS + QEMU_ASK_MS);
}

static struct err *qemu_remove(void *self)
{
	struct qemu *q = self;

	TRY(qemu_kill(q));
	return loopback_release(q->env->state_dir, q->env->dir, q->config.address);
}

/* The lock in the folder tells whether a supervisor runs; an address whose folder is gone is free by itself. */
static struct err *qemu_sweep(const struct driver_env *env)
{
	struct qemu *q = qemu_new(env);
	struct err *e = qemu_kill(q);

	qemu_close(q);
	return e;
}

static struct err *qemu_endpoint(void *self, struct driver_endpoint *ret)
{
	struct qemu *q = self;
	const char *address = q->config.address;

	if (!*address)
		return err_new(ERR_WRONG_STATE, "machine '%s' has no address yet", q->env->name);
	*ret = (struct driver_endpoint){
		.address = xstrdup(address),
		.url = xasprintf("tcp://%s:%d", address, VM_ENGINE_PORT),
		.ssh_host = xstrdup(address),
		.ssh_port = VM_LOOPBACK_SSH_PORT,
		.ssh_user = xstrdup(VM_SSH_USER),
	};
	return NULL;
}

static void qemu_add_port(struct driver_port **list, size_t *n, const struct driver_port *p)
{
	*list = xrealloc(*list, (*n + 1) * sizeof(**list));
	(*list)[(*n)++] = *p;
}

static struct err *qemu_ports(void *self, struct driver_port **ret, size_t *ret_n)
{
	struct qemu *q = self;
	auto_json *answer = NULL;
	struct driver_port *list = NULL;
	size_t n = 0;

	TRY(client_ask(q->env->dir, "ports", QEMU_ASK_MS, &answer));
	for (const cJSON *i = json_first(json_get_or_null(answer, "ports")); i; i = json_next(i)) {
		struct driver_port p = ports_item(i, q->config.address);

		qemu_add_port(&list, &n, &p);
	}
	for (size_t i = 0; i < q->config.forwards_n; i++) {
		const struct qemu_forward *f = &q->config.forwards[i];
		struct driver_port p = { .guest_port = f->guest_port, .host_port = f->host_port };

		memcpy(p.proto, f->proto, sizeof(p.proto));
		p.host_address = xstrdup(q->config.address);
		qemu_add_port(&list, &n, &p);
	}
	*ret = list;
	*ret_n = n;
	return NULL;
}

static struct err *qemu_certificates(void *self, const cJSON *files)
{
	struct qemu *q = self;
	auto_json *request = json_object();
	auto_json *answer = NULL;

	json_set_str(request, "do", "certificates");
	cJSON_AddItemReferenceToObject(request, "files", (cJSON *)files);
	return client_ask_agent(q->env->dir, request, QEMU_ASK_MS, &answer);
}

static bool qemu_was_woken(void *self)
{
	return ((struct qemu *)self)->woken;
}

static const char *qemu_console(void *self)
{
	return ((struct qemu *)self)->console;
}

static int qemu_helper_main(int argc, char *const *argv)
{
	return argc > 0 && str_eq(argv[0], "supervise") ? keep_main() : 2;
}

const struct driver_ops driver_qemu = {
	.name = "qemu",
	.summary = "Virtual machines of your own with QEMU; needs no privilege",
	.caps = DRIVER_NEEDS_IMAGE,
	.opts = qemu_opts,
	.from_opts = qemu_from_opts,
	.from_record = qemu_from_record,
	.close = qemu_close,
	.save = qemu_save,
	.precheck = qemu_check,
	.limit = qemu_limit,
	.plan = qemu_plan,
	.seed_machine = qemu_seed_machine,
	.create = qemu_create,
	.remove = qemu_remove,
	.start = qemu_start,
	.stop = qemu_stop,
	.kill = qemu_kill,
	.wait_ready = qemu_wait_ready,
	.state = qemu_state,
	.endpoint = qemu_endpoint,
	.ports = qemu_ports,
	.certificates = qemu_certificates,
	.resize = qemu_resize,
	.was_woken = qemu_was_woken,
	.problem = qemu_problem,
	.fetch_console = qemu_console,
	.sweep = qemu_sweep,
	.helper_main = qemu_helper_main,
};
