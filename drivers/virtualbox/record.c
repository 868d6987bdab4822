/* SPDX-License-Identifier: Apache-2.0 */
/* From options and from the record to the configuration, and back. */
#include "drivers/virtualbox/record.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/net/loopback.h"
#include "drivers/virtualbox/hostonly.h"
#include "drivers/vm/choice.h"
#include "drivers/vm/ids.h"
#include "drivers/vm/record.h"

#define auto_config __attribute__((cleanup(vbox_config_release))) struct vbox_config

/* The texts of the record by member; docker-machine's names where it had them. */
static const struct record_text {
	const char *member, *option; /* option NULL: not one */
	const char *fallback;	     /* of a record without the member */
	size_t offset;
} record_texts[] = {
	{ "NatNicType", "virtualbox-nat-nictype", "82540EM", offsetof(struct vbox_config, nat_nictype) },
	{ "Boot2DockerURL", "virtualbox-boot2docker-url", "", offsetof(struct vbox_config, iso) },
	{ "HostOnlyCIDR", "virtualbox-hostonly-cidr", "", offsetof(struct vbox_config, hostonly_cidr) },
	{ "HostOnlyNicType", "virtualbox-hostonly-nictype", "82540EM", offsetof(struct vbox_config, hostonly_nictype) },
	{ "HostOnlyPromiscMode", "virtualbox-hostonly-nicpromisc", "deny",
	  offsetof(struct vbox_config, hostonly_promisc) },
	{ "UIType", "virtualbox-ui-type", "headless", offsetof(struct vbox_config, ui_type) },
	{ "ShareFolder", "virtualbox-share-folder", "", offsetof(struct vbox_config, share_folder) },
	{ "UUID", NULL, "", offsetof(struct vbox_config, uuid) },
	{ "MAC", NULL, "", offsetof(struct vbox_config, mac) },
	{ "HostOnlyMAC", NULL, "", offsetof(struct vbox_config, hostonly_mac) },
};

static const struct record_flag {
	const char *member, *option;
	bool inverted; /* the option says "no-" */
	size_t offset;
} record_flags[] = {
	{ "HostDNSResolver", "virtualbox-host-dns-resolver", false, offsetof(struct vbox_config, host_dns) },
	{ "HostOnlyNoDHCP", "virtualbox-hostonly-no-dhcp", false, offsetof(struct vbox_config, hostonly_no_dhcp) },
	{ "NoShare", "virtualbox-no-share", false, offsetof(struct vbox_config, no_share) },
	{ "DNSProxy", "virtualbox-no-dns-proxy", true, offsetof(struct vbox_config, dns_proxy) },
	{ "NoVTXCheck", "virtualbox-no-vtx-check", false, offsetof(struct vbox_config, no_vtx_check) },
};

static char **record_slot(const struct vbox_config *c, const struct record_text *t)
{
	return (char **)((char *)c + t->offset);
}

static bool *record_flag(const struct vbox_config *c, const struct record_flag *f)
{
	return (bool *)((char *)c + f->offset);
}

static struct err *config_check_share(const struct vbox_config *c)
{
	auto_vbox_share s = { 0 };

	if (!*c->share_folder || !vbox_share(c, &s))
		return NULL;
	if (*s.dir != '/' || !*s.name)
		return err_hint(err_new(ERR_USAGE, "'%s' names no folder to share", c->share_folder),
				"Give an absolute one: --virtualbox-share-folder /DIR:NAME");
	/* It is a name of VirtualBox's and a path in the machine. */
	for (const char *p = s.name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-/", *p))
			return err_hint(
				err_new(ERR_USAGE, "'%s' is no name for a shared folder", s.name),
				"Letters, digits, dots, dashes and slashes do: --virtualbox-share-folder %s:NAME",
				s.dir);
	return strstr(s.name, "..") || strlen(s.name) > 60
		       ? err_new(ERR_USAGE, "'%s' is no name for a shared folder", s.name)
		       : NULL;
}

static struct err *config_check(const struct vbox_config *c)
{
	static const char *const nics[] = { "82540EM", "82543GC", "82545EM", "virtio", "Am79C970A", "Am79C973", NULL };
	static const char *const promisc[] = { "deny", "allow-vms", "allow-all", NULL };
	static const char *const ui[] = { "headless", "gui", "sdl", "separate", NULL };
	struct hostonly h;

	TRY(vm_check_sizes("virtualbox", c->memory_mib, c->disk_mib, c->cpus < 0 ? 0 : c->cpus));
	TRY(choice_check(c->nat_nictype, "--virtualbox-nat-nictype", nics));
	TRY(choice_check(c->hostonly_nictype, "--virtualbox-hostonly-nictype", nics));
	TRY(choice_check(c->hostonly_promisc, "--virtualbox-hostonly-nicpromisc", promisc));
	TRY(choice_check(c->ui_type, "--virtualbox-ui-type", ui));
	TRY(choice_check_iso(c->iso, "--virtualbox-boot2docker-url"));
	TRY(config_check_share(c));
	return vbox_is_hostonly(c) ? hostonly_parse(c->hostonly_cidr, &h) : NULL;
}

static struct err *config_ids(struct vbox_config *c)
{
	static const unsigned char vendor[3] = { 0x08, 0x00, 0x27 };

