/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/order.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/keeper/helper.h"

cJSON *order_new(const struct driver_env *env)
{
	cJSON *order = json_object();

	json_set_str(order, "name", env->name);
	json_set_str(order, "store", env->store);
	json_set_str(order, "dir", env->dir);
	json_set_str(order, "state_dir", env->state_dir ? env->state_dir : "");
	return order;
}

struct err *order_run(const struct order_start *s, const struct driver_env *env, const cJSON *order, int timeout_ms)
{
	auto_free char *log = fs_join(env->dir, s->log);
	const struct helper h = { s->driver, s->word, env->name, log, s->program, s->what };

	return helper_run(&h, order, timeout_ms);
}

static void order_quiet(void *data, const char *text)
{
	(void)data;
	log_debug("%s", text);
}

struct err *order_take(const cJSON *order, struct keeper *k)
{
	const struct {
		const char *key;
		char **slot;
	} texts[] = { { "name", &k->name }, { "store", &k->store }, { "dir", &k->dir } };
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		TRY(json_str(order, texts[i].key, &text));
		*texts[i].slot = xstrdup(text);
	}
	k->state_dir = xstrdup(json_str_or(order, "state_dir", ""));
	k->env = (struct driver_env){ k->name, k->store, k->dir, k->state_dir, order_quiet, order_quiet, k };
	return NULL;
}

void order_release(struct keeper *k)
{
	free(k->name);
	free(k->store);
	free(k->dir);
	free(k->state_dir);
}
