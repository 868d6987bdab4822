/* SPDX-License-Identifier: Apache-2.0 */
/* What VBoxManage says on stderr. Its progress bars are there too, so only lines that begin as errors do count. */
#include "drivers/virtualbox/output_errors.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "drivers/virtualbox/lines.h"

#define ERROR_PREFIX "VBoxManage: error: " /* VBoxManage.exe has the same */

/* The first that is found counts: texts are older than codes, and codes are shared by what must be told apart. */
static const struct {
	const char *text;
	enum vbox_trouble trouble;
} troubles[] = {
	{ "Failed to create the VirtualBox object", VBOX_AGAIN },
	{ "The object functionality is limited", VBOX_INACCESSIBLE },
	{ "The object is not ready", VBOX_AGAIN },
	{ "is already locked by a session", VBOX_AGAIN },
	{ "is already locked for a session", VBOX_AGAIN },
	{ "The session is not locked", VBOX_AGAIN },
	{ "while it is locked", VBOX_AGAIN }, /* unregistervm; its process is just ending */
	{ "Could not find a registered machine", VBOX_NOT_FOUND },
	{ "is not currently running", VBOX_NOT_RUNNING },
	{ "already exists", VBOX_EXISTS },
	{ "E_ACCESSDENIED", VBOX_DENIED },
	{ "VERR_PERMISSION_DENIED", VBOX_DENIED },
	{ "VERR_ACCESS_DENIED", VBOX_DENIED },
};

enum vbox_trouble vbox_trouble(const char *errout)
{
	for (size_t i = 0; i < ARRAY_SIZE(troubles); i++)
		if (strstr(errout, ERROR_PREFIX) && strstr(errout, troubles[i].text))
			return troubles[i].trouble;
	return strstr(errout, ERROR_PREFIX) ? VBOX_FAILED : VBOX_NO_TROUBLE;
}

static bool complaint_is_place(const struct line *l)
{
	return line_starts(l, "Details: ") || line_starts(l, "Context: ") || line_starts(l, "Code ");
}

static void complaint_add(struct str *s, const struct line *l)
{
	static const size_t most = 600;
	size_t from = s->len;

	if (s->len > most || !l->len)
		return;
	if (s->len)
		str_add(s, "; ");
	for (size_t i = 0; i < l->len && s->len - from < most; i++)
		if ((unsigned char)l->text[i] >= ' ' && l->text[i] != 0x7f)
			str_add_char(s, l->text[i]);
	/* Sentences end without a full stop here: they become parts of one. */
	while (s->len > from && (s->buf[s->len - 1] == '.' || s->buf[s->len - 1] == ' '))
		s->buf[--s->len] = '\0';
}

/* Some errors have no text of their own but a code's: "Code E_ACCESSDENIED (0x80070005) - Access denied (extended ...". */
static void complaint_code(struct str *s, const char *errout)
{
	const char *code = strstr(errout, ERROR_PREFIX "Code "), *end;

	if (s->len || !code)
		return;
	code += strlen(ERROR_PREFIX "Code ");
	end = strstr(code, " (extended info");
	size_t len = end ? (size_t)(end - code) : strcspn(code, "\n");
	const struct line l = { code, len < strcspn(code, "\n") ? len : strcspn(code, "\n") };
	complaint_add(s, &l);
}

/* VBoxManage's own helpers fail with other prefixes ("VBoxNetAdpCtl: Error while adding new interface: ..."). */
static bool complaint_line(const struct line *l, struct line *ret)
{
	static const char *const prefixes[] = { ERROR_PREFIX, "VBoxNetAdpCtl: Error ", "VBoxNetAdpCtl: Error: " };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const char *at = line_find(l, prefixes[i]);

		if (!at)
			continue;
		at += strlen(prefixes[i]);
		*ret = (struct line){ at, l->len - (size_t)(at - l->text) };
		return true;
	}
	return false;
}

char *vbox_complaint(const char *errout)
{
	auto_str s = STR_INIT;
	struct line l, error, last = { "", 0 };

	for (const char *at = errout; line_next(&at, &l);) {
		if (l.len)
			last = l;
		if (complaint_line(&l, &error) && !complaint_is_place(&error))
			complaint_add(&s, &error);
	}
	complaint_code(&s, errout);
	if (!s.len)
		complaint_add(&s, &last);
	return s.len ? str_detach(&s) : xstrdup("it does not say why");
}

#define CURE_KVM                                                                                                       \
	"End what uses KVM, then unload it (sudo modprobe -r kvm_intel kvm_amd), or boot with "                        \
	"kvm.enable_virt_at_load=0"
#define CURE_BIOS "Switch on VT-x or AMD-V in the firmware's settings (BIOS) of this host"

static const struct {
	const char *text, *cure;
} cures[] = {
	{ "VERR_SVM_IN_USE", CURE_KVM },
	{ "VERR_VMX_IN_VMX_ROOT_MODE", CURE_KVM },
	{ "VERR_SVM_NO_SVM", CURE_BIOS },
	{ "VERR_SVM_DISABLED", CURE_BIOS },
	{ "VERR_VMX_NO_VMX", CURE_BIOS },
	{ "VERR_VMX_MSR_ALL_VMX_DISABLED", CURE_BIOS },
	{ "VERR_VMX_MSR_VMX_DISABLED", CURE_BIOS },
	{ "VERR_NEM_", "Another hypervisor has the processor: see VirtualBox's log" },
	{ "VERR_VM_DRIVER", "Load VirtualBox's kernel driver: sudo modprobe vboxdrv" },
	{ "terminated unexpectedly during startup",
	  "Load VirtualBox's kernel driver (sudo modprobe vboxdrv); when it is loaded, install VirtualBox anew" },
	{ "Nonexistent host networking interface", "Load its network drivers: sudo modprobe -a vboxnetflt vboxnetadp" },
	{ "/dev/vboxnetctl", "Load its network drivers: sudo modprobe -a vboxnetflt vboxnetadp" },
	{ "VERR_DISK_FULL", "Make room where the store is, or keep machines elsewhere: --storage-path DIR" },
	{ "VERR_NO_MEMORY", "Give the machine less memory: --virtualbox-memory" },
};

const char *vbox_cure(const char *complaint)
{
	for (size_t i = 0; i < ARRAY_SIZE(cures); i++)
		if (strstr(complaint, cures[i].text))
			return cures[i].cure;
	return NULL;
}
