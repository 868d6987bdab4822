/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/xml.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/xml.h"
#include "drivers/net/user_net.h"
#include "guest/contract.h"

/* Append a format whose %s are escaped; the format itself is XML. Other conversions are not known to it. */
static void xml_add(struct str *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (const char *p = format; *p; p++) {
		if (p[0] == '%' && p[1] == 's') {
			str_add_xml(s, va_arg(args, const char *));
			p++;
		} else {
			str_add_char(s, *p);
		}
	}
	va_end(args);
}

char *kvm_xml_network(const char *name, const struct subnet *s, bool isolated)
{
	auto_str x = STR_INIT;
	auto_free char *gateway = subnet_address_text(subnet_host(s, 0));
	auto_free char *first = subnet_address_text(subnet_host(s, subnet_hosts(s) / 2));
	auto_free char *last = subnet_address_text(subnet_host(s, subnet_hosts(s) - 1));

	/* The bridge passes on at once: nobody builds loops with it. dnsmasq need not ping what it hands out for 3 s. */
	xml_add(&x, "<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>\n  <name>%s</name>\n",
		name);
	if (!isolated)
		str_add(&x, "  <forward mode='nat'/>\n");
	str_add(&x, "  <bridge stp='off' delay='0'/>\n"
		    "  <dns><txt name='" KVM_XML_NETWORK_MARK "' value='removed with its last machine'/></dns>\n");
	str_addf(&x, "  <ip address='%s' prefix='%d'>\n    <dhcp><range start='%s' end='%s'/></dhcp>\n  </ip>\n",
		 gateway, s->prefix, first, last);
	str_add(&x, "  <dnsmasq:options><dnsmasq:option value='no-ping'/></dnsmasq:options>\n</network>\n");
	return str_detach(&x);
}

char *kvm_xml_reservation(const char *mac, const char *name, const char *address)
{
	auto_str x = STR_INIT;

	xml_add(&x, "<host mac='%s'", mac);
	if (name)
		xml_add(&x, " name='%s'", name);
	xml_add(&x, " ip='%s'/>", address);
	return str_detach(&x);
}

char *kvm_xml_pool(const char *name, const char *path)
{
	auto_str x = STR_INIT;

	/* 0711: QEMU's user gets at the files it is given, nobody sees which there are. */
	xml_add(&x,
		"<pool type='dir'>\n  <name>%s</name>\n  <target><path>%s</path>"
		"<permissions><mode>0711</mode></permissions></target>\n</pool>\n",
		name, path);
	return str_detach(&x);
}

char *kvm_xml_volume(const struct kvm_volume *v)
{
	auto_str x = STR_INIT;

	xml_add(&x, "<volume>\n  <name>%s</name>\n", v->name);
	str_addf(&x, "  <capacity unit='bytes'>%" PRIu64 "</capacity>\n  <allocation>0</allocation>\n", v->bytes);
	xml_add(&x, "  <target><format type='%s'/>", v->qcow2 ? "qcow2" : "raw");
	xml_add(&x, "<permissions><mode>%s</mode></permissions>", v->mode);
	str_add(&x, v->qcow2 ? "<compat>1.1</compat></target>\n" : "</target>\n");
	if (v->backing)
		xml_add(&x, "  <backingStore><path>%s</path><format type='qcow2'/></backingStore>\n", v->backing);
	str_add(&x, "</volume>\n");
	return str_detach(&x);
}

static void xml_head(struct str *x, const struct kvm_domain *d)
{
	const struct kvm_config *c = d->config;

	str_addf(x, "<domain type='%s' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n",
		 d->emulated ? "qemu" : "kvm");
	xml_add(x, "  <name>%s</name>\n  <uuid>%s</uuid>\n", d->name, c->uuid);
	xml_add(x,
		"  <metadata>\n    <machine:machine xmlns:machine='" KVM_XML_NAMESPACE "'>\n"
		"      <machine:store>%s</machine:store>\n      <machine:image>%s</machine:image>\n"
		"    </machine:machine>\n  </metadata>\n",
		d->store, c->image);
	str_addf(x, "  <memory unit='MiB'>%" PRId64 "</memory>\n  <vcpu>%d</vcpu>\n", c->memory_mib, d->cpus);
	str_add(x, "  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n");
	if (d->iso)
		str_add(x, "    <boot dev='cdrom'/>\n  </os>\n");
	else
		xml_add(x, "    <kernel>%s</kernel>\n    <initrd>%s</initrd>\n    <cmdline>%s</cmdline>\n  </os>\n",
			d->kernel, d->initrd, d->cmdline);
}

