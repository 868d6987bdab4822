/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSH's programs: the words that have ssh reach a place whatever the user's own configuration says, the same as a
 * configuration text for scp, rsync, sshfs and people, and those for a user's own host, whose configuration counts.
 */
#ifndef REMOTE_OPENSSH_H
#define REMOTE_OPENSSH_H

#include "base/list.h"
#include "base/str.h"
#include "remote/remote.h"

/* Runs each command in a session of its own of the program ssh. */
extern const struct remote_ops remote_openssh;

/* The command line up to the host, beginning with "ssh". A command, or nothing for a shell, follows it. */
void openssh_args(const struct remote_place *place, struct list *argv);

/* Append a block of ssh_config(5) that makes name a host. */
void openssh_config(const struct remote_place *place, const char *name, struct str *ret);

/* Can OpenSSH's configuration name that path? Not one with "${", which stands for a variable there, nor a line's end. */
bool openssh_can_name(const char *path);

/* ERR_NOT_FOUND for a user whom OpenSSH would not serve: before ssh, scp, rsync or sshfs is called. */
struct err *openssh_check_user(void) MUST_USE;

/* A host that the user's own configuration knows, as a hypervisor elsewhere is one. All borrowed. */
struct openssh_jump {
	const char *command;	 /* "": ssh */
	const char *key;	 /* "": as the user's configuration says; and so the next */
	const char *known_hosts; /* "" */
	int port;		 /* 0 */
};
/* The command line for it without the destination, and never a question. Options, the destination and a command follow. */
void openssh_jump_args(const struct openssh_jump *jump, struct list *argv);

#endif
