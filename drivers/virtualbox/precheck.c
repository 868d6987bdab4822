/* SPDX-License-Identifier: Apache-2.0 */
/* Asks, and changes nothing. */
#include "drivers/virtualbox/precheck.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/package.h"
#include "drivers/virtualbox/host.h"
#include "drivers/virtualbox/hostonly_net.h"
#include "drivers/virtualbox/iso.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/vm/choice.h"

#define MIB ((uint64_t)1024 * 1024)
#define FREE_MIN ((uint64_t)1024 * MIB)
#define OLDEST_MAJOR 6
#define OLDEST_MINOR 1
#define NEWEST_MAJOR 7

/* The wrapper around VBoxManage looks for the driver, so its version tells both. */
static struct err *check_version(struct vbox *v)
{
	struct vbox_version *version = &v->version;
	auto_str out = STR_INIT;
	struct utsname u;

	TRY(manage(v, MANAGE_SHORT_MS, &out, "--version", NULL));
	if (!vbox_version_parse(out.buf, version))
		return err_hint(err_new(ERR_PRECHECK, "VBoxManage does not say which version it is"),
				"Try it: VBoxManage --version");
	if (vbox_version_compare(version, OLDEST_MAJOR, OLDEST_MINOR, 0) < 0)
		return err_hint(err_new(ERR_PRECHECK, "VirtualBox %s is too old", version->text),
				"%d.%d or later is needed: virtualbox.org", OLDEST_MAJOR, OLDEST_MINOR);
	if (version->major > NEWEST_MAJOR)
		v->env->warn(v->env->data,
			     "this VirtualBox is newer than those that this driver is known to work with");
	if (!vbox_warns_of_driver(out.buf))
		return NULL;
	const char *release = uname(&u) == 0 ? u.release : "$(uname -r)";
	if (host_has_module(release, "vboxdrv"))
		return err_hint(err_new(ERR_PRECHECK, "VirtualBox's kernel driver is not loaded"),
				"Load it: sudo modprobe vboxdrv");
	auto_free char *names = xasprintf("virtualbox-dkms linux-headers-%s", release);
	auto_free char *command = package_command(names);
	return err_hint(err_new(ERR_PRECHECK, "VirtualBox's kernel driver is not built for this kernel (%s)", release),
			"Build it: %s, or with Oracle's package: sudo /sbin/vboxconfig", command);
}

static struct err *check_processor(const struct vbox *v)
{
	auto_free char *cpuinfo = NULL;
	const char *holder;

	if (v->config.no_vtx_check)
		return NULL;
	TRY(fs_read("/proc/cpuinfo", 16 * MIB, &cpuinfo, NULL));
	TRY(host_check_processor(cpuinfo));
	holder = host_kvm_holder();
	if (!holder)
		return NULL;
	return err_hint(
		err_new(ERR_PRECHECK, "KVM (%s) holds the processor's virtualisation, which only one can have", holder),
		"End the machines of KVM and unload it (sudo modprobe -r %s), or boot with kvm.enable_virt_at_load=0. "
		"Or use it: machine create -d qemu",
		holder);
}

/* VirtualBox takes a second machine of a name; then a name means the first, which is not ours. */
static struct err *check_name(const struct vbox *v)
{
	char uuid[VBOX_UUID_LEN + 1];
	auto_str out = STR_INIT;

	TRY(manage(v, MANAGE_ASK_MS, &out, "list", "vms", NULL));
	if (!vbox_vm_of_name(out.buf, v->env->name, uuid))
		return NULL;
	return err_hint(err_new(ERR_PRECHECK, "VirtualBox has a machine '%s' already, which is not ours ({%s})",
				v->env->name, uuid),
			"Take another name. To see whose it is: VBoxManage showvminfo %s", uuid);
}

static struct err *check_memory(const struct vbox *v)
{
	struct sysinfo s;

	if (sysinfo(&s) < 0)
		return NULL;
	uint64_t host_mib = (uint64_t)s.totalram * s.mem_unit / MIB;
	if ((uint64_t)v->config.memory_mib <= host_mib)
		return NULL;
	return err_hint(err_new(ERR_PRECHECK, "memory of %" PRId64 " MiB is more than the %" PRIu64 " MiB of this host",
				v->config.memory_mib, host_mib),
			"Give less: --virtualbox-memory %" PRIu64, host_mib / 2);
}

static struct err *check_room(const struct vbox *v)
{
	uint64_t room;

	TRY(fs_free_bytes(v->env->store, &room));
	auto_free char *text = num_bytes_text(room);
	if (room < FREE_MIN)
		return err_hint(
			err_new(ERR_PRECHECK, "only %s are free where the store is, in '%s'", text, v->env->store),
			"Make room, or keep machines elsewhere: --storage-path DIR");
	if (room / MIB < (uint64_t)v->config.disk_mib) {
		auto_free char *line = xasprintf("the disk may grow to %" PRId64 " MiB, but only %s are free in '%s'",
						 v->config.disk_mib, text, v->env->store);
		v->env->warn(v->env->data, line);
	}
	return NULL;
}

static struct err *check_share(const struct vbox *v)
{
	auto_vbox_share s = { 0 };

	if (!vbox_share(&v->config, &s) || fs_is_dir(s.dir))
		return NULL;
	return err_hint(err_new(ERR_PRECHECK, "shared folder '%s' is not there", s.dir), "Make it: mkdir -p '%s'",
			s.dir);
}

static struct err *check_iso(struct vbox *v)
{
	auto_free char *path = NULL;
	bool ours;

	if (!*v->config.iso)
		return NULL;
	TRY(choice_find_iso(v->config.iso, &path));
	TRY(iso_is_ours(path, &ours));
	v->config.boot2docker = !ours;
	if (ours)
		return NULL;
	if (vbox_is_hostonly(&v->config))
		return err_hint(
			err_new(ERR_UNSUPPORTED, "the system of '%s' cannot be told its host-only address", path),
			"Leave one out: --virtualbox-hostonly-cidr or --virtualbox-boot2docker-url");
	v->env->warn(v->env->data,
		     "this ISO is not of ours: it is taken for boot2docker's, and what containers publish is "
		     "not forwarded");
	return NULL;
}

struct err *vbox_precheck(void *self)
{
	struct vbox *v = self;

	auto_free char *agent = vbox_agent_path(v);

	if (!agent)
		v->env->warn(v->env->data,
			     "the store's path is too long for a socket: what containers publish is not forwarded");
	TRY(check_iso(v));
	TRY(check_share(v));
	TRY(check_memory(v));
	TRY(check_room(v));
	TRY(check_version(v));
	TRY(check_processor(v));
	TRY(check_name(v));
	return vbox_is_hostonly(&v->config) ? hostonly_check(v) : NULL;
}
