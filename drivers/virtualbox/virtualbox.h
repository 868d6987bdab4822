/* SPDX-License-Identifier: Apache-2.0 */
/* Machines of Oracle's VirtualBox, through VBoxManage, the only interface that it supports. */
#ifndef DRIVERS_VIRTUALBOX_VIRTUALBOX_H
#define DRIVERS_VIRTUALBOX_VIRTUALBOX_H

#include "drivers/driver.h"

extern const struct driver_ops driver_virtualbox;

#endif
