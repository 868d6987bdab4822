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

static char *relay_event(const char *name, const char *text)
{
	auto_json cJSON *event = cJSON_CreateObject();
	char word[64];

	cJSON_AddStringToObject(event, "event", name);
	if (strcmp(name, "stage") == 0 || strcmp(name, "failed") == 0) {
		if (!relay_word(&text, word, sizeof(word)))
			return NULL;
		cJSON_AddStringToObject(event, name[0] == 's' ? "name" : "stage", word);
	}
	if (strcmp(name, "stage") == 0 || strcmp(name, "ready") == 0)
		cJSON_AddNumberToObject(event, "ms", strtod(text, NULL));
	else if (strcmp(name, "address") == 0)
		cJSON_AddStringToObject(event, "address", text);
	else
		cJSON_AddStringToObject(event, "message", text);
	return cJSON_PrintUnformatted(event);
}

void relay_parse(const char *text, struct relay *ret)
{
	static const char *const events[] = { "stage", "ready", "failed", "warning", "address" };
	char first[16];

	memset(ret, 0, sizeof(*ret));
	if (!relay_word(&text, first, sizeof(first)))
		return;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (strcmp(first, events[i]) == 0 && (ret->line = relay_event(first, text)))
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
