/* SPDX-License-Identifier: Apache-2.0 */
#include "init/module.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "init/event.h"
#include "lib/file.h"
#include "lib/say.h"

#define MODULE_LEVELS "/usr/lib/machine/modules.levels"
#define MODULE_THREADS 4
#define MODULE_PER_LEVEL 64
#define MODULE_TEXT_MAX (4 * 1024 * 1024)
#define MODULE_COMPRESSED 4 /* MODULE_INIT_COMPRESSED_FILE: the kernel unpacks .ko.xz and .ko.zst itself */

static bool module_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = strlen(path);
	int flags = len > 3 && strcmp(path + len - 3, ".ko") == 0 ? 0 : MODULE_COMPRESSED;
	long bad;

	if (fd < 0) {
		say("module %s: %s", path, strerror(errno));
		return false;
	}
	bad = syscall(SYS_finit_module, fd, "", flags);
	if (bad != 0 && errno != EEXIST)
		say("module %s: %s", path, strerror(errno));
	else
		bad = 0;
	close(fd);
	return bad == 0;
}

void module_order(const char *dir)
{
	char path[PATH_MAX], *text, *rest, *name;

	snprintf(path, sizeof(path), "%s/order", dir);
	text = rest = file_read(path, MODULE_TEXT_MAX, NULL);
	while (rest && (name = strsep(&rest, " \t\n"))) {
		if (!*name)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, name);
		module_load(path);
		unlink(path); /* the initrd stays in memory for ever; its modules need not */
	}
	free(text);
}

struct level {
	const char *paths[MODULE_PER_LEVEL];
	size_t count;
	size_t next;
	pthread_mutex_t lock;
};

static void *module_worker(void *arg)
{
	struct level *l = arg;

	for (;;) {
		size_t mine;

		pthread_mutex_lock(&l->lock);
		mine = l->next++;
		pthread_mutex_unlock(&l->lock);
		if (mine >= l->count)
			return NULL;
		module_load(l->paths[mine]);
	}
}

/* One line: its modules by several threads, because a load mostly waits (signature, RCU, symbols).
 */
static void module_level(char *line)
{
	struct level l = { .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t threads[MODULE_THREADS];
	size_t started = 0;
	char *path;

	while ((path = strsep(&line, " \t")) && l.count < MODULE_PER_LEVEL) {
		if (*path)
			l.paths[l.count++] = path;
	}
	for (; started < MODULE_THREADS && started + 1 < l.count; started++) {
		if (pthread_create(&threads[started], NULL, module_worker, &l) != 0)
			break;
	}
	module_worker(&l);
	while (started > 0)
		pthread_join(threads[--started], NULL);
}

static pthread_t module_thread;
static bool module_started;
static pthread_mutex_t module_wait_lock = PTHREAD_MUTEX_INITIALIZER;

static void *module_levels(void *arg)
{
	char *text = file_read(MODULE_LEVELS, MODULE_TEXT_MAX, NULL), *rest = text, *line;

	if (arg)
		module_hardware(arg);
	if (!text)
		event_warning("no list of modules: %s", strerror(errno));
	while (rest && (line = strsep(&rest, "\n"))) {
		if (*line && *line != '#')
			module_level(line);
	}
	free(text);
	return NULL;
}

void module_levels_begin(const char *hardware)
{
	module_started = pthread_create(&module_thread, NULL, module_levels, (void *)hardware) == 0;
	if (!module_started)
		module_levels((void *)hardware);
}

void module_levels_wait(void)
{
	pthread_mutex_lock(&module_wait_lock);
	if (module_started)
		pthread_join(module_thread, NULL);
	module_started = false;
	pthread_mutex_unlock(&module_wait_lock);
}

bool module_is(const char *path, const char *name)
{
	const char *base = strrchr(path, '/');

	for (base = base ? base + 1 : path; *name; base++, name++) {
		char a = *base == '-' ? '_' : *base, b = *name == '-' ? '_' : *name;

		if (a != b)
			return false;
	}
	return strncmp(base, ".ko", 3) == 0;
}

const char *module_line(const char *dep, const char *name, size_t *ret_len)
{
	while (*dep) {
		size_t len = strcspn(dep, "\n"), head = strcspn(dep, ":\n");
		char path[PATH_MAX];

		if (head < len && head < sizeof(path)) {
			memcpy(path, dep, head);
			path[head] = '\0';
			if (module_is(path, name)) {
				*ret_len = len;
				return dep;
			}
		}
		dep += len + (dep[len] == '\n');
	}
	return NULL;
}

/* A line of modules.dep is "self: need1 need2 ...", in the reverse of the order of loading. */
static bool module_load_line(const char *dir, const char *line, size_t len)
{
	char *copy = strndup(line, len), *end = copy ? copy + strlen(copy) : NULL, path[PATH_MAX + 256];
	bool ok = copy != NULL;

	while (copy && end > copy) {
		char *word;

		while (end > copy && (end[-1] == ' ' || end[-1] == ':'))
			*--end = '\0';
		word = end;
		while (word > copy && word[-1] != ' ')
			word--;
		if (*word) {
			snprintf(path, sizeof(path), "%s/%s", dir, word);
			ok = module_load(*word == '/' ? word : path);
		}
		end = word;
	}
	free(copy);
	return ok;
}

static void module_dir(char *buf, size_t size)
{
	struct utsname u;

	uname(&u);
	snprintf(buf, size, "/lib/modules/%.64s", u.release);
}

static char *module_index(const char *dir, const char *name)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return file_read(path, MODULE_TEXT_MAX, NULL);
}

