# SPDX-License-Identifier: Apache-2.0
# What the bats files of tests/cli and tests/e2e share: load ../common

# Tests read stderr from a file, where hints are shown to those who ask for them only.
export MACHINE_HINTS=1

# refuse COMMAND...: it must fail (bash passes over a failing `! command`)
refuse() {
	if "$@"; then
		echo "succeeded, but must not: $*"
		return 1
	fi
}

# until_true SECONDS COMMAND...: asks again until it succeeds
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}
