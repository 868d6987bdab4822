# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # work, machine, ...: run.sh
# `create -d kvm` until a Docker client has its answer, against a bare `virsh define` and `virsh start` of the same domain
# with the same seed and an unused disk, on a libvirtd of its own in namespaces (tests/libvirt).
if [ "$(id -u)" != 0 ]; then
	echo "skipped: only root can make the hypervisor"
else
	mkdir -p "$work/kvm"
	cp "$machine" "$docker" "$work/kvm/"
	cp -r --reflink=auto "$MACHINE_IMAGE" "$work/kvm/image"
	chmod 755 "$work" "$work/kvm"
	rounds=$rounds bench_dir=$bench bench_work=$work/kvm "$top/tests/libvirt/run-in-host.sh" "$bench/kvm.sh"
fi
