/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's members that say where a machine answers, and the one that hands its agent other certificates. */
#ifndef DRIVERS_VIRTUALBOX_REACH_H
#define DRIVERS_VIRTUALBOX_REACH_H

#include "drivers/virtualbox/handle.h"

struct err *vbox_endpoint(void *self, struct driver_endpoint *ret) MUST_USE;
struct err *vbox_ports(void *self, struct driver_port **ret, size_t *ret_n) MUST_USE;
struct err *vbox_certificates(void *self, const cJSON *files) MUST_USE;

#endif
