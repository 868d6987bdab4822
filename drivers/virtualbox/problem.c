/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/problem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/link/text.h"
#include "drivers/virtualbox/log.h"

#define LOG_TAIL (256 * 1024)
#define ROOM_MIN ((uint64_t)1024 * 1024)
#define WORDS_MAX 300

/* The end of VirtualBox's log; "" when there is none. The caller frees. */
static char *problem_log(const struct vbox *v)
{
	auto_free char *dir = vbox_settings_dir(v), *path = fs_join(dir, "Logs/VBox.log");
	auto_free char *text = xcalloc(1, LOG_TAIL + 1);
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    pread(fd, text, LOG_TAIL, st.st_size > LOG_TAIL ? st.st_size - LOG_TAIL : 0) < 0)
		return xstrdup("");
	return TAKE(text);
}

bool vbox_has_no_room(const struct vbox *v)
{
	uint64_t room;
	auto_err *unknown = fs_free_bytes(v->env->dir, &room);

	return !unknown && room < ROOM_MIN;
}

char *vbox_problem(void *self)
{
	const struct vbox *v = self;
	auto_free char *log = v->paused ? problem_log(v) : NULL, *id = NULL, *words = NULL;
	auto_str clean = STR_INIT;

	if (!v->paused)
		return NULL;
	bool told = log_error(log, &id, &words);
	/* The log lies on the same disk, and may say nothing because that is full. */
	if (told ? str_eq(id, LOG_DISK_FULL) : vbox_has_no_room(v))
		return xasprintf("this host's disk is full where '%s' lies: VirtualBox paused the machine",
				 v->env->dir);
	if (!told)
		return NULL;
	text_clean(&clean, *words ? words : id, strlen(*words ? words : id), WORDS_MAX, false);
	return xasprintf("VirtualBox paused the machine: %s", clean.buf ? clean.buf : "");
}

struct err *vbox_problem_error(const struct vbox *v, const char *problem)
{
	return err_hint(err_new(ERR_WRONG_STATE, "%s", problem),
			"See what takes the room (df '%s'), then: machine start %s. Or end it without asking: "
			"machine kill %s",
			v->env->dir, v->env->name, v->env->name);
}
