/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine of the virtualbox driver is made of: create's options and the "Driver" object of its record. */
#ifndef DRIVERS_VIRTUALBOX_CONFIG_H
#define DRIVERS_VIRTUALBOX_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "drivers/vm/names.h"
#include "drivers/vm/sizes.h"

#define VBOX_SHARE_HOME "/home" /* docker-machine shares it under the name: */
#define VBOX_SHARE_HOME_NAME "hosthome"

struct vbox_config {
	/* wishes */
	int64_t memory_mib, disk_mib;
	int cpus;  /* -1: as many as the host has */
	char *iso; /* path of an ISO in place of the image's; "" */
	char *nat_nictype, *hostonly_nictype, *hostonly_promisc, *ui_type;
	char *hostonly_cidr; /* "192.168.56.1/24"; "": NAT alone */
	char *share_folder;  /* as given: "DIR:NAME"; "" */
	bool no_share, dns_proxy, host_dns, no_vtx_check, hostonly_no_dhcp;

	/* chosen for life: uuid and macs when the handle is made, the others by plan and start */
	char *uuid;		  /* "": a record of docker-machine's, which knows the name alone */
	char *mac, *hostonly_mac; /* "08:00:27:..." */
	char *address;		  /* where clients ask: a loopback address, or the machine's on the host-only network */
	int engine_port, ssh_port; /* on that address */
	bool boot2docker;	   /* the ISO is not of ours: neither seed nor agent */
};

extern const struct opt vbox_opts[];

void vbox_config_release(struct vbox_config *c);

static inline bool vbox_is_hostonly(const struct vbox_config *c)
{
	return *c->hostonly_cidr;
}

/* The folder of this host that is shared, and its name in the machine, where it is mounted at /NAME. false: none. */
struct vbox_share {
	char *dir, *name;
};
bool vbox_share(const struct vbox_config *c, struct vbox_share *ret);
void vbox_share_release(struct vbox_share *s);
#define auto_vbox_share __attribute__((cleanup(vbox_share_release))) struct vbox_share

#endif
