/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/registry.h"

#include <stddef.h>
#include <string.h>

#include "drivers/kvm/kvm.h"
#include "drivers/none/none.h"
#include "drivers/qemu/qemu.h"
#include "drivers/virtualbox/virtualbox.h"

/* In the order of help. */
const struct driver_ops *const driver_table[] = {
	&driver_qemu, &driver_kvm, &driver_virtualbox, &driver_none, NULL,
};

const struct driver_ops *driver_find(const char *name)
{
	for (const struct driver_ops *const *d = driver_table; *d; d++)
		if (strcmp((*d)->name, name) == 0)
			return *d;
	return NULL;
}
