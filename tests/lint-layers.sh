#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Includes go down only, never up, never sideways between rooms of one height. guest/contract.h holds names and one table,
# and may be included by all (docs/guest.md).
set -u
cd "$(dirname "$0")/.." || exit 2
rank() {
	case $1 in
	base) echo 0 ;;
	gotext | engine | remote) echo 1 ;;
	certs | provision | drivers) echo 2 ;;
	core) echo 3 ;;
	cmd) echo 4 ;;
	*) echo 9 ;;
	esac
}
bad=0
for file in $(find base gotext engine remote certs provision drivers core cmd -name '*.[ch]' 2>/dev/null | sort); do
	from=${file%%/*}
	# shellcheck disable=SC2013 # one word on each line
	for to in $(grep -v '"guest/contract.h"' "$file" | sed -nE 's/^#include "([a-z]+)\/.*/\1/p' | sort -u); do
		if [ "$to" != "$from" ] && [ "$(rank "$to")" -ge "$(rank "$from")" ]; then
			echo "$file includes \"$to/...\": $from may not use $to"
			bad=1
		fi
	done
done
# One driver does not know of another; what they share is in four rooms, which know of no driver.
shared=" drivers/vm drivers/link drivers/net drivers/keeper "
for file in drivers/*/*.[ch]; do
	own=$(dirname "$file")
	# shellcheck disable=SC2013 # one word on each line
	for to in $(sed -nE 's/^#include "(drivers\/[a-z]+)\/.*/\1/p' "$file" | sort -u); do
		case $shared in *" $to "*) continue ;; esac
		if [ "$to" != "$own" ]; then
			echo "$file includes \"$to/...\": drivers may share$shared only"
			bad=1
		fi
	done
done
# A driver's members are called, and what it can do is asked, in one file; a member that is there may be absent in the next.
for file in core/*.[ch] cmd/*.[ch]; do
	[ "$file" != core/driver_call.c ] || continue
	if grep -nE 'ops->[a-z_]+\(|ops->[a-z_]+ *[?&|;)]|ops->caps|DRIVER_(NEEDS|NO|KEEPS)_' "$file" | sed "s|^|$file:|" | grep .; then
		echo "hint: drivers are called through core/driver_call.h"
		bad=1
	fi
done
[ $bad = 0 ] && echo "layers: includes go down only, drivers are called in one place"
exit $bad
