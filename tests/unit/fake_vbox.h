/* SPDX-License-Identifier: Apache-2.0 */
/* A VBoxManage that is a list of answers, and a machine whose folder is made anew for each program. */
#ifndef TESTS_UNIT_FAKE_VBOX_H
#define TESTS_UNIT_FAKE_VBOX_H

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/proc.h"
#include "drivers/virtualbox/handle.h"

#define UUID "11111111-2222-4333-8444-555555555555"
#define ERROR "VBoxManage: error: "

struct answer {
	const char *call; /* how its words begin */
	int status;
	const char *out, *errout;
};

static const struct answer *answers;
static size_t answers_n, calls;

static struct err *fake(struct proc *p, void *data)
{
	auto_str line = STR_INIT;

	(void)data;
	for (const char *const *w = p->argv + 1; *w; w++)
		str_addf(&line, "%s%s", line.len ? " " : "", *w);
	assert_string_equal(p->argv[0], "VBoxManage");
	/* The last answer is for all that follows. */
	const struct answer *a = &answers[calls < answers_n ? calls : answers_n - 1];
	calls++;
	if (!str_starts(line.buf, a->call))
		fail_msg("call %zu is '%s', not '%s'", calls, line.buf, a->call);
	str_add(&p->out, a->out);
	str_add(&p->errout, a->errout);
	p->status = a->status;
	return NULL;
}

static char folder[64];
static int64_t now;

static void quiet(void *data, const char *text)
{
	(void)data, (void)text;
}

static const struct driver_env env = {
	.name = "vb", .store = folder, .dir = folder, .state_dir = folder, .report = quiet, .warn = quiet
};

static struct vbox machine(void)
{
	return (struct vbox){ .env = &env,
			      .console = (char *)"console",
			      .lock = (char *)"/nonexistent/lock",
			      .config = { .uuid = (char *)UUID,
					  .address = (char *)"127.0.0.1",
					  .hostonly_cidr = (char *)"192.168.56.1/24",
					  .ui_type = (char *)"headless",
					  .iso = (char *)"",
					  .share_folder = (char *)"" } };
}

static void script(const struct answer *list, size_t n)
{
	answers = list;
	answers_n = n;
	calls = 0;
	now = 0;
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test-vbox.XXXXXX");
	assert_non_null(mkdtemp(folder));
	clock_set_fake(&now);
	proc_set_fake(fake, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	proc_set_fake(NULL, NULL);
	clock_set_fake(NULL);
	IGNORE(fs_remove_tree(folder));
	return 0;
}

#endif
