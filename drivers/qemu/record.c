/* SPDX-License-Identifier: Apache-2.0 */
/* From options and from the record to the configuration, and back. */
#include "drivers/qemu/record.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/net/loopback.h"
#include "drivers/net/user_net.h"
#include "drivers/qemu/config.h"
#include "drivers/qemu/paths.h"
#include "drivers/vm/ids.h"
#include "drivers/vm/record.h"

#define auto_config __attribute__((cleanup(qemu_config_release))) struct qemu_config

static struct err *config_check_numbers(const struct qemu_config *c)
{
	TRY(vm_check_sizes("qemu", c->memory_mib, c->disk_mib, c->cpus));
	if (!c->binary || !*c->binary)
		return err_hint(err_new(ERR_USAGE, "no emulator is named"),
				"The usual one: --qemu-binary qemu-system-x86_64");
	return NULL;
}

static struct err *config_add_forward(struct qemu_config *c, const char *text)
{
	struct qemu_forward f;

	TRY(qemu_forward_parse(text, &f));
	for (size_t i = 0; i < c->forwards_n; i++)
		if (str_eq(c->forwards[i].proto, f.proto) && c->forwards[i].host_port == f.host_port)
			return err_hint(err_new(ERR_USAGE, "port %d is forwarded twice ('%s')", f.host_port, text),
					"Give another HOSTPORT: --qemu-forward %s:HOSTPORT:%d", f.proto, f.guest_port);
	c->forwards = xrealloc(c->forwards, (c->forwards_n + 1) * sizeof(f));
	c->forwards[c->forwards_n++] = f;
	return NULL;
}

static struct err *config_add_lists(struct qemu_config *c, const struct list *forwards, const struct list *shares)
{
	if (forwards->n > QEMU_LISTS_MAX)
		return err_new(ERR_USAGE, "more than %d forwards", QEMU_LISTS_MAX);
	for (size_t i = 0; i < forwards->n; i++)
		TRY(config_add_forward(c, forwards->items[i]));
	return shares_add("qemu", &c->shares, shares);
}

/* A number of the record that does not fit an int is refused by the check of ranges, not cut. */
static int config_int(int64_t n)
{
	return n < -1 || n > 1000000 ? -1 : (int)n;
}

struct err *qemu_config_from_opts(const struct opts *opts, struct qemu_config *ret)
{
	auto_config c = { 0 };

	c.address = xstrdup("");
	c.binary = xstrdup(opts_str(opts, "qemu-binary"));
	c.mac = xstrdup("");
	c.subnet = xstrdup(opts_str(opts, "qemu-subnet"));
	c.memory_mib = opts_mib(opts, "qemu-memory");
	c.disk_mib = opts_mib(opts, "qemu-disk-size");
	c.cpus = config_int(opts_int(opts, "qemu-cpu-count"));
	c.isolated = opts_flag(opts, "qemu-isolated");
	c.host_loopback = opts_flag(opts, "qemu-host-loopback");
	TRY(vm_accel_parse("qemu", opts_str(opts, "qemu-accelerator"), &c.accel));
	if (c.isolated && c.host_loopback)
		return err_hint(err_new(ERR_USAGE, "--qemu-isolated and --qemu-host-loopback exclude each other"),
				"Leave one out. In the environment they are QEMU_ISOLATED and QEMU_HOST_LOOPBACK.");
	struct user_net net;
	TRY(user_net_parse(c.subnet, &net));
	TRY(config_check_numbers(&c));
	TRY(config_add_lists(&c, opts_list(opts, "qemu-forward"), opts_list(opts, "qemu-share")));
	*ret = c;
	c = (struct qemu_config){ 0 };
	return NULL;
}

struct err *qemu_config_from_record(const cJSON *driver, struct qemu_config *ret)
{
	auto_config c = { 0 };
	auto_list forwards = { 0 }, shares = { 0 };
	struct user_net net;

	c.address = xstrdup(json_str_or(driver, "IPAddress", ""));
	c.binary = xstrdup(json_str_or(driver, "Binary", "qemu-system-x86_64"));
	c.mac = xstrdup(json_str_or(driver, "MACAddress", ""));
	c.subnet = xstrdup(json_str_or(driver, "Subnet", ""));
	c.memory_mib = json_int_or(driver, "Memory", 1024);
	c.disk_mib = json_int_or(driver, "DiskSize", 20000);
	c.cpus = config_int(json_int_or(driver, "CPU", 0));
	c.isolated = json_bool_or(driver, "Isolated", false);
	c.host_loopback = json_bool_or(driver, "HostLoopback", false);
	json_strings(driver, "Forwards", &forwards);
	json_strings(driver, "Shares", &shares);
	if (*c.address && !loopback_is(c.address))
		return err_new(ERR_FAILED, "'IPAddress' of the record is '%s', not a loopback address", c.address);
	if (*c.mac && !vm_is_mac(c.mac))
		return err_new(ERR_FAILED, "'MACAddress' of the record is '%s', not an Ethernet address", c.mac);
	TRY(err_wrap(user_net_parse(c.subnet, &net), "bad record"));
	TRY(err_wrap(vm_accel_parse("qemu", json_str_or(driver, "Accelerator", "auto"), &c.accel), "bad record"));
	TRY(err_wrap(config_check_numbers(&c), "bad record"));
	TRY(err_wrap(config_add_lists(&c, &forwards, &shares), "bad record"));
	*ret = c;
	c = (struct qemu_config){ 0 };
	return NULL;
}

void qemu_config_save(const struct qemu_config *c, const struct driver_env *env, cJSON *into)
{
	auto_list forwards = { 0 }, shares = { 0 };

	for (size_t i = 0; i < c->forwards_n; i++)
		list_take(&forwards, qemu_forward_text(&c->forwards[i]));
	shares_texts(&c->shares, &shares);
	vm_base_record(env, c->address, VM_SSH_USER, VM_LOOPBACK_SSH_PORT, into);
	json_set_int(into, "CPU", c->cpus);
	json_set_int(into, "Memory", c->memory_mib);
	json_set_int(into, "DiskSize", c->disk_mib);
	json_set_str(into, "Accelerator", vm_accel_name(c->accel));
	json_set_str(into, "Binary", c->binary);
	json_set_str(into, "MACAddress", c->mac ? c->mac : "");
	json_set_str(into, "Subnet", c->subnet ? c->subnet : "");
	json_set_strings(into, "Forwards", &forwards);
	json_set_strings(into, "Shares", &shares);
	json_set_bool(into, "Isolated", c->isolated);
	json_set_bool(into, "HostLoopback", c->host_loopback);
	json_set_int(into, "EnginePort", VM_ENGINE_PORT);
}
