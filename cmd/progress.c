/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core has to say. docker-machine's lines go to stdout, where its clients read them; warnings to stderr.
 * Stages are for people: on a terminal each is a line with the time since the command began, and a live line below
 * shows that time goes on; elsewhere they are kept for --debug, because callers such as CI runners show every line of
 * stderr as an error.
 */
#include "cmd/progress.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/plain.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/own_name.h"
#include "cmd/tell.h"

struct progress {
	struct app *app;
	pthread_mutex_t mutex;
	int64_t began_ms;
	bool terminal;
	bool prefix;
	bool live;	    /* the live line is on the screen */
	bool ticks, ending; /* the thread that draws it */
	pthread_t ticker;
	pthread_cond_t end;
};

#define TICK_MS 100
#define STAGE_MAX 60
#define CLEAR_LINE "\r\033[K"

/* The core's words for stages, and what they mean to a person. */
static const struct {
	const char *stage, *text;
} stage_texts[] = {
	{ "start", "starting the hypervisor" },	   { "kernel", "the hypervisor runs, the kernel boots" },
	{ "root", "the system is mounted" },	   { "data", "the data disk is mounted" },
	{ "network", "the network is up" },	   { "containerd", "containerd runs" },
	{ "engine", "the engine answers inside" }, { "gate", "the TLS gate listens" },
	{ "ssh", "the SSH server listens" },	   { "check", "asking the engine over mutual TLS" },
	{ "undo", "undoing what was made" },
};

struct progress *progress_new(struct app *app)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->app = app;
	p->began_ms = clock_now_ms();
	p->terminal = isatty(STDERR_FILENO);
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->end, NULL);
	return p;
}

static void progress_clear(struct progress *p)
{
	if (p->live)
		fputs(CLEAR_LINE, stderr);
	p->live = false;
}

static void progress_time(const struct progress *p)
{
	int64_t ms = clock_now_ms() - p->began_ms;

	fprintf(stderr, "  %3d.%d s  ", (int)(ms / 1000), (int)(ms / 100 % 10));
}

static void *progress_tick(void *data)
{
	struct progress *p = data;
	struct timespec at;

	pthread_mutex_lock(&p->mutex);
	while (!p->ending) {
		progress_clear(p);
		progress_time(p);
		fputs("...", stderr);
		fflush(stderr);
		p->live = true;
		clock_gettime(CLOCK_REALTIME, &at);
		at.tv_nsec += TICK_MS * 1000000L;
		at.tv_sec += at.tv_nsec / 1000000000L;
		at.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&p->end, &p->mutex, &at);
	}
	progress_clear(p);
	pthread_mutex_unlock(&p->mutex);
	return NULL;
}

void progress_free(struct progress *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->mutex);
	p->ending = true;
	pthread_cond_signal(&p->end);
	pthread_mutex_unlock(&p->mutex);
	if (p->ticks)
		pthread_join(p->ticker, NULL);
	fflush(stderr);
	pthread_cond_destroy(&p->end);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

void progress_prefix(struct progress *p, bool on)
{
	p->prefix = on;
}

/* The driver's own words are those of a guest where they are none of these. */
static char *stage_text(const char *stage)
{
	for (size_t i = 0; i < ARRAY_SIZE(stage_texts); i++)
		if (str_eq(stage_texts[i].stage, stage))
			return xstrdup(stage_texts[i].text);
	return plain_text(stage, STAGE_MAX, 0);
}

static void progress_stage(struct progress *p, const char *machine, const char *stage)
{
	if (!p->terminal) {
		log_debug("(%s) %s at %lld ms", machine, stage, (long long)(clock_now_ms() - p->began_ms));
		return;
	}
	fflush(stdout);
	progress_time(p);
	if (p->prefix)
		fprintf(stderr, "(%s) ", machine);
	auto_free char *shown = stage_text(stage);
	fprintf(stderr, "%s\n", shown);
	if (!p->ticks)
		p->ticks = pthread_create(&p->ticker, NULL, progress_tick, p) == 0;
}

static void progress_json(const struct progress *p, enum say_kind kind, const char *machine, const char *text)
{
	static const char *const kinds[] = { [SAY_LINE] = "line", [SAY_STAGE] = "stage", [SAY_WARN] = "warning" };
	cJSON *o = json_object();

	json_set_str(o, "Event", kinds[kind]);
	if (machine)
		json_set_str(o, "Name", machine);
	json_set_str(o, "Text", text);
	json_set_int(o, "Ms", clock_now_ms() - p->began_ms);
	answer_json(stderr, o);
}

void progress_say(void *data, enum say_kind kind, const char *machine, const char *text)
{
	struct progress *p = data;
	auto_free char *named = kind == SAY_WARN ? own_name(p->app, text) : NULL;

	text = named ? named : text;
	pthread_mutex_lock(&p->mutex);
	progress_clear(p);
	fflush(stderr);
	if (p->app->json) {
		progress_json(p, kind, machine, text);
	} else if (kind == SAY_STAGE) {
		progress_stage(p, machine, text);
	} else {
		bool answer = kind == SAY_LINE && !p->app->lines_on_stderr;
		FILE *out = answer ? stdout : stderr;

		auto_free char *line = xasprintf("%s%s%s%s%s", machine ? "(" : "", machine ? machine : "",
						 machine ? ") " : "", kind == SAY_WARN ? "warning: " : "", text);

		tell(p->app, out, line, true);
		fflush(out);
	}
	pthread_mutex_unlock(&p->mutex);
}
