/* SPDX-License-Identifier: Apache-2.0 */
/* PID 1 of a guest. It begins in the initrd, moves into the root without an exec, and never ends.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract.h"
#include "init/boot.h"
#include "init/control.h"
#include "init/disk.h"
#include "init/event.h"
#include "init/loop.h"
#include "init/module.h"
#include "init/power.h"
#include "init/root.h"
#include "init/run.h"
#include "init/service.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/say.h"
#include "lib/wait.h"

#define MAIN_ROOT_MS 10000

static bool main_has_word(const char *word)
{
	char line[4096], *rest = line, *have;

	if (!file_line("/proc/cmdline", line, sizeof(line)))
		return false;
	while ((have = strsep(&rest, " "))) {
		if (strcmp(have, word) == 0)
			return true;
	}
	return false;
}

/* Nothing runs yet and nothing can: say why and be off. */
static void main_fatal(const char *why)
{
	say("failed root: %s", why);
	wait_ms(500); /* a serial console may still be sending */
	power_now(false);
}

static void main_reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!service_ended(pid, status))
			run_ended(pid, status);
	}
}

static void main_signal(int fd, void *data)
{
	struct signalfd_siginfo s;

	(void)data;
	while (read(fd, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGCHLD)
			main_reap();
		else
			power_begin(s.ssi_signo == SIGINT);
	}
}

/* All signals come through a descriptor, in every thread; a dead reader of a pipe is an error of
 * write(). */
static int main_signals(void)
{
	static const int heard[] = { SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGPWR };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(heard) / sizeof(heard[0]); i++)
		sigaddset(&set, heard[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	reboot(RB_DISABLE_CAD); /* Ctrl-Alt-Del becomes SIGINT: a clean restart */
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void main_agent(int fd, void *data)
{
	char word[64];
	ssize_t n = recv(fd, word, sizeof(word) - 1, MSG_DONTWAIT);

	(void)data;
	if (n <= 0)
		return;
	word[n] = '\0';
	boot_word(word);
}

static void main_enter_root(struct disks *d)
{
	const char *bad;

	module_order("/m");
	if (!disk_wait_root(d, clock_ms() + MAIN_ROOT_MS))
		main_fatal("no disk holds a root");
	bad = root_enter(d);
	if (bad)
		main_fatal(bad);
}

static int main_sooner(int a, int b)
{
	return a < 0 ? b : b < 0 || a < b ? a : b;
}

int main(int argc, char **argv)
{
	static struct disks disks;
	int signals;

	if (getpid() != 1)
		return control_client(argc, argv);
	umask(022);
	root_early();
	if (main_has_word(GUEST_PROBE_WORD)) {
		say("probe ok");
		power_now(false);
	}
	signals = main_signals();
	main_enter_root(&disks);
	setenv("PATH", RUN_PATH, 1);
	loop_init();
	service_init(boot_line);
	loop_watch(signals, main_signal, NULL);
	loop_watch(event_init(), main_agent, NULL);
	event_stage("root");
	root_settle();
	control_begin();
	service_start(SERVICE_AGENT);
	boot_begin(&disks);
	for (;;) {
		loop_turn(main_sooner(service_tick(), power_tick()));
		control_tick();
	}
}
