/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/kept.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/client.h"
#include "drivers/keeper/lockfile.h"
#include "drivers/keeper/order.h"
#include "drivers/kvm/keep_ssh_words.h"
#include "drivers/kvm/record.h"

#define START_MS 10000
#define WAY_MS 45000   /* an SSH login over a slow line */
#define SOCKET_MS 5000 /* from the lock to the socket, on a busy host */
#define STATUS_MS 2000

struct looking {
	const char *lock, *control;
};

static struct err *kept_look(void *data, bool *done)
{
	const struct looking *l = data;

	*done = !fs_is_locked(l->lock) || fs_exists(l->control);
	return NULL;
}

/* The socket appears a moment after the lock is taken. */
static bool kept_is_there(const struct kvm *k)
{
	auto_free char *control = fs_join(k->env->dir, KEEPER_FILE_CONTROL);
	struct looking l = { k->lock, control };

	IGNORE(retry_until(deadline_in(SOCKET_MS), 10, "the machine's keeper", kept_look, &l));
	return fs_is_locked(k->lock) && fs_exists(control);
}

struct err *kept_start(const struct kvm *k)
{
	const struct order_start start = { "kvm", "keep", KVM_FILE_LOG, "the machine's keeper", NULL };
	auto_json *order = NULL;

	if (kept_is_there(k))
		return NULL;
	/* One of an older version cannot be asked. */
	TRY(lockfile_end_owner(k->lock));
	order = order_new(k->env);
	kvm_config_save(&k->config, k->env, json_object_at(order, "driver"));
	struct err *e = order_run(&start, k->env, order, START_MS);
	if (e && e->code == ERR_WRONG_STATE) { /* another command was first */
		err_free(e);
		return NULL;
	}
	return e;
}

struct err *kept_reach(const struct kvm *k)
{
	auto_json *request = json_object(), *answer = NULL;

	TRY(kept_start(k));
	if (k->config.reach != KVM_REACH_JUMP)
		return NULL;
	json_set_str(request, "do", "way");
	json_set_str(request, "address", k->config.guest_address);
	return client_send(k->env->dir, request, WAY_MS, &answer);
}

struct err *kept_end(const struct kvm *k)
{
	TRY(lockfile_end_owner(k->lock));
	ssh_words_clean(k);
	return NULL;
}

static cJSON *kept_status(const struct kvm *k)
{
	cJSON *status = NULL;

	IGNORE(client_ask(k->env->dir, "status", STATUS_MS, &status));
	return status;
}

struct err *kept_trouble(const struct kvm *k)
{
	auto_json *status = kept_status(k);
	const char *trouble = json_str_or(status, "trouble", NULL), *hint = json_str_or(status, "trouble_hint", NULL);
	struct err *e = trouble ? err_new(ERR_NETWORK, "%s", trouble) : NULL;

	return hint ? err_hint(e, "%s", hint) : e;
}

char *kept_address(const struct kvm *k)
{
	auto_json *status = kept_status(k);

	return status ? xstrdup(json_str_or(status, "address", "")) : NULL;
}
