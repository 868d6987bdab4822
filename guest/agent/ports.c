/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/ports.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

/* {"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"}; IP and PublicPort may be
 * absent. */
static bool ports_one(const cJSON *item, struct port *ret)
{
	const char *address = json_text(item, "IP"), *type = json_text(item, "Type");
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(item, "PublicPort");

	memset(ret, 0, sizeof(*ret));
	if (!cJSON_IsNumber(number) || !(number->valuedouble >= 1 && number->valuedouble <= 65535))
		return false;
	if (!type || (strcmp(type, "tcp") != 0 && strcmp(type, "udp") != 0))
		return false;
	if (address && *address && inet_pton(AF_INET, address, &ret->address) != 1)
		return false;
	ret->number = (uint16_t)number->valuedouble;
	ret->udp = strcmp(type, "udp") == 0;
	return true;
}

static int ports_order(const void *left, const void *right)
{
	const struct port *a = left, *b = right;
	uint32_t x = ntohl(a->address.s_addr), y = ntohl(b->address.s_addr);

	if (a->udp != b->udp)
		return a->udp ? 1 : -1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return x == y ? 0 : x < y ? -1 : 1;
}

void ports_tidy(struct ports *p)
{
	size_t kept = 0;

	qsort(p->list, p->count, sizeof(p->list[0]), ports_order);
	for (size_t i = 0; i < p->count; i++) {
		if (kept == 0 || ports_order(&p->list[kept - 1], &p->list[i]) != 0)
			p->list[kept++] = p->list[i];
	}
	p->count = kept;
}

bool ports_parse(const char *text, size_t len, struct ports *ret)
{
	auto_json *list = cJSON_ParseWithLength(text, len);
	const cJSON *container, *item;

	if (!cJSON_IsArray(list))
		return false;
	ret->count = 0;
	cJSON_ArrayForEach (container, list) {
		cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(container, "Ports")) {
			if (ret->count < PORTS_MAX && ports_one(item, &ret->list[ret->count]))
				ret->count++;
		}
	}
	ports_tidy(ret);
	return true;
}

bool ports_equal(const struct ports *a, const struct ports *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (ports_order(&a->list[i], &b->list[i]) != 0)
			return false;
	}
	return true;
}

char *ports_json(const struct ports *p)
{
	/* The longest entry is {"proto":"tcp","address":"255.255.255.255","port":65535}, */
	size_t size = 16 + p->count * 64, len = 0;
	char *text = malloc(size), address[INET_ADDRSTRLEN];

	if (!text)
		return NULL;
	text[len++] = '[';
	for (size_t i = 0; i < p->count; i++) {
		inet_ntop(AF_INET, &p->list[i].address, address, sizeof(address));
		len += (size_t)snprintf(text + len, size - len, "%s{\"proto\":\"%s\",\"address\":\"%s\",\"port\":%u}",
					i ? "," : "", p->list[i].udp ? "udp" : "tcp", address, p->list[i].number);
	}
	memcpy(text + len, "]", 2);
	return text;
}
