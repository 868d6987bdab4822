#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# How tests/guest/run.sh counts: what was skipped neither passed nor failed, and its reason is shown.
load helper

# counted LINE...: what its count() shows and counts of a program that prints these lines
counted() {
	printf '%s\n' "$@" >"$HOME/lines"
	bash -uo pipefail -c 'log=$HOME/log passed=0 failed=0 skipped=0
		eval "$(sed -n "/^[a-z]*() {/,/^}/p" "$1")"
		count it cat "$HOME/lines"
		echo "$passed passed, $failed failed, $skipped skipped"' sh "$BATS_TEST_DIRNAME/../guest/run.sh"
}

@test "cmocka's skips, of its older and its newer versions, are skips with their reason" {
	for line in "not ok 2 # SKIP test_two" "ok 2 # SKIP test_two" "ok 2 - test_two # SKIP"; do
		counted 1..3 "ok 1 - test_one" "# skipped: no leave" "$line" "not ok 3 - test_three" "# not ok - tests" >"$HOME/out"
		diff - "$HOME/out" <<-TEXT
			ok 1 - test_one
			skip test_two # no leave
			not ok 3 - test_three
			1 passed, 1 failed, 1 skipped
		TEXT
	done
}

@test "a crash behind good lines is a failure" {
	bash -uo pipefail -c 'log=$HOME/log passed=0 failed=0 skipped=0
		eval "$(sed -n "/^[a-z]*() {/,/^}/p" "$1")"
		count it sh -c "echo ok one; exit 3"' sh "$BATS_TEST_DIRNAME/../guest/run.sh" >"$HOME/out"
	grep -x "not ok it # ended with status 3" "$HOME/out"
}

@test "a skip without a reason, and our own doubles' lines" {
	counted "not ok 1 # SKIP test_one" "ok test_two (0.01s)" "skip test_three # why (0.00s)" >"$HOME/out"
	diff - "$HOME/out" <<-TEXT
		skip test_one
		ok test_two (0.01s)
		skip test_three # why (0.00s)
		1 passed, 0 failed, 2 skipped
	TEXT
}
