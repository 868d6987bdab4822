/* SPDX-License-Identifier: Apache-2.0 */
/* The names and addresses that a certificate is for. */
#ifndef CERTS_SANS_H
#define CERTS_SANS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/list.h"

/* ERR_USAGE for one of sans that is neither an IP address nor a DNS name: what certs_server would refuse. */
struct err *certs_check_sans(const struct list *sans) MUST_USE;

/* An IP address, not a name. */
bool certs_is_address(const char *text);

#endif
