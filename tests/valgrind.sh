#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program under valgrind: an error or a leak gives the exit status 99, which no test expects.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
exec valgrind -q --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect \
	--error-exitcode=99 --trace-children=no "$top/build/machine" "$@"
