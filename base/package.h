/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of packages, for hints: they differ between releases, and some releases have none. Whatever tells a user to install
 * something gets the command here. tests/deb holds the table to apt of each release.
 */
#ifndef BASE_PACKAGE_H
#define BASE_PACKAGE_H

#include "base/err.h"

/*
 * What `name` (the package of Debian 12, or of the newest that has it) is called where this os-release(5) text comes from.
 * "": it has none. NULL: not a relative of Debian, nothing is known. Borrowed.
 */
const char *package_name(const char *os_release, const char *name);

/*
 * "sudo apt install A B" for this host, without sudo for root; packages it has not got are named by where else they
 * come from. names are separated by blanks. The caller frees.
 */
char *package_command(const char *names) MUST_USE;

/* Hint "Install it: COMMAND" where there is no hint yet. NULL in, NULL out. */
struct err *err_package(struct err *e, const char *names) MUST_USE;

#endif
