/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/domain.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/xml.h"
#include "drivers/kvm/xml.h"
#include "drivers/vm/record.h"

#define ASK_AGAIN_MS 5000 /* a guest that only boots has nobody yet who hears the button */
#define OFF_MS 30000	  /* libvirt returns from destroy when QEMU is gone; this is for a domain that is just going */

struct err *domain_find(virConnectPtr conn, const struct kvm_config *c, virDomainPtr *ret)
{
	*ret = virt.virDomainLookupByUUIDString(conn, c->uuid);
	if (!*ret && virt_last_code() != VIR_ERR_NO_DOMAIN)
		return virt_error("cannot look for the machine's domain");
	return NULL;
}

struct err *domain_need(virConnectPtr conn, const struct kvm_config *c, const char *machine, virDomainPtr *ret)
{
	TRY(domain_find(conn, c, ret));
	if (*ret)
		return NULL;
	return err_hint(err_new(ERR_NOT_FOUND, "the domain of machine '%s' is gone from '%s'", machine, c->uri),
			"Somebody removed it there. Remove the rest and make it anew: machine rm %s", machine);
}

/* The store that metadata names; NULL: none. The caller frees. */
static char *metadata_store(const char *text)
{
	auto_xml *x = NULL;
	auto_err *bad = xml_parse(text, strlen(text), "libvirt's metadata", &x);

	return bad ? NULL : xml_text(x, "/*/*[local-name()='store']");
}

/* Does it name this one? Nearly always, and that needs no parser. */
static bool metadata_has_store(const char *text, const char *store)
{
	auto_str element = STR_INIT;

	str_add(&element, "store>");
	str_add_xml(&element, store);
	str_add(&element, "</");
	return strstr(text, element.buf);
}

struct err *domain_is_here(virDomainPtr domain, const struct driver_env *env)
{
	const char *name = virt.virDomainGetName(domain);
	auto_free char *text = virt.virDomainGetMetadata(domain, VIR_DOMAIN_METADATA_ELEMENT, KVM_XML_NAMESPACE, 0);

	if (!name || !text || (str_eq(name, env->name) && metadata_has_store(text, env->store)))
		return NULL;
	auto_free char *store = metadata_store(text), *folder = store ? xasprintf("%s/machines/%s", store, name) : NULL;
	if (!folder || !vm_is_other_folder(folder, env->dir))
		return NULL;
	return err_hint(err_new(ERR_WRONG_STATE, "machine '%s' is a copy: libvirt's domain is the one of '%s'",
				env->name, folder),
			"Use that one, or forget the copy, which leaves the domain alone: machine rm %s", env->name);
}

struct err *domain_check_name(virConnectPtr conn, const struct kvm_config *c, const char *machine)
{
	auto_domain other = virt.virDomainLookupByName(conn, machine);
	char uuid[VIR_UUID_STRING_BUFLEN];

	if (!other)
		return virt_last_code() == VIR_ERR_NO_DOMAIN ? NULL : virt_error("cannot look for domains");
	if (virt.virDomainGetUUIDString(other, uuid) == 0 && str_eq(uuid, c->uuid))
		return NULL;
	return err_hint(err_new(ERR_EXISTS,
				"libvirt at '%s' already has a domain '%s' (%s), which is not this machine's", c->uri,
				machine, uuid),
			"Take another name. See what it is: virsh -c '%s' dominfo %s", c->uri, machine);
}

struct err *domain_texts(virConnectPtr conn, struct str *ret)
{
	virDomainPtr *all = NULL;
	int n = virt.virConnectListAllDomains(conn, &all, 0);
	struct err *e = NULL;

	if (n < 0)
		return virt_error("cannot list the domains");
	for (int i = 0; i < n; i++) {
		auto_free char *text = virt.virDomainGetXMLDesc(all[i], 0);

		/* One that just went uses nothing. Of another, nobody knows. */
		if (!text && !e && virt_last_code() != VIR_ERR_NO_DOMAIN)
			e = virt_error("cannot ask what a domain uses");
		str_add(ret, text ? text : "");
		virt.virDomainFree(all[i]);
	}
	free(all);
	return e;
}

struct err *domain_is_active(virDomainPtr domain, bool *ret)
{
	int active = virt.virDomainIsActive(domain);

	if (active < 0 && virt_last_code() != VIR_ERR_NO_DOMAIN)
		return virt_error("cannot ask for the machine's domain");
	*ret = active == 1;
	return NULL;
}

struct err *domain_state(virDomainPtr domain, enum machine_state *ret)
{
	static const enum machine_state states[] = {
		[VIR_DOMAIN_NOSTATE] = STATE_NONE,	[VIR_DOMAIN_RUNNING] = STATE_RUNNING,
		[VIR_DOMAIN_BLOCKED] = STATE_RUNNING,	[VIR_DOMAIN_PAUSED] = STATE_PAUSED,
		[VIR_DOMAIN_SHUTDOWN] = STATE_STOPPING, [VIR_DOMAIN_SHUTOFF] = STATE_STOPPED,
		[VIR_DOMAIN_CRASHED] = STATE_ERROR,	[VIR_DOMAIN_PMSUSPENDED] = STATE_PAUSED,
	};
	int state, reason;

	VIRT_TRY(virt.virDomainGetState(domain, &state, &reason, 0), "cannot ask for the machine's state");
	*ret = (size_t)state < ARRAY_SIZE(states) ? states[state] : STATE_ERROR;
	if (*ret == STATE_STOPPED && virt.virDomainHasManagedSaveImage(domain, 0) == 1)
		*ret = STATE_SAVED;
	return NULL;
}

