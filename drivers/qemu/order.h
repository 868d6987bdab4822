/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor is told to run. It comes through a socket, so that nothing of it is seen in a list of processes. */
#ifndef DRIVERS_QEMU_ORDER_H
#define DRIVERS_QEMU_ORDER_H

#include <cjson/cJSON.h>

#include "drivers/qemu/config.h"

struct qemu_order {
	char *name, *dir, *store;
	struct qemu_config config;
	char *binary; /* absolute */
	bool kvm;
	bool qboot;
	int cpus;
	char *vmlinux, *initrd, *root, *cmdline, *disk, *seed; /* seed: NULL when there is none */
};

void qemu_order_release(struct qemu_order *o);
#define auto_order __attribute__((cleanup(qemu_order_release))) struct qemu_order

/* One JSON object and back. The caller frees the tree. */
cJSON *qemu_order_json(const struct qemu_order *o);
struct err *qemu_order_parse(const cJSON *tree, struct qemu_order *ret) MUST_USE;

/*
 * Start the supervisor and wait until QEMU runs. Its reasons, with hints, come back as errors; then nothing is left
 * running. program: the tool to run, NULL for this one.
 */
struct err *qemu_order_run(const struct qemu_order *o, const char *program, int timeout_ms) MUST_USE;

#endif
