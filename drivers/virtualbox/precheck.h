/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's member precheck: can VirtualBox run a machine here? */
#ifndef DRIVERS_VIRTUALBOX_PRECHECK_H
#define DRIVERS_VIRTUALBOX_PRECHECK_H

#include "drivers/virtualbox/handle.h"

struct err *vbox_precheck(void *self) MUST_USE;

#endif
