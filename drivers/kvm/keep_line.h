/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keeper's way to its domain: the connection to libvirt, the agent's channel, which libvirt gives to one at a time, and the
 * console while the guest boots. Connecting, which may take half a minute, happens in a thread.
 */
#ifndef DRIVERS_KVM_KEEP_LINE_H
#define DRIVERS_KVM_KEEP_LINE_H

#include <poll.h>

#include "base/clock.h"
#include "drivers/kvm/channel.h"
#include "drivers/kvm/handle.h"

#define KEEP_LINE_FDS 2

struct keep_line {
	const struct kvm *kvm;
	int said[2]; /* what other threads say comes through this pipe */
	virConnectPtr conn;
	virDomainPtr domain; /* NULL: not reached */
	struct channel *agent, *console;
	int console_fd;
	unsigned domain_id; /* of the run that was reached last; 0: none yet */
	bool ended;	    /* the domain is off, or gone */
	int look_ms;	    /* between looks whether the connection is there */
	struct deadline look_at, give_up;
	void (*opened)(void *data, int fd);	   /* the agent's channel, to be taken over */
	void (*failed)(void *data, struct err *e); /* it cannot be opened; to be taken over */
	void (*lost)(void *data);		   /* the connection broke */
	void (*anew)(void *data);		   /* somebody has started the domain anew */
	void (*printed)(void *data, const char *text, size_t n);
	void *data;
};

struct err *keep_line_begin(struct keep_line *l, const struct kvm *k) MUST_USE;
/* Let go of what there is, and begin to connect: opened or failed is called by a later turn. */
struct err *keep_line_dial(struct keep_line *l) MUST_USE;
/* The domain has ended, or libvirt could not be reached for a quarter of an hour. */
bool keep_line_is_over(const struct keep_line *l);
void keep_line_close(struct keep_line *l);

/* Fill KEEP_LINE_FDS entries; do what poll found in them (NULL: nothing), and what is due. boots: the console is of use. */
void keep_line_fds(const struct keep_line *l, struct pollfd *p);
void keep_line_turn(struct keep_line *l, const struct pollfd *p, bool boots);

#endif
