/* SPDX-License-Identifier: Apache-2.0 */
/* What Logs/VBox.log says of a run and VBoxManage does not. Pure: the texts may be garbage, or cut at both ends. */
#ifndef DRIVERS_VIRTUALBOX_LOG_H
#define DRIVERS_VIRTUALBOX_LOG_H

#include <stdbool.h>

/* Is there a word of a NAT rule for that port of the host that could not be set up? */
bool log_refused(const char *log, int host_port);

#define LOG_DISK_FULL "DrvVD_DISKFULL" /* the id of VirtualBox's error when a write meets a full disk of this host */

/*
 * The error for which VirtualBox suspended the machine, the last one since the guest ran: its id ("DrvVD_DISKFULL") and its
 * words. false: none. The caller frees both.
 */
bool log_error(const char *log, char **ret_id, char **ret_words);

#endif
