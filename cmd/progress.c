/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core has to say. docker-machine's lines go to stdout, where its clients read them; warnings to stderr.
 * Stages are for people: on a terminal each is a line with the time since the command began, elsewhere they are kept
 * for --debug, because callers such as CI runners show every line of stderr as an error.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "cmd/app.h"

struct progress {
	struct app *app;
	pthread_mutex_t mutex;
	int64_t began_ms;
	bool terminal;
	bool prefix;
};

/* The core's words for stages, and what they mean to a person. */
static const struct {
	const char *stage, *text;
} stage_texts[] = {
	{ "start", "starting the hypervisor" },
	{ "kernel", "the hypervisor runs, the kernel boots" },
	{ "root", "the system is mounted" },
	{ "data", "the data disk is mounted" },
	{ "network", "the network is up" },
	{ "containerd", "containerd runs" },
	{ "engine", "the engine answers inside" },
	{ "gate", "the TLS gate listens" },
	{ "ssh", "the SSH server listens" },
	{ "check", "asking the engine over mutual TLS" },
	{ "undo", "undoing what was made" },
};

struct progress *progress_new(struct app *app)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	p->app = app;
	p->began_ms = clock_now_ms();
	p->terminal = isatty(STDERR_FILENO);
	pthread_mutex_init(&p->mutex, NULL);
	return p;
}

void progress_free(struct progress *p)
{
	if (p)
		pthread_mutex_destroy(&p->mutex);
	free(p);
}

void progress_prefix(struct progress *p, bool on)
{
	p->prefix = on;
}

static const char *stage_text(const char *stage)
{
	for (size_t i = 0; i < ARRAY_SIZE(stage_texts); i++)
		if (str_eq(stage_texts[i].stage, stage))
			return stage_texts[i].text;
	return stage;
}

static void progress_stage(struct progress *p, const char *machine, const char *stage)
{
	int64_t ms = clock_now_ms() - p->began_ms;

	if (!p->terminal) {
		log_debug("(%s) %s at %lld ms", machine, stage, (long long)ms);
		return;
	}
	fflush(stdout);
	if (p->prefix)
		fprintf(stderr, "  %3d.%d s  (%s) %s\n", (int)(ms / 1000), (int)(ms / 100 % 10), machine, stage_text(stage));
	else
		fprintf(stderr, "  %3d.%d s  %s\n", (int)(ms / 1000), (int)(ms / 100 % 10), stage_text(stage));
}

void progress_say(void *data, enum say_kind kind, const char *machine, const char *text)
{
	struct progress *p = data;

	pthread_mutex_lock(&p->mutex);
	if (kind == SAY_STAGE) {
		progress_stage(p, machine, text);
	} else {
		bool answer = kind == SAY_LINE && !p->app->lines_on_stderr;
		FILE *out = answer ? stdout : stderr;

		if (machine)
			fprintf(out, "(%s) ", machine);
		fprintf(out, "%s%s\n", kind == SAY_WARN ? "warning: " : "", text);
		fflush(out);
	}
	pthread_mutex_unlock(&p->mutex);
}
