/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/relay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next word of *text, which moves behind it and one blank. False when it is empty or too long.
 */
static bool relay_word(const char **text, char *word, size_t size)
{
	size_t len = strcspn(*text, " ");

	if (len == 0 || len >= size)
		return false;
	memcpy(word, *text, len);
	word[len] = '\0';
	*text += len + ((*text)[len] == ' ');
	return true;
}

/* What init says, and the members of the event that is made of it: a word, and what follows it. */
static const struct relay_members {
	const char *name;
	const char *word; /* NULL: all is the rest */
	const char *rest;
	bool number; /* the rest is one */
} relay_all[] = {
	{ .name = "stage", .word = "name", .rest = "ms", .number = true },
	{ .name = "ready", .rest = "ms", .number = true },
	{ .name = "failed", .word = "stage", .rest = "message" },
	{ .name = "warning", .rest = "message" },
	{ .name = "address", .rest = "address" },
};

static char *relay_event(const struct relay_members *kind, const char *text)
{
	auto_json *event = cJSON_CreateObject();
	char word[64];

	cJSON_AddStringToObject(event, "event", kind->name);
	if (kind->word) {
		if (!relay_word(&text, word, sizeof(word)))
			return NULL;
		cJSON_AddStringToObject(event, kind->word, word);
	}
	if (kind->number)
		cJSON_AddNumberToObject(event, kind->rest, strtod(text, NULL));
	else
		cJSON_AddStringToObject(event, kind->rest, text);
	return cJSON_PrintUnformatted(event);
}

void relay_parse(const char *text, struct relay *ret)
{
	char first[16];

	memset(ret, 0, sizeof(*ret));
	if (!relay_word(&text, first, sizeof(first)))
		return;
	for (size_t i = 0; i < sizeof(relay_all) / sizeof(relay_all[0]); i++) {
		if (strcmp(first, relay_all[i].name) == 0 && (ret->line = relay_event(&relay_all[i], text)))
			ret->kind = RELAY_EVENT;
	}
	if (strcmp(first, "closing") == 0)
		ret->kind = RELAY_CLOSING;
	if (ret->kind != RELAY_NOTHING || !relay_word(&text, ret->word, sizeof(ret->word)))
		return;
	snprintf(ret->message, sizeof(ret->message), "%s", text);
	if (strcmp(first, "done") == 0)
		ret->kind = RELAY_DONE;
	else if (strcmp(first, "error") == 0)
		ret->kind = RELAY_FAILED;
}
