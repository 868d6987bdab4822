/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/host.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"

/* A word of the line "flags : a b c". */
static bool host_has_flag(const char *cpuinfo, const char *flag)
{
	const char *line = strstr(cpuinfo, "\nflags");
	size_t n = strlen(flag), len;

	line = str_starts(cpuinfo, "flags") ? cpuinfo : line ? line + 1 : NULL;
	if (!line)
		return false;
	len = strcspn(line, "\n");
	for (const char *at = line; (at = strstr(at, flag)) && at < line + len; at += n)
		if (at > line && at[-1] == ' ' && (at[n] == ' ' || at[n] == '\n' || !at[n]))
			return true;
	return false;
}

struct err *host_check_processor(const char *cpuinfo)
{
	if (host_has_flag(cpuinfo, "vmx") || host_has_flag(cpuinfo, "svm"))
		return NULL;
	if (host_has_flag(cpuinfo, "hypervisor"))
		return err_hint(err_new(ERR_PRECHECK,
					"this host is itself a virtual machine, without virtualisation of its own"),
				"Switch on nested virtualisation where it runs, or emulate: machine create -d qemu");
	return err_hint(err_new(ERR_PRECHECK,
				"This computer doesn't have VT-X/AMD-v enabled. Enabling it in the BIOS is mandatory"),
			"When it is on all the same: --virtualbox-no-vtx-check");
}

/* Of the kernel's own tree or of one of those that dkms and vboxconfig put it into. */
bool host_has_module(const char *release, const char *module)
{
	static const char *const places[] = { "updates/dkms", "misc", "updates", "extra" };
	static const char *const ends[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		for (size_t k = 0; k < ARRAY_SIZE(ends); k++) {
			auto_free char *path =
				xasprintf("/lib/modules/%s/%s/%s%s", release, places[i], module, ends[k]);

			if (fs_exists(path))
				return true;
		}
	return false;
}

static bool host_reads(const char *path, char first)
{
	auto_free char *text = NULL;

	IGNORE(fs_read(path, 64, &text, NULL));
	return text && text[0] == first;
}

const char *host_kvm_holder(void)
{
	static const char *const modules[] = { "kvm_intel", "kvm_amd" };

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
		auto_free char *users = xasprintf("/sys/module/%s/refcnt", modules[i]), *text = NULL;

		IGNORE(fs_read(users, 64, &text, NULL));
		if (text && (atoi(text) > 0 || host_reads("/sys/module/kvm/parameters/enable_virt_at_load", 'Y')))
			return modules[i];
	}
	return NULL;
}
