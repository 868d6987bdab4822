/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's agent (docs/guest.md, section 4) through libvirt, wherever the domain runs. */
#ifndef DRIVERS_KVM_AGENT_H
#define DRIVERS_KVM_AGENT_H

#include "drivers/driver.h"
#include "drivers/kvm/virt.h"

/*
 * Until the guest says that it is ready. ERR_WRONG_STATE when the domain ended, ERR_TIMEOUT with the last stage. A
 * connection that breaks is ERR_NETWORK: the guest goes on without us.
 */
struct err *agent_wait_ready(virDomainPtr domain, struct deadline d,
			     void (*event)(void *data, const struct driver_boot_event *e), void *data) MUST_USE;

/* Ask it something ({"do": ...}; the id is added) and wait for the answer. ERR_FAILED with its words when it refuses. */
struct err *agent_ask(virDomainPtr domain, const cJSON *request, int timeout_ms, cJSON **ret) MUST_USE;

/* The address that the guest has, "" when it says none. The caller frees. */
struct err *agent_address(virDomainPtr domain, int timeout_ms, char **ret) MUST_USE;

#endif
