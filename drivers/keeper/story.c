/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/story.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/link/console.h"
#include "drivers/link/text.h"

#define EVENTS_MAX 64
#define NAME_MAX_BYTES 31
#define MESSAGE_MAX_BYTES 1000

static void story_set_clean(cJSON *event, const char *member, const char *text, size_t max)
{
	auto_str clean = STR_INIT;

	text_clean(&clean, text, strlen(text), max, false);
	json_set_str(event, member, clean.buf ? clean.buf : "");
}

static cJSON *story_event(const char *word, int64_t ms)
{
	cJSON *event = json_object();

	json_set_str(event, "event", word);
	json_set_int(event, "ms", ms);
	return event;
}

/* Takes the event. */
static void story_add(struct story *s, cJSON *event)
{
	if (s->events.n >= EVENTS_MAX)
		list_remove(&s->events, s->began); /* not the kernel's start */
	list_take(&s->events, json_print(event, 0));
	s->tell(s->data, event);
	cJSON_Delete(event);
}

static void story_stage(struct story *s, const char *name, int64_t ms)
{
	cJSON *event = story_event("stage", ms);

	story_set_clean(event, "name", name, NAME_MAX_BYTES);
	snprintf(s->stage, sizeof(s->stage), "%s", json_str_or(event, "name", ""));
	story_add(s, event);
}

void story_begin(struct story *s)
{
	list_release(&s->events);
	s->ready = s->failed = false;
	s->turned(s->data);
	s->began = 1;
	story_stage(s, "kernel", 0);
}

void story_again(struct story *s)
{
	while (s->events.n > s->began)
		list_remove(&s->events, s->began);
	if (s->began)
		return;
	s->ready = s->failed = false;
	s->turned(s->data);
}

static void story_failed(struct story *s, const cJSON *message, int64_t ms)
{
	cJSON *event = story_event("failed", ms);

	story_set_clean(event, "stage", json_str_or(message, "stage", ""), NAME_MAX_BYTES);
	story_set_clean(event, "message", json_str_or(message, "message", ""), MESSAGE_MAX_BYTES);
	s->failed = true;
	s->turned(s->data);
	story_add(s, event);
}

void story_warn(struct story *s, const char *text)
{
	cJSON *event = story_event("warning", -1);

	story_set_clean(event, "message", text, MESSAGE_MAX_BYTES);
	story_add(s, event);
}

void story_take(struct story *s, const cJSON *message)
{
	const char *word = json_str_or(message, "event", "");
	int64_t ms = json_int_or(message, "ms", -1);

	if (str_eq(word, "stage")) {
		story_stage(s, json_str_or(message, "name", ""), ms);
	} else if (str_eq(word, "ready")) {
		s->ready = true;
		s->turned(s->data);
		story_add(s, story_event("ready", ms));
	} else if (str_eq(word, "failed")) {
		story_failed(s, message, ms);
	} else if (str_eq(word, "warning")) {
		cJSON *event = story_event("warning", ms);

		story_set_clean(event, "message", json_str_or(message, "message", ""), MESSAGE_MAX_BYTES);
		story_add(s, event);
	}
}

void story_take_console(struct story *s, const char *line)
{
	auto_json *message = s->ready || s->failed ? NULL : console_message(line);

	if (message && str_eq(json_str_or(message, "event", ""), "failed"))
		story_take(s, message);
}

void story_release(struct story *s)
{
	list_release(&s->events);
}
