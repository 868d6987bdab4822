#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Holds the harness of this folder to what it promises: what a test begins with, what is made again, and what the summary
# says, without VirtualBox.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/real/selftest"
cp "$here"/{inside.bash,nothing.sh} "$here/../../common.bash" "$work/real/"
cp "$here/selftest/sample.bats" "$work/real/selftest/"
for name in machine VBoxManage curl sudo; do cp "$here/selftest/machine" "$work/real/$name"; done

PATH=$work/real:$PATH HOME=$work bats --tap "$work/real/selftest/sample.bats" >"$work/tap" || true
for name in prevented emulation; do mv "$work/real/$name" "$work/"; done
status=0
"$here/summary.sh" "$work" >"$work/summary" || status=$?

expect() {
	"$@" || {
		cat "$work/tap" "$work/summary"
		echo "selftest.sh: failed: $*" >&2
		exit 1
	}
}
expect [ $status = 1 ]
expect grep -qx '4 passed, 1 failed, 1 prevented by the emulation, 0 not run' "$work/summary"
expect grep -qx -- '- PREVENTED by the emulation: ended each time' "$work/summary"
expect grep -qx -- '- FAILED: a failure of the product is not made again' "$work/summary"
expect [ "$(cat "$work/real/tries")" = "try 1" ]
expect [ "$(grep -c 'Guru Meditation' "$work/prevented")" = 4 ]

# The emulation alone, and an outer machine that ended: neither reads as passed, nor as the product's.
sed -i '/FAILED\|^not ok 5/d; s/^1\.\.6/1..5/' "$work/tap"
status=0 && "$here/summary.sh" "$work" >"$work/summary" || status=$?
expect [ $status = 3 ]
sed -i '/^not ok/d' "$work/tap"
status=0 && "$here/summary.sh" "$work" >"$work/summary" || status=$?
expect [ $status = 3 ]
expect grep -q '1 not run' "$work/summary"
echo "the harness of the real VirtualBox keeps its promises"
