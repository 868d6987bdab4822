/* SPDX-License-Identifier: Apache-2.0 */
/* Power, state, and the wait for the guest. */
#include "drivers/kvm/power.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/keeper/client.h"
#include "drivers/kvm/create.h"
#include "drivers/kvm/domain.h"
#include "drivers/kvm/handle.h"
#include "drivers/kvm/kept.h"
#include "drivers/kvm/network.h"
#include "drivers/kvm/reach.h"
#include "drivers/kvm/storage.h"
#include "drivers/link/boot_wait.h"
#include "drivers/link/text.h"
#include "drivers/vm/sizes.h"

#define CLOCK_MS 5000
#define CONSOLE_BYTES ((size_t)64 * 1024)

static struct err *power_domain(const struct kvm *k, virConnectPtr *ret_conn, virDomainPtr *ret)
{
	TRY(kvm_conn(k, ret_conn));
	TRY(domain_need(*ret_conn, &k->config, k->env->name, ret));
	return domain_is_here(*ret, k->env);
}

static void power_follow_address(struct kvm *k)
{
	if (k->config.reach != KVM_REACH_DIRECT || !*k->config.guest_address)
		return;
	mem_freep(&k->config.address);
	k->config.address = xstrdup(k->config.guest_address);
}

static struct err *power_prepare(struct kvm *k, virConnectPtr conn)
{
	auto_free char *name = kvm_volume_name(k, KVM_VOLUME_SEED), *seed = fs_join(k->env->dir, VM_FILE_SEED);
	auto_pool pool = NULL;
	uint64_t bytes = 0;
	struct stat st;

	TRY(network_prepare(k->env, conn, &k->config));
	/* A reseed that was cut short: ours is whole. */
	TRY(storage_pool(conn, &k->config, &pool));
	auto_err *gone = storage_size(pool, name, &bytes);
	bool whole = gone ? gone->code != ERR_NOT_FOUND : stat(seed, &st) < 0 || (uint64_t)st.st_size == bytes;
	return whole ? NULL : kvm_reseed(k, seed);
}

struct err *kvm_start(void *self, const struct driver_image *image)
{
	struct kvm *k = self;
	auto_conn conn = NULL;
	auto_domain domain = NULL;
	enum machine_state before;

	(void)image; /* the domain names its own copy */
	TRY(power_domain(k, &conn, &domain));
	TRY(domain_state(domain, &before));
	/*
	 * A network that went with a reboot of its host comes back, and so does the reservation. A keeper that has not yet seen its
	 * domain end would tell of the boot before.
	 */
	if (before == STATE_STOPPED || before == STATE_SAVED || before == STATE_ERROR) {
		TRY(kept_end(k));
		TRY(power_prepare(k, conn));
	}
	power_follow_address(k);
	k->woken = before == STATE_PAUSED || before == STATE_SAVED;
	k->booting = true;
	return domain_start(domain);
}

struct err *kvm_stop(void *self, int timeout_ms)
{
	struct kvm *k = self;
	auto_conn conn = NULL;
	auto_domain domain = NULL;

	TRY(power_domain(k, &conn, &domain));
	TRY(err_hint(domain_stop(domain, timeout_ms), "End it without asking: machine kill %s", k->env->name));
	return kept_end(k);
}

struct err *kvm_kill(void *self)
{
	struct kvm *k = self;
	auto_conn conn = NULL;
	auto_domain domain = NULL;

	TRY(power_domain(k, &conn, &domain));
	TRY(domain_kill(domain));
	return kept_end(k);
}

struct err *kvm_resize(void *self, const struct driver_sizes *sizes)
{
	struct kvm *k = self;
	struct driver_sizes s = { k->config.cpus, k->config.memory_mib, k->config.disk_mib };
	auto_free char *disk = kvm_volume_name(k, KVM_VOLUME_DISK);
	auto_conn conn = NULL;
	auto_domain domain = NULL;
	auto_pool pool = NULL;

	TRY(vm_merge_sizes("kvm", sizes, &s));
	TRY(power_domain(k, &conn, &domain));
	if (s.disk_mib > k->config.disk_mib) {
		TRY(storage_pool(conn, &k->config, &pool));
		TRY(storage_grow(pool, disk, (uint64_t)s.disk_mib * 1024 * 1024));
		k->config.disk_mib = s.disk_mib;
	}
	TRY(domain_resize(domain, s.memory_mib, sizes->cpus));
	k->config.memory_mib = s.memory_mib;
	k->config.cpus = s.cpus;
	return NULL;
}

