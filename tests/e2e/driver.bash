# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What machine.bats has to know of the driver under test.
DRIVER=${DRIVER:-qemu}
VM=${VM:-e2e}
driver_options=()

driver_setup() {
	driver_is_behind_ssh && return
	# The double's machines have no device for shared folders; the processor is not looked at, for it emulates.
	if [ "$DRIVER" = virtualbox ]; then
		driver_options=(--virtualbox-no-share --virtualbox-no-vtx-check)
		return
	fi
	# Where the system's QEMU may read it: the home is private.
	local dir=$HOME/shared
	[ "${KVM_URI:-}" != qemu:///system ] || dir=$(mktemp -d)
	mkdir -p "$dir"
	chmod 755 "$dir"
	echo "from the host" >"$dir/file"
	driver_options=("--$DRIVER-share" "$dir:/shared:ro")
	[ "$DRIVER" != qemu ] || driver_options+=(--qemu-forward tcp:9000:9001)
}

driver_is_behind_ssh() { [[ $DRIVER = kvm && $KVM_URI == qemu+* ]]; }

# A pattern for the machine's address.
driver_address() {
	if [[ $DRIVER = kvm && $KVM_URI = qemu:///system ]]; then
		echo "10.1[6-9]*"
	else
		echo "127.*"
	fi
}

driver_guest_address() {
	if [ "$DRIVER" != kvm ] || [ "$KVM_URI" = qemu:///session ]; then
		echo 10.0.2.15
	else
		machine inspect -f '{{.Driver.GuestAddress}}' "$1"
	fi
}

# driver_nothing_left NAME
driver_nothing_left() {
	refuse pgrep -f "machine-$1,process|guest=$1,|-name $1( |,)|__driver [a-z]+ [a-z]+ $1\$"
	[ "$DRIVER" != virtualbox ] || refuse sh -c 'VBoxManage list vms | grep -F "\"$1\""' sh "$1"
	[ "$DRIVER" = kvm ] || return 0
	refuse virsh -c "$KVM_URI" dominfo "$1" 2>/dev/null
	refuse sh -c 'virsh -c "$1" net-dumpxml machine | grep "name=.$2. "' sh "$KVM_URI" "$1" 2>/dev/null
	virsh -c "$KVM_URI" pool-refresh machine >/dev/null
	refuse sh -c 'virsh -c "$1" vol-list machine | grep " $2-"' sh "$KVM_URI" "$1"
}
