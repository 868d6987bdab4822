/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration from create's options or from the "Driver" object of a record, and back. */
#ifndef DRIVERS_VIRTUALBOX_RECORD_H
#define DRIVERS_VIRTUALBOX_RECORD_H

#include "drivers/virtualbox/config.h"

/* Both check what can be checked without asking VirtualBox; ERR_USAGE names the option or member. */
struct err *vbox_config_from_opts(const struct opts *opts, struct vbox_config *ret) MUST_USE;
struct err *vbox_config_from_record(const cJSON *driver, struct vbox_config *ret) MUST_USE;
void vbox_config_save(const struct vbox_config *c, const struct driver_env *env, cJSON *into);

#endif
