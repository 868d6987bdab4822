/* SPDX-License-Identifier: Apache-2.0 */
/* What a machine of the kvm driver is made of: create's options and the "Driver" object of its record. */
#ifndef DRIVERS_KVM_CONFIG_H
#define DRIVERS_KVM_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "drivers/vm/names.h"
#include "drivers/vm/share.h"
#include "drivers/vm/sizes.h"

#define KVM_OWN_ISOLATED "machine-isolated"
#define KVM_OWN_NETWORK "machine" /* made when missing, removed with its last machine */
#define KVM_OWN_POOL "machine"

enum kvm_net {
	KVM_NET_NAMED,	 /* a network of libvirt's, ours included */
	KVM_NET_BRIDGE,	 /* a bridge of the hypervisor's host */
	KVM_NET_MACVTAP, /* an interface of it */
	KVM_NET_USER	 /* QEMU's user networking: a session without privilege */
};

/* How we reach the guest. */
enum kvm_reach {
	KVM_REACH_DIRECT, /* by its own address */
	KVM_REACH_JUMP,	  /* by a loopback address of ours, through ssh to the hypervisor's host */
	KVM_REACH_USER	  /* by a loopback address of ours, through QEMU's forwards */
};

struct kvm_config {
	/* wishes */
	char *uri;     /* "": chosen by precheck */
	char *network; /* as given: NAME, bridge:NAME, macvtap:NAME, user */
	char *pool;
	char *jump;	/* [USER@]HOST[:PORT], "": the URI's host when one is needed */
	char *iso;	/* of an image of ours, to boot in place of kernel and root; "" */
	char *xml_file; /* "" */
	char *cache_mode, *io_mode, *ssh_user;
	int64_t memory_mib, disk_mib;
	int cpus; /* 0: chosen by create */
	enum vm_accel accel;
	bool isolated;
	struct shares shares;

	/* chosen for life: uuid and mac when the handle is made, the others by plan and create */
	char *uuid, *mac;
	char *address;	     /* where clients ask: the guest's, or a loopback address; "" until known */
	char *guest_address; /* on its network; "" until known */
	char *subnet;	     /* of our own network, to make it again, or of QEMU's user networking; "" */
	enum kvm_reach reach;
	bool routed;   /* found by plan, not recorded: its network lets other hosts in */
	bool reserved; /* guest_address is promised by the network's DHCP server */
	char *image;   /* digest of the image that it boots; "" until create */
};

extern const struct opt kvm_opts[];

void kvm_config_release(struct kvm_config *c);

/* Split "bridge:br0" into its kind and name (borrowed from text). */
enum kvm_net kvm_net_parse(const char *text, const char **ret_name);

/* The network's name in libvirt: our own has a brother without a way out. The caller frees; NULL: none of libvirt's. */
char *kvm_network_name(const struct kvm_config *c);

/* The lock of this store for one thing on one hypervisor, below state_dir. The caller frees. */
char *kvm_lock_path(const struct driver_env *env, const struct kvm_config *c, const char *thing);

/* SSH's port on the address: 22, or that of a loopback address. */
int kvm_ssh_port(const struct kvm_config *c);

#endif
