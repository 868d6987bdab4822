/* SPDX-License-Identifier: Apache-2.0 */
/* Every unit test begins with it (the Makefile says so), and so compiles with cmocka 1 and 2. */
#ifndef TESTS_UNIT_ANY_CMOCKA_H
#define TESTS_UNIT_ANY_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A macro of cmocka 2; ours is a member of drivers. */
#undef stop

/* For unsigned numbers in cmocka 1, outdated in cmocka 2. Both borders count. */
#ifdef assert_int_in_range
#undef assert_in_range
#define assert_in_range(value, low, high) assert_int_in_range(value, low, high)
#endif

#endif
