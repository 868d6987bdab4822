/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose VirtualBox a store's machines are in. VirtualBox keeps machines per user, in that user's home, so they are the store
 * owner's: root who works in a user's store has VBoxManage run as that user.
 */
#ifndef DRIVERS_VIRTUALBOX_OWNER_H
#define DRIVERS_VIRTUALBOX_OWNER_H

#include <sys/types.h>

#include "base/list.h"

/* The store's owner when root asks, else whoever asks. */
uid_t owner_uid(const char *store);

/* Words to put before a program that is to run as the store's owner; none where that is whoever asks. */
void owner_words(const char *store, struct list *ret);

/* Of a process that has become another user: programs that it runs find that user's home. */
void owner_environment(void);

#endif
