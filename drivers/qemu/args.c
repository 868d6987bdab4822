/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/args.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "drivers/net/loopback.h"
#include "drivers/net/user_net.h"
#include "drivers/vm/cmdline.h"
#include "guest/contract.h"

#define SANDBOX "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"

void qemu_add_value(struct str *s, const char *value)
{
	for (const char *p = value; *p; p++) {
		if (*p == ',')
			str_add_char(s, ',');
		str_add_char(s, *p);
	}
}

static void args_add(struct list *l, const char *option, const char *value)
{
	list_add(l, option);
	if (value)
		list_add(l, value);
}

/* "head" + value in option syntax + "tail" as one argument. */
static void args_add_path(struct list *l, const char *option, const char *head, const char *path, const char *tail)
{
	auto_str s = STR_INIT;

	str_add(&s, head);
	qemu_add_value(&s, path);
	str_add(&s, tail);
	args_add(l, option, s.buf);
}

static void args_machine(const struct qemu_launch *l, struct list *ret)
{
	/* Each device that is left out saves its part of firmware and kernel start under emulation. */
	args_add(ret, "-machine",
		 l->kvm ? "q35,accel=kvm,usb=off,vmport=off,smbus=off,sata=off,dump-guest-core=off"
			: "q35,usb=off,vmport=off,smbus=off,sata=off,hpet=off,dump-guest-core=off");
	if (!l->kvm) /* the translation buffer is private memory of each machine: 1 GiB if not limited */
		args_add(ret, "-accel", "tcg,tb-size=256");
	/* Nehalem is the smallest model with all of x86-64-v2, which container images ask for. */
	args_add(ret, "-cpu", l->kvm ? "host" : "Nehalem");
	list_add(ret, "-smp");
	list_addf(ret, "%d", l->cpus);
	list_add(ret, "-m");
	list_addf(ret, "%" PRId64 "M", l->config->memory_mib);
	if (l->qboot && !l->kvm)
		args_add(ret, "-bios", "qboot.rom");
}

static void args_kernel(const struct qemu_launch *l, struct list *ret)
{
	auto_str append = STR_INIT;

	vm_cmdline(&append, l->cmdline, !l->kvm, l->tsc_khz);
	args_add(ret, "-kernel", l->vmlinux);
	args_add(ret, "-initrd", l->initrd);
	args_add(ret, "-append", append.buf);
}

static void args_channels(const struct qemu_launch *l, struct list *ret)
{
	list_add(ret, "-chardev");
	list_addf(ret, "socket,id=qmp,fd=%d", l->qmp_fd);
	args_add(ret, "-mon", "chardev=qmp,mode=control");
	list_add(ret, "-chardev");
	list_addf(ret, "socket,id=console,fd=%d", l->console_fd);
	args_add(ret, "-serial", "chardev:console");
	list_add(ret, "-chardev");
	list_addf(ret, "socket,id=agent,fd=%d", l->agent_fd);
	args_add(ret, "-device", "virtio-serial-pci");
	args_add(ret, "-device", "virtserialport,chardev=agent,name=" GUEST_PORT_NAME);
}

static void args_disks(const struct qemu_launch *l, struct list *ret)
{
	args_add_path(ret, "-blockdev",
		      "driver=raw,node-name=root,read-only=on,file.driver=file,file.filename=", l->root, "");
	args_add(ret, "-device", "virtio-blk-pci,drive=root");
	args_add_path(ret, "-blockdev",
		      "driver=qcow2,node-name=disk,discard=unmap,detect-zeroes=unmap,file.driver=file,"
		      "file.discard=unmap,file.filename=",
		      l->disk, "");
	/* What the host cannot write now, for want of room or otherwise, it may later: the guest waits, and loses nothing. */
	args_add(ret, "-device", "virtio-blk-pci,drive=disk,write-cache=on,werror=stop");
	if (!l->seed)
		return;
	args_add_path(ret, "-blockdev",
		      "driver=raw,node-name=seed,read-only=on,file.driver=file,file.filename=", l->seed, "");
	args_add(ret, "-device", "virtio-blk-pci,drive=seed");
}

static void args_network(const struct qemu_launch *l, struct list *ret)
{
	const struct user_net u = user_net_of(l->config->subnet ? l->config->subnet : "");
	auto_str s = STR_INIT;

	user_net_option(&s, QEMU_NETDEV, l->config->isolated, &u);
	user_net_own_forwards(&s, l->config->address, &u);
	for (size_t i = 0; i < l->config->forwards_n; i++)
		user_net_forward(&s, l->config->forwards[i].proto, l->config->address, l->config->forwards[i].host_port,
				 &u, l->config->forwards[i].guest_port);
	args_add(ret, "-netdev", s.buf);
	list_add(ret, "-device");
	list_addf(ret, "virtio-net-pci,netdev=" QEMU_NETDEV ",mac=%s,romfile=", l->mac);
}

/* security_model=none: files belong to the user who runs QEMU, which is all that an ordinary user can do. */
static void args_shares(const struct qemu_launch *l, struct list *ret)
{
	for (size_t i = 0; i < l->config->shares.n; i++) {
		const struct share *share = &l->config->shares.list[i];
		auto_str s = STR_INIT;

		str_addf(&s, "local,id=share%zu,security_model=none,multidevs=remap,readonly=%s,path=", i,
			 share->readonly ? "on" : "off");
		qemu_add_value(&s, share->host_dir);
		args_add(ret, "-fsdev", s.buf);
		list_add(ret, "-device");
		list_addf(ret, "virtio-9p-pci,fsdev=share%zu,mount_tag=share%zu", i, i);
	}
}

static void args_bare(struct list *ret, const char *binary)
{
	list_add(ret, binary);
	args_add(ret, "-nodefaults", NULL);
	args_add(ret, "-no-user-config", NULL);
	args_add(ret, "-display", "none");
	args_add(ret, "-sandbox", SANDBOX);
}

void qemu_args(const struct qemu_launch *l, struct list *ret)
{
	args_bare(ret, l->binary);
	list_add(ret, "-name");
	list_addf(ret, "machine-%s,process=machine-%s", l->name, l->name);
	args_machine(l, ret);
	args_kernel(l, ret);
	args_channels(l, ret);
	args_disks(l, ret);
	args_network(l, ret);
	args_shares(l, ret);
	args_add(ret, "-device", "virtio-rng-pci");
	args_add(ret, "-device", "virtio-balloon-pci,free-page-reporting=on");
}

void qemu_probe_args(const char *binary, const char *vmlinux, const char *initrd, const char *cmdline, struct list *ret)
{
	args_bare(ret, binary);
	args_add(ret, "-machine", "q35,accel=kvm,usb=off,vmport=off,smbus=off,sata=off");
	args_add(ret, "-cpu", "host");
	args_add(ret, "-m", "256M");
	args_add(ret, "-no-reboot", NULL);
	args_add(ret, "-monitor", "none");
	args_add(ret, "-serial", "stdio");
	args_add(ret, "-kernel", vmlinux);
	args_add(ret, "-initrd", initrd);
	list_add(ret, "-append");
	list_addf(ret, "%s " GUEST_PROBE_WORD, cmdline);
}

char *qemu_mac(const char *store, const char *name)
{
	uint64_t h = loopback_hash(store, name);

	return xasprintf("52:54:00:%02x:%02x:%02x", (unsigned)(h >> 16 & 0xff), (unsigned)(h >> 8 & 0xff),
			 (unsigned)(h & 0xff));
}
