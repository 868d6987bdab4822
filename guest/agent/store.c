/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract.h"
#include "lib/file.h"

/* Names come from the table, never from the message: no path can be smuggled in. */
static bool store_path(const char *dir, const char *name, char *path, size_t size)
{
	int n = snprintf(path, size, "%s/%s", dir, name);

	return n > 0 && (size_t)n < size;
}

static bool store_text(const char *dir, const char *name, const char *text)
{
	char path[512];

	if (!store_path(dir, name, path, sizeof(path)))
		return false;
	if (text)
		return file_write(path, text, strlen(text), 0600) == 0;
	unlink(path);
	return true;
}

static bool store_tree(const char *dir, const char *name, const cJSON *tree)
{
	char *text = tree ? cJSON_PrintUnformatted(tree) : NULL;
	bool ok = (text || !tree) && store_text(dir, name, text);

	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
	return ok;
}

static bool store_dirs(const char *dir)
{
	char path[512];

	return dir_make(dir, 0700) == 0 && store_path(dir, "ssh", path, sizeof(path)) && dir_make(path, 0700) == 0 &&
	       store_path(dir, "tls", path, sizeof(path)) && dir_make(path, 0700) == 0;
}

const char *store_identity(const char *dir, const cJSON *message)
{
	const cJSON *machine = cJSON_GetObjectItemCaseSensitive(message, "machine");
	const cJSON *daemon = cJSON_GetObjectItemCaseSensitive(message, "daemon");
	const cJSON *files = cJSON_GetObjectItemCaseSensitive(message, "files");

	if (!cJSON_IsObject(machine))
		return "member 'machine' is no object";
	if (daemon && !cJSON_IsObject(daemon))
		return "member 'daemon' is no object";
	if (files && !cJSON_IsObject(files))
		return "member 'files' is no object";
	if (!store_dirs(dir))
		return "cannot make the folder of the identity";
	for (enum guest_file i = 0; i < GUEST_FILES; i++) {
		const struct guest_file_facts *f = guest_file(i);
		const cJSON *tree = i == GUEST_MACHINE ? machine : daemon;

		if (!(f->kind == GUEST_SETTINGS ? store_tree(dir, f->name, tree)
						: store_text(dir, f->name, json_text(files, f->name))))
			return "cannot write a file of the identity";
	}
	return NULL;
}

const char *store_certificates(const char *dir, const cJSON *message)
{
	const cJSON *files = cJSON_GetObjectItemCaseSensitive(message, "files");

	for (enum guest_file i = 0; i < GUEST_FILES; i++) {
		if (guest_file(i)->kind == GUEST_CERTIFICATE && !json_text(files, guest_file(i)->name))
			return "'files' must hold " GUEST_FILE_CA ", " GUEST_FILE_CERT " and " GUEST_FILE_KEY;
	}
	if (!store_dirs(dir))
		return "cannot make the folder of the identity";
	for (enum guest_file i = 0; i < GUEST_FILES; i++) {
		const char *name = guest_file(i)->name;

		if (guest_file(i)->kind == GUEST_CERTIFICATE && !store_text(dir, name, json_text(files, name)))
			return "cannot write a certificate";
	}
	return NULL;
}

void store_wipe(cJSON *tree)
{
	cJSON *item;

	if (cJSON_IsString(tree) && tree->valuestring)
		explicit_bzero(tree->valuestring, strlen(tree->valuestring));
	cJSON_ArrayForEach (item, tree)
		store_wipe(item);
}
