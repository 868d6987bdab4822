/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/visitor.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/clock.h"

#define VISITOR_MAX 1024
#define VISITOR_STRANGERS 192  /* who has not logged in */
#define VISITOR_INSIDE 48      /* of these, with a process of sshd */
#define VISITOR_INSIDE_EARLY 4 /* of these, who said no more than a greeting */

static struct visitor visitors[VISITOR_MAX];
static int visitor_count, visitor_strangers, visitor_inside;

size_t visitor_init(void)
{
	for (size_t i = 0; i < VISITOR_MAX; i++)
		visitors[i].client = visitors[i].server = -1;
	return 2 * VISITOR_MAX;
}

void visitor_go(struct visitor *v)
{
	if (v->client < 0)
		return;
	close(v->client);
	if (v->server >= 0)
		close(v->server);
	visitor_count--;
	visitor_strangers -= !v->known;
	visitor_inside -= !v->known && v->server >= 0;
	free(v->up.buf);
	free(v->down.buf);
	*v = (struct visitor){ .client = -1, .server = -1, .turn = v->turn + 1 };
}

struct visitor *visitor_next(const struct visitor *before)
{
	for (size_t i = before ? (size_t)(before - visitors) + 1 : 0; i < VISITOR_MAX; i++)
		if (visitors[i].client >= 0)
			return &visitors[i];
	return NULL;
}

/* Of those who have not logged in, who said least; of several, who came first. NULL where there is none. */
static struct visitor *visitor_idlest(bool inside)
{
	struct visitor *found = NULL;

	for (struct visitor *v = visitor_next(NULL); v; v = visitor_next(v)) {
		if (v->known || (inside && v->server < 0))
			continue;
		if (!found || v->heard < found->heard || (v->heard == found->heard && v->born < found->born))
			found = v;
	}
	return found;
}

static void visitor_idlest_goes(bool inside)
{
	struct visitor *idlest = visitor_idlest(inside);

	if (idlest)
		visitor_go(idlest);
}

struct visitor *visitor_come(int client)
{
	struct visitor *v = visitors;

	if (visitor_strangers >= VISITOR_STRANGERS || visitor_count == VISITOR_MAX)
		visitor_idlest_goes(false);
	while (v < visitors + VISITOR_MAX && v->client >= 0)
		v++;
	if (v == visitors + VISITOR_MAX) {
		close(client);
		return NULL;
	}
	v->client = client;
	v->born = clock_ms();
	visitor_count++;
	visitor_strangers++;
	return v;
}

void visitor_enter(struct visitor *v, int server, int port)
{
	if (visitor_inside >= VISITOR_INSIDE)
		visitor_idlest_goes(true);
	v->server = server;
	v->port = port;
	visitor_inside++;
}

void visitor_knows(int port)
{
	for (struct visitor *v = visitor_next(NULL); v; v = visitor_next(v)) {
		if (v->known || v->port != port)
			continue;
		v->known = true;
		visitor_strangers--;
		visitor_inside--;
	}
}

bool visitor_early(void)
{
	return visitor_inside < VISITOR_INSIDE_EARLY;
}

uint64_t visitor_mark(const struct visitor *v, bool server)
{
	return (uint64_t)v->turn << 32 | (uint64_t)(v - visitors) << 1 | server;
}

struct visitor *visitor_marked(uint64_t mark, bool *ret_server)
{
	struct visitor *v = &visitors[(uint32_t)mark >> 1];

	*ret_server = mark & 1;
	return v->client >= 0 && v->turn == (uint32_t)(mark >> 32) ? v : NULL;
}