/* As the qemu driver (drivers/qemu/args.c, which says why), as far as libvirt has words for it. */
static void xml_processor(struct str *x, bool emulated)
{
	str_add(x, "  <features>\n    <acpi/>\n    <apic/>\n    <vmport state='off'/>\n");
	if (emulated)
		str_add(x, "    <tcg><tb-cache unit='MiB'>256</tb-cache></tcg>\n");
	str_add(x, "  </features>\n");
	str_add(x, emulated ? "  <cpu mode='custom' match='exact' check='none'><model>Nehalem</model></cpu>\n"
			    : "  <cpu mode='host-passthrough'/>\n");
	str_add(x, emulated ? "  <clock offset='utc'><timer name='hpet' present='no'/></clock>\n"
			    : "  <clock offset='utc'/>\n");
	str_add(x, "  <on_poweroff>destroy</on_poweroff>\n  <on_reboot>restart</on_reboot>\n  "
		   "<on_crash>destroy</on_crash>\n");
}

/* On the root bus: behind the ports that libvirt would put in between, firmware and kernel take longer. */
static void xml_slot(struct str *x, int slot)
{
	str_addf(x, "<address type='pci' domain='0' bus='0' slot='0x%02x' function='0'/>", slot);
}

static void xml_disk(struct str *x, const char *path, const char *driver, const char *target, bool readonly, int slot)
{
	str_addf(x, "    <disk type='file' device='disk'>\n      <driver name='qemu' %s/>\n", driver);
	xml_add(x, "      <source file='%s'/>\n      <target dev='%s' bus='virtio'/>", path, target);
	/* Root is the same file for all machines. */
	str_add(x, readonly ? "<readonly/><shareable/>" : "");
	xml_slot(x, slot);
	str_add(x, "\n    </disk>\n");
}

static void xml_disks(struct str *x, const struct kvm_domain *d)
{
	const struct kvm_config *c = d->config;
	auto_str data = STR_INIT;

	str_add(&data, "type='qcow2' discard='unmap' detect_zeroes='unmap'");
	if (!str_eq(c->cache_mode, "default"))
		str_addf(&data, " cache='%s'", c->cache_mode);
	str_addf(&data, " io='%s'", c->io_mode);
	if (d->iso)
		xml_add(x,
			"    <disk type='file' device='cdrom'>\n      <driver name='qemu' type='raw'/>\n"
			"      <source file='%s'/>\n      <target dev='sda' bus='sata'/><readonly/>\n    </disk>\n",
			d->iso);
	else
		xml_disk(x, d->root, "type='raw'", "vda", true, 2);
	xml_disk(x, d->disk, data.buf, "vdb", false, 3);
	xml_disk(x, d->seed, "type='raw'", "vdc", true, 4);
}

static void xml_interface(struct str *x, const struct kvm_config *c)
{
	auto_free char *network = kvm_network_name(c);
	const char *name;

	switch (kvm_net_parse(c->network, &name)) {
	case KVM_NET_NAMED:
		xml_add(x, "    <interface type='network'>\n      <source network='%s'/>", network);
		break;
	case KVM_NET_BRIDGE:
		xml_add(x, "    <interface type='bridge'>\n      <source bridge='%s'/>", name);
		break;
	case KVM_NET_MACVTAP:
		xml_add(x, "    <interface type='direct'>\n      <source dev='%s' mode='bridge'/>", name);
		break;
	case KVM_NET_USER:
		return;
	}
	xml_add(x, "<mac address='%s'/><model type='virtio'/><rom enabled='no'/>", c->mac);
	xml_slot(x, 5);
	str_add(x, "\n    </interface>\n");
}

/* libvirt has no words for forwards of user networking in all versions that we meet, so QEMU is told itself. */
static void xml_user_network(struct str *x, const struct kvm_config *c)
{
	const struct user_net u = user_net_of(c->subnet ? c->subnet : "");
	auto_str option = STR_INIT;

	user_net_option(&option, KVM_USER_NETDEV, c->isolated, &u);
	user_net_own_forwards(&option, c->address, &u);
	xml_add(x, "  <qemu:commandline>\n    <qemu:arg value='-netdev'/>\n    <qemu:arg value='%s'/>\n", option.buf);
	xml_add(x,
		"    <qemu:arg value='-device'/>\n"
		"    <qemu:arg value='virtio-net-pci,netdev=" KVM_USER_NETDEV
		",mac=%s,romfile=,bus=pcie.0,addr=0x5'/>\n"
		"  </qemu:commandline>\n",
		c->mac);
}

