/* SPDX-License-Identifier: Apache-2.0 */
/* Who this machine is: from the seed or from the agent, in GUEST_IDENTITY_DIR; and making the guest
 * be it. */
#ifndef GUEST_INIT_IDENTITY_H
#define GUEST_INIT_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

/* Copy the seed on that device into GUEST_IDENTITY_DIR. NULL, or what failed. */
const char *identity_read_seed(const char *device);

/* An identity as boot2docker's user land would have: keys from the disk, network by DHCP. True when
 * there is one. */
bool identity_from_boot2docker(void);

/* Take the certificates that boot2docker's profile names, if they are there. True when they were.
 */
bool identity_take_profile(void);

bool identity_present(void);

/* Are the keys of the gate (of sshd) there? */
bool identity_has_tls(void);
bool identity_has_ssh(void);

/*
 * Apply it: host name, machine-id, keys, network, closed networks, mounts. NULL, or what failed,
 * with the stage in *ret_stage. Blocks; one caller at a time, not the loop.
 */
const char *identity_apply(const char **ret_stage);

/* Interfaces that want a DHCP client after identity_apply; their number. The first *ret_first are of member "network",
 * which makes the machine's address and default route. */
size_t identity_dhcp(const char *ret_names[], size_t max, size_t *ret_first);

/* Pure: a host name of letters, digits, '-' and '.', 1 to 63 characters that begins and ends with a
 * letter or digit. */
bool identity_hostname_ok(const char *name);

/* Pure: a serial line that may be the control channel: ttyS1 to ttyS3; ttyS0 is the console. */
bool identity_channel_ok(const char *name);

/* Pure: 32 lower-case hex digits. */
bool identity_machine_id_ok(const char *id);

/* Pure: a place for a shared folder: absolute, without "..", and not over the guest's own folders.
 */
bool identity_mount_ok(const char *path);

#endif
