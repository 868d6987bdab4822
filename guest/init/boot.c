/* SPDX-License-Identifier: Apache-2.0 */
#include "init/boot.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract.h"
#include "init/data.h"
#include "init/engine.h"
#include "init/event.h"
#include "init/identity.h"
#include "init/loop.h"
#include "init/module.h"
#include "init/net.h"
#include "init/places.h"
#include "init/power.h"
#include "init/service.h"
#include "lib/clock.h"
#include "lib/wait.h"

#define BOOT_ENGINE_MS (10 * 60 * 1000)
#define BOOT_GATE_MS 20000
#define BOOT_FAREWELL_MS 1000 /* for the host to read why */

static struct disks boot_disks;
static pthread_mutex_t boot_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t boot_changed = PTHREAD_COND_INITIALIZER;
static bool engine_up, gate_up, gate_told, ssh_told, net_told, network_up, lease_missed, identity_up, identity_busy,
	ready_told;
static bool certificates_asked; /* the loop's */

static void boot_thread(void *(*fn)(void *))
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, NULL) == 0)
		pthread_detach(t);
	else
		fn(NULL);
}

static void boot_check_ready(void)
{
	bool tell;

	pthread_mutex_lock(&boot_lock);
	tell = !ready_told && engine_up && identity_up && network_up && (gate_up || !identity_has_tls());
	ready_told |= tell;
	pthread_cond_broadcast(&boot_changed);
	pthread_mutex_unlock(&boot_lock);
	if (tell)
		event_ready();
}

static void boot_set(bool *flag, bool value)
{
	pthread_mutex_lock(&boot_lock);
	*flag = value;
	pthread_mutex_unlock(&boot_lock);
	boot_check_ready();
}

static void boot_start(void *id)
{
	service_start((int)(intptr_t)id);
}

static void boot_start_later(int id)
{
	loop_call(boot_start, (void *)(intptr_t)id);
}

static void boot_fatal(const char *stage, const char *why)
{
	event_failed(stage, "%s", why);
	wait_ms(BOOT_FAREWELL_MS);
	power_now(false);
}

/* Give the gate its keys: it starts with them or takes them as new. */
static void boot_gate(void)
{
	if (!identity_has_tls())
		return;
	if (service_running(SERVICE_GATE))
		service_signal(SERVICE_GATE, SIGHUP);
	else
		service_start(SERVICE_GATE);
}

/* An identity is there: open the doors. In the loop. */
static void boot_open(void *unused)
{
	const char *dhcp[SERVICE_DHCP_MAX];
	size_t first, count = identity_dhcp(dhcp, SERVICE_DHCP_MAX, &first);

	(void)unused;
	if (first == 0)
		boot_set(&network_up, true);
	for (size_t i = 0; i < count; i++) {
		service_dhcp((int)i, dhcp[i], i >= first);
		service_start(SERVICE_DHCP + (int)i);
	}
	boot_gate();
	if (identity_has_ssh() && service_running(SERVICE_SSH))
		service_restart(SERVICE_SSH);
	else if (identity_has_ssh())
		service_start(SERVICE_SSH);
}

static void *boot_await_engine(void *unused)
{
	(void)unused;
	if (!wait_engine(GUEST_ENGINE_SOCKET, clock_ms() + BOOT_ENGINE_MS)) {
		event_failed("engine", "the engine does not answer");
		return NULL;
	}
	event_stage("engine");
	boot_set(&engine_up, true);
	return NULL;
}

static bool boot_identity(void)
{
	const char *stage, *bad = NULL;

	if (boot_disks.seed[0]) {
		bad = identity_read_seed(boot_disks.seed);
		if (bad)
			event_failed("identity", "%s", bad);
	}
	if (bad || (!identity_present() && !identity_from_boot2docker()))
		return false;
	bad = identity_apply(&stage);
	if (bad)
		event_failed(stage, "%s", bad);
	else
		places_keep();
	return !bad;
}

static void *boot_run(void *unused)
{
	char card[1][IFNAMSIZ];
	const char *bad;
	bool known;

	(void)unused;
	net_loopback();
	/* The common card is there by now; else whichever there is gets its driver, while the data disk is mounted. */
	module_levels_begin(net_list(card, 1) > 0 ? NULL : NET_DRIVERS);
	bad = data_mount(&boot_disks);
	if (bad)
		boot_fatal("data", bad);
	event_stage("data");
	boot_start_later(SERVICE_CONTAINERD);
	pthread_mutex_lock(&boot_lock);
	identity_busy = true;
	pthread_mutex_unlock(&boot_lock);
	known = boot_identity();
	/* Before the engine can start a container, closed networks are closed. */
	module_levels_wait();
	boot_start_later(SERVICE_ENGINE);
	if (known)
		loop_call(boot_open, NULL);
	boot_set(&identity_up, known);
	boot_set(&identity_busy, false);
	if (wait_socket(ENGINE_CONTAINERD, clock_ms() + BOOT_ENGINE_MS))
		event_stage("containerd");
	boot_await_engine(NULL);
	if (!known) /* it waits for its keys, loaded and warm */
		boot_start_later(SERVICE_GATE);
	module_need("evdev");
	module_need("button");
	loop_call(power_watch_buttons, NULL);
	if (boot_disks.data[0])
		data_grow(&boot_disks);
	return NULL;
}

