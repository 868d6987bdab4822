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

#endif
