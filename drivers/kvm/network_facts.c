/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/network_facts.h"

#include <string.h>

#include "base/mem.h"
#include "base/xml.h"
#include "drivers/kvm/xml.h"

void network_facts_release(struct network_facts *f)
{
	list_release(&f->macs);
	list_release(&f->names);
	list_release(&f->addresses);
	*f = (struct network_facts){ 0 };
}

/* One <ip> element, counted from 1; false past the last. */
static bool facts_ip(const struct xml *x, int i, struct network_facts *f, bool *done)
{
	auto_free char *address = xml_textf(x, "/network/ip[%d]/@address", i);
	auto_free char *netmask = xml_textf(x, "/network/ip[%d]/@netmask", i);
	auto_free char *prefix = xml_textf(x, "/network/ip[%d]/@prefix", i);
	auto_free char *dhcp = xml_textf(x, "/network/ip[%d]/dhcp", i);
	struct subnet s;

	if (!address)
		return false;
	if (!subnet_make(address, netmask, prefix, &s) || (f->subnet.prefix && !dhcp))
		return true; /* IPv6, or not better than what we have */
	f->subnet = s;
	f->dhcp = dhcp;
	subnet_address_parse(address, &f->gateway);
	*done = dhcp;
	return true;
}

struct err *network_facts_parse(const char *xml, struct network_facts *ret)
{
	auto_facts f = { 0 };
	auto_xml *x = NULL;
	bool done = false;

	TRY(xml_parse(xml, strlen(xml), "libvirt's network", &x));
	for (int i = 1; i < 64 && !done; i++)
		if (!facts_ip(x, i, &f, &done))
			break;
	auto_free char *mark = xml_text(x, "/network/dns/txt[@name='" KVM_XML_NETWORK_MARK "']/@name");
	f.own = mark;
	auto_free char *forward = xml_text(x, "/network/forward"), *mode = xml_text(x, "/network/forward/@mode");
	f.forwards = forward;
	f.routed = str_eq(mode, "route") || str_eq(mode, "open");
	xml_texts(x, "/network/ip/dhcp/host/@mac", &f.macs);
	xml_texts(x, "/network/ip/dhcp/host/@name", &f.names);
	xml_texts(x, "/network/ip/dhcp/host/@ip", &f.addresses);
	*ret = f;
	f = (struct network_facts){ 0 };
	return NULL;
}

char *network_facts_reserved(const char *xml, const char *mac)
{
	auto_xml *x = NULL;
	auto_err *e = xml_parse(xml, strlen(xml), "libvirt's network", &x);

	return e ? NULL : xml_textf(x, "/network/ip/dhcp/host[@mac='%s']/@ip", mac);
}
