/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/sshd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Below those that programs ask for and that containers publish. */
#define SSHD_FIRST 1022
#define SSHD_LAST 600

static char sshd_first[256]; /* its greeting with the end; RFC 4253 has no longer one */

int sshd_accepted(const char *line)
{
	static const char begin[] = "Accepted ", from[] = " from 127.0.0.1 port ";
	const char *at = strncmp(line, begin, sizeof(begin) - 1) == 0 ? strstr(line, from) : NULL;

	return at ? atoi(at + sizeof(from) - 1) : 0;
}

static int sshd_bind(int *ret_port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(to);

	/* At last any port: a test's user may not take those. */
	for (int port = SSHD_FIRST; fd >= 0 && port >= SSHD_LAST - 1; port--) {
		to.sin_port = htons((unsigned short)(port < SSHD_LAST ? 0 : port));
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
static void sshd_exec(const char *const argv[], int listener, int log)
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

int sshd_start(const char *const argv[], int *ret_port, int *ret_log)
{
	int listener = sshd_bind(ret_port), log[2], pid;

	if (listener < 0 || pipe2(log, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0)
		sshd_exec(argv, listener, log[1]);
	close(listener);
	close(log[1]);
	*ret_log = log[0];
	return pid;
}

void sshd_tune(int fd)
{
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

int sshd_connect(int port, int *ret_from)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(to);

	if (fd < 0)
		return -1;
	sshd_tune(fd);
	if ((connect(fd, (struct sockaddr *)&to, len) != 0 && errno != EINPROGRESS) ||
	    getsockname(fd, (struct sockaddr *)&to, &len) != 0) {
		close(fd);
		return -1;
	}
	*ret_from = ntohs(to.sin_port);
	return fd;
}

size_t sshd_line(const char *bytes, size_t len)
{
	const char *end = len > 0 ? memchr(bytes, '\n', len) : NULL;

	return end ? (size_t)(end - bytes) + 1 : 0;
}

void sshd_heard(const char *line, size_t len)
{
	if (!sshd_first[0] && len < sizeof(sshd_first) && strncmp(line, "SSH-", 4) == 0)
		memcpy(sshd_first, line, len);
}

const char *sshd_greeting(void)
{
	return sshd_first;
}
