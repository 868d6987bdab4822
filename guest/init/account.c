/* SPDX-License-Identifier: Apache-2.0 */
#include "init/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"

bool account_parse(const char *text, const char *name, struct account *ret)
{
	size_t len = strlen(name);

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		unsigned uid, gid;

		if (strncmp(text, name, len) != 0 || text[len] != ':')
			continue;
		ret->home[0] = '\0';
		if (sscanf(text + len, ":%*[^:\n]:%u:%u:%*[^:\n]:%127[^:\n]", &uid, &gid, ret->home) != 3 &&
		    sscanf(text + len, ":%*[^:\n]:%u:%u::%127[^:\n]", &uid, &gid, ret->home) != 3)
			return false;
		ret->uid = uid;
		ret->gid = gid;
		return ret->home[0] == '/';
	}
	return false;
}

bool account_find(const char *name, struct account *ret)
{
	char *text = file_read("/etc/passwd", 65536, NULL);
	bool ok = text && account_parse(text, name, ret);

	free(text);
	return ok;
}
