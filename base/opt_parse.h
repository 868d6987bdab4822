/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of the command line. */
#ifndef BASE_OPT_PARSE_H
#define BASE_OPT_PARSE_H

#include <stdbool.h>

#include "base/opt.h"

/*
 * Parse argv[0..argc). ERR_USAGE with docker-machine's text ("flag provided but not defined: -foo") on failure.
 * ERR_HELP for -h, -help and --help where no table declares them.
 * raw_tail: stop at the first positional argument (for ssh). tables must outlive *ret; release in any case.
 */
struct err *opts_parse(struct opts *ret, const struct opt *const *tables, int argc, char *const *argv,
		       bool raw_tail) MUST_USE;

#endif
