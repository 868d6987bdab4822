#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is refused before or while a machine is made; no guest runs.
load inside

shared=(-d virtualbox --image "$real/quick" --virtualbox-memory 512)

create() { run machine create "${quick[@]}" "$@"; }

setup() { begin; }

teardown() {
	modules in
	nothing_left vm
}

@test "VBoxManage is not on the PATH" {
	run env PATH=/nowhere "$real/machine" create "${quick[@]}" vm
	says "Install it*virtualbox"
}

@test "the kernel module is not loaded" {
	modules out
	create vm
	says "sudo modprobe vboxdrv"
}

@test "the kernel module is not built for this kernel" {
	modules out
	local folder
	folder=/lib/modules/$(uname -r)/updates
	sudo mv "$folder" "$folder.away"
	create vm
	sudo mv "$folder.away" "$folder"
	says "virtualbox-dkms linux-headers-$(uname -r)"
}

@test "KVM has the processor" {
	sudo modprobe kvm enable_virt_at_load=1
	sudo modprobe kvm_amd
	create vm
	sudo modprobe -r kvm_amd kvm
	says "kvm_amd"
}

@test "no virtualisation in the processor" {
	sed 's/ svm / /' /proc/cpuinfo >"$BATS_TEST_TMPDIR/cpuinfo"
	sudo mount --bind "$BATS_TEST_TMPDIR/cpuinfo" /proc/cpuinfo
	create vm
	sudo umount /proc/cpuinfo
	says "nested virtualisation"
}

@test "another machine has the name" {
	vbox createvm --name taken --register
	create taken
	says "has a machine 'taken' already, which is not ours"
	grep -F '"taken"' <(vbox list vms)
	vbox unregistervm taken --delete
}

@test "more memory than there is" {
	create --virtualbox-memory 64g vm
	says "is more than the"
}

@test "a shared folder that is not there" {
	run machine create "${shared[@]}" --virtualbox-share-folder /nowhere:x vm
	says "'/nowhere' is not there"
}

@test "an ISO that is not there, none, and not ours on a host-only network" {
	create --virtualbox-boot2docker-url /nowhere.iso vm
	says "there is no ISO '/nowhere.iso'"
	create --virtualbox-boot2docker-url /etc/passwd vm
	says "is no ISO"
	head -c 40960 /dev/zero >"$BATS_TEST_TMPDIR/other.iso"
	printf '\1CD001\1' | dd of="$BATS_TEST_TMPDIR/other.iso" bs=2048 seek=16 conv=notrunc status=none
	create --virtualbox-boot2docker-url "$BATS_TEST_TMPDIR/other.iso" --virtualbox-hostonly-cidr 192.168.56.1/24 vm
	says "cannot be told its host-only address"
}

@test "host-only ranges: nonsense, forbidden, forbidden by the file" {
	create --virtualbox-hostonly-cidr 10.0.0 vm
	says "is no address with a prefix"
	create --virtualbox-hostonly-cidr 172.20.0.1/24 vm
	says "/etc/vbox/networks.conf"
	sudo sh -c "mkdir -p /etc/vbox && echo '* 10.9.0.0/16' >/etc/vbox/networks.conf"
	create --virtualbox-hostonly-cidr 192.168.56.1/24 vm
	sudo rm /etc/vbox/networks.conf
	says "lets no host-only interface have the address"
}

@test "a card that VirtualBox does not have" {
	create --virtualbox-nat-nictype nosuch vm
	says "It takes 82540EM"
}

@test "what only VBoxManage refuses is told, and undone" {
	create --virtualbox-ui-type gui vm # which this VirtualBox was built without
	says "Could not launch the VM process"
}

@test "the service is killed while a machine is made: it is asked again" {
	(
		sleep 2
		pkill -KILL -u "$USER" VBoxSVC
	) 3>&- &
	create --virtualbox-ui-type gui vm
	wait
	says "Could not launch the VM process"
}