struct err *kvm_state(void *self, enum machine_state *ret)
{
	struct kvm *k = self;
	auto_conn conn = NULL;
	auto_domain domain = NULL;

	TRY(power_domain(k, &conn, &domain));
	TRY(domain_state(domain, ret));
	k->disk_failed = *ret == STATE_PAUSED && domain_disk_failed(domain);
	return NULL;
}

char *kvm_problem(void *self)
{
	const struct kvm *k = self;

	if (!k->disk_failed)
		return NULL;
	return xasprintf(
		"the machine's disk cannot be written where the hypervisor has it (no room?): the machine waits until "
		"machine start %s",
		k->env->name);
}

/* The end of the console's log, into the machine's folder. */
static struct err *power_fetch_console(const struct kvm *k, virConnectPtr conn, char **ret_tail)
{
	auto_free char *name = kvm_volume_name(k, KVM_VOLUME_CONSOLE), *text = NULL;
	auto_pool pool = NULL;
	size_t len;

	TRY(storage_find_pool(conn, &k->config, &pool));
	if (!pool)
		return NULL;
	TRY(storage_refresh(pool)); /* the log was made by virtlogd */
	TRY(storage_tail(pool, name, CONSOLE_BYTES, &text, &len));
	*ret_tail = text_tail(text, len, BOOT_CONSOLE_LINES);
	return fs_write(k->console, text, len, 0600);
}

const char *kvm_console(void *self)
{
	struct kvm *k = self;
	auto_conn conn = NULL;
	auto_free char *tail = NULL;
	struct err *e = kvm_conn(k, &conn);

	if (!e)
		e = power_fetch_console(k, conn, &tail);
	auto_free char *why = e ? err_text(e) : NULL;
	if (why)
		log_debug("the console is not fetched: %s", why);
	err_free(e);
	return k->console;
}

static struct err *power_with_console(const struct kvm *k, virConnectPtr conn, struct err *e)
{
	auto_free char *tail = NULL;
	struct err *no_log;

	if (!e || e->code == ERR_INTERRUPTED || e->code == ERR_NETWORK)
		return e;
	no_log = power_fetch_console(k, conn, &tail);
	if (no_log) {
		auto_free char *why = err_text(no_log);
		log_debug("%s", why);
		err_free(no_log);
	}
	return boot_with_console(e, tail);
}

/* It stood still while the machine did. */
static void power_set_clock(const struct kvm *k)
{
	auto_json *request = json_object(), *answer = NULL;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_set_str(request, "do", "time");
	cJSON_AddNumberToObject(request, "unix", (double)now.tv_sec + (double)now.tv_nsec / 1e9);
	IGNORE(client_ask_agent(k->env->dir, request, CLOCK_MS, &answer));
}

struct waiting {
	struct kvm *k;
	struct deadline deadline;
	void (*event)(void *data, const struct driver_boot_event *e);
	void *data;
	struct err *last; /* what broke the connection */
};

/* The keeper, which may not reach the guest, knows why. */
static struct err *power_late(const struct kvm *k, struct err *e)
{
	struct err *trouble = e && e->code == ERR_TIMEOUT ? kept_trouble(k) : NULL;

	if (!trouble)
		return e;
	err_free(e);
	return err_wrap(trouble, "the machine did not become ready in time");
}

/* A keeper that was killed is begun anew, and what was told before is told again. */
static struct err *power_wait_try(void *data, bool *done)
{
	struct waiting *w = data;
	auto_conn conn = NULL;
	auto_domain domain = NULL;

	err_free(w->last);
	w->last = NULL;
	struct err *e = power_domain(w->k, &conn, &domain);
	if (!e)
		e = kept_start(w->k);
	if (!e)
		e = power_late(w->k, client_wait_ready(w->k->env->dir, w->deadline, w->event, w->data));
	e = power_with_console(w->k, conn, e);
	if (!e && w->k->woken)
		power_set_clock(w->k);
	if (!e)
		e = kvm_learn_address(w->k, domain);
	*done = !e;
	if (e && e->code == ERR_NETWORK) {
		auto_free char *why = err_text(e);
		log_debug("once more: %s", why);
		w->last = e;
		return NULL;
	}
	return e;
}

struct err *kvm_wait_ready(void *self, struct deadline deadline,
			   void (*event)(void *data, const struct driver_boot_event *e), void *data)
{
	struct waiting w = { self, deadline, event, data, NULL };
	struct err *e = retry_until(deadline, 100, "libvirt and the guest", power_wait_try, &w);

	w.k->booting = false;
	TRY(retry_reason(e, w.last));
	return kept_reach(self);
}
