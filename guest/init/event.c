/* SPDX-License-Identifier: Apache-2.0 */
#include "init/event.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/say.h"

#define EVENT_KEPT 24
#define EVENT_LINE 512

static int event_ends[2] = { -1, -1 };
static pthread_mutex_t event_lock = PTHREAD_MUTEX_INITIALIZER;
static char event_kept[EVENT_KEPT][EVENT_LINE];
static int event_count;

int event_init(void)
{
	/* SEQPACKET: keeps boundaries as datagrams do, without their limit of ten unread ones. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, event_ends) != 0)
		return -1;
	return event_ends[0];
}

int event_agent_end(void)
{
	return event_ends[1];
}

static void event_send(const char *text)
{
	/* An agent that does not read must never stop PID 1. */
	send(event_ends[0], text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* An address takes the place of the one before. */
static int event_place(const char *text)
{
	for (int i = 0; strncmp(text, "address ", 8) == 0 && i < event_count; i++)
		if (strncmp(event_kept[i], "address ", 8) == 0)
			return i;
	return event_count;
}

static void event_tell(const char *text)
{
	/* Warnings may be many; the last places are for what ends a boot. */
	int room = strncmp(text, "warning ", 8) == 0 ? EVENT_KEPT / 2 : EVENT_KEPT;
	int place;

	pthread_mutex_lock(&event_lock);
	place = event_place(text);
	if (place < room)
		snprintf(event_kept[place], EVENT_LINE, "%s", text);
	if (place == event_count && place < room)
		event_count++;
	event_send(text);
	pthread_mutex_unlock(&event_lock);
}

void event_replay(void)
{
	pthread_mutex_lock(&event_lock);
	for (int i = 0; i < event_count; i++)
		event_send(event_kept[i]);
	pthread_mutex_unlock(&event_lock);
}

void event_stage(const char *name)
{
	char text[EVENT_LINE];
	long long ms = clock_ms();

	say("stage %s %lld.%03lld", name, ms / 1000, ms % 1000);
	snprintf(text, sizeof(text), "stage %s %lld", name, ms);
	event_tell(text);
}

void event_ready(void)
{
	char text[EVENT_LINE];
	long long ms = clock_ms();

	say("ready %lld.%03lld", ms / 1000, ms % 1000);
	snprintf(text, sizeof(text), "ready %lld", ms);
	event_tell(text);
}

void event_address(const char *address)
{
	char text[EVENT_LINE];

	snprintf(text, sizeof(text), "address %.64s", address);
	event_tell(text);
}

void event_closing(void)
{
	event_answer("closing");
}

void event_failed(const char *stage, const char *fmt, ...)
{
	char text[EVENT_LINE], message[EVENT_LINE - 64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	say_clean(message);
	say("failed %s: %s", stage, message);
	snprintf(text, sizeof(text), "failed %.32s %s", stage, message);
	event_tell(text);
}

void event_warning(const char *fmt, ...)
{
	char text[EVENT_LINE], message[EVENT_LINE - 64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	say_clean(message);
	say("warning: %s", message);
	snprintf(text, sizeof(text), "warning %s", message);
	event_tell(text);
}

void event_answer(const char *fmt, ...)
{
	char text[EVENT_LINE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	event_send(text);
}
