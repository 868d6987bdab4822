#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Measures, and judges nothing: each figure stands beside that of a floor or a peer from the same run.
#
#     tests/bench/run.sh [PART...]     parts: commands create kvm virtualbox gate image; without any, all of them
#     BENCH_ROUNDS=5                   rounds of the parts that boot or move data; the sides take turns in each
#     BENCH_MB=200                     size of the container image of the part "gate"
#     QEMU_ACCELERATOR=tcg             as of `machine create`
#
# Leaves nothing behind. Talks to loopback and to networks in namespaces of its own; the guests have no way out.
set -euo pipefail
export LC_ALL=C
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bench=$top/tests/bench
# shellcheck source=tests/bench/lib.sh
. "$bench/lib.sh"

work=$(mktemp -d /var/tmp/machine-bench.XXXXXX)
export HOME=$work/home MACHINE_STORAGE_PATH=$work/store MACHINE_IMAGE=$top/build/image
export QEMU_ISOLATED=true QEMU_ACCELERATOR=${QEMU_ACCELERATOR:-tcg}
machine=${MACHINE:-$top/build/machine}
unset DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_CONTEXT

clean_up() {
	local status=$? name
	trap - EXIT
	for name in $("$machine" ls -q 2>/dev/null); do
		"$machine" rm -f "$name" >/dev/null || status=1
	done
	rm -rf "$work"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$HOME"
# shellcheck disable=SC2034 # the parts read both
rounds=${BENCH_ROUNDS:-5}
# shellcheck disable=SC2034
docker=$("$top/tests/docker-client.sh" | tail -n 1)
${CC:-gcc} -std=gnu11 -O2 -o "$work/measure" "$bench/measure.c"
echo "machine bench: $(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg) at the start, accelerator $QEMU_ACCELERATOR," \
	"$("$machine" version)"
for part in "${@:-commands create kvm virtualbox gate image}"; do
	# The default is one word with several names in it.
	for name in $part; do
		[ -f "$bench/part-$name.sh" ] || die "there is no part '$name'"
		printf '\n== %s\n' "$name"
		# shellcheck source=/dev/null
		. "$bench/part-$name.sh"
	done
done
