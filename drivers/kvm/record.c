/* SPDX-License-Identifier: Apache-2.0 */
/* From options and from the record to the configuration, and back. */
#include "drivers/kvm/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/kvm/config.h"
#include "drivers/kvm/uri.h"
#include "drivers/net/loopback.h"
#include "drivers/net/subnet.h"
#include "drivers/vm/choice.h"
#include "drivers/vm/ids.h"
#include "drivers/vm/record.h"

#define auto_config __attribute__((cleanup(kvm_config_release))) struct kvm_config

static const char *const record_reaches[] = { "direct", "jump", "user" };

/* The texts of the record by member; docker-machine-kvm's names where it had them. */
static const struct record_text {
	const char *member, *option; /* option NULL: not one */
	size_t offset;
} record_texts[] = {
	{ "URI", "kvm-uri", offsetof(struct kvm_config, uri) },
	{ "Network", "kvm-network", offsetof(struct kvm_config, network) },
	{ "Pool", "kvm-pool", offsetof(struct kvm_config, pool) },
	{ "Jump", "kvm-jump", offsetof(struct kvm_config, jump) },
	{ "CacheMode", "kvm-cache-mode", offsetof(struct kvm_config, cache_mode) },
	{ "IOMode", "kvm-io-mode", offsetof(struct kvm_config, io_mode) },
	{ "XMLFile", "kvm-xml-file", offsetof(struct kvm_config, xml_file) },
	{ "Boot2DockerURL", "kvm-boot2docker-url", offsetof(struct kvm_config, iso) },
	{ "UUID", NULL, offsetof(struct kvm_config, uuid) },
	{ "MAC", NULL, offsetof(struct kvm_config, mac) },
	{ "GuestAddress", NULL, offsetof(struct kvm_config, guest_address) },
	{ "Subnet", NULL, offsetof(struct kvm_config, subnet) },
	{ "Image", NULL, offsetof(struct kvm_config, image) },
};

static char **record_slot(struct kvm_config *c, const struct record_text *t)
{
	return (char **)((char *)c + t->offset);
}

/* Names go into XML, where everything is escaped, and into file names and messages: keep them plain. */
static bool config_is_name(const char *text)
{
	return *text && *text != '-' && *text != '.' && strlen(text) < 128 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+:") == strlen(text);
}

static struct err *config_check_network(const struct kvm_config *c)
{
	const char *name;
	enum kvm_net kind = kvm_net_parse(c->network, &name);

	if (!config_is_name(name))
		return err_hint(err_new(ERR_USAGE, "network '%s' has no name that can be used", c->network),
				"Name a network (virsh net-list --all), or bridge:NAME, macvtap:INTERFACE, user");
	if ((kind == KVM_NET_BRIDGE || kind == KVM_NET_MACVTAP) && strlen(name) > 15)
		return err_hint(err_new(ERR_USAGE, "'%s' is too long for an interface", name), "See: ip link");
	return NULL;
}

static struct err *config_check(const struct kvm_config *c)
{
	static const char *const caches[] = { "default", "none", "writethrough", "writeback", "directsync",
					      "unsafe",	 NULL };
	static const char *const ios[] = { "threads", "native", "io_uring", NULL };
	auto_uri uri = { 0 };

	if (*c->uri)
		TRY(kvm_uri_parse(c->uri, &uri));
	TRY(vm_check_sizes("kvm", c->memory_mib, c->disk_mib, c->cpus));
	TRY(config_check_network(c));
	if (!config_is_name(c->pool))
		return err_hint(err_new(ERR_USAGE, "storage pool '%s' has no name that can be used", c->pool),
				"See which there are: virsh pool-list --all");
	TRY(kvm_jump_check(c->jump));
	TRY(choice_check_iso(c->iso, "--kvm-boot2docker-url"));
	TRY(choice_check(c->cache_mode, "--kvm-cache-mode", caches));
	TRY(choice_check(c->io_mode, "--kvm-io-mode", ios));
	if (str_eq(c->io_mode, "native") && !str_eq(c->cache_mode, "none") && !str_eq(c->cache_mode, "directsync"))
		return err_hint(
			err_new(ERR_USAGE, "--kvm-io-mode native needs a cache mode that passes by the page cache"),
			"Add: --kvm-cache-mode none");
	if (!config_is_name(c->ssh_user))
		return err_hint(err_new(ERR_USAGE, "'%s' is no user name", c->ssh_user),
				"The image's own: --kvm-ssh-user " VM_SSH_USER);
	return NULL;
}

static struct err *config_ids(struct kvm_config *c)
{
	static const unsigned char vendor[3] = { 0x52, 0x54, 0x00 };

	TRY(vm_random_uuid(&c->uuid));
	/* A new one for each machine: a lease outlives its machine, and would answer for the next of that address. */
	return vm_random_mac(vendor, &c->mac);
}

