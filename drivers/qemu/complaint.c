/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/qemu/complaint.h"

#include <string.h>

#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "drivers/link/text.h"

char *complaint_text(const char *text, size_t len)
{
	auto_str clean = STR_INIT, out = STR_INIT;
	auto_list lines = { 0 };

	text_clean(&clean, text, len, 4096, true);
	list_split(&lines, clean.buf, '\n', true);
	for (size_t i = lines.n > 3 ? lines.n - 3 : 0; i < lines.n; i++) {
		const char *line = lines.items[i], *colon = strstr(line, ": ");

		if (str_starts(line, "qemu-system-") && colon)
			line = colon + 2;
		if (strstr(line, "warning: "))
			continue;
		str_addf(&out, "%s%s", out.len ? "; " : "", line);
	}
	return str_detach(&out);
}

const char *complaint_cure(const char *complaint)
{
	static const struct {
		const char *part, *cure;
	} cures[] = {
		{ "KVM kernel module: Permission denied",
		  "Add yourself to the group 'kvm' (sudo usermod -aG kvm $USER) and log in again, or use emulation: "
		  "--qemu-accelerator tcg" },
		{ "KVM kernel module: No such file", "This host has no KVM; use emulation: --qemu-accelerator tcg" },
		{ "Failed to get \"write\" lock", "Another process uses the machine's disk: end it first." },
		{ "Failed to get shared \"write\" lock", "Another process uses the machine's disk: end it first." },
		{ "Could not set up host forwarding",
		  "A port of the machine's address is taken: ss -lntup shows by whom." },
		{ "annot set up guest memory", "The host has too little free memory: stop another machine." },
		{ "annot allocate memory", "The host has too little free memory: stop another machine." },
		{ "No space left on device", "Make room on the file system of the machine's folder." },
		{ "virtio-9p-pci' is not a valid device", "This QEMU was built without shared folders (9p)." },
		{ "-netdev user", "This QEMU was built without user networking (slirp)." },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cures); i++)
		if (strstr(complaint, cures[i].part))
			return cures[i].cure;
	return NULL;
}

char *complaint_disk(const cJSON *message, const char *dir, bool *ret_paused)
{
	const char *reason = json_str_or(message, "data.reason", "an error");
	auto_str clean = STR_INIT;

	*ret_paused = str_eq(json_str_or(message, "data.action", "stop"), "stop");
	if (json_bool_or(message, "data.nospace", false))
		return xasprintf("this host's disk is full where '%s' lies: the machine waits until there is room",
				 dir);
	text_clean(&clean, reason, strlen(reason), 100, false);
	return xasprintf("the machine's disk in '%s' cannot be %s (%s): %s", dir,
			 str_eq(json_str_or(message, "data.operation", ""), "read") ? "read" : "written", clean.buf,
			 *ret_paused ? "the machine waits until it can" : "its guest was told");
}

/* QEMU's words (qapi/run-state.json, ShutdownCause). */
bool complaint_end(const cJSON *message, const char **ret, bool *ret_clean)
{
	static const struct {
		const char *cause, *reason;
		bool clean;
	} causes[] = {
		{ "guest-shutdown", "the guest powered off", true },
		{ "guest-panic", "the guest's kernel panicked", false },
		{ "host-signal", "QEMU was told to end by a signal", false },
		{ "host-error", NULL, false },
	};
	const char *cause = json_str_or(message, "data.reason", "");

	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (str_eq(cause, causes[i].cause)) {
			*ret = causes[i].reason;
			*ret_clean = causes[i].clean;
			return true;
		}
	return false;
}
