/* SPDX-License-Identifier: Apache-2.0 */
#include "init/revive.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "init/engine.h"
#include "init/event.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/wait.h"

#define REVIVE_MAX 512
#define REVIVE_BODY (8 << 20)
#define REVIVE_LOOKS 10 /* the engine asks for events within 3 s */
#define REVIVE_EVERY_MS 3000
#define REVIVE_ANSWER_MS 30000
#define REVIVE_END_MS 60000 /* the engine waits for the container's stop-timeout before it believes */
#define REVIVE_CONTAINERD_MS (10 * 60 * 1000)

static pthread_mutex_t revive_lock = PTHREAD_MUTEX_INITIALIZER;
static int revive_left; /* looks; a thread is there while there are some */

int revive_ids(const char *list, char ret[][REVIVE_ID], int max)
{
	cJSON *tree = cJSON_Parse(list);
	const cJSON *item;
	int n = 0;

	cJSON_ArrayForEach (item, tree) {
		const char *id = json_text(item, "Id");

		if (id && strlen(id) == REVIVE_ID - 1 && n < max)
			memcpy(ret[n++], id, REVIVE_ID);
	}
	cJSON_Delete(tree);
	return n;
}

bool revive_parse(const char *text, struct revive_container *ret)
{
	cJSON *tree = json_object(text, strlen(text));
	const cJSON *state = cJSON_GetObjectItemCaseSensitive(tree, "State");
	const cJSON *host = cJSON_GetObjectItemCaseSensitive(tree, "HostConfig");
	const cJSON *pid = cJSON_GetObjectItemCaseSensitive(state, "Pid");
	const char *id = json_text(tree, "Id");
	const char *policy = json_text(cJSON_GetObjectItemCaseSensitive(host, "RestartPolicy"), "Name");
	bool ok = id && strlen(id) == REVIVE_ID - 1 && cJSON_IsNumber(pid);

	*ret = (struct revive_container){ .again = policy && *policy && strcmp(policy, "no") != 0 };
	if (ok) {
		memcpy(ret->id, id, REVIVE_ID);
		ret->pid = json_true(state, "Running") && !json_true(state, "Restarting") ? pid->valueint : 0;
	}
	cJSON_Delete(tree);
	return ok;
}

/* The engine's answer to a request for a container, or for all with id NULL; NULL where there is none. The caller frees. */
static char *revive_get(const char *id)
{
	char target[128], *body = NULL;
	int status;

	snprintf(target, sizeof(target), id ? "/containers/%s/json" : "/containers/json", id);
	status = http_get(GUEST_ENGINE_SOCKET, target, clock_ms() + REVIVE_ANSWER_MS, REVIVE_BODY, &body);
	if (status > 0 && status != 200) {
		free(body);
		body = NULL;
	}
	return body;
}

static void revive_post(const struct revive_container *c, const char *what)
{
	char target[128];

	snprintf(target, sizeof(target), "/containers/%.64s/%s", c->id, what);
	http_post(GUEST_ENGINE_SOCKET, target, clock_ms() + REVIVE_END_MS);
}

/* The number may be another process's by now: the name of its group tells. */
static bool revive_lives(const struct revive_container *c)
{
	char path[64], *group;
	bool lives;

	if (c->pid == 0)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", c->pid);
	group = file_read(path, 65536, NULL);
	lives = group && strstr(group, c->id);
	free(group);
	return lives;
}

static int revive_look(struct revive_container ret[REVIVE_MAX])
{
	static char ids[REVIVE_MAX][REVIVE_ID];
	char *list = revive_get(NULL);
	int count = list ? revive_ids(list, ids, REVIVE_MAX) : 0, n = 0;

	free(list);
	for (int i = 0; i < count; i++) {
		char *text = revive_get(ids[i]);

		n += text && revive_parse(text, &ret[n]) && !revive_lives(&ret[n]);
		free(text);
	}
	return n;
}

/* Who is among those before too: what the engine is hearing of just now is not. Their number, first in `now`. */
static int revive_both(struct revive_container now[], int count, const struct revive_container before[],
		       int before_count)
{
	int n = 0;

	for (int i = 0; i < count; i++)
		for (int j = 0; j < before_count; j++)
			if (now[i].pid == before[j].pid && strcmp(now[i].id, before[j].id) == 0) {
				now[n++] = now[i];
				break;
			}
	return n;
}

/* A container that cannot be signalled, since it is gone, ends for the engine. It counts as stopped by hand then, so its
 * policy does not start it. */
static void revive_all(const struct revive_container lost[], int count)
{
	int again = 0;

	for (int i = 0; i < count; i++) {
		revive_post(&lost[i], "kill");
		again += lost[i].again;
	}
	event_warning("containers that ended while containerd was away: %d; of these are started again: %d", count,
		      again);
	for (int i = 0; i < count; i++) {
		if (!lost[i].again)
			continue;
		revive_post(&lost[i], "wait?condition=not-running");
		revive_post(&lost[i], "start");
	}
}

static bool revive_more(void)
{
	bool more;

	pthread_mutex_lock(&revive_lock);
	more = --revive_left > 0;
	pthread_mutex_unlock(&revive_lock);
	return more;
}

static void *revive_run(void *unused)
{
	static struct revive_container now[REVIVE_MAX], before[REVIVE_MAX];
	int count, before_count = 0, both;

	while (revive_more()) {
		wait_socket(ENGINE_CONTAINERD, clock_ms() + REVIVE_CONTAINERD_MS);
		wait_ms(REVIVE_EVERY_MS);
		count = revive_look(now);
		both = revive_both(now, count, before, before_count);
		memcpy(before, now, sizeof(before));
		before_count = both > 0 ? 0 : count;
		if (both > 0)
			revive_all(now, both);
	}
	return unused;
}

void revive_begin(void)
{
	bool begun;
	pthread_t t;

	pthread_mutex_lock(&revive_lock);
	begun = revive_left > 0;
	revive_left = REVIVE_LOOKS + 1;
	if (!begun && pthread_create(&t, NULL, revive_run, NULL) == 0)
		pthread_detach(t);
	else if (!begun)
		revive_left = 0;
	pthread_mutex_unlock(&revive_lock);
}
