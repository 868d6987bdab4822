/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/settings.h"

#include <string.h>

#include "base/err.h"
#include "base/fs.h"
#include "base/mem.h"
#include "drivers/virtualbox/output.h"
#include "drivers/vm/ids.h"

char *settings_uuid(const char *text)
{
	static const char attribute[] = " uuid=\"{";
	const char *machine = strstr(text, "<Machine "), *at = machine ? strstr(machine, attribute) : NULL;
	auto_free char *uuid = NULL;

	if (!at || at > machine + strcspn(machine, ">"))
		return NULL;
	uuid = xstrndup(at + strlen(attribute), VBOX_UUID_LEN);
	return vm_is_uuid(uuid) ? TAKE(uuid) : NULL;
}

char *settings_read_uuid(const char *dir, const char *name)
{
	auto_free char *path = xasprintf("%s/%s/%s.vbox", dir, name, name), *text = NULL;

	IGNORE(fs_read(path, 4 << 20, &text, NULL));
	return text ? settings_uuid(text) : NULL;
}
