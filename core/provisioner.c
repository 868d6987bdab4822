/* SPDX-License-Identifier: Apache-2.0 */
#include "core/provisioner.h"

#include "core/driver_call.h"
#include "core/identity.h"
#include "core/ssh.h"

/* --- seed: our image --- */

static struct err *seed_check(const struct machine *m)
{
	TRY(identity_check(m));
	return identity_check_storage(m);
}

/* Nothing to bring: the seed has them, which renew wrote; and a foreign engine takes none. */
static struct err *no_settings(struct machine *m, struct deadline d)
{
	(void)m, (void)d;
	return NULL;
}

static const struct provisioner provisioner_seed = {
	.name = "seed",
	.sets_up = true,
	.check = seed_check,
	.make = identity_make_seed,
	.settings = no_settings,
	.renew = identity_renew_seed,
	.renews_live = driver_tells_guest,
};

/* --- host: another system, over SSH --- */

static struct err *host_make(struct machine *m, char **ret_seed)
{
	*ret_seed = NULL;
	return identity_make(m);
}

static struct err *host_renew(struct machine *m, const struct driver_endpoint *end, bool running)
{
	(void)running; /* settings brings it, and starts the engine anew */
	return identity_renew(m, end);
}

static bool not_live(const struct machine *m)
{
	(void)m;
	return false;
}

static const struct provisioner provisioner_host = {
	.name = "host",
	.sets_up = true,
	.needs_on = true,
	.check = identity_check,
	.make = host_make,
	.settings = ssh_provision,
	.renew = host_renew,
	.renews_live = not_live,
};

/* --- none: somebody else's engine --- */

static struct err *none_check(const struct machine *m)
{
	(void)m;
	return NULL;
}

static struct err *none_make(struct machine *m, char **ret_seed)
{
	(void)m;
	*ret_seed = NULL;
	return NULL;
}

static struct err *none_renew(struct machine *m, const struct driver_endpoint *end, bool running)
{
	(void)end, (void)running;
	return identity_client(m);
}

static const struct provisioner provisioner_none = {
	.name = "none",
	.check = none_check,
	.make = none_make,
	.settings = no_settings,
	.renew = none_renew,
	.renews_live = not_live,
};

const struct provisioner *provisioner_of(const struct machine *m)
{
	switch (driver_ask_system(m)) {
	case DRIVER_SYSTEM_OURS:
		return &provisioner_seed;
	case DRIVER_SYSTEM_OTHER:
		return &provisioner_host;
	case DRIVER_SYSTEM_FOREIGN:
		break;
	}
	return &provisioner_none;
}
