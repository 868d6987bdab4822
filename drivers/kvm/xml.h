/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The XML that libvirt is given (libvirt.org/format.html). Pure: text from values; every value is escaped.
 */
#ifndef DRIVERS_KVM_XML_H
#define DRIVERS_KVM_XML_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/kvm/config.h"
#include "drivers/net/subnet.h"

/* Our own mark on domains (metadata) and networks (a TXT record: this libvirt keeps no metadata of networks). */
#define KVM_XML_NAMESPACE "urn:machine:1"
#define KVM_USER_NETDEV "machine0" /* QEMU's name of the user network of a session */
#define KVM_XML_NETWORK_MARK "made-by-machine"

/* Each is the caller's to free. */
char *kvm_xml_network(const char *name, const struct subnet *s, bool isolated);
/* name: also the host name that DHCP and DNS give; NULL for none. */
char *kvm_xml_reservation(const char *mac, const char *name, const char *address);
char *kvm_xml_pool(const char *name, const char *path);

struct kvm_volume {
	const char *name;
	bool qcow2;	     /* else raw */
	uint64_t bytes;	     /* what the guest sees */
	const char *mode;    /* of the file: "0600" */
	const char *backing; /* path of a qcow2 file below it, NULL: none */
};
char *kvm_xml_volume(const struct kvm_volume *v);

/* One domain. All borrowed; paths are those of the hypervisor's host. */
struct kvm_domain {
	const char *name, *store;
	const struct kvm_config *config;
	bool emulated;
	int cpus;
	const char *kernel, *initrd, *cmdline, *root;
	const char *iso; /* not NULL: booted in place of these four */
	const char *disk, *seed;
	const char *console; /* log of the serial console, NULL: none */
	const char *channel; /* socket of the agent's channel, NULL: where libvirt has it */
};
char *kvm_xml_domain(const struct kvm_domain *d);
/* A guest that boots kernel and initrd under KVM with the word that ends the boot. */
char *kvm_xml_probe(const char *name, const char *kernel, const char *initrd, const char *cmdline);

/* Lay the user's own elements over a domain. ERR_USAGE names what the file must not hold (name, uuid). */
struct err *kvm_xml_merge(const char *domain, const char *file, char **ret) MUST_USE;

#endif
