#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# $PROGRAM under valgrind: an error or a leak gives the exit status 99, which no test expects. Tests that empty PATH, or
# copy the program, get here too: so nothing is looked for beside this file or on PATH.
exec /usr/bin/valgrind -q --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect \
	--error-exitcode=99 --trace-children=no "$PROGRAM" "$@"
