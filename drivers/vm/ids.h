/* SPDX-License-Identifier: Apache-2.0 */
/* What tells machines apart, made at random. */
#ifndef DRIVERS_VM_IDS_H
#define DRIVERS_VM_IDS_H

#include <stdbool.h>

#include "base/err.h"

/* Version 4 of RFC 9562, in small letters. The caller frees. */
struct err *vm_random_uuid(char **ret) MUST_USE;
/* "08:00:27:12:34:56": three bytes of the maker, three at random. The caller frees. */
struct err *vm_random_mac(const unsigned char vendor[3], char **ret) MUST_USE;

/* As the two functions write them. */
bool vm_is_uuid(const char *text);
bool vm_is_mac(const char *text);

#endif
