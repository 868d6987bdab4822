/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/command.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "agent/store.h"
#include "lib/clock.h"
#include "lib/json.h"

#define COMMAND_INIT_MS 60000

/* What init was asked and has not answered yet. */
static struct {
	const char *word;
	int64_t deadline; /* 0: nothing is asked */
	double id;
} waiting[] = { { "identity" }, { "certificates" }, { "poweroff" }, { "reboot" } };

#define WAITING (sizeof(waiting) / sizeof(waiting[0]))

/* error NULL: it was done. id NULL: the line had none that could be read. */
static void command_answer(const struct command_env *env, const double *id, const char *error, const char *ports)
{
	auto_json *answer = cJSON_CreateObject();
	char *text;

	if (id)
		cJSON_AddNumberToObject(answer, "id", *id);
	else
		cJSON_AddNullToObject(answer, "id");
	cJSON_AddBoolToObject(answer, "ok", error == NULL);
	if (error)
		cJSON_AddStringToObject(answer, "error", error);
	if (ports)
		cJSON_AddRawToObject(answer, "ports", ports);
	text = cJSON_PrintUnformatted(answer);
	if (text)
		env->send(text);
	free(text);
}

static void command_init(const struct command_env *env, double id, const char *word)
{
	for (size_t i = 0; i < WAITING; i++) {
		if (strcmp(waiting[i].word, word) != 0)
			continue;
		if (waiting[i].deadline != 0) {
			command_answer(env, &id, "the same is being done already", NULL);
		} else if (send(env->init, word, strlen(word), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
			command_answer(env, &id, "cannot reach init", NULL);
		} else {
			waiting[i].id = id;
			waiting[i].deadline = clock_ms() + COMMAND_INIT_MS;
		}
	}
}

void command_done(const struct command_env *env, const char *word, const char *error)
{
	for (size_t i = 0; i < WAITING; i++) {
		if (waiting[i].deadline == 0 || strcmp(waiting[i].word, word) != 0)
			continue;
		waiting[i].deadline = 0;
		command_answer(env, &waiting[i].id, error, NULL);
	}
}

int command_tick(const struct command_env *env)
{
	int next = -1;

	for (size_t i = 0; i < WAITING; i++) {
		if (waiting[i].deadline != 0 && clock_left(waiting[i].deadline) == 0)
			command_done(env, waiting[i].word, "init does not answer");
		if (waiting[i].deadline != 0 && (next < 0 || clock_left(waiting[i].deadline) < next))
			next = clock_left(waiting[i].deadline) + 1;
	}
	return next;
}

/* A clone has its template's random pool: the message, which holds keys of its own, makes it
 * another. */
static void command_stir(const char *line, size_t len)
{
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, line, len) > 0)
		ioctl(fd, RNDRESEEDCRNG);
	close(fd);
}

static const char *command_time(const cJSON *message)
{
	const cJSON *unix_time = cJSON_GetObjectItemCaseSensitive(message, "unix");
	double seconds = cJSON_IsNumber(unix_time) ? unix_time->valuedouble : -1;
	struct timeval t;

	if (!(seconds >= 1e9 && seconds < 1e11))
		return "member 'unix' is no time";
	t.tv_sec = (time_t)seconds;
	t.tv_usec = (suseconds_t)((seconds - (double)t.tv_sec) * 1e6);
	return settimeofday(&t, NULL) == 0 ? NULL : "cannot set the clock";
}

static void command_ports(const struct command_env *env, double id)
{
	char *list = ports_json(env->ports);

	command_answer(env, &id, list ? NULL : "out of memory", list);
	free(list);
}

/* bad: what kept the files from being stored; NULL: they are, and init makes use of them. */
static void command_stored(const struct command_env *env, double id, const char *word, const char *bad)
{
	if (bad)
		command_answer(env, &id, bad, NULL);
	else
		command_init(env, id, word);
}

static void command_run(const struct command_env *env, const cJSON *message, double id, const char *word)
{
	if (strcmp(word, "ping") == 0) {
		command_answer(env, &id, NULL, NULL);
	} else if (strcmp(word, "hello") == 0) {
		env->replay();
		command_answer(env, &id, NULL, NULL);
	} else if (strcmp(word, "time") == 0) {
		command_answer(env, &id, command_time(message), NULL);
	} else if (strcmp(word, "ports") == 0) {
		command_ports(env, id);
	} else if (strcmp(word, "poweroff") == 0 || strcmp(word, "reboot") == 0) {
		command_init(env, id, word);
	} else if (strcmp(word, "identity") == 0) {
		command_stored(env, id, word, store_identity(env->dir, message));
	} else if (strcmp(word, "certificates") == 0) {
		command_stored(env, id, word, store_certificates(env->dir, message));
	} else {
		command_answer(env, &id, "this guest does not know that word", NULL);
	}
}

/* What only a guest says: the line came back, by an echo or a loop. Answers would go round for ever. */
static bool command_echo(const cJSON *message)
{
	return cJSON_GetObjectItemCaseSensitive(message, "ok") || cJSON_GetObjectItemCaseSensitive(message, "event");
}

void command_line(const struct command_env *env, char *line, size_t len)
{
	cJSON *message = line ? json_object(line, len) : NULL;
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");
	const char *word = json_text(message, "do");

	if (line && len == 0)
		return; /* an empty line is a way to see whether somebody is there */
	if (!line)
		command_answer(env, NULL, "the line is too long", NULL);
	else if (!message)
		command_answer(env, NULL, "the line is no JSON object", NULL);
	else if (command_echo(message))
		word = NULL;
	else if (!cJSON_IsNumber(id) || !word)
		command_answer(env, NULL, "members 'id' (number) and 'do' (text) are needed", NULL);
	else
		command_run(env, message, id->valuedouble, word);
	if (word && strcmp(word, "identity") == 0)
		command_stir(line, len);
	store_wipe(message);
	cJSON_Delete(message);
}
