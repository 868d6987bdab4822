#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The end-to-end tests of the kvm driver, inside a hypervisor of tests/libvirt: what every driver does on the system's
# libvirt, in a session and on another host; then what is the driver's own. E2E is the folder that run.sh has made.
set -euo pipefail
# shellcheck source=../libvirt/lib.bash
. "$E2E/libvirt/lib.bash"
cd "$E2E"

# user_home NAME: a home of its own, so that groups of tests run beside each other
user_home() {
	mkdir -p "$WORLD/home/nobody/$1/.docker"
	# Without the store of the qemu driver's tests.
	cp -r "$E2E/home/.docker/cli-plugins" "$WORLD/home/nobody/$1/.docker/"
	chown -R 65534:65534 "$WORLD/home/nobody/$1"
}

# shared NAME URI: what every driver does, as a user who may use no more than he needs
shared() {
	local as=(as_user --session)
	[ "$2" != qemu:///system ] || as=(as_user)
	user_home "$1"
	echo "# the kvm driver on $2"
	"${as[@]}" env HOME="$WORLD/home/nobody/$1" DRIVER=kvm VM="e2e-$1" KVM_URI="$2" QEMU_ISOLATED=false \
		bats -T "$E2E/e2e/machine.bats"
}

own() {
	echo "# the kvm driver's own tests"
	bats -T "$E2E/e2e/kvm.bats"
}

# Two rows beside each other, on two processors. One kills the system's libvirtd.
first() {
	local bad=0
	shared system qemu:///system || bad=1
	own || bad=1
	return $bad
}

second() {
	local bad=0
	shared session qemu:///session || bad=1
	shared remote "qemu+ssh://root@$HOST2/system" || bad=1
	return $bad
}

host2_start
second >"$TMPDIR/second.out" 2>&1 &
status=0
first || status=1
wait $! || status=1
cat "$TMPDIR/second.out"
exit $status
