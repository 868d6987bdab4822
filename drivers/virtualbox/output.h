/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What VBoxManage prints, read. Pure. Measured with VirtualBox 7.2 (tests/virtualbox/recordings); what is known of 6.1 to
 * 7.1 is taken too. Everything here may be garbage: what does not parse is passed over.
 */
#ifndef DRIVERS_VIRTUALBOX_OUTPUT_H
#define DRIVERS_VIRTUALBOX_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "drivers/driver.h"

#define VBOX_UUID_LEN 36

/* "7.2.22_Debianr175245", with the distribution's warnings before it. */
struct vbox_version {
	int major, minor, patch;
	char text[48];
};
bool vbox_version_parse(const char *out, struct vbox_version *ret);
/* Negative, 0 or positive as v is older than, the same as, or newer than that. */
int vbox_version_compare(const struct vbox_version *v, int major, int minor, int patch);

/* The wrapper /usr/bin/VBoxManage says on stdout that the kernel's driver is not there. */
bool vbox_warns_of_driver(const char *out);

/* The UUID that `list vms` has for a name: the first of them. ret: VBOX_UUID_LEN + 1 bytes. */
bool vbox_vm_of_name(const char *out, const char *name, char *ret);

/* The value of a key of `showvminfo --machinereadable`, quotes undone; NULL: not there. The caller frees. */
char *vbox_info(const char *out, const char *key);
/* STATE_NONE: no state of VirtualBox's. */
enum machine_state vbox_state(const char *word);

struct vbox_forward {
	char *name, *proto, *host, *guest;
	int host_port, guest_port;
};
/* The NAT rules of the first network card. */
size_t vbox_forwards(const char *out, struct vbox_forward **ret);
void vbox_forwards_free(struct vbox_forward *list, size_t n);

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

/* What an error on stderr means for us. */
enum vbox_trouble {
	VBOX_NO_TROUBLE, /* nothing that looks like an error */
	VBOX_AGAIN,	 /* nothing was done: the service starts or ends, a lock is held, an object is not ready */
	VBOX_NOT_FOUND,	 /* no such machine */
	VBOX_EXISTS,	 /* a settings file, a medium, a rule, a server of that name */
	VBOX_NOT_RUNNING,
	VBOX_INACCESSIBLE, /* its settings cannot be read */
	VBOX_DENIED,
	VBOX_FAILED
};
enum vbox_trouble vbox_trouble(const char *errout);
/* What went wrong in VirtualBox's words, without "VBoxManage: error:", codes and places in its source. The caller frees. */
char *vbox_complaint(const char *errout);
/* What helps against a start that failed with that; NULL: nothing is known. */
const char *vbox_cure(const char *complaint);

/* Of Logs/VBox.log: is there a word of a NAT rule for that port of the host that could not be set up? */
bool vbox_log_refused(const char *log, int host_port);

#endif
