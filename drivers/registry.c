/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/registry.h"

#include <pthread.h>
#include <stddef.h>

#include "base/mem.h"
#include "drivers/kvm/kvm.h"
#include "drivers/none/none.h"
#include "drivers/qemu/qemu.h"
#include "drivers/virtualbox/virtualbox.h"

/* In the order of help. */
static const struct driver_ops *const built_in[] = { &driver_qemu, &driver_kvm, &driver_virtualbox, &driver_none };

static struct driver drivers[ARRAY_SIZE(built_in)];
static pthread_once_t drivers_once = PTHREAD_ONCE_INIT;

static void registry_fill(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(built_in); i++)
		drivers[i] = (struct driver){ .name = built_in[i]->name,
					      .summary = built_in[i]->summary,
					      .ops = built_in[i],
					      .opts = built_in[i]->opts };
}

const struct driver *driver_next(const struct driver *d)
{
	pthread_once(&drivers_once, registry_fill);
	if (!d)
		return drivers;
	return d + 1 < drivers + ARRAY_SIZE(drivers) ? d + 1 : NULL;
}

const struct driver *driver_resolve(const char *name)
{
	for (const struct driver *d = driver_next(NULL); d; d = driver_next(d))
		if (str_eq(d->name, name))
			return d;
	return NULL;
}
