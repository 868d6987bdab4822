/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "lib/file.h"

cJSON *json_object(const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *tree = cJSON_ParseWithLengthOpts(text, len, &end, 0);

	if (!cJSON_IsObject(tree)) {
		cJSON_Delete(tree);
		return NULL;
	}
	/* What follows the object must be white space: a second object on the line is a mistake,
	 * not to be ignored. */
	for (; end < text + len && *end; end++) {
		if (!strchr(" \t\r\n", *end)) {
			cJSON_Delete(tree);
			return NULL;
		}
	}
	return tree;
}

cJSON *json_file(const char *path)
{
	size_t len = 0;
	char *text = file_read(path, GUEST_LINE_MAX, &len);
	cJSON *tree = text ? json_object(text, len) : NULL;

	free(text);
	return tree;
}

const char *json_text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

bool json_true(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}
