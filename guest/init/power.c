/* SPDX-License-Identifier: Apache-2.0 */
#include "init/power.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/input.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/data.h"
#include "init/event.h"
#include "init/loop.h"
#include "init/service.h"
#include "lib/clock.h"
#include "lib/say.h"

#define POWER_TERM_MS 2000
#define POWER_KILL_MS 1000

enum power_phase {
	POWER_ON,
	POWER_ENGINE,
	POWER_CONTAINERD,
	POWER_TERM,
	POWER_KILL
};

static enum power_phase power_phase;
static bool power_reboot;
static int64_t power_deadline;

void power_now(bool reboot_wanted)
{
	sync();
	reboot(reboot_wanted ? RB_AUTOBOOT : RB_POWER_OFF);
	/* A machine that cannot be switched off by software; PID 1 must not end all the same. */
	reboot(RB_HALT_SYSTEM);
	for (;;)
		pause();
}

void power_begin(bool reboot_wanted)
{
	if (power_phase != POWER_ON)
		return;
	say(reboot_wanted ? "reboot" : "power off");
	power_reboot = reboot_wanted;
	power_phase = POWER_ENGINE;
	service_shutdown();
	/* The engine waits 5 s for whoever listens to it without end: the agent's watch, clients behind the gate. */
	event_closing();
	service_stop(SERVICE_GATE);
	service_stop(SERVICE_SSH);
	service_stop(SERVICE_ENGINE);
}

/* Orphans become children of PID 1: when it has none, nobody is left. */
static bool power_alone(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0;
}

static void power_next(void)
{
	power_phase++;
	if (power_phase == POWER_CONTAINERD) {
		service_stop(SERVICE_CONTAINERD);
	} else if (power_phase == POWER_TERM) {
		kill(-1, SIGTERM);
		kill(-1, SIGCONT);
		power_deadline = clock_ms() + POWER_TERM_MS;
	} else if (power_phase == POWER_KILL) {
		kill(-1, SIGKILL);
		power_deadline = clock_ms() + POWER_KILL_MS;
	}
}

static bool power_phase_done(void)
{
	switch (power_phase) {
	case POWER_ENGINE:
		return !service_running(SERVICE_ENGINE) && !service_running(SERVICE_SSH);
	case POWER_CONTAINERD:
		return !service_running(SERVICE_CONTAINERD) && !service_running(SERVICE_GATE);
	case POWER_TERM:
	case POWER_KILL:
		return power_alone() || clock_left(power_deadline) == 0;
	default:
		return false;
	}
}

int power_tick(void)
{
	if (power_phase == POWER_ON)
		return -1;
	while (power_phase_done()) {
		if (power_phase == POWER_KILL) {
			data_unmount();
			power_now(power_reboot);
		}
		power_next();
	}
	return power_phase >= POWER_TERM ? clock_left(power_deadline) + 1 : -1;
}

static void power_button(int fd, void *data)
{
	struct input_event e;

	(void)data;
	while (read(fd, &e, sizeof(e)) == (ssize_t)sizeof(e)) {
		if (e.type == EV_KEY && e.value == 1 && (e.code == KEY_POWER || e.code == KEY_POWER2))
			power_begin(false);
	}
}

void power_watch_buttons(void *unused)
{
	DIR *dir = opendir("/dev/input");
	struct dirent *e;

	(void)unused;
	while (dir && (e = readdir(dir))) {
		int fd;

		if (strncmp(e->d_name, "event", 5) != 0)
			continue;
		fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && !loop_watch(fd, power_button, NULL))
			close(fd);
	}
	if (dir)
		closedir(dir);
}
