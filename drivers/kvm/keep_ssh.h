/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to a machine through ssh to the hypervisor's host: one ssh that holds the connection, forwards engine and SSH, and takes
 * orders for ports through a socket of its own. Nothing here waits: ssh's processes are looked at when they end.
 */
#ifndef DRIVERS_KVM_KEEP_SSH_H
#define DRIVERS_KVM_KEEP_SSH_H

#include <sys/types.h>

#include "base/clock.h"
#include "drivers/keeper/ports.h"
#include "drivers/kvm/handle.h"

#define KEEP_SSH_ORDERS 4 /* at a time */

struct keep_ssh_order {
	pid_t pid; /* 0: none */
	int error_fd;
	char proto[4];
	int number;
	struct deadline by;
};

struct keep_ssh {
	const struct kvm *kvm;
	char *dir; /* 0700, holds the socket, the same for each run of the machine; NULL: not begun */
	char *socket;
	pid_t pid;	    /* 0: it does not run */
	bool up;	    /* engine and SSH are forwarded */
	struct err *failed; /* why it is not; NULL: not known yet */
	int pause_ms;	    /* the next one before it is begun again */
	struct deadline again_at, look_at, up_by;
	struct keep_ssh_order orders[KEEP_SSH_ORDERS];
	void (*changed)(void *data); /* up or failed is another now */
	void (*carried)(void *data, const char *proto, int number, const char *problem);
	void *data;
};

void keep_ssh_init(struct keep_ssh *w, const struct kvm *k);
/* Begin, or begin at once what waits for its next try; it is begun again whenever it ends. */
void keep_ssh_begin(struct keep_ssh *w);
/* End ssh and what it carries; waits for its processes. */
void keep_ssh_end(struct keep_ssh *w);
/* A port, tcp alone; carried says how it went. */
void keep_ssh_port(struct keep_ssh *w, const struct port *p, bool add);

void keep_ssh_child(struct keep_ssh *w); /* after SIGCHLD */
void keep_ssh_turn(struct keep_ssh *w);	 /* do what is due */
struct deadline keep_ssh_due(const struct keep_ssh *w);

#endif
