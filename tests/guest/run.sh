#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests of the guest's programs, on this machine: pure functions (cmocka), then the built agent and gate between
# doubles, each as it is shipped and with sanitizers. Pure functions are compiled by this machine's own compiler. Needs no virtual machine, installs nothing; what cannot run is
# skipped with its reason. Only loopback is used. Ends with a line "N passed, N failed, N skipped".
# boot_test.py beside it is another matter: it boots an image.
set -uo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

passed=0
failed=0
skipped=0
log=$(mktemp "${TMPDIR:-/tmp}/guest-tests.XXXXXX")
trap 'rm -f "$log"' EXIT

skip() {
	echo "skip $1 # $2"
	skipped=$((skipped + 1))
}

broken() {
	echo "not ok $1"
	failed=$((failed + 1))
}

have() { command -v "$1" >/dev/null 2>&1; }

# library NAME - can programs be linked with it?
library() { echo 'int main(void) { return 0; }' | "${CC:-gcc}" -x c -o /dev/null - "-l$1" 2>/dev/null; }

# build WHAT [VARIABLE]
build() { make --no-print-directory -f guest/guest.mk WERROR=1 ${2:+"$2"} "$1"; }

# What cmocka skips it calls "not ok", newer ones "ok"; a line before it has said why. Both become one line "skip NAME # why".
skips() {
	awk '/^# skipped: / { why = " # " substr($0, 12); next }
		/^(not )?ok [0-9]+ .*# SKIP/ {
			sub(/^(not )?ok [0-9]+ +(- )?/, "")
			sub(/ *# SKIP */, "")
			$0 = "skip " $0 why
			why = ""
		}
		{ print }'
}

# Of a program that prints "ok NAME" and "not ok NAME" lines. A crash or a leak is a failure though every line is fine.
count() {
	local name=$1 status=0 bad
	shift
	timeout 600 "$@" 2>&1 | skips >"$log" || status=$?
	grep -Ev '^[0-9]+ passed, |^1\.\.|^# ' "$log"
	passed=$((passed + $(grep -c '^ok ' "$log")))
	skipped=$((skipped + $(grep -c '^skip ' "$log")))
	bad=$(grep -c '^not ok ' "$log")
	failed=$((failed + bad))
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then
		broken "$name # ended with status $status"
	fi
}

pure() {
	local name
	for name in agent guard hard init nat; do
		count "test_$name" env CMOCKA_MESSAGE_OUTPUT=TAP "$1/tests/test_$name"
	done
}

doubles() {
	local name
	for name in agent door gate; do
		if ! have python3; then
			skip "$1: ${name}_test.py" "python3 is not installed"
		elif [ "$name" = gate ] && ! have openssl; then
			skip "$1: ${name}_test.py" "openssl is not installed"
		else
			count "${name}_test.py" env AGENT="$1/agent" GATE="$1/gate" PYTHONDONTWRITEBYTECODE=1 \
				python3 "tests/guest/${name}_test.py"
		fi
	done
}

# round FOLDER TESTS VARIABLE [SAN] - build and run everything of one kind: programs in FOLDER, pure functions in TESTS, which
# the make variable builds.
round() {
	echo "# $1"
	if ! build guest "${4:-}" >"$log" 2>&1; then
		cat "$log"
		broken "build of $1"
		return
	fi
	if ! library cmocka; then
		skip "$1: pure functions" "libcmocka is not installed"
	elif build guest-tests "$3" >"$log" 2>&1; then
		pure "$2"
	else
		cat "$log"
		broken "build of $2/tests"
	fi
	doubles "$1"
}

if ! have make || ! have "${CC:-gcc}"; then
	skip guest "make or a C compiler is not installed"
else
	round build/guest build/guest-host GUEST_HOST=1
	if library asan && library ubsan; then
		round build/guest-san build/guest-san SAN=address,undefined SAN=address,undefined
	else
		skip build/guest-san "the sanitizers' libraries are not installed"
	fi
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
