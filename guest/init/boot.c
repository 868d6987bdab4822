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
#include "init/ready.h"
#include "init/service.h"
#include "lib/clock.h"
#include "lib/wait.h"

#define BOOT_ENGINE_MS (10 * 60 * 1000)
#define BOOT_GATE_MS 20000
#define BOOT_FAREWELL_MS 1000 /* for the host to read why */

static struct disks boot_disks;
/* What is told once, though it happens again. */
enum boot_news {
	NEWS_GATE = 1 << 0,
	NEWS_SSH = 1 << 1,
	NEWS_NETWORK = 1 << 2,
	NEWS_NO_LEASE = 1 << 3
};
static unsigned boot_told;	    /* enum boot_news; the loop's */
static bool boot_owes_certificates; /* the answer to that word; the loop's */

static void boot_thread(void *(*fn)(void *))
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, NULL) == 0)
		pthread_detach(t);
	else
		fn(NULL);
}

static bool boot_first(enum boot_news news)
{
	bool first = !(boot_told & news);

	boot_told |= news;
	return first;
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
		ready_change(READY_NETWORK, true);
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
	ready_change(READY_ENGINE, true);
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
	ready_claim(READY_APPLIES);
	known = boot_identity();
	/* Before the engine can start a container, closed networks are closed. */
	module_levels_wait();
	boot_start_later(SERVICE_ENGINE);
	if (known)
		loop_call(boot_open, NULL);
	ready_change(READY_IDENTITY, known);
	ready_change(READY_APPLIES, false);
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
	if (fine && boot_first(NEWS_GATE))
		event_stage("gate");
	if (fine)
		ready_change(READY_GATE, true);
	else
		event_warning("%s", line);
	if (!boot_owes_certificates)
		return;
	boot_owes_certificates = false;
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
	if (!boot_first(NEWS_NETWORK))
		return;
	event_stage("network");
	ready_change(READY_NETWORK, true);
}

void boot_line(int id, const char *line)
{
	if (id == SERVICE_GATE) {
		boot_gate_line(line);
	} else if (id == SERVICE_SSH && strstr(line, "Server listening on")) {
		if (boot_first(NEWS_SSH))
			event_stage("ssh");
	} else if (id >= SERVICE_DHCP && strncmp(line, "bound ", 6) == 0) {
		boot_bound(id, line + 6);
	} else if (id >= SERVICE_DHCP && strncmp(line, "no lease ", 9) == 0) {
		if (boot_first(NEWS_NO_LEASE))
			event_warning("no DHCP server answers %s", line + 9);
	}
}

/* The engine may run already, with another configuration. In the loop. */
static void boot_engine_sync(void *unused)
{
	enum engine_change change = service_wanted(SERVICE_ENGINE) ? engine_differs() : ENGINE_SAME;

	(void)unused;
	if (change == ENGINE_RELOADS)
		service_signal(SERVICE_ENGINE, SIGHUP);
	if (change == ENGINE_STARTS_ANEW) {
		ready_change(READY_ENGINE, false);
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

/* The agent brought an identity. Answers when the machine can be reached under it. */
static void *boot_take_identity(void *unused)
{
	const char *stage, *bad;

	(void)unused;
	boot_engine_id();
	ready_change(READY_GATE, false);
	bad = identity_apply(&stage);
	if (bad) {
		event_failed(stage, "%s", bad);
	} else {
		places_keep();
		loop_call(boot_engine_sync, NULL);
		loop_call(boot_open, NULL);
		ready_change(READY_IDENTITY, true);
		if (identity_has_tls() && !ready_wait(READY_GATE, BOOT_GATE_MS))
			bad = "the gate does not listen";
	}
	ready_change(READY_APPLIES, false);
	if (bad)
		event_answer("error identity %s", bad);
	else
		event_answer("done identity");
	return NULL;
}

static void boot_word_identity(void)
{
	if (ready_claim(READY_APPLIES))
		boot_thread(boot_take_identity);
	else
		event_answer("error identity another identity is being applied");
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
		boot_owes_certificates = true;
		places_keep();
		boot_gate();
	} else if (strcmp(word, "poweroff") == 0 || strcmp(word, "reboot") == 0) {
		event_answer("done %s", word);
		power_begin(strcmp(word, "reboot") == 0);
	}
}

void boot_take_profile(void)
{
	if (identity_take_profile())
		boot_gate();
}
