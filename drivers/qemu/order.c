/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/order.h"
#include "drivers/qemu/paths.h"
#include "drivers/qemu/record.h"

void qemu_order_release(struct qemu_order *o)
{
	free(o->name);
	free(o->dir);
	free(o->store);
	qemu_config_release(&o->config);
	free(o->binary);
	free(o->vmlinux);
	free(o->initrd);
	free(o->root);
	free(o->cmdline);
	free(o->disk);
	free(o->seed);
	memset(o, 0, sizeof(*o));
}

/* The texts of an order by name, for both directions. */
struct order_text {
	const char *key;
	size_t offset;
};
static const struct order_text order_texts[] = {
	{ "name", offsetof(struct qemu_order, name) },	     { "dir", offsetof(struct qemu_order, dir) },
	{ "store", offsetof(struct qemu_order, store) },     { "binary", offsetof(struct qemu_order, binary) },
	{ "vmlinux", offsetof(struct qemu_order, vmlinux) }, { "initrd", offsetof(struct qemu_order, initrd) },
	{ "root", offsetof(struct qemu_order, root) },	     { "cmdline", offsetof(struct qemu_order, cmdline) },
	{ "disk", offsetof(struct qemu_order, disk) },
};

cJSON *qemu_order_json(const struct qemu_order *o)
{
	const struct driver_env env = { .name = o->name, .store = o->store, .dir = o->dir };
	cJSON *tree = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(order_texts); i++)
		json_set_str(tree, order_texts[i].key, *(char *const *)((const char *)o + order_texts[i].offset));
	if (o->seed)
		json_set_str(tree, "seed", o->seed);
	json_set_bool(tree, "kvm", o->kvm);
	json_set_bool(tree, "qboot", o->qboot);
	json_set_int(tree, "cpus", o->cpus);
	qemu_config_save(&o->config, &env, json_object_at(tree, "config"));
	return tree;
}

struct err *qemu_order_parse(const cJSON *tree, struct qemu_order *ret)
{
	auto_order o = { 0 };
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(order_texts); i++) {
		TRY(json_str(tree, order_texts[i].key, &text));
		*(char **)((char *)&o + order_texts[i].offset) = xstrdup(text);
	}
	text = json_str_or(tree, "seed", NULL);
	o.seed = text ? xstrdup(text) : NULL;
	o.kvm = json_bool_or(tree, "kvm", false);
	o.qboot = json_bool_or(tree, "qboot", false);
	o.cpus = (int)json_int_or(tree, "cpus", 1);
	TRY(qemu_config_from_record(json_get_or_null(tree, "config"), &o.config));
	*ret = o;
	o = (struct qemu_order){ 0 };
	return NULL;
}

struct err *qemu_order_run(const struct qemu_order *o, const char *program, int timeout_ms)
{
	const struct order_start start = { "qemu", "supervise", QEMU_FILE_LOG, "QEMU to start", program };
	const struct driver_env env = { .name = o->name, .store = o->store, .dir = o->dir };
	auto_json *tree = qemu_order_json(o);

	return order_run(&start, &env, tree, timeout_ms);
}
