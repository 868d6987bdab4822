/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate/door.h"

/* Below those that programs ask for and that containers publish. */
#define DOOR_FIRST 1022
#define DOOR_LAST 600

int door_accepted(const char *line)
{
	static const char begin[] = "Accepted ", from[] = " from 127.0.0.1 port ";
	const char *at = strncmp(line, begin, sizeof(begin) - 1) == 0 ? strstr(line, from) : NULL;

	return at ? atoi(at + sizeof(from) - 1) : 0;
}

static int door_bind(int *ret_port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(to);

	/* At last any port: a test's user may not take those. */
	for (int port = DOOR_FIRST; fd >= 0 && port >= DOOR_LAST - 1; port--) {
		to.sin_port = htons((unsigned short)(port < DOOR_LAST ? 0 : port));
		if (bind(fd, (struct sockaddr *)&to, len) == 0 && listen(fd, 128) == 0 &&
		    getsockname(fd, (struct sockaddr *)&to, &len) == 0) {
			*ret_port = ntohs(to.sin_port);
			return fd;
		}
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* sshd takes its socket as systemd would give it. */
static void door_exec(const char *const argv[], int listener, int log)
{
	char pid[32];
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(log, 2);
	if (listener == 3)
		fcntl(3, F_SETFD, 0);
	else
		dup2(listener, 3);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

int door_sshd(const char *const argv[], int *ret_port, int *ret_log)
{
	int listener = door_bind(ret_port), log[2], pid;

	if (listener < 0 || pipe2(log, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		door_exec(argv, listener, log[1]);
	close(listener);
	close(log[1]);
	*ret_log = log[0];
	return pid;
}
