/* SPDX-License-Identifier: Apache-2.0 */
#include "init/service.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract.h"
#include "init/data.h"
#include "init/engine.h"
#include "init/event.h"
#include "init/loop.h"
#include "init/output.h"
#include "init/revive.h"
#include "init/run.h"
#include "lib/clock.h"

#define SERVICE_STEADY_MS 60000 /* after that long its deaths are forgotten */
#define SERVICE_FAILED 3	/* deaths in a row that are told as a failure */

static const char *const agent_argv[] = { GUEST_LIB_DIR "/agent", NULL };
static const char *const containerd_argv[] = { "containerd", "--config", "/etc/containerd/config.toml", NULL };
static const char *const gate_argv[] = { GUEST_LIB_DIR "/gate",
					 "--listen",
					 "0.0.0.0:2376",
					 "--unix",
					 GUEST_ENGINE_SOCKET,
					 "--ca",
					 GUEST_IDENTITY_DIR "/" GUEST_FILE_CA,
					 "--cert",
					 GUEST_IDENTITY_DIR "/" GUEST_FILE_CERT,
					 "--key",
					 GUEST_IDENTITY_DIR "/" GUEST_FILE_KEY,
					 "--group",
					 "docker", /* whose the engine's socket is */
					 "--wait",
					 NULL };
static const char *const ssh_argv[] = { GUEST_LIB_DIR "/gate",
					"--listen",
					"0.0.0.0:22",
					"--",
					"/usr/sbin/sshd",
					"-D",
					"-e",
					"-h",
					GUEST_IDENTITY_DIR "/" GUEST_FILE_HOST_KEY,
					NULL };

struct service {
	const char *name;
	const char *const *argv;
	const char *log; /* file that its lines go to */
	int stop_ms;
	const char *oom; /* NULL: it sets its own */
	bool on_data;	 /* it cannot start where the data disk is full */
	bool wanted;
	bool again; /* it was told to end so that it starts anew */
	pid_t pid;  /* 0: does not run */
	int deaths;
	int64_t started;
	int64_t due;  /* when to start it again; 0: not */
	int64_t kill; /* when to kill it; 0: not */
	struct output output;
	char dhcp_interface[16];
	bool dhcp_further;
	const char *dhcp_argv[14];
};

/* When memory ends, containers end first: they and all who log in have 0, which containerd's shims set for their children, and
 * sshd, which protects itself alone, for its. */
static struct service services[SERVICE_COUNT] = {
	[SERVICE_AGENT] = { .name = "agent",
			    .argv = agent_argv,
			    .log = "/var/log/agent.log",
			    .stop_ms = 1000,
			    .oom = "-950" },
	[SERVICE_CONTAINERD] = { .name = "containerd",
				 .argv = containerd_argv,
				 .log = "/var/log/containerd.log",
				 .stop_ms = 5000,
				 .oom = "-999",
				 .on_data = true },
	[SERVICE_ENGINE] = { .name = "dockerd",
			     .log = "/var/log/docker.log",
			     .stop_ms =
				     20000, /* more than the engine's own shutdown-timeout, in which it stops containers */
			     .oom = "-500",
			     .on_data = true },
	[SERVICE_GATE] = { .name = "gate",
			   .argv = gate_argv,
			   .log = "/var/log/gate.log",
			   .stop_ms = 1000,
			   .oom = "-900" },
	[SERVICE_SSH] = { .name = "sshd", .argv = ssh_argv, .log = "/var/log/sshd.log", .stop_ms = 2000 },
};

static service_line_fn service_told;
static bool service_ending;

int service_back_off_ms(int deaths)
{
	int ms = 125;

	while (--deaths > 0 && ms < 30000)
		ms *= 2;
	return ms > 30000 ? 30000 : ms;
}

static void service_line(void *data, const char *line)
{
	struct service *s = data;

	service_told((int)(s - services), line);
}

void service_init(service_line_fn line)
{
	service_told = line;
	for (int i = 0; i < SERVICE_COUNT; i++)
		services[i].output.fd = -1;
}

void service_dhcp(int n, const char *interface, bool further)
{
	struct service *s = &services[SERVICE_DHCP + n];
	const char *const argv[] = { "busybox",
				     "udhcpc",
				     "-f",
				     "-i",
				     s->dhcp_interface,
				     "-s",
				     GUEST_LIB_DIR "/udhcpc.sh",
				     "-O",
				     "search",
				     "-t",
				     "10",
				     "-T",
				     "1",
				     NULL };

	snprintf(s->dhcp_interface, sizeof(s->dhcp_interface), "%s", interface);
	memcpy(s->dhcp_argv, argv, sizeof(argv));
	s->dhcp_further = further;
	s->name = "udhcpc";
	s->argv = s->dhcp_argv;
	s->log = "/var/log/udhcpc.log";
	s->stop_ms = 1000;
	s->oom = "-900";
}

/* Is the processor QEMU's translation? */
static bool service_emulated(void)
{
	unsigned a, b, c, d;
	char name[12];

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 31)) /* there is a hypervisor */
		return false;
	__cpuid(0x40000000, a, b, c, d);
	memcpy(name, &b, 4);
	memcpy(name + 4, &c, 4);
	memcpy(name + 8, &d, 4);
	return memcmp(name, "TCGTCGTCGTCG", 12) == 0;
}

