/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a machine as words of `VBoxManage modifyvm`, in the spelling that 5.2 to 7.2 take. Pure. */
#ifndef DRIVERS_VIRTUALBOX_WORDS_H
#define DRIVERS_VIRTUALBOX_WORDS_H

#include "base/list.h"
#include "drivers/virtualbox/config.h"

/* agent: NULL, no second serial port. interface: of the host-only network, NULL: none. */
void vbox_modify_words(const struct vbox_config *c, const char *console, const char *agent, const char *interface,
		       struct list *ret);

/*
 * The key of extra data that keeps the guest from this host's loopback services. --nat-localhostreachable1 off does not: 7.2
 * writes nothing for it and reads nothing as on (measured). 7.0 and later know it; earlier ones would not start with it. The
 * caller frees.
 */
char *vbox_loopback_key(const struct vbox_config *c);

#endif
