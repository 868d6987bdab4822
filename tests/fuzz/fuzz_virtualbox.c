/* SPDX-License-Identifier: Apache-2.0 */
/* What the virtualbox driver reads of VBoxManage, of VirtualBox's files and of a console. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/link/console.h"
#include "drivers/virtualbox/hostonly.h"
#include "drivers/virtualbox/log.h"
#include "drivers/virtualbox/output.h"
#include "drivers/virtualbox/output_errors.h"
#include "drivers/virtualbox/output_lists.h"
#include "drivers/virtualbox/settings.h"
#include "drivers/vm/ids.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void machines(const char *text)
{
	auto_free char *state = vbox_info(text, "VMState"), *uuid = settings_uuid(text);
	char found[VBOX_UUID_LEN + 1];
	struct vbox_forward *forwards;
	size_t n = vbox_forwards(text, &forwards);

	vbox_forwards_free(forwards, n);
	vbox_state(state);
	/* Whatever is read as an identifier is one. */
	if ((uuid && !vm_is_uuid(uuid)) || (vbox_vm_of_name(text, "a", found) && !vm_is_uuid(found)))
		abort();
}

static void networks(const char *text)
{
	struct vbox_hostonlyif *interfaces;
	struct vbox_dhcp *servers;
	struct hostonly h;
	size_t n = vbox_hostonlyifs(text, &interfaces);

	vbox_hostonlyifs_free(interfaces, n);
	n = vbox_dhcps(text, &servers);
	vbox_dhcps_free(servers, n);
	free(vbox_created_interface(text));
	hostonly_is_allowed(text, 0xc0a83801);
	auto_err *bad = hostonly_parse(text, &h);
	if (!bad && !subnet_has(&h.net, h.host))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_free char *complaint = vbox_complaint(text);
	auto_json *message = console_message(text);
	struct vbox_version v;

	for (const char *p = complaint; *p; p++)
		if ((unsigned char)*p < ' ')
			abort();
	vbox_trouble(text);
	vbox_cure(complaint);
	vbox_version_parse(text, &v);
	vbox_warns_of_driver(text);
	log_refused(text, 80);
	auto_free char *id = NULL, *words = NULL;
	log_error(text, &id, &words);
	machines(text);
	networks(text);
	return 0;
}
