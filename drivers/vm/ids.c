/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vm/ids.h"

#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "base/str.h"

#define HEX "0123456789abcdef"

struct err *vm_random_uuid(char **ret)
{
	auto_str text = STR_INIT;
	unsigned char u[16];

	TRY(random_bytes(u, sizeof(u)));
	u[6] = (unsigned char)((u[6] & 0x0f) | 0x40); /* the version, the variant */
	u[8] = (unsigned char)((u[8] & 0x3f) | 0x80);
	for (size_t i = 0; i < sizeof(u); i++)
		str_addf(&text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", u[i]);
	*ret = str_detach(&text);
	return NULL;
}

struct err *vm_random_mac(const unsigned char vendor[3], char **ret)
{
	unsigned char m[3];

	TRY(random_bytes(m, sizeof(m)));
	*ret = xasprintf("%02x:%02x:%02x:%02x:%02x:%02x", vendor[0], vendor[1], vendor[2], m[0], m[1], m[2]);
	return NULL;
}

/* Of the shape of a pattern, in which x stands for a hex digit. */
static bool ids_fits(const char *text, const char *pattern)
{
	for (; *pattern; text++, pattern++)
		if (*pattern == 'x' ? !*text || !strchr(HEX, *text) : *text != *pattern)
			return false;
	return !*text;
}

bool vm_is_uuid(const char *text)
{
	return ids_fits(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

bool vm_is_mac(const char *text)
{
	return ids_fits(text, "xx:xx:xx:xx:xx:xx");
}
