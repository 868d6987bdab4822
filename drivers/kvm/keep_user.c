/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/keep_user.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt-qemu.h>

#include "base/lazy.h"
#include "base/mem.h"
#include "drivers/kvm/xml.h"
#include "drivers/link/text.h"

static __typeof__(virDomainQemuMonitorCommand) *monitor_command;

static struct err *user_load(void)
{
	static const struct lazy_symbol symbols[] = { { "virDomainQemuMonitorCommand", (void **)&monitor_command } };

	return lazy_load("libvirt-qemu.so.0", "libvirt0", symbols, ARRAY_SIZE(symbols));
}

/* QEMU has no QMP command for it. Its human monitor's errors come as text in an answer that says success. */
struct err *keep_user_port(virDomainPtr domain, const struct kvm_config *c, const struct port *p, bool add)
{
	auto_free char *command = NULL, *answer = NULL;
	auto_str clean = STR_INIT;

	if (c->isolated && str_eq(p->proto, "udp"))
		return err_new(ERR_UNSUPPORTED,
			       "QEMU's network lets an isolated machine answer over TCP alone; create the "
			       "machine without --kvm-isolated");
	TRY(user_load());
	if (add)
		command = xasprintf("hostfwd_add " KVM_USER_NETDEV " %s:%s:%d-:%d", p->proto, c->address, p->number,
				    p->number);
	else
		command = xasprintf("hostfwd_remove " KVM_USER_NETDEV " %s:%s:%d", p->proto, c->address, p->number);
	VIRT_TRY(monitor_command(domain, command, &answer, VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP), "QEMU cannot be told");
	text_clean(&clean, answer ? answer : "", answer ? strlen(answer) : 0, 200, false);
	str_trim_end(&clean);
	return add && clean.len ? err_new(ERR_FAILED, "%s", clean.buf) : NULL;
}
