/* SPDX-License-Identifier: Apache-2.0 */
/* The programs that init keeps alive. Only the loop calls these. */
#ifndef GUEST_INIT_SERVICE_H
#define GUEST_INIT_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum service_id {
	SERVICE_AGENT,
	SERVICE_CONTAINERD,
	SERVICE_ENGINE,
	SERVICE_GATE,
	SERVICE_SSH,
	SERVICE_DHCP
};

#define SERVICE_DHCP_MAX 8
#define SERVICE_COUNT (SERVICE_DHCP + SERVICE_DHCP_MAX)

/* Told of each line that a service prints. */
typedef void (*service_line_fn)(int id, const char *line);
void service_init(service_line_fn line);

/* Want it: start it unless it runs. */
void service_start(int id);

/* Do not want it any more: SIGTERM, and SIGKILL after its time. Returns at once; service_running()
 * tells. */
void service_stop(int id);

/* End it as service_stop() does and start it again at once. */
void service_restart(int id);

void service_signal(int id, int signal);
bool service_running(int id);
bool service_wanted(int id);

/* A child ended. False when it was no service. */
bool service_ended(pid_t pid, int status);

/* Start what is due, kill what outlived its time. Returns ms until the next such moment, -1 for
 * none. */
int service_tick(void);

/* No restarts from here on. */
void service_shutdown(void);

/* The interface of SERVICE_DHCP + n. `further`: its lease makes an address, no route and no name servers. */
void service_dhcp(int n, const char *interface, bool further);

/* Pure: how long to wait before start number `deaths` + 1 after deaths in a row. */
int service_back_off_ms(int deaths);

#endif
