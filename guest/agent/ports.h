/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports, from the engine's list of containers. */
#ifndef GUEST_AGENT_PORTS_H
#define GUEST_AGENT_PORTS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORTS_MAX 4096

struct port {
	struct in_addr address;
	uint16_t number;
	bool udp;
};

struct ports {
	size_t count;
	struct port list[PORTS_MAX];
};

/*
 * Pure: the answer to GET /containers/json. TCP and UDP with a public port; an IPv6 address is the
 * twin of an IPv4 one and is left out; sorted, each once. False when text is no such answer.
 */
bool ports_parse(const char *text, size_t len, struct ports *ret);

/* Sorted, each once. */
void ports_tidy(struct ports *p);

bool ports_equal(const struct ports *a, const struct ports *b);

/* Pure: the JSON array of the contract, the caller's; NULL without memory. */
char *ports_json(const struct ports *p);

#endif
