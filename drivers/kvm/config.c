/* SPDX-License-Identifier: Apache-2.0 */
/* Options and limits; the record is in record.c. */
#include "drivers/kvm/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "drivers/net/loopback.h"

const struct opt kvm_opts[] = {
	{ .name = "kvm-uri",
	  .type = OPT_STRING,
	  .env = "KVM_URI,LIBVIRT_DEFAULT_URI",
	  .help = "libvirt's connection: qemu+ssh://root@HOST/system and the like (default: qemu:///system where it "
		  "can be "
		  "reached, else qemu:///session)" },
	{ .name = "kvm-memory",
	  .type = OPT_MIB,
	  .env = "KVM_MEMORY",
	  .fallback = "1024",
	  .help = "Memory of the machine " VM_MEMORY_UNITS },
	{ .name = "kvm-cpu-count",
	  .type = OPT_INT,
	  .env = "KVM_CPU_COUNT",
	  .fallback = "0",
	  .help = "Number of processors (0: up to 4 of the hypervisor's with KVM, 1 when emulated)" },
	{ .name = "kvm-disk-size",
	  .type = OPT_MIB,
	  .env = "KVM_DISK_SIZE",
	  .fallback = "20000",
	  .help = VM_DISK_HELP "; takes only the space that is used" },
	{ .name = "kvm-network",
	  .type = OPT_STRING,
	  .env = "KVM_NETWORK",
	  .fallback = KVM_OWN_NETWORK,
	  .help = "libvirt's network to join, or bridge:NAME, macvtap:INTERFACE, user (default: a NAT network of our "
		  "own)" },
	{ .name = "kvm-pool",
	  .type = OPT_STRING,
	  .env = "KVM_POOL",
	  .fallback = KVM_OWN_POOL,
	  .help = "libvirt's storage pool for disks and images (default: one of our own)" },
	{ .name = "kvm-jump",
	  .type = OPT_STRING,
	  .env = "KVM_JUMP",
	  .help = "Reach the machine through SSH to [USER@]HOST[:PORT], or none (default: the host of a remote URI, "
		  "when needed)" },
	{ .name = "kvm-accelerator",
	  .type = OPT_STRING,
	  .env = "KVM_ACCELERATOR",
	  .fallback = "auto",
	  .help = "kvm, tcg (emulation), or auto: kvm where it runs a guest" },
	{ .name = "kvm-boot2docker-url",
	  .type = OPT_STRING,
	  .env = "KVM_BOOT2DOCKER_URL",
	  .help = "Boot this machine.iso (path, or file:// URL) in place of the image's kernel and root" },
	{ .name = "kvm-cache-mode",
	  .type = OPT_STRING,
	  .env = "KVM_CACHE_MODE",
	  .fallback = "default",
	  .help = "Cache of the data disk: default, none, writethrough, writeback, directsync or unsafe" },
	{ .name = "kvm-io-mode",
	  .type = OPT_STRING,
	  .env = "KVM_IO_MODE",
	  .fallback = "threads",
	  .help = "I/O of the data disk: threads, native or io_uring" },
	{ .name = "kvm-isolated",
	  .type = OPT_FLAG,
	  .env = "KVM_ISOLATED",
	  .help = "Make our own network without a way out (with a session: QEMU's)" },
	{ .name = "kvm-share",
	  .type = OPT_LIST,
	  .env = "KVM_SHARE",
	  .help = "Folder of this host to mount in the machine: HOSTDIR[:GUESTDIR][:ro]; not on other hosts" },
	{ .name = "kvm-ssh-user",
	  .type = OPT_STRING,
	  .env = "KVM_SSH_USER",
	  .fallback = VM_SSH_USER,
	  .help = "User of the machine for SSH" },
	{ .name = "kvm-xml-file",
	  .type = OPT_STRING,
	  .env = "KVM_XML_FILE",
	  .help = "File with a <domain> whose elements are merged into the machine's definition" },
	{ 0 },
};

void kvm_config_release(struct kvm_config *c)
{
	char **const texts[] = { &c->uri, &c->network,	  &c->pool,	     &c->jump,	   &c->xml_file,
				 &c->iso, &c->cache_mode, &c->io_mode,	     &c->ssh_user, &c->uuid,
				 &c->mac, &c->address,	  &c->guest_address, &c->subnet,   &c->image };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(*texts[i]);
	shares_release(&c->shares);
	memset(c, 0, sizeof(*c));
}

enum kvm_net kvm_net_parse(const char *text, const char **ret_name)
{
	static const struct {
		const char *prefix;
		enum kvm_net kind;
	} kinds[] = { { "bridge:", KVM_NET_BRIDGE }, { "macvtap:", KVM_NET_MACVTAP } };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (str_starts(text, kinds[i].prefix)) {
			*ret_name = text + strlen(kinds[i].prefix);
			return kinds[i].kind;
		}
	*ret_name = text;
	return str_eq(text, "user") ? KVM_NET_USER : KVM_NET_NAMED;
}

char *kvm_network_name(const struct kvm_config *c)
{
	const char *name;

	if (kvm_net_parse(c->network, &name) != KVM_NET_NAMED)
		return NULL;
	return xstrdup(c->isolated && str_eq(name, KVM_OWN_NETWORK) ? KVM_OWN_ISOLATED : name);
}

char *kvm_lock_path(const struct driver_env *env, const struct kvm_config *c, const char *thing)
{
	return xasprintf("%s/kvm-%s-%08x.lock", env->state_dir, thing, (unsigned)loopback_hash(c->uri, c->pool));
}

int kvm_ssh_port(const struct kvm_config *c)
{
	return c->reach == KVM_REACH_DIRECT ? VM_SSH_PORT : VM_LOOPBACK_SSH_PORT;
}
