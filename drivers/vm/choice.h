/* SPDX-License-Identifier: Apache-2.0 */
/* Values of options that drivers of our guest share. */
#ifndef DRIVERS_VM_CHOICE_H
#define DRIVERS_VM_CHOICE_H

#include "base/err.h"

/* One of these words, which end with NULL; else ERR_USAGE that lists them. option: "--kvm-cache-mode". */
struct err *choice_check(const char *text, const char *option, const char *const *words) MUST_USE;

/*
 * An ISO is a path or a file:// URL: what comes from a network without a digest cannot be verified, so it is not fetched.
 * ERR_USAGE names the option, "--kvm-boot2docker-url". "" is none.
 */
struct err *choice_check_iso(const char *text, const char *option) MUST_USE;
/* Its absolute path. ERR_NOT_FOUND when there is no such file. The caller frees *ret. */
struct err *choice_find_iso(const char *text, char **ret) MUST_USE;

#endif
