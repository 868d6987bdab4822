/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of host-only interfaces and DHCP servers as VBoxManage prints them. Pure; what does not parse is passed over. */
#ifndef DRIVERS_VIRTUALBOX_OUTPUT_LISTS_H
#define DRIVERS_VIRTUALBOX_OUTPUT_LISTS_H

#include <stdbool.h>
#include <stddef.h>

/* Of `list hostonlyifs`. */
struct vbox_hostonlyif {
	char *name, *address, *mask, *network; /* network: "HostInterfaceNetworking-vboxnet0" */
};
size_t vbox_hostonlyifs(const char *out, struct vbox_hostonlyif **ret);
void vbox_hostonlyifs_free(struct vbox_hostonlyif *list, size_t n);
/* "vboxnet0" of what `hostonlyif create` says; NULL: nothing was made. The caller frees. */
char *vbox_created_interface(const char *out);

/* Of `list dhcpservers`: 6.1 and later have other words than those before; both are read. */
struct vbox_dhcp {
	char *network, *address, *lower, *upper;
	bool enabled;
};
size_t vbox_dhcps(const char *out, struct vbox_dhcp **ret);
void vbox_dhcps_free(struct vbox_dhcp *list, size_t n);

#endif
