/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For unit tests: what the supervisor sees of QEMU and of the guest in it, without a virtual machine. It speaks QMP,
 * really listens where it is told to forward, and its agent says whatever a test asks it to ({"do":"say","text":...}).
 * FAKE_QEMU says how it misbehaves: die, mute, deaf.
 */
#ifndef TESTS_UNIT_FAKE_QEMU_H
#define TESTS_UNIT_FAKE_QEMU_H

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "drivers/link/chan.h"

#define FAKE_RULES 64

static struct {
	struct chan qmp, agent;
	int console;
	struct {
		char key[64];
		int fd;
	} rules[FAKE_RULES];
	bool deaf, booting;
} fake;

static int fake_fd(int argc, char **argv, const char *id)
{
	auto_free char *head = xasprintf("socket,id=%s,fd=", id);

	for (int i = 1; i < argc; i++)
		if (str_starts(argv[i], head))
			return atoi(argv[i] + strlen(head));
	return -1;
}

static _Noreturn void fake_exit(const char *cause)
{
	auto_free char *text = xasprintf("{\"event\":\"SHUTDOWN\",\"data\":{\"guest\":true,\"reason\":\"%s\"}}", cause);

	chan_send(&fake.qmp, text);
	mem_freep(&text);
	chan_close(&fake.qmp);
	chan_close(&fake.agent);
	_exit(0);
}

/* "tcp:127.1.2.3:80" of "... net0 tcp:127.1.2.3:80-10.0.2.15:80" */
static void fake_key(const char *command, char *ret, size_t size)
{
	const char *at = strstr(command, "net0 ");

	snprintf(ret, size, "%.*s", (int)strcspn(at + 5, "-"), at + 5);
}

static const char *fake_add(const char *command)
{
	struct sockaddr_in sa = { .sin_family = AF_INET };
	char key[64], proto[4], address[32];
	int port, on = 1;

	fake_key(command, key, sizeof(key));
	if (sscanf(key, "%3[a-z]:%31[0-9.]:%d", proto, address, &port) != 3)
		return "invalid host forwarding rule\r\n";
	inet_pton(AF_INET, address, &sa.sin_addr);
	sa.sin_port = htons((uint16_t)port);
	for (int i = 0; i < FAKE_RULES; i++) {
		if (fake.rules[i].key[0])
			continue;
		int fd = socket(AF_INET, str_eq(proto, "tcp") ? SOCK_STREAM : SOCK_DGRAM, 0);
		if (str_eq(proto, "tcp"))
			setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
			close(fd);
			return "Could not set up host forwarding rule\r\n";
		}
		if (str_eq(proto, "tcp"))
			listen(fd, 4);
		fake.rules[i].fd = fd;
		snprintf(fake.rules[i].key, sizeof(fake.rules[i].key), "%s", key);
		return "";
	}
	return "too many\r\n";
}

static const char *fake_remove(const char *command)
{
	char key[64];

	fake_key(command, key, sizeof(key));
	for (int i = 0; i < FAKE_RULES; i++)
		if (str_eq(fake.rules[i].key, key)) {
			close(fake.rules[i].fd);
			fake.rules[i].key[0] = 0;
			return "host forwarding rule removed\r\n";
		}
	return "host forwarding rule not found\r\n";
}

static void fake_qmp(const char *line, size_t len)
{
	auto_json *tree = NULL, *answer = json_object();

	IGNORE(json_parse(line, len, "qmp", &tree));
	const char *word = json_str_or(tree, "execute", ""), *id = json_str_or(tree, "id", "");
	const char *command = json_str_or(tree, "arguments.command-line", "");
	if (str_eq(word, "quit"))
		fake_exit("host-qmp-quit");
	if (str_eq(word, "system_powerdown") && !fake.deaf)
		fake_exit("guest-shutdown");
	if (str_starts(command, "hostfwd_add"))
		json_set_str(answer, "return", fake_add(command));
	else if (str_starts(command, "hostfwd_remove"))
		json_set_str(answer, "return", fake_remove(command));
	else
		json_object_at(answer, "return");
	json_set_str(answer, "id", id);
	chan_send_json(&fake.qmp, answer);
	if (!str_eq(word, "qmp_capabilities"))
		return;
	if (write(fake.console, "\x1b[2Jkernel\r\nmachine: stage root 0.5\r\n", 38) < 0)
		_exit(1);
	chan_send(&fake.agent,
		  "{\"event\":\"hello\",\"version\":1}\n{\"event\":\"stage\",\"name\":\"engine\",\"ms\":5}");
}

static void fake_agent(const char *line, size_t len)
{
	auto_json *tree = NULL, *answer = json_object();

	IGNORE(json_parse(line, len, "agent", &tree));
	const char *word = json_str_or(tree, "do", ""), *text = json_str_or(tree, "text", "");
	if (str_eq(word, "say"))
		chan_send(&fake.agent, text);
	else if (str_eq(word, "qmp"))
		chan_send(&fake.qmp, text);
	else if (str_eq(word, "print") && write(fake.console, text, strlen(text)) < 0)
		_exit(1);
	else if (str_eq(word, "reset"))
		fake.booting = chan_send(&fake.qmp, "{\"event\":\"RESET\",\"data\":{\"guest\":true}}");
	else if (str_eq(word, "crash"))
		abort();
	json_set_int(answer, "id", json_int_or(tree, "id", 0));
	json_set_bool(answer, "ok", true);
	if (!str_eq(word, "silence"))
		chan_send_json(&fake.agent, answer);
	if (str_eq(word, "poweroff") && !fake.deaf)
		fake_exit("guest-shutdown");
}

static int fake_qemu_main(int argc, char **argv)
{
	const char *mode = getenv("FAKE_QEMU");

	fake.console = fake_fd(argc, argv, "console");
	fake.deaf = mode && str_eq(mode, "deaf");
	if (mode && str_eq(mode, "die")) {
		fprintf(stderr,
			"qemu-system-x86_64: -accel kvm: Could not access KVM kernel module: Permission denied\n");
		return 1;
	}
	chan_open(&fake.qmp, fake_fd(argc, argv, "qmp"), 65536);
	chan_open(&fake.agent, fake_fd(argc, argv, "agent"), 262144);
	if (!mode || !str_eq(mode, "mute"))
		chan_send(&fake.qmp, "{\"QMP\":{\"version\":{}}}\r");
	for (;;) {
		struct pollfd p[2] = { { .fd = fake.qmp.fd, .events = chan_events(&fake.qmp) },
				       { .fd = fake.agent.fd, .events = chan_events(&fake.agent) } };
		size_t len;
		char *line;

		if (poll(p, 2, fake.booting ? 100 : -1) == 0) {
			fake.booting = false;
			chan_send(&fake.agent, "{\"event\":\"hello\",\"version\":1}");
		}
		chan_flush(&fake.qmp);
		chan_flush(&fake.agent);
		if ((p[0].revents & ~POLLOUT) && !chan_read(&fake.qmp))
			return 0;
		while ((line = chan_line(&fake.qmp, &len)))
			fake_qmp(line, len);
		if (p[1].revents & ~POLLOUT)
			chan_read(&fake.agent);
		while ((line = chan_line(&fake.agent, &len)))
			fake_agent(line, len);
	}
}

#endif