	TRY(vm_random_uuid(&c->uuid));
	TRY(vm_random_mac(vendor, &c->mac));
	return vm_random_mac(vendor, &c->hostonly_mac);
}

struct err *vbox_config_from_opts(const struct opts *opts, struct vbox_config *ret)
{
	auto_config c = { 0 };

	if (*opts_str(opts, "virtualbox-import-boot2docker-vm"))
		return err_hint(err_new(ERR_UNSUPPORTED, "machines of boot2docker's own tool cannot be imported"),
				"Save what is in one and load it into a new machine: docker save, docker load");
	for (size_t i = 0; i < ARRAY_SIZE(record_texts); i++)
		if (record_texts[i].option)
			*record_slot(&c, &record_texts[i]) = xstrdup(opts_str(opts, record_texts[i].option));
	for (size_t i = 0; i < ARRAY_SIZE(record_flags); i++)
		*record_flag(&c, &record_flags[i]) =
			opts_flag(opts, record_flags[i].option) != record_flags[i].inverted;
	TRY(config_ids(&c));
	c.address = xstrdup("");
	c.engine_port = VM_ENGINE_PORT;
	c.ssh_port = vbox_is_hostonly(&c) ? VM_SSH_PORT : VM_LOOPBACK_SSH_PORT;
	c.memory_mib = opts_mib(opts, "virtualbox-memory");
	c.disk_mib = opts_mib(opts, "virtualbox-disk-size");
	int64_t cpus = opts_int(opts, "virtualbox-cpu-count");
	c.cpus = cpus < 1 ? -1 : cpus > VM_CPUS_MAX ? VM_CPUS_MAX + 1 : (int)cpus;
	TRY(config_check(&c));
	*ret = c;
	c = (struct vbox_config){ 0 };
	return NULL;
}

static bool config_is_port(int64_t port)
{
	return port > 0 && port < 65536;
}

/* What was chosen comes back from a file that people edit. */
static struct err *config_check_chosen(const struct vbox_config *c)
{
	struct in_addr a;

	if (*c->address && inet_pton(AF_INET, c->address, &a) != 1)
		return err_new(ERR_FAILED, "'IPAddress' of the record is '%s', no IPv4 address", c->address);
	if (!vbox_is_hostonly(c) && *c->address && !loopback_is(c->address))
		return err_new(ERR_FAILED, "'IPAddress' of the record is '%s', not a loopback address", c->address);
	if (*c->uuid && !vm_is_uuid(c->uuid))
		return err_new(ERR_FAILED, "'UUID' of the record is '%s', not that of a machine", c->uuid);
	if ((*c->mac && !vm_is_mac(c->mac)) || (*c->hostonly_mac && !vm_is_mac(c->hostonly_mac)))
		return err_new(ERR_FAILED, "the record has a MAC that is no Ethernet address");
	return NULL;
}

struct err *vbox_config_from_record(const cJSON *driver, struct vbox_config *ret)
{
	auto_config c = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(record_texts); i++)
		*record_slot(&c, &record_texts[i]) =
			xstrdup(json_str_or(driver, record_texts[i].member, record_texts[i].fallback));
	for (size_t i = 0; i < ARRAY_SIZE(record_flags); i++)
		*record_flag(&c, &record_flags[i]) =
			json_bool_or(driver, record_flags[i].member, record_flags[i].inverted);
	c.address = xstrdup(json_str_or(driver, "IPAddress", ""));
	c.boot2docker = json_bool_or(driver, "Boot2Docker", false);
	c.memory_mib = json_int_or(driver, "Memory", 1024);
	c.disk_mib = json_int_or(driver, "DiskSize", 20000);
	int64_t cpus = json_int_or(driver, "CPU", 1), engine = json_int_or(driver, "EnginePort", VM_ENGINE_PORT);
	int64_t ssh = json_int_or(driver, "SSHPort", VM_SSH_PORT);
	c.cpus = cpus < 1 ? -1 : cpus > VM_CPUS_MAX ? VM_CPUS_MAX + 1 : (int)cpus;
	if (!config_is_port(engine) || !config_is_port(ssh))
		return err_new(ERR_FAILED, "the record has a port that is none");
	c.engine_port = (int)engine;
	c.ssh_port = (int)ssh;
	/* docker-machine took more, and its machines must at least be removable. */
	if (*c.uuid)
		TRY(err_wrap(config_check(&c), "bad record"));
	TRY(config_check_chosen(&c));
	*ret = c;
	c = (struct vbox_config){ 0 };
	return NULL;
}

void vbox_config_save(const struct vbox_config *c, const struct driver_env *env, cJSON *into)
{
	vm_base_record(env, c->address, VM_SSH_USER, c->ssh_port, into);
	json_object_at(into, "VBoxManager");
	json_object_at(into, "HostInterfaces");
	json_set_int(into, "CPU", c->cpus);
	json_set_int(into, "Memory", c->memory_mib);
	json_set_int(into, "DiskSize", c->disk_mib);
	for (size_t i = 0; i < ARRAY_SIZE(record_texts); i++)
		json_set_str(into, record_texts[i].member, *record_slot(c, &record_texts[i]));
	for (size_t i = 0; i < ARRAY_SIZE(record_flags); i++)
		json_set_bool(into, record_flags[i].member, *record_flag(c, &record_flags[i]));
	json_set_int(into, "EnginePort", c->engine_port);
	json_set_bool(into, "Boot2Docker", c->boot2docker);
}
