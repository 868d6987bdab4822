/* SPDX-License-Identifier: Apache-2.0 */
#include "init/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "contract.h"
#include "init/boot.h"
#include "init/event.h"
#include "init/loop.h"
#include "init/power.h"
#include "init/service.h"

#define CONTROL_CLIENTS 4
#define CONTROL_WAIT_MS 60000

static int control_waiting[CONTROL_CLIENTS] = { -1, -1, -1, -1 }; /* for the engine's end */

static struct sockaddr_un control_address(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = GUEST_CONTROL_SOCKET };

	return a;
}

static void control_answer(int fd, const char *text)
{
	send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void control_stop(int fd)
{
	service_stop(SERVICE_ENGINE);
	for (int i = 0; i < CONTROL_CLIENTS; i++) {
		if (control_waiting[i] < 0) {
			control_waiting[i] = fd;
			return;
		}
	}
	control_answer(fd, "error too many wait");
}

void control_tick(void)
{
	for (int i = 0; i < CONTROL_CLIENTS && !service_running(SERVICE_ENGINE); i++) {
		if (control_waiting[i] < 0)
			continue;
		control_answer(control_waiting[i], "ok");
		control_waiting[i] = -1;
	}
}

static void control_word(int fd, const char *word)
{
	if (strcmp(word, "stop docker") == 0) {
		control_stop(fd);
		return;
	}
	if (strcmp(word, "start docker") == 0) {
		boot_take_profile();
		service_start(SERVICE_ENGINE);
		control_answer(fd, "ok");
	} else if (strcmp(word, "restart docker") == 0) {
		boot_take_profile();
		service_restart(SERVICE_ENGINE);
		control_answer(fd, "ok");
	} else if (strcmp(word, "status docker") == 0) {
		control_answer(fd, service_running(SERVICE_ENGINE) ? "ok running" : "error stopped");
	} else if (strcmp(word, "poweroff") == 0 || strcmp(word, "reboot") == 0) {
		control_answer(fd, "ok");
		power_begin(strcmp(word, "reboot") == 0);
	} else {
		control_answer(fd, "error unknown word");
	}
}

static void control_read(int fd, void *data)
{
	char word[64];
	ssize_t n = recv(fd, word, sizeof(word) - 1, MSG_DONTWAIT);

	(void)data;
	loop_unwatch(fd);
	if (n <= 0) {
		close(fd);
		return;
	}
	word[n] = '\0';
	control_word(fd, word);
}

static void control_accept(int fd, void *data)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)data;
	if (client >= 0 && !loop_watch(client, control_read, NULL))
		close(client);
}

void control_begin(void)
{
	struct sockaddr_un a = control_address();
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	mode_t old = umask(0177);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 || listen(fd, CONTROL_CLIENTS) != 0)
		event_warning("no control socket: %s", strerror(errno));
	else
		loop_watch(fd, control_accept, NULL);
	umask(old);
}

/* "shutdown -r now" and its family, else the words as they are. */
static void control_words(int argc, char **argv, char *word, size_t size)
{
	const char *name = strrchr(argv[0], '/');
	bool again = false;

	name = name ? name + 1 : argv[0];
	for (int i = 1; i < argc; i++)
		again |= strcmp(argv[i], "-r") == 0;
	if (strcmp(name, "reboot") == 0 || (strcmp(name, "shutdown") == 0 && again))
		snprintf(word, size, "reboot");
	else if (strcmp(name, "shutdown") == 0 || strcmp(name, "poweroff") == 0 || strcmp(name, "halt") == 0)
		snprintf(word, size, "poweroff");
	else
		snprintf(word, size, "%s%s%s", argc > 1 ? argv[1] : "", argc > 2 ? " " : "", argc > 2 ? argv[2] : "");
}

int control_client(int argc, char **argv)
{
	struct sockaddr_un a = control_address();
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char word[64], answer[256];
	ssize_t n = -1;

	control_words(argc, argv, word, sizeof(word));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		fprintf(stderr, "%s: cannot reach init: %s\n", argv[0], strerror(errno));
		return 1;
	}
	if (send(fd, word, strlen(word), MSG_NOSIGNAL) > 0 && poll(&p, 1, CONTROL_WAIT_MS) == 1)
		n = recv(fd, answer, sizeof(answer) - 1, 0);
	if (n <= 0) {
		fprintf(stderr, "%s: init does not answer\n", argv[0]);
		return 1;
	}
	answer[n] = '\0';
	if (strncmp(answer, "ok", 2) == 0) {
		if (answer[2])
			puts(answer + 3);
		return 0;
	}
	fprintf(stderr, "%s: %s\n", argv[0], answer);
	return strcmp(answer, "error stopped") == 0 ? 3 : 1;
}
