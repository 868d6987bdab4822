#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# summary.sh WORK: WORK/tap (bats' TAP output), WORK/emulation (the tests that failed for want of a guest that the emulation
# had ended, a line each) and WORK/prevented (all that the emulation did, tried again) as a summary in Markdown.
# Status: 0 all passed, 1 the product failed a test or none was run, 3 the emulation alone (also where it ended the outer
# machine, so that tests were not run).
set -euo pipefail
work=$1
passed=$(grep -c '^ok' "$work/tap" || true)
planned=$(sed -n 's/^1\.\.//p' "$work/tap")
product=0 emulation=0 lines=
while read -r result number name; do
	# What bats adds to the name: the time, and directives.
	plain=$(sed -E 's/ in [0-9]+ms( #.*)?$//; s/ # (skip|in).*//' <<<"$name")
	case $result in
	ok) lines+="- $name"$'\n' ;;
	*) if grep -qxF "$plain" "$work/emulation" 2>/dev/null; then
		emulation=$((emulation + 1))
		lines+="- PREVENTED by the emulation: $name"$'\n'
	else
		product=$((product + 1))
		lines+="- FAILED: $name"$'\n'
	fi ;;
	esac
	: "$number"
done < <(sed -E -n 's/^not ok/not_ok/; /^(ok|not_ok) [0-9]/p' "$work/tap")
echo
missing=$((${planned:-0} - passed - product - emulation))
echo "$passed passed, $product failed, $emulation prevented by the emulation, $missing not run"
echo
printf '%s' "$lines"
if [ -s "$work/prevented" ]; then
	printf '\nThe emulation ended or hung these guests; each was tried again:\n\n'
	sed 's/^/- /' "$work/prevented"
fi
[ "$product" = 0 ] && [ $((passed + emulation)) -gt 0 ] || exit 1
[ $((emulation + missing)) = 0 ] || exit 3
