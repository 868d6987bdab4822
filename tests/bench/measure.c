/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure RUNS STATUS COMMAND...: run it RUNS times with its output thrown away; prints the median wall time in
 * microseconds and the peak memory (the largest of all runs) in KiB. Every run must end with STATUS. An argument that ends
 * in {} ends in the number of the run instead: for what can be done once only.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define RUNS_MAX 10000

extern char **environ;

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static int run(char **argv, posix_spawn_file_actions_t *actions, struct rusage *usage)
{
	pid_t pid;
	int status, error = posix_spawnp(&pid, argv[0], actions, NULL, argv, environ);

	if (error) {
		fprintf(stderr, "measure: cannot run '%s': %s\n", argv[0], strerror(error));
		exit(1);
	}
	while (wait4(pid, &status, 0, usage) < 0)
		if (errno != EINTR)
			exit(1);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void number(char **argv, char *const *words, int i)
{
	static char numbered[8][256];
	int used = 0;

	for (int a = 0; words[a]; a++) {
		size_t len = strlen(words[a]);

		argv[a] = words[a];
		if (len < 2 || strcmp(words[a] + len - 2, "{}") != 0 || used == 8)
			continue;
		snprintf(numbered[used], sizeof(numbered[used]), "%.*s%d", (int)len - 2, words[a], i);
		argv[a] = numbered[used++];
	}
}

int main(int argc, char **argv)
{
	char **words = calloc((size_t)argc + 1, sizeof(*words));
	static long took[RUNS_MAX];
	posix_spawn_file_actions_t actions;
	long peak_kib = 0;
	int runs, wanted;

	if (!words || argc < 4 || (runs = atoi(argv[1])) < 1 || runs > RUNS_MAX)
		return 2;
	wanted = atoi(argv[2]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, 0, 1);
	posix_spawn_file_actions_adddup2(&actions, 0, 2);
	for (int i = 0; i < runs; i++) {
		struct rusage usage;
		long from;
		int status;

		number(words, argv + 3, i);
		from = now_us();
		status = run(words, &actions, &usage);

		took[i] = now_us() - from;
		if (usage.ru_maxrss > peak_kib)
			peak_kib = usage.ru_maxrss;
		if (status != wanted) {
			fprintf(stderr, "measure: '%s' ended with status %d, not %d\n", argv[3], status, wanted);
			return 1;
		}
	}
	qsort(took, (size_t)runs, sizeof(took[0]), compare);
	printf("%ld %ld\n", took[runs / 2], peak_kib);
	return 0;
}
