/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's end of the control channel. docs/guest.md, section 4. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/channel.h"
#include "agent/command.h"
#include "agent/engine.h"
#include "agent/relay.h"
#include "contract.h"

#define MAIN_INIT_FD 3
#define MAIN_KEPT 64

static struct ports ports;
static bool ports_owed;	      /* the list did not fit behind what waits to be sent */
static char *kept[MAIN_KEPT]; /* events of init, for a host that comes late */
static size_t kept_count;
static void main_connected(void);
static struct command_env env = {
	.dir = GUEST_IDENTITY_DIR, .init = MAIN_INIT_FD, .send = channel_send, .replay = main_connected, .ports = &ports
};

static void main_tell_ports(void)
{
	char *list = ports_json(&ports), *line = NULL;

	if (list && asprintf(&line, "{\"event\":\"ports\",\"ports\":%s}", list) > 0)
		ports_owed = !channel_send(line);
	free(line);
	free(list);
}

static void main_connected(void)
{
	channel_restart();
	channel_send("{\"event\":\"hello\",\"version\":1}");
	for (size_t i = 0; i < kept_count; i++)
		channel_send(kept[i]);
	if (ports.count > 0)
		main_tell_ports();
}

static void main_line(char *line, size_t len)
{
	command_line(&env, line, len);
}

/* Takes the line. An address takes the place of the one before. Warnings may be many; the last places
 * are for what ends a boot. */
static void main_keep(const char *text, char *line)
{
	static const char address[] = "{\"event\":\"address\"";
	size_t room = strncmp(text, "warning ", 8) == 0 ? MAIN_KEPT / 2 : MAIN_KEPT, place = kept_count;

	for (size_t i = 0; strncmp(text, "address ", 8) == 0 && i < kept_count; i++)
		if (strncmp(kept[i], address, sizeof(address) - 1) == 0)
			place = i;
	if (place >= room) {
		free(line);
		return;
	}
	if (place == kept_count)
		kept_count++;
	else
		free(kept[place]);
	kept[place] = line;
}

/* False when init is gone, which only a test's can be. */
static bool main_init(void)
{
	char text[1024];
	struct relay r;
	ssize_t n;

	while ((n = recv(env.init, text, sizeof(text) - 1, MSG_DONTWAIT)) > 0) {
		text[n] = '\0';
		relay_parse(text, &r);
		if (r.kind == RELAY_DONE || r.kind == RELAY_FAILED)
			command_done(&env, r.word, r.kind == RELAY_DONE ? NULL : r.message);
		if (r.kind == RELAY_CLOSING)
			engine_forget();
		if (r.kind != RELAY_EVENT)
			continue;
		channel_send(r.line);
		main_keep(text, r.line);
	}
	return n != 0;
}

static void main_watch(int loop, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e) != 0) {
		fprintf(stderr, "cannot watch a descriptor: %s\n", strerror(errno));
		exit(1);
	}
}

static void main_loop(int port, int engine)
{
	int loop = epoll_create1(EPOLL_CLOEXEC);

	/* Edges: a port without a host is "hung up" at every look, which would keep us busy. */
	main_watch(loop, port, EPOLLIN | EPOLLOUT | EPOLLHUP | EPOLLET);
	main_watch(loop, engine, EPOLLIN);
	if (env.init >= 0)
		main_watch(loop, env.init, EPOLLIN);
	for (;;) {
		struct epoll_event e[4];
		int n = epoll_wait(loop, e, 4, command_tick(&env));

		for (int i = 0; i < n; i++) {
			if (e[i].data.fd == port && !channel_ready())
				return;
			if (e[i].data.fd == env.init && !main_init())
				return;
			if (e[i].data.fd == engine) {
				engine_ports(&ports);
				main_tell_ports();
			}
		}
		if (ports_owed)
			main_tell_ports();
	}
}

static void main_options(int argc, char **argv, const char **port, const char **engine)
{
	static const struct option options[] = { { "port", required_argument, NULL, 'p' },
						 { "engine", required_argument, NULL, 'e' },
						 { "dir", required_argument, NULL, 'd' },
						 { NULL, 0, NULL, 0 } };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'p')
			*port = optarg;
		else if (option == 'e')
			*engine = optarg;
		else if (option == 'd')
			env.dir = optarg;
		else
			exit(2);
	}
}

int main(int argc, char **argv)
{
	static const struct channel_calls calls = { main_connected, main_line };
	const char *port = NULL, *engine = GUEST_ENGINE_SOCKET;
	char found[128];
	int fd, changed;

	main_options(argc, argv, &port, &engine);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	if (fcntl(env.init, F_GETFD) < 0)
		env.init = -1;
	else
		fcntl(env.init, F_SETFD, FD_CLOEXEC);
	if (!port) {
		channel_find(GUEST_PORT_NAME, found, sizeof(found));
		port = found;
	}
	fd = channel_open(port, &calls);
	changed = fd >= 0 ? engine_follow(engine) : -1;
	if (changed < 0) {
		fprintf(stderr, "cannot begin with %s: %s\n", port, strerror(errno));
		return 1;
	}
	main_loop(fd, changed);
	return 0;
}