void boot_begin(const struct disks *d)
{
	boot_disks = *d;
	boot_thread(boot_run);
}

static void boot_gate_line(const char *line)
{
	bool fine = strcmp(line, "listening") == 0 || strcmp(line, "reloaded") == 0;

	/* In the log alone: strangers must not fill the host's channel, nor answer for the gate. */
	if (strncmp(line, "connection: ", 12) == 0)
		return;
	if (fine && !gate_told)
		event_stage("gate");
	gate_told |= fine;
	if (fine)
		boot_set(&gate_up, true);
	else
		event_warning("%s", line);
	if (!certificates_asked)
		return;
	certificates_asked = false;
	if (fine)
		event_answer("done certificates");
	else
		event_answer("error certificates %s", line);
}

/* "ADDRESS on INTERFACE", at each lease. The first interface is the machine's. */
static void boot_bound(int id, const char *text)
{
	char address[64];

	snprintf(address, sizeof(address), "%.*s", (int)strcspn(text, " "), text);
	if (id == SERVICE_DHCP)
		event_address(address);
	if (net_told)
		return;
	net_told = true;
	event_stage("network");
	boot_set(&network_up, true);
}

void boot_line(int id, const char *line)
{
	if (id == SERVICE_GATE) {
		boot_gate_line(line);
	} else if (id == SERVICE_SSH && !ssh_told && strstr(line, "Server listening on")) {
		ssh_told = true;
		event_stage("ssh");
	} else if (id >= SERVICE_DHCP && strncmp(line, "bound ", 6) == 0) {
		boot_bound(id, line + 6);
	} else if (id >= SERVICE_DHCP && !lease_missed && strncmp(line, "no lease ", 9) == 0) {
		lease_missed = true;
		event_warning("no DHCP server answers %s", line + 9);
	}
}

/* The engine may run already, with another configuration. In the loop. */
static void boot_engine_sync(void *unused)
{
	char differs = service_wanted(SERVICE_ENGINE) ? engine_differs() : 'y';

	(void)unused;
	if (differs == 'r')
		service_signal(SERVICE_ENGINE, SIGHUP);
	if (differs == 's') {
		boot_set(&engine_up, false);
		service_restart(SERVICE_ENGINE);
		boot_thread(boot_await_engine);
	}
}

/* A clone must not be taken for its template by those who collect engines; read at the engine's
 * next start. */
static void boot_engine_id(void)
{
	unlink("/var/lib/docker/engine-id");
}

static bool boot_wait_gate(void)
{
	struct timespec until;
	int bad = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += BOOT_GATE_MS / 1000;
	pthread_mutex_lock(&boot_lock);
	while (!gate_up && bad == 0)
		bad = pthread_cond_clockwait(&boot_changed, &boot_lock, CLOCK_MONOTONIC, &until);
	pthread_mutex_unlock(&boot_lock);
	return bad == 0;
}

/* The agent brought an identity. Answers when the machine can be reached under it. */
static void *boot_take_identity(void *unused)
{
	const char *stage, *bad;

	(void)unused;
	boot_engine_id();
	boot_set(&gate_up, false);
	bad = identity_apply(&stage);
	if (bad) {
		event_failed(stage, "%s", bad);
	} else {
		places_keep();
		loop_call(boot_engine_sync, NULL);
		loop_call(boot_open, NULL);
		boot_set(&identity_up, true);
		if (identity_has_tls() && !boot_wait_gate())
			bad = "the gate does not listen";
	}
	boot_set(&identity_busy, false);
	if (bad)
		event_answer("error identity %s", bad);
	else
		event_answer("done identity");
	return NULL;
}

static void boot_word_identity(void)
{
	bool busy;

	pthread_mutex_lock(&boot_lock);
	busy = identity_busy;
	identity_busy = true;
	pthread_mutex_unlock(&boot_lock);
	if (busy)
		event_answer("error identity another identity is being applied");
	else
		boot_thread(boot_take_identity);
}

void boot_word(const char *word)
{
	if (strcmp(word, "identity") == 0) {
		boot_word_identity();
	} else if (strcmp(word, "certificates") == 0) {
		if (!identity_has_tls()) {
			event_answer("error certificates they are not complete");
			return;
		}
		certificates_asked = true;
		places_keep();
		boot_gate();
	} else if (strcmp(word, "poweroff") == 0 || strcmp(word, "reboot") == 0) {
		event_answer("done %s", word);
		power_begin(word[0] == 'r');
	}
}

void boot_take_profile(void)
{
	if (identity_take_profile())
		boot_gate();
}
