/* SPDX-License-Identifier: Apache-2.0 */
/* The domain of a machine: found by its UUID alone, so that one of the same name is never touched. */
#ifndef DRIVERS_KVM_DOMAIN_H
#define DRIVERS_KVM_DOMAIN_H

#include "base/str.h"
#include "drivers/driver.h"
#include "drivers/kvm/config.h"
#include "drivers/kvm/virt.h"

/* *ret NULL when there is none. */
struct err *domain_find(virConnectPtr conn, const struct kvm_config *c, virDomainPtr *ret) MUST_USE;
/* The same; ERR_NOT_FOUND when there is none. */
struct err *domain_need(virConnectPtr conn, const struct kvm_config *c, const char *machine,
			virDomainPtr *ret) MUST_USE;

/* ERR_WRONG_STATE when the domain names another machine's folder, of which the one of env is a copy. */
struct err *domain_is_here(virDomainPtr domain, const struct driver_env *env) MUST_USE;

/* ERR_EXISTS when a domain of this name is there that is not the machine's. */
struct err *domain_check_name(virConnectPtr conn, const struct kvm_config *c, const char *machine) MUST_USE;

struct err *domain_is_active(virDomainPtr domain, bool *ret) MUST_USE;
struct err *domain_state(virDomainPtr domain, enum machine_state *ret) MUST_USE;
bool domain_disk_failed(virDomainPtr domain); /* is it paused because its disk could not be written? */

/* The definitions of all domains there, ours or not, as one text: what it does not name, no domain uses. */
struct err *domain_texts(virConnectPtr conn, struct str *ret) MUST_USE;

/* From any state to running: off, paused, saved. */
struct err *domain_start(virDomainPtr domain) MUST_USE;
/* Ask by ACPI, again from time to time, until it is off. ERR_TIMEOUT. */
struct err *domain_stop(virDomainPtr domain, int timeout_ms) MUST_USE;
/* End it without asking, drop a saved state; returns when off. */
struct err *domain_kill(virDomainPtr domain) MUST_USE;
/* With its saved state, snapshots' records and NVRAM. Fine when it is gone. */
struct err *domain_undefine(virDomainPtr domain) MUST_USE;

/* Memory, and processors (0: as they are), from its next start on. */
struct err *domain_resize(virDomainPtr domain, int64_t memory_mib, int cpus) MUST_USE;

#endif
