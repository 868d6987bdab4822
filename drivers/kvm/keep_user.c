/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/keep_user.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libvirt/libvirt-qemu.h>

#include "base/lazy.h"
#include "base/list.h"
#include "base/mem.h"
#include "drivers/kvm/xml.h"
#include "drivers/link/text.h"
#include "drivers/vm/names.h"

static __typeof__(virDomainQemuMonitorCommand) *monitor_command;

/* "  TCP[HOST_FORWARD]  14  127.80.1.2  8080  10.0.2.15  8080  0  0" */
static void user_adopt_line(const char *line, const char *address, struct ports *ret)
{
	char proto[4], here[16];
	int port, guest_port;

	if (sscanf(line, " %3[TCPUD][HOST_FORWARD] %*d %15s %d %*s %d", proto, here, &port, &guest_port) != 4)
		return;
	/* Engine and SSH are the domain's own. */
	if (!str_eq(here, address) || port != guest_port || port == VM_ENGINE_PORT || port == VM_LOOPBACK_SSH_PORT)
		return;
	ports_adopt(ret, str_eq(proto, "TCP") ? "tcp" : "udp", port);
}

void keep_user_read(const char *usernet, const char *address, struct ports *ret)
{
	auto_list lines = { 0 };

	list_split(&lines, usernet, '\n', true);
	for (size_t i = 0; i < lines.n; i++)
		user_adopt_line(lines.items[i], address, ret);
}

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

void keep_user_adopt(virDomainPtr domain, const struct kvm_config *c, struct ports *ret)
{
	auto_err *e = user_load();
	auto_free char *answer = NULL;

	if (!e && monitor_command(domain, "info usernet", &answer, VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP) == 0)
		keep_user_read(answer, c->address, ret);
}