struct err *kvm_config_from_opts(const struct opts *opts, struct kvm_config *ret)
{
	auto_config c = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(record_texts); i++)
		*record_slot(&c, &record_texts[i]) =
			xstrdup(record_texts[i].option ? opts_str(opts, record_texts[i].option) : "");
	mem_freep(&c.uuid);
	mem_freep(&c.mac);
	TRY(config_ids(&c));
	c.address = xstrdup("");
	c.ssh_user = xstrdup(opts_str(opts, "kvm-ssh-user"));
	c.memory_mib = opts_mib(opts, "kvm-memory");
	c.disk_mib = opts_mib(opts, "kvm-disk-size");
	int64_t cpus = opts_int(opts, "kvm-cpu-count");
	c.cpus = cpus < -1 || cpus > VM_CPUS_MAX ? -1 : (int)cpus;
	c.isolated = opts_flag(opts, "kvm-isolated");
	TRY(shares_add("kvm", &c.shares, opts_list(opts, "kvm-share")));
	TRY(vm_accel_parse("kvm", opts_str(opts, "kvm-accelerator"), &c.accel));
	TRY(config_check(&c));
	*ret = c;
	c = (struct kvm_config){ 0 };
	return NULL;
}

static const char *config_default(const char *member)
{
	return str_eq(member, "Network")     ? KVM_OWN_NETWORK
	       : str_eq(member, "Pool")	     ? KVM_OWN_POOL
	       : str_eq(member, "CacheMode") ? "default"
	       : str_eq(member, "IOMode")    ? "threads"
					     : "";
}

/* Addresses come back from a file that people edit. */
static struct err *config_check_chosen(const struct kvm_config *c)
{
	const char *const members[] = { c->address, c->guest_address };
	uint32_t a;

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (*members[i] && !subnet_address_parse(members[i], &a))
			return err_new(ERR_FAILED, "'%s' in the record is no IPv4 address", members[i]);
	if (c->reach != KVM_REACH_DIRECT && *c->address && !loopback_is(c->address))
		return err_new(ERR_FAILED, "'IPAddress' of the record is '%s', not a loopback address", c->address);
	if (!vm_is_uuid(c->uuid))
		return err_new(ERR_FAILED, "'UUID' of the record is '%s', not that of a domain", c->uuid);
	if (!vm_is_mac(c->mac))
		return err_new(ERR_FAILED, "'MAC' of the record is '%s', no Ethernet address", c->mac);
	if (strspn(c->image, "0123456789abcdef") != strlen(c->image))
		return err_new(ERR_FAILED, "'Image' of the record is '%s', no digest", c->image);
	return NULL;
}

struct err *kvm_config_from_record(const cJSON *driver, struct kvm_config *ret)
{
	auto_config c = { 0 };
	const char *reach = json_str_or(driver, "Reach", "direct");
	auto_list shares = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(record_texts); i++)
		*record_slot(&c, &record_texts[i]) =
			xstrdup(json_str_or(driver, record_texts[i].member, config_default(record_texts[i].member)));
	c.address = xstrdup(json_str_or(driver, "IPAddress", ""));
	c.ssh_user = xstrdup(json_str_or(driver, "SSHUser", VM_SSH_USER));
	c.memory_mib = json_int_or(driver, "Memory", 1024);
	c.disk_mib = json_int_or(driver, "DiskSize", 20000);
	int64_t cpus = json_int_or(driver, "CPU", 0);
	c.cpus = cpus < -1 || cpus > VM_CPUS_MAX ? -1 : (int)cpus;
	c.isolated = json_bool_or(driver, "Isolated", false);
	c.reserved = json_bool_or(driver, "Reserved", false);
	for (size_t i = 0; i < ARRAY_SIZE(record_reaches); i++)
		if (str_eq(reach, record_reaches[i]))
			c.reach = (enum kvm_reach)i;
	json_strings(driver, "Shares", &shares);
	TRY(err_wrap(shares_add("kvm", &c.shares, &shares), "bad record"));
	TRY(err_wrap(vm_accel_parse("kvm", json_str_or(driver, "Accelerator", "auto"), &c.accel), "bad record"));
	TRY(err_wrap(config_check(&c), "bad record"));
	TRY(config_check_chosen(&c));
	*ret = c;
	c = (struct kvm_config){ 0 };
	return NULL;
}

void kvm_config_save(const struct kvm_config *c, const struct driver_env *env, cJSON *into)
{
	auto_list shares = { 0 };

	shares_texts(&c->shares, &shares);
	vm_base_record(env, c->address, c->ssh_user, kvm_ssh_port(c), into);
	json_set_int(into, "CPU", c->cpus);
	json_set_int(into, "Memory", c->memory_mib);
	json_set_int(into, "DiskSize", c->disk_mib);
	for (size_t i = 0; i < ARRAY_SIZE(record_texts); i++)
		json_set_str(into, record_texts[i].member, *record_slot((struct kvm_config *)c, &record_texts[i]));
	json_set_str(into, "Accelerator", vm_accel_name(c->accel));
	json_set_str(into, "Reach", record_reaches[c->reach]);
	json_set_bool(into, "Reserved", c->reserved);
	json_set_bool(into, "Isolated", c->isolated);
	json_set_strings(into, "Shares", &shares);
	json_set_int(into, "EnginePort", VM_ENGINE_PORT);
}
