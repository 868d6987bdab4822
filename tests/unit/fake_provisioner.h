/* SPDX-License-Identifier: Apache-2.0 */
/* For unit tests of core: a provisioner, and an engine, that note their calls as fake_driver.h does. */
#ifndef TESTS_UNIT_FAKE_PROVISIONER_H
#define TESTS_UNIT_FAKE_PROVISIONER_H

#include "core/engine_check.h"
#include "core/provisioner.h"
#include "tests/unit/fake_driver.h"

static bool fake_live; /* what renews_live says */

static inline struct err *fake_check(const struct machine *m)
{
	(void)m;
	return fake_step("check");
}

static inline struct err *fake_make(struct machine *m, char **ret_seed)
{
	TRY(fake_step("make"));
	*ret_seed = fs_join(m->dir, "seed.iso");
	return NULL;
}

static inline struct err *fake_settings(struct machine *m, struct deadline d)
{
	(void)m, (void)d;
	return fake_step("settings");
}

static inline struct err *fake_renew(struct machine *m, const struct driver_endpoint *end, bool running)
{
	(void)m, (void)end;
	return fake_step(running ? "renew" : "renew-off");
}

static inline bool fake_renews_live(const struct machine *m)
{
	(void)m;
	return fake_live;
}

static struct provisioner fake_provisioner = {
	.name = "fake",
	.sets_up = true,
	.check = fake_check,
	.make = fake_make,
	.settings = fake_settings,
	.renew = fake_renew,
	.renews_live = fake_renews_live,
};

const struct provisioner *provisioner_of(const struct machine *m)
{
	(void)m;
	return &fake_provisioner;
}

/* In the place of a question over the network. */
struct err *engine_check(const struct machine *m, const char *url, int timeout_ms)
{
	(void)m, (void)timeout_ms;
	assert_string_equal(url, "tcp://127.0.0.9:2376");
	return fake_step("engine");
}

static inline int provisioner_setup(void **state)
{
	fake_live = false;
	fake_provisioner.sets_up = true;
	fake_provisioner.needs_on = false;
	return fake_setup(state);
}

#define provisioner_test(fn) cmocka_unit_test_setup_teardown(fn, provisioner_setup, fake_teardown)

#endif