/* A line is "alias PATTERN NAME". */
bool module_for(const char **text, const char *device, char ret_name[64])
{
	while (**text) {
		size_t len = strcspn(*text, "\n");
		char line[512], pattern[384];

		snprintf(line, sizeof(line), "%.*s", (int)len, *text);
		*text += len + ((*text)[len] == '\n');
		if (sscanf(line, "alias %383s %63s", pattern, ret_name) == 2 && fnmatch(pattern, device, 0) == 0)
			return true;
	}
	return false;
}

struct hardware {
	char dir[128], *dep, *alias;
	const char *part;
};

static void module_device(const struct hardware *h, const char *device)
{
	const char *text = h->alias;
	char name[64];

	while (module_for(&text, device, name)) {
		size_t len = 0;
		const char *line = module_line(h->dep, name, &len);

		if (line && memmem(line, strcspn(line, ":\n"), h->part, strlen(h->part)))
			module_load_line(h->dir, line, len);
	}
}

static void module_bus(const struct hardware *h, const char *bus)
{
	char path[NAME_MAX + 64], device[384];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices", bus);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/sys/bus/%s/devices/%s/modalias", bus, e->d_name);
		if (e->d_name[0] != '.' && file_line(path, device, sizeof(device)))
			module_device(h, device);
	}
	if (d)
		closedir(d);
}

void module_hardware(const char *part)
{
	struct hardware h = { .part = part };

	module_dir(h.dir, sizeof(h.dir));
	h.dep = module_index(h.dir, "modules.dep");
	h.alias = module_index(h.dir, "modules.alias");
	if (h.dep && h.alias) {
		module_bus(&h, "pci");
		module_bus(&h, "vmbus");
	}
	free(h.dep);
	free(h.alias);
}

bool module_need(const char *name)
{
	char dir[128], path[192], *dep;
	const char *line;
	size_t len = 0;
	bool ok;

	snprintf(path, sizeof(path), "/sys/module/%.64s/initstate", name);
	if (access(path, F_OK) == 0)
		return true;
	module_dir(dir, sizeof(dir));
	dep = module_index(dir, "modules.dep");
	line = dep ? module_line(dep, name, &len) : NULL;
	ok = line && module_load_line(dir, line, len);
	free(dep);
	return ok;
}
