/* SPDX-License-Identifier: Apache-2.0 */
/* QMP, QEMU's own line: what QEMU is told, and what it says. */
#ifndef DRIVERS_QEMU_KEEP_QMP_H
#define DRIVERS_QEMU_KEEP_QMP_H

#include "drivers/link/chan.h"

struct keep_qmp {
	struct chan chan;
	bool up;		     /* QEMU listens */
	void (*greeted)(void *data); /* up has become true */
	void (*event)(void *data, const char *event, const cJSON *message);
	void (*answer)(void *data, const char *id, const char *text); /* to keep_qmp_human; "" is success */
	void *data;
};

void keep_qmp_command(struct keep_qmp *q, const char *command);
/* A command of the human monitor; its answer comes back with id. */
void keep_qmp_human(struct keep_qmp *q, const char *id, const char *command);
/* Read what is there; at the end of the line the channel is closed. */
void keep_qmp_read(struct keep_qmp *q);

#endif
