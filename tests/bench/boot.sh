#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a boot costs: CPU seconds (user and system, of the whole QEMU process, from its start) under emulation, up to each
# stage that the guest tells and to the first answer of the engine over mutual TLS. Median of BOOTS (5) boots. CPU seconds
# are the measure, as wall time depends on what else the host does.
#
#     tests/bench/boot.sh [IMAGE]      IMAGE: an image folder; else $MACHINE_IMAGE, else build/image
#
# "add" is what was added since the line before; stages run side by side, so it is the share of all that ran meanwhile.
set -Eeuo pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
NAME=boot-bench
# shellcheck source=tests/e2e/boot-lib.sh
. "$top/tests/e2e/boot-lib.sh"
IMAGE=${1:-${MACHINE_IMAGE:-$top/build/image}}
[ -e "$IMAGE/image.json" ] || die "there is no image in $IMAGE; 'make image' makes one"
BOOTS=${BOOTS:-5}
# shellcheck disable=SC2119
boot_setup

# sample NAME - a row for this boot: stage, CPU seconds, wall ms
sample() { echo "$1 $(cpu_seconds) $(($(now_ms) - STARTED))" >>"$DIR/samples"; }

sample_line() {
	local name
	case $1 in
	*'"event":"stage"'*) name=${1#*'"name":"'} && sample "${name%%\"*}" ;;
	*'"event":"hello"'*) sample hello ;;
	*'"event":"ready"'*) sample ready ;;
	esac
}

ON_LINE=sample_line
for ((i = 0; i < BOOTS; i++)); do
	# shellcheck disable=SC2119
	boot_direct
	api /_ping >"$DIR/ping"
	sample TLS
	[ "$(cat "$DIR/ping")" = OK ] || die "the engine answered '$(cat "$DIR/ping")'"
	boot_kill
done

awk -v boots="$BOOTS" -v kernel="$(jq -r .kernel "$IMAGE/image.json")" '
	function median(list, n, v, i, j, t) {
		n = split(list, v, " ")
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && v[j - 1] + 0 > v[j] + 0; j--) {
				t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
			}
		return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
	}
	{
		if (!($1 in cpu)) order[++rows] = $1
		cpu[$1] = cpu[$1] " " $2
		wall[$1] = wall[$1] " " $3
	}
	END {
		label["hello"] = "agent speaks"
		label["TLS"] = "first answer over TLS"
		label["root"] = "root told"
		printf "%-28s %9s %9s %9s\n", "boot, median of " boots, "CPU s", "add", "wall s"
		for (i = 1; i <= rows; i++) {
			name = order[i]
			at = median(cpu[name])
			printf "%-28s %9.2f %9.2f %9.2f\n", name in label ? label[name] : name, at, at - last, median(wall[name]) / 1000
			last = at
		}
		printf "of all:%s\n", cpu["TLS"]
	}' "$DIR/samples"
