/* SPDX-License-Identifier: Apache-2.0 */
/* From options and from the record to the configuration, and back. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/qemu/config.h"
#include "drivers/qemu/paths.h"

#define auto_config __attribute__((cleanup(qemu_config_release))) struct qemu_config

static struct err *config_check_numbers(const struct qemu_config *c)
{
	if (c->memory_mib < QEMU_MEMORY_MIN_MIB)
		return err_hint(err_new(ERR_USAGE, "memory of %" PRId64 " MiB is too small", c->memory_mib),
				"The engine needs %d MiB: --qemu-memory 1024", QEMU_MEMORY_MIN_MIB);
	if (c->memory_mib > (int64_t)16 * 1024 * 1024)
		return err_hint(err_new(ERR_USAGE, "memory of %" PRId64 " MiB is more than 16 TiB", c->memory_mib),
				"Numbers without a unit are MiB: --qemu-memory 2g");
	if (c->disk_mib < QEMU_DISK_MIN_MIB)
		return err_hint(err_new(ERR_USAGE, "disk of %" PRId64 " MiB is too small", c->disk_mib),
				"Images need room: give at least --qemu-disk-size %d", QEMU_DISK_MIN_MIB);
	if (c->disk_mib > QEMU_DISK_MAX_MIB)
		return err_hint(err_new(ERR_USAGE, "disk of %" PRId64 " MiB is more than 16 TiB", c->disk_mib),
				"Numbers without a unit are MiB: --qemu-disk-size 40g");
	if (c->cpus < 0 || c->cpus > QEMU_CPUS_MAX)
		return err_hint(err_new(ERR_USAGE, "cannot give %d processors", c->cpus),
				"Give 1 to %d, or 0 to have the number chosen.", QEMU_CPUS_MAX);
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

static struct err *config_add_share(struct qemu_config *c, const char *text)
{
	struct qemu_share s = { 0 };

	TRY(qemu_share_parse(text, &s));
	c->shares = xrealloc(c->shares, (c->shares_n + 1) * sizeof(s));
	c->shares[c->shares_n++] = s;
	for (size_t i = 0; i + 1 < c->shares_n; i++)
		if (str_eq(c->shares[i].guest_dir, s.guest_dir))
			return err_hint(err_new(ERR_USAGE, "two shares want the guest's folder '%s'", s.guest_dir),
					"Give one another GUESTDIR: --qemu-share HOSTDIR:GUESTDIR");
	return NULL;
}

static struct err *config_add_lists(struct qemu_config *c, const struct list *forwards, const struct list *shares)
{
	if (forwards->n > QEMU_LISTS_MAX || shares->n > QEMU_LISTS_MAX)
		return err_new(ERR_USAGE, "more than %d forwards or shares", QEMU_LISTS_MAX);
	for (size_t i = 0; i < forwards->n; i++)
		TRY(config_add_forward(c, forwards->items[i]));
	for (size_t i = 0; i < shares->n; i++)
		TRY(config_add_share(c, shares->items[i]));
	return NULL;
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
	c.memory_mib = opts_mib(opts, "qemu-memory");
	c.disk_mib = opts_mib(opts, "qemu-disk-size");
	c.cpus = config_int(opts_int(opts, "qemu-cpu-count"));
	c.isolated = opts_flag(opts, "qemu-isolated");
	c.host_loopback = opts_flag(opts, "qemu-host-loopback");
	TRY(qemu_accel_parse(opts_str(opts, "qemu-accelerator"), &c.accel));
	if (c.isolated && c.host_loopback)
		return err_hint(err_new(ERR_USAGE, "--qemu-isolated and --qemu-host-loopback exclude each other"),
				"Leave one out. In the environment they are QEMU_ISOLATED and QEMU_HOST_LOOPBACK.");
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

	c.address = xstrdup(json_str_or(driver, "IPAddress", ""));
	c.binary = xstrdup(json_str_or(driver, "Binary", "qemu-system-x86_64"));
	c.memory_mib = json_int_or(driver, "Memory", 1024);
	c.disk_mib = json_int_or(driver, "DiskSize", 20000);
	c.cpus = config_int(json_int_or(driver, "CPU", 0));
	c.isolated = json_bool_or(driver, "Isolated", false);
	c.host_loopback = json_bool_or(driver, "HostLoopback", false);
	json_strings(driver, "Forwards", &forwards);
	json_strings(driver, "Shares", &shares);
	if (*c.address && !qemu_address_is_loopback(c.address))
		return err_new(ERR_FAILED, "'IPAddress' of the record is '%s', not a loopback address", c.address);
	TRY(err_wrap(qemu_accel_parse(json_str_or(driver, "Accelerator", "auto"), &c.accel), "bad record"));
	TRY(err_wrap(config_check_numbers(&c), "bad record"));
	TRY(err_wrap(config_add_lists(&c, &forwards, &shares), "bad record"));
	*ret = c;
	c = (struct qemu_config){ 0 };
	return NULL;
}

/* docker-machine's BaseDriver, in its order. Swarm's members are core's: given a value only when there is none. */
static void config_save_base(const struct qemu_config *c, const struct driver_env *env, cJSON *into)
{
	auto_free char *key = fs_join(env->dir, QEMU_FILE_SSH_KEY);

	json_set_str(into, "IPAddress", c->address);
	json_set_str(into, "MachineName", env->name);
	json_set_str(into, "SSHUser", QEMU_SSH_USER);
	json_set_int(into, "SSHPort", QEMU_SSH_PORT);
	json_set_str(into, "SSHKeyPath", key);
	json_set_str(into, "StorePath", env->store);
	if (!json_get_or_null(into, "SwarmMaster"))
		json_set_bool(into, "SwarmMaster", false);
	if (!json_get_or_null(into, "SwarmHost"))
		json_set_str(into, "SwarmHost", "");
	if (!json_get_or_null(into, "SwarmDiscovery"))
		json_set_str(into, "SwarmDiscovery", "");
}

void qemu_config_save(const struct qemu_config *c, const struct driver_env *env, cJSON *into)
{
	auto_list forwards = { 0 }, shares = { 0 };

	for (size_t i = 0; i < c->forwards_n; i++)
		list_take(&forwards, qemu_forward_text(&c->forwards[i]));
	for (size_t i = 0; i < c->shares_n; i++)
		list_take(&shares, qemu_share_text(&c->shares[i]));
	config_save_base(c, env, into);
	json_set_int(into, "CPU", c->cpus);
	json_set_int(into, "Memory", c->memory_mib);
	json_set_int(into, "DiskSize", c->disk_mib);
	json_set_str(into, "Accelerator", qemu_accel_name(c->accel));
	json_set_str(into, "Binary", c->binary);
	json_set_strings(into, "Forwards", &forwards);
	json_set_strings(into, "Shares", &shares);
	json_set_bool(into, "Isolated", c->isolated);
	json_set_bool(into, "HostLoopback", c->host_loopback);
	json_set_int(into, "EnginePort", QEMU_ENGINE_PORT);
}
