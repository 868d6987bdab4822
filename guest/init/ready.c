/* SPDX-License-Identifier: Apache-2.0 */
#include "init/ready.h"

#include <pthread.h>
#include <time.h>

#include "init/event.h"
#include "init/identity.h"

static pthread_mutex_t ready_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready_changed = PTHREAD_COND_INITIALIZER;
static unsigned ready_facts; /* enum ready_fact, under ready_lock */

/* Can the machine be reached, under its identity? Under ready_lock. */
static bool ready_reachable(void)
{
	unsigned needs = READY_ENGINE | READY_IDENTITY | READY_NETWORK | (identity_has_tls() ? READY_GATE : 0U);

	return (ready_facts & needs) == needs;
}

void ready_change(enum ready_fact fact, bool value)
{
	bool tell;

	pthread_mutex_lock(&ready_lock);
	ready_facts = value ? ready_facts | fact : ready_facts & ~(unsigned)fact;
	tell = !(ready_facts & READY_TOLD) && ready_reachable();
	if (tell)
		ready_facts |= READY_TOLD;
	pthread_cond_broadcast(&ready_changed);
	pthread_mutex_unlock(&ready_lock);
	if (tell)
		event_ready();
}

bool ready_claim(enum ready_fact fact)
{
	bool was;

	pthread_mutex_lock(&ready_lock);
	was = ready_facts & fact;
	ready_facts |= fact;
	pthread_mutex_unlock(&ready_lock);
	return !was;
}

bool ready_wait(enum ready_fact fact, int ms)
{
	struct timespec until;
	int bad = 0;
	bool is;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	pthread_mutex_lock(&ready_lock);
	while (!(is = ready_facts & fact) && bad == 0)
		bad = pthread_cond_clockwait(&ready_changed, &ready_lock, CLOCK_MONOTONIC, &until);
	pthread_mutex_unlock(&ready_lock);
	return is;
}
