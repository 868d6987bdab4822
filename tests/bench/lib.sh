# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # work: run.sh
# What the parts share.

die() {
	echo "bench: error: $*" >&2
	exit 1
}

# now: microseconds
now() { echo "${EPOCHREALTIME/./}"; }

# took COMMAND...: runs it, its milliseconds are in $ms. Its output is shown only when it fails.
took() {
	local from to
	from=$(now)
	"$@" >"$work/took.log" 2>&1 || {
		cat "$work/took.log" >&2
		die "failed: $*"
	}
	to=$(now)
	# shellcheck disable=SC2034 # the caller reads it
	ms=$(((to - from) / 1000))
}

# median NUMBER...
median() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# ratio A B: A / B with three digits behind the point
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
