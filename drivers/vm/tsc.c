/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vm/tsc.h"

#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>

#define TSC_TRIES 16
#define TSC_GAP_NS 20000000

struct tsc_sample {
	int64_t ns;
	uint64_t ticks;
};

static int64_t tsc_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Both clocks at one moment: of several readings the one that was interrupted least. */
static struct tsc_sample tsc_read(void)
{
	struct tsc_sample best = { 0 };
	int64_t least = INT64_MAX;

	for (int i = 0; i < TSC_TRIES; i++) {
		int64_t before = tsc_ns();
		uint64_t ticks = __rdtsc();
		int64_t after = tsc_ns();

		if (after - before >= least)
			continue;
		least = after - before;
		best = (struct tsc_sample){ before + (after - before) / 2, ticks };
	}
	return best;
}

int64_t tsc_khz(void)
{
	const struct timespec gap = { .tv_nsec = TSC_GAP_NS };
	struct tsc_sample a = tsc_read();

	/* A measurement, not a wait for something: cut short, it is less exact and no harm is done. */
	nanosleep(&gap, NULL);
	struct tsc_sample b = tsc_read();
	int64_t ns = b.ns - a.ns;
	if (ns <= 0 || b.ticks <= a.ticks || b.ticks - a.ticks > (uint64_t)1 << 40)
		return 0;
	int64_t khz = (int64_t)((double)(b.ticks - a.ticks) * 1e6 / (double)ns);
	return khz >= 100000 && khz <= 20000000 ? khz : 0;
}

#else

int64_t tsc_khz(void)
{
	return 0;
}

#endif