bool domain_disk_failed(virDomainPtr domain)
{
	int state = 0, reason = 0;

	return virt.virDomainGetState(domain, &state, &reason, 0) == 0 && state == VIR_DOMAIN_PAUSED &&
	       reason == VIR_DOMAIN_PAUSED_IOERROR;
}

/* Its processors were stopped, by us or another; or it sleeps by itself, from which resuming is refused. */
static struct err *domain_wake(virDomainPtr domain)
{
	int state, reason;

	VIRT_TRY(virt.virDomainGetState(domain, &state, &reason, 0), "cannot ask for the machine's state");
	if (state == VIR_DOMAIN_PMSUSPENDED)
		VIRT_TRY(virt.virDomainPMWakeup(domain, 0), "cannot wake the machine");
	else
		VIRT_TRY(virt.virDomainResume(domain), "cannot wake the machine");
	return NULL;
}

struct err *domain_start(virDomainPtr domain)
{
	enum machine_state state;

	TRY(domain_state(domain, &state));
	log_debug("starting the domain");
	if (state == STATE_PAUSED)
		TRY(domain_wake(domain));
	else if (state != STATE_RUNNING)
		VIRT_TRY(virt.virDomainCreate(domain), "cannot start the machine");
	return NULL;
}

struct stopping {
	virDomainPtr domain;
	int64_t again_ms;
};

static struct err *domain_stop_try(void *data, bool *done)
{
	struct stopping *s = data;
	enum machine_state state;
	bool active = false;

	TRY(domain_is_active(s->domain, &active));
	*done = !active;
	if (!active || clock_now_ms() < s->again_ms)
		return NULL;
	TRY(domain_state(s->domain, &state));
	/* A frozen guest hears nothing. */
	if (state == STATE_PAUSED)
		TRY(domain_wake(s->domain));
	/* It may just have gone. */
	if (state != STATE_STOPPING && virt.virDomainShutdown(s->domain) < 0 &&
	    virt_last_code() != VIR_ERR_OPERATION_INVALID)
		return virt_error("cannot ask the machine to stop");
	s->again_ms = clock_now_ms() + ASK_AGAIN_MS;
	return NULL;
}

struct err *domain_stop(virDomainPtr domain, int timeout_ms)
{
	struct stopping s = { .domain = domain };
	struct err *e = retry_until(deadline_in(timeout_ms), 20, "the machine to power off", domain_stop_try, &s);

	if (!e || e->code != ERR_TIMEOUT)
		return e;
	err_free(e);
	return err_new(ERR_TIMEOUT, "the machine did not power off in %d s", timeout_ms / 1000);
}

static struct err *domain_is_off(void *data, bool *done)
{
	bool active = false;

	TRY(domain_is_active(data, &active));
	*done = !active;
	return NULL;
}

struct err *domain_kill(virDomainPtr domain)
{
	bool active = false;

	TRY(domain_is_active(domain, &active));
	if (active) {
		log_debug("ending the domain");
		if (virt.virDomainDestroy(domain) < 0 && virt_last_code() != VIR_ERR_OPERATION_INVALID &&
		    virt_last_code() != VIR_ERR_NO_DOMAIN)
			return virt_error("cannot end the machine");
		TRY(retry_until(deadline_in(OFF_MS), 20, "the machine to end", domain_is_off, domain));
	}
	if (virt.virDomainHasManagedSaveImage(domain, 0) == 1 && virt.virDomainManagedSaveRemove(domain, 0) < 0)
		return virt_error("cannot drop the machine's saved state");
	return NULL;
}

struct err *domain_undefine(virDomainPtr domain)
{
	const unsigned all = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
			     VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;

	log_debug("removing the domain");
	if (virt.virDomainUndefineFlags(domain, all) == 0 || virt_last_code() == VIR_ERR_NO_DOMAIN)
		return NULL;
	/* libvirt's test driver knows fewer flags. */
	if (virt_last_code() == VIR_ERR_INVALID_ARG &&
	    virt.virDomainUndefineFlags(domain, VIR_DOMAIN_UNDEFINE_MANAGED_SAVE) == 0)
		return NULL;
	return virt_error("cannot remove the machine's domain");
}

/* The most comes first when it grows, and last when it shrinks: neither may be above the other at any time. */
static struct err *domain_set_cpus(virDomainPtr domain, unsigned cpus)
{
	int have = virt.virDomainGetVcpusFlags(domain, VIR_DOMAIN_AFFECT_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM);
	const unsigned most = VIR_DOMAIN_AFFECT_CONFIG | VIR_DOMAIN_VCPU_MAXIMUM, now = VIR_DOMAIN_AFFECT_CONFIG;
	bool grows = have >= 0 && cpus > (unsigned)have;

	VIRT_TRY(virt.virDomainSetVcpusFlags(domain, cpus, grows ? most : now),
		 "cannot change the machine's processors");
	VIRT_TRY(virt.virDomainSetVcpusFlags(domain, cpus, grows ? now : most),
		 "cannot change the machine's processors");
	return NULL;
}

struct err *domain_resize(virDomainPtr domain, int64_t memory_mib, int cpus)
{
	unsigned long kib = (unsigned long)memory_mib * 1024;

	VIRT_TRY(virt.virDomainSetMemoryFlags(domain, kib, VIR_DOMAIN_AFFECT_CONFIG | VIR_DOMAIN_MEM_MAXIMUM),
		 "cannot change the machine's memory");
	VIRT_TRY(virt.virDomainSetMemoryFlags(domain, kib, VIR_DOMAIN_AFFECT_CONFIG),
		 "cannot change the machine's memory");
	return cpus ? domain_set_cpus(domain, (unsigned)cpus) : NULL;
}
