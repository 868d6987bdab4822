/* SPDX-License-Identifier: Apache-2.0 */
#include "init/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/event.h"
#include "lib/file.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define CGROUP_MIB (1024LL * 1024)
#define CGROUP_WEIGHT 20 /* each task outside has 100, all containers together this */

int64_t cgroup_memory(int64_t total)
{
	int64_t rest = total / 4;

	if (rest < 160 * CGROUP_MIB)
		rest = 160 * CGROUP_MIB;
	if (rest > 512 * CGROUP_MIB)
		rest = 512 * CGROUP_MIB;
	return total - rest > total / 2 ? total - rest : total / 2;
}

bool cgroup_name(const char *parent, char ret[128])
{
	size_t len;

	parent += strspn(parent, "/");
	len = strcspn(parent, "/");
	if (len == 0 || len >= 128 || parent[0] == '.')
		return false;
	memcpy(ret, parent, len);
	ret[len] = '\0';
	return true;
}

static int64_t cgroup_number(const char *path, const char *name)
{
	char *text = file_read(path, 65536, NULL), *at = text ? strstr(text, name) : NULL;
	int64_t number = at ? strtoll(at + strlen(name), NULL, 10) : 0;

	free(text);
	return number;
}

static void cgroup_put(const char *group, const char *file, int64_t value)
{
	char path[256], text[32];

	if (value <= 0)
		return;
	snprintf(path, sizeof(path), CGROUP_ROOT "/%s/%s", group, file);
	snprintf(text, sizeof(text), "%lld", (long long)value);
	if (file_put(path, text) != 0)
		event_warning("containers are not bounded: %s cannot be set", file);
}

void cgroup_containers(const char *parent)
{
	int64_t memory = cgroup_number("/proc/meminfo", "MemTotal:") * 1024;
	int64_t threads = cgroup_number("/proc/sys/kernel/threads-max", "");
	int64_t pids = cgroup_number("/proc/sys/kernel/pid_max", "");
	char group[128] = "docker", path[256];

	if (parent && !cgroup_name(parent, group))
		return;
	snprintf(path, sizeof(path), CGROUP_ROOT "/%s", group);
	dir_make(path, 0755);
	cgroup_put(group, "cpu.weight", CGROUP_WEIGHT);
	cgroup_put(group, "memory.max", cgroup_memory(memory));
	cgroup_put(group, "pids.max", (threads < pids ? threads : pids) / 4 * 3);
}
