#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# part-kvm.sh inside the hypervisor: bench_dir, bench_work and rounds come from there.
set -euo pipefail
: "${bench_dir:?}" "${bench_work:?}" "${rounds:?}"
# shellcheck source=../libvirt/lib.bash
. "$bench_dir/../libvirt/lib.bash"
# shellcheck source=lib.sh
. "$bench_dir/lib.sh"
work=$bench_work
unset MACHINE_STORAGE_PATH
home=$WORLD/home/nobody
certs=$home/.docker/machine/machines/bench
machine() {
	as_user env KVM_ACCELERATOR=tcg KVM_URI=qemu:///system MACHINE_IMAGE="$work/image" "$work/machine" "$@"
}
v() { virsh -q -c qemu:///system "$@"; }
ask() {
	as_user env DOCKER_HOST="tcp://$1:2376" DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$certs" "$work/docker" version >/dev/null 2>&1
}
create() { machine create -d kvm bench && ask "$(machine ip bench)"; }
# What a person would type, with an eye on the answer.
floor() {
	v define "$work/bench.xml"
	v start bench
	until_true 120 ask "$1"
}

# floor_begin: the domain is forgotten; its seed and its reservation stay, its disk is a new one
floor_begin() {
	local disk backing
	machine kill bench >/dev/null
	v dumpxml --inactive bench >"$work/bench.xml"
	v undefine bench
	disk=$(v vol-list machine | awk '/\.disk/ && /bench-/ { print $1 }')
	backing=$(v vol-list machine | awk '/data.qcow2/ { print $2 }')
	v vol-delete "$disk" machine >/dev/null
	v vol-create-as machine "$disk" 20G --format qcow2 --backing-vol "$backing" --backing-vol-format qcow2 >/dev/null
}

sides=(create floor)
declare -A all
# The first machine copies the image and makes the network; one that stays keeps both.
took machine create -d kvm keep
machine kill keep >/dev/null
for ((i = 1; i <= rounds; i++)); do
	took create
	all[create]+="$ms "
	address=$(machine ip bench)
	floor_begin
	took floor "$address"
	all[floor]+="$ms "
	took machine rm -f bench
	all[rm]+="$ms "
done
for side in "${sides[@]}" rm; do
	# shellcheck disable=SC2086 # a list
	median=$(median ${all[$side]})
	printf '%-8s median %6s ms   each: %s\n' "$side" "$median" "${all[$side]}"
	declare "m_$side=$median"
done
# shellcheck disable=SC2154 # declared above
printf 'create / floor: %s, %s ms more\n' "$(ratio "$m_create" "$m_floor")" "$((${m_create%.*} - ${m_floor%.*}))"
machine rm -f keep >/dev/null
