/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of packages, for hints: they differ between releases, and some releases have none. Whatever tells a user to install
 * something gets the command here. tests/deb holds the table to apt of each release.
 */
#ifndef BASE_PACKAGE_H
#define BASE_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * What `name` (the package of Debian 12, or of the newest that has it) is called where this os-release(5) text comes from.
 * "": it has none. NULL: not a relative of Debian, nothing is known. Borrowed.
 */
const char *package_name(const char *os_release, const char *name);

/* The i-th name of the table (one may come again); NULL: there are no more. For who tries them all. */
const char *package_known(size_t i);

/*
 * What to do about packages that are missing: "Install it: sudo apt install A B" where `what` is "Install it" and names are
 * "A B". Where nothing is known of the system, "Install it; its packages in Debian: A B"; where it has none, where else there
 * is one. The caller frees.
 */
char *package_words(const char *os_release, bool root, const char *what, const char *names) MUST_USE;
/* The same for this host and user. */
char *package_advice(const char *what, const char *names) MUST_USE;

/* The hint "Install it ..." where there is no hint yet. NULL in, NULL out. */
struct err *err_package(struct err *e, const char *names) MUST_USE;

#endif