/* "squash" is QEMU's security_model=none: files belong to whoever runs QEMU. */
static void xml_shares(struct str *x, const struct shares *s)
{
	for (size_t i = 0; i < s->n; i++) {
		xml_add(x,
			"    <filesystem type='mount' accessmode='squash' multidevs='remap'>\n      <source dir='%s'/>",
			s->list[i].host_dir);
		str_addf(x, "<target dir='share%zu'/>%s\n    </filesystem>\n", i,
			 s->list[i].readonly ? "<readonly/>" : "");
	}
}

char *kvm_xml_domain(const struct kvm_domain *d)
{
	auto_str x = STR_INIT;
	const char *name;

	xml_head(&x, d);
	xml_processor(&x, d->emulated);
	str_add(&x, "  <devices>\n    <controller type='usb' model='none'/>\n");
	xml_disks(&x, d);
	xml_interface(&x, d->config);
	xml_shares(&x, &d->config->shares);
	str_add(&x, "    <controller type='virtio-serial' index='0'>");
	xml_slot(&x, 6);
	str_add(&x, "</controller>\n    <channel type='unix'>");
	if (d->channel)
		xml_add(&x, "<source mode='bind' path='%s'/>", d->channel);
	str_add(&x, "<target type='virtio' name='" GUEST_PORT_NAME "'/></channel>\n    <serial type='pty'>");
	if (d->console)
		xml_add(&x, "<log file='%s' append='off'/>", d->console);
	str_add(&x, "</serial>\n    <rng model='virtio'><backend model='random'>/dev/urandom</backend>");
	xml_slot(&x, 7);
	str_add(&x, "</rng>\n    <memballoon model='virtio' freePageReporting='on'>");
	xml_slot(&x, 8);
	str_add(&x, "</memballoon>\n  </devices>\n");
	if (kvm_net_parse(d->config->network, &name) == KVM_NET_USER)
		xml_user_network(&x, d->config);
	str_add(&x, "</domain>\n");
	return str_detach(&x);
}

char *kvm_xml_probe(const char *name, const char *kernel, const char *initrd, const char *cmdline)
{
	auto_str x = STR_INIT;

	xml_add(&x, "<domain type='kvm'>\n  <name>%s</name>\n  <memory unit='MiB'>256</memory>\n  <vcpu>1</vcpu>\n",
		name);
	xml_add(&x,
		"  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n    <kernel>%s</kernel>\n"
		"    <initrd>%s</initrd>\n    <cmdline>%s " GUEST_PROBE_WORD "</cmdline>\n  </os>\n",
		kernel, initrd, cmdline);
	xml_processor(&x, false);
	str_add(&x, "  <devices>\n    <controller type='usb' model='none'/>\n    <serial type='pty'/>\n"
		    "    <memballoon model='none'/>\n  </devices>\n</domain>\n");
	return str_detach(&x);
}

struct err *kvm_xml_merge(const char *domain, const char *file, char **ret)
{
	static const char *const lists[] = { "devices", "features", "metadata", "commandline", NULL };
	static const char *const fixed[] = { "name", "uuid" };
	auto_xml *under = NULL;
	auto_xml *over = NULL;
	auto_free char *text = NULL, *what = xasprintf("'%s'", file);
	size_t len;

	TRY(err_hint(fs_read(file, XML_MAX, &text, &len), "It is named by --kvm-xml-file."));
	TRY(err_hint(xml_parse(text, len, what, &over), "It is named by --kvm-xml-file."));
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		auto_free char *has = xml_textf(over, "/domain/%s", fixed[i]);

		if (has)
			return err_hint(
				err_new(ERR_USAGE, "'%s' sets the domain's %s, which is the machine's", file, fixed[i]),
				"Take <%s> out of the file.", fixed[i]);
	}
	auto_free char *any = xml_text(over, "/domain/*");
	if (!any)
		return err_hint(err_new(ERR_USAGE, "'%s' holds no <domain> with elements", file),
				"An example: <domain><devices><watchdog model='i6300esb'/></devices></domain>");
	TRY(xml_parse(domain, strlen(domain), "our own definition", &under));
	return xml_overlay(under, over, lists, ret);
}
