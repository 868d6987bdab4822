#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [qemu|virtualbox|kvm]...: the end-to-end tests: real image, real QEMU, real libvirt, real Docker client, as an ordinary
# user; VirtualBox is a double, which boots the machines in QEMU. Without a word all. Skips print their reason. It fails when
# a process is left behind.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=../common.bash
. "$top/tests/common.bash"
work=$(mktemp -d "$(TMPDIR='' roomy)/machine-e2e.XXXXXX")
trap 'rm -rf "$work"' EXIT
docker=$("$top/tests/docker-client.sh")
buildx=$("$top/tests/docker-client.sh" buildx)
mkdir -p "$work/home/.docker/cli-plugins" "$work/vbox-home/.docker" "$work/hostonly-home" "$work/hard-home" "$work/bin"
cp "$top/build/machine" "$work/bin/machine"
cp "$docker" "$work/bin/docker"
cp "$buildx" "$work/home/.docker/cli-plugins/"
cp -r "$work/home/.docker/cli-plugins" "$work/vbox-home/.docker/"
cp -r --reflink=auto "$top/build/image" "$work/image"
cp -r "$top/tests/virtualbox/double" "$work/double"
cp -r "$top/tests/e2e" "$top/tests/common.bash" "$top/tests/busybox-image.sh" "$top/tests/libvirt" "$work/"
${CC:-gcc} -O2 -static -o "$work/e2e/udp_echo" "$work/e2e/udp_echo.c"
chmod 755 "$work"
# Who becomes another user may not be able to enter the clone, which perhaps lies in a home of one's own.
cd "$work"
common=(PATH="$work/bin:$PATH" MACHINE_IMAGE="$work/image" LC_ALL=C.UTF-8 SHELL=/bin/bash)
status=0

root=
[ "$(id -u)" != 0 ] || root=1

# In a network without a way out: then no guest has one, isolated or not. Root becomes "nobody" first.
if [ "$root" ]; then
	chown -R 65534:65534 "$work"
	chown root:root "$work/hostonly-home" "$work/hard-home"
	alone=("$top/tests/alone.sh" setpriv --reuid=65534 --regid=65534 --clear-groups)
	isolated=false
else
	alone=()
	isolated=true
	isolate_double=1
fi

run_qemu() {
	local bad=0
	"${alone[@]}" env -i "${common[@]}" HOME="$work/home" TMPDIR="$work" QEMU_ISOLATED="$isolated" QEMU_ACCELERATOR=tcg \
		DRIVER=qemu bats -T "$work/e2e/machine.bats" "$work/e2e/faults.bats" "$work/e2e/guest_hard.bats" || bad=1
	if [ "$root" ]; then
		"$top/tests/alone.sh" unshare -m env -i "${common[@]}" HOME="$work/hard-home" TMPDIR="$work" QEMU_ACCELERATOR=tcg \
			bats -T "$work/e2e/host_hard.bats" || bad=1
	else
		echo "skipped: full and read-only disks need root to mount them in a namespace (1 group)"
	fi
	return $bad
}

# VirtualBox's double is on the PATH.
run_virtualbox() {
	local bad=0 with=("${common[@]}" PATH="$work/bin:$work/double:$PATH" TMPDIR="$work")
	"${alone[@]}" env -i "${with[@]}" HOME="$work/vbox-home" QEMU_ISOLATED="$isolated" VBOX_DOUBLE_ISOLATED="${isolate_double:-}" \
		DRIVER=virtualbox VM=vbe2e bats -T "$work/e2e/machine.bats" "$work/e2e/virtualbox.bats" || bad=1
	if [ "$root" ]; then
		"$top/tests/alone.sh" env -i "${with[@]}" HOME="$work/hostonly-home" bats -T "$work/e2e/virtualbox_hostonly.bats" || bad=1
	else
		echo "skipped: host-only networks need root to make bridges in a namespace (1 group)"
	fi
	return $bad
}

run_kvm() {
	local bad=0
	if [ ! "$root" ]; then
		echo "skipped: the tests of the kvm driver need root to make a hypervisor in namespaces (1 group)"
		return
	fi
	env "${common[@]}" E2E="$work" KVM_ACCELERATOR=tcg "$work/libvirt/run-in-host.sh" "$work/e2e/kvm.sh" || bad=1
	env "${common[@]}" E2E="$work" HOST_KVM=real "$work/libvirt/run-in-host.sh" bats -T "$work/e2e/kvm_probe.bats" || bad=1
	return $bad
}

# Two rows beside each other, on two processors; the kvm tests have two of their own.
if [ $# = 0 ]; then
	begin=$SECONDS
	{
		run_virtualbox && echo "# $((SECONDS - begin)) s"
	} >"$work/virtualbox.out" 2>&1 &
	run_qemu || status=1
	echo "# $((SECONDS - begin)) s"
	wait $! || status=1
	echo "# the virtualbox driver, on a double"
	cat "$work/virtualbox.out"
	begin=$SECONDS
	run_kvm || status=1
	echo "# $((SECONDS - begin)) s"
else
	for group in "$@"; do
		"run_$group" || status=1
	done
fi
left=$(ps -eo pid,args | awk -v w="$work" 'index($0, w) && !/awk|run\.sh|ps -eo/' || true)
if [ -n "$left" ]; then
	echo "processes were left behind:"
	echo "$left"
	status=1
fi
exit $status
