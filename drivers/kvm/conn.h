/* SPDX-License-Identifier: Apache-2.0 */
/* Connections to libvirt: one for each URI and process, shared by all threads, made anew when it has died. */
#ifndef DRIVERS_KVM_CONN_H
#define DRIVERS_KVM_CONN_H

#include "drivers/kvm/virt.h"

#define CONN_OPEN_MS 30000 /* an SSH login over a slow line */

/*
 * A reference to the connection for uri, which the caller drops (auto_conn). Blocks up to timeout_ms (0: CONN_OPEN_MS), cut short
 * by an interrupt. A server that no longer answers is noticed by keepalive within 20 s: calls then fail with ERR_NETWORK.
 */
struct err *conn_get(const char *uri, int timeout_ms, virConnectPtr *ret) MUST_USE;

/*
 * The connection for somebody who names none: qemu:///system where it can be reached, else qemu:///session. *ret_uri is
 * the caller's; *ret_why says why it is not the system's (NULL when it is).
 */
struct err *conn_default(virConnectPtr *ret, char **ret_uri, char **ret_why) MUST_USE;

/* Where it leads, for people: "this host" or the URI's host. The caller frees. */
char *conn_place(const char *uri);

#endif