static void service_launch(struct service *s)
{
	/* Emulated, OpenSSL's ChaCha20 for SSSE3 does 54 MB/s, the one for plain registers 155 (openssl speed). OpenSSL
	 * decides before main(), so this must stand in the environment. */
	static const char *const emulated[] = { "PATH=" RUN_PATH, "HOME=/root", "OPENSSL_ia32cap=~0x20000000000",
						NULL };
	static const char *const further[] = { "PATH=" RUN_PATH, "HOME=/root", "FURTHER=1", NULL }; /* for udhcpc.sh */

	struct engine_start engine = { 0 };
	struct launch l = { .argv = s->argv, .in = -1, .out = -1, .three = -1, .oom = s->oom };
	int ends[2] = { -1, -1 };

	if (s == &services[SERVICE_ENGINE]) {
		engine_prepare(&engine);
		l.argv = engine.argv;
		l.env = engine.env;
	}
	if (s == &services[SERVICE_GATE] && service_emulated())
		l.env = emulated;
	if (s->dhcp_further)
		l.env = further;
	if (s == &services[SERVICE_AGENT])
		l.three = event_agent_end();
	if (pipe2(ends, O_CLOEXEC) == 0)
		l.out = ends[1];
	s->pid = run_start(&l);
	s->started = clock_ms();
	s->due = s->kill = 0;
	s->again = false;
	if (ends[1] >= 0)
		close(ends[1]);
	if (s->pid < 0) {
		s->pid = 0;
		s->due = clock_ms() + service_back_off_ms(++s->deaths);
	}
	output_begin(&s->output, ends[0], s->log, service_line, s);
	engine_release(&engine);
	if (s == &services[SERVICE_AGENT] && s->deaths > 0)
		event_replay();
	if (s == &services[SERVICE_CONTAINERD] && s->deaths > 0)
		revive_begin();
}

void service_start(int id)
{
	struct service *s = &services[id];

	s->wanted = true;
	if (s->pid == 0 && !service_ending) {
		s->deaths = 0;
		service_launch(s);
	}
}

void service_stop(int id)
{
	struct service *s = &services[id];

	s->wanted = false;
	s->due = 0;
	if (s->pid == 0 || s->kill != 0)
		return;
	s->kill = clock_ms() + s->stop_ms;
	kill(s->pid, SIGTERM);
}

void service_restart(int id)
{
	if (services[id].pid == 0) {
		service_start(id);
		return;
	}
	service_stop(id);
	services[id].wanted = services[id].again = true;
}

void service_signal(int id, int signal)
{
	if (services[id].pid > 0)
		kill(services[id].pid, signal);
}

bool service_running(int id)
{
	return services[id].pid != 0;
}

bool service_wanted(int id)
{
	return services[id].wanted;
}

void service_shutdown(void)
{
	service_ending = true;
	for (int i = 0; i < SERVICE_COUNT; i++)
		services[i].due = 0;
}

static void service_tell_death(struct service *s, int status)
{
	const char *last = s->output.last;
	char full[256];

	if (WIFSIGNALED(status))
		event_warning("%s was ended by signal %d: %s", s->name, WTERMSIG(status), last);
	else
		event_warning("%s ended with status %d: %s", s->name, WEXITSTATUS(status), last);
	/* What the engine says itself is misleading: "driver not supported: overlay2". */
	if (s->on_data && s->deaths == 1 && data_full(full, sizeof(full)))
		event_failed("data", "%s", full);
	else if (s->deaths == SERVICE_FAILED)
		event_failed(s == &services[SERVICE_ENGINE] ? "engine" : s->name, "%s ends again and again: %s",
			     s->name, last);
}

bool service_ended(pid_t pid, int status)
{
	for (int i = 0; i < SERVICE_COUNT; i++) {
		struct service *s = &services[i];

		if (s->pid != pid)
			continue;
		output_end(&s->output);
		s->pid = 0;
		s->kill = 0;
		if (!s->wanted || service_ending)
			return true;
		if (s->again) {
			service_launch(s);
			return true;
		}
		if (clock_ms() - s->started > SERVICE_STEADY_MS)
			s->deaths = 0;
		s->due = clock_ms() + service_back_off_ms(++s->deaths);
		service_tell_death(s, status);
		return true;
	}
	return false;
}

static void service_tick_one(struct service *s, int64_t now)
{
	if (s->kill != 0 && s->kill <= now && s->pid != 0) {
		event_warning("%s does not end: killed", s->name);
		kill(s->pid, SIGKILL);
		s->kill = 0;
	}
	if (s->due != 0 && s->due <= now && s->pid == 0)
		service_launch(s);
}

int service_tick(void)
{
	int64_t next = 0;

	for (int i = 0; i < SERVICE_COUNT; i++) {
		struct service *s = &services[i];

		service_tick_one(s, clock_ms());
		if (s->kill != 0 && (next == 0 || s->kill < next))
			next = s->kill;
		if (s->due != 0 && (next == 0 || s->due < next))
			next = s->due;
	}
	return next == 0 ? -1 : clock_left(next) + 1;
}
