# SPDX-License-Identifier: Apache-2.0
# The virtualbox driver's host-only networks, on the double of VBoxManage: bridges in a network namespace of the test's own.
# Tests run in order, on a machine that is booted once.
load ../common

quick=(--virtualbox-no-share --virtualbox-no-vtx-check)
cidr=192.168.56.1/24

setup_file() {
	mkdir -p "$HOME/faults"
	machine create -d virtualbox "${quick[@]}" --virtualbox-hostonly-cidr $cidr ho >"$HOME/create.out" 2>"$HOME/create.err" || {
		cat "$HOME/create.out" "$HOME/create.err"
		return 1
	}
}

teardown_file() {
	rm -rf "$HOME/faults"
	for m in $(machine ls -q); do machine rm -f "$m"; done
	[ -z "$(VBoxManage list vms)" ]
}

setup() {
	store=$HOME/.docker/machine
	export VBOX_DOUBLE_FAULTS=$HOME/faults
	rm -f "$HOME"/faults/*
}

on_ho() {
	# shellcheck disable=SC2046
	docker $(machine config ho) "$@"
}

# A machine in which no guest ever does anything.
silent() {
	touch "$HOME/faults/noguest"
	refuse machine create -d virtualbox "${quick[@]}" --virtualbox-hostonly-cidr "$1" --timeout 1 --keep-on-failure "$2" 2>"$HOME/err"
}

@test "a static address outside of the DHCP server's range; engine, SSH and published ports answer there" {
	grep "Made host-only interface 'vboxnet0' ($cidr)" "$HOME/create.out"
	address=$(machine ip ho)
	[[ $address =~ ^192\.168\.56\.[0-9]{1,2}$ ]]
	[ "$(machine url ho)" = "tcp://$address:2376" ]
	[ "$(machine inspect -f '{{.Driver.SSHPort}}' ho)" = 22 ]
	[ "$(machine ssh ho id -un)" = docker ]
	"$BATS_TEST_DIRNAME/../busybox-image.sh" | on_ho import - bb
	on_ho run -d --name web -p 80:80 bb sh -c 'mkdir /w; echo page >/w/index.html; exec httpd -f -p 80 -h /w'
	until_true 15 sh -c "[ \"\$(curl -s --max-time 5 http://$address/)\" = page ]"
	until_true 10 sh -c "machine ports ho | grep -F '80/tcp -> $address:80'"
	# Nothing of it on this host's own addresses.
	refuse grep -E ' (00000000|0100007F):(0948|08AE) [0-9A-F:]+ 0A ' /proc/net/tcp
	VBoxManage list dhcpservers | grep -A4 vboxnet0 | grep "LowerIPAddress: 192.168.56.101"
}

@test "another machine: the same interface, another address; the interface goes with the last" {
	silent $cidr second
	[ "$(VBoxManage list hostonlyifs | grep -c ^Name)" = 1 ]
	[ "$(machine inspect -f '{{.Driver.IPAddress}}' second)" != "$(machine ip ho)" ]
	machine rm -f second
	[ "$(VBoxManage list hostonlyifs | grep -c ^Name)" = 1 ]
	[ -e /sys/class/net/vboxnet0 ] || ip link show vboxnet0
}

@test "an interface that nobody was told of goes, too; and so does that of a record in rags" {
	printf '%s\n' "match hostonlyif create*" "count 1" >"$HOME/faults/half"
	refuse machine create -d virtualbox "${quick[@]}" --virtualbox-hostonly-cidr 192.168.59.1/24 cut 2>"$HOME/err"
	grep "hostonlyif was ended by signal 9" "$HOME/err"
	[ "$(VBoxManage list hostonlyifs | grep ^Name: | tr -d ' ')" = Name:vboxnet0 ]
	silent 192.168.59.1/24 rags
	[ "$(VBoxManage list hostonlyifs | grep -c ^Name)" = 2 ]
	head -c 60 "$store/machines/rags/config.json" >"$HOME/cut"
	cp "$HOME/cut" "$store/machines/rags/config.json"
	machine rm -f rags
	[ "$(VBoxManage list hostonlyifs | grep ^Name: | tr -d ' ')" = Name:vboxnet0 ]
	[ "$(ls -A "$store/.state/hostonly-made")" = vboxnet0 ]
}

@test "an interface that went away comes back with start, and so does the machine's address" {
	address=$(machine ip ho)
	machine stop ho
	VBoxManage hostonlyif remove vboxnet0
	machine start ho
	[ "$(machine ip ho)" = "$address" ]
	on_ho version >/dev/null
}

@test "ranges that clash, and one that VirtualBox does not allow" {
	ip link add clash type bridge
	ip addr add 192.168.58.9/24 dev clash
	ip link set clash up
	rc=0
	machine create -d virtualbox "${quick[@]}" --virtualbox-hostonly-cidr 192.168.58.1/24 none 2>"$HOME/err" || rc=$?
	[ "$rc" = 3 ]
	grep "conflicts with the network address of a host interface, 'clash'" "$HOME/err"
	ip link del clash
	rc=0
	machine create -d virtualbox "${quick[@]}" --virtualbox-hostonly-cidr 10.99.0.1/24 none 2>"$HOME/err" || rc=$?
	[ "$rc" = 3 ]
	grep "^hint: .*/etc/vbox/networks.conf" "$HOME/err"
}

@test "the interface of somebody else's is used as it is, and stays" {
	machine rm -f ho
	[ -z "$(VBoxManage list hostonlyifs)" ]
	name=$(VBoxManage hostonlyif create 2>/dev/null | sed "s/^Interface '\(.*\)' was.*/\1/")
	VBoxManage hostonlyif ipconfig "$name" --ip 192.168.60.1 --netmask 255.255.255.0
	before=$(VBoxManage list hostonlyifs; VBoxManage list dhcpservers)
	silent 192.168.60.1/24 guest
	machine rm -f guest
	[ "$(VBoxManage list hostonlyifs; VBoxManage list dhcpservers)" = "$before" ]
	VBoxManage hostonlyif remove "$name"
}

@test "a small network that is full says so" {
	silent 192.168.61.1/29 a
	free=$(machine inspect -f '{{.Driver.IPAddress}}' a)
	[[ $free = 192.168.61.* ]]
	made=1
	while silent 192.168.61.1/29 "a$made" && ! grep -q "no address is left" "$HOME/err"; do
		made=$((made + 1))
		[ $made -lt 10 ]
	done
	grep "no address is left on the host-only network '192.168.61.1/29'" "$HOME/err"
	machine ls -q | xargs machine rm -f
	[ -z "$(VBoxManage list hostonlyifs)" ]
}

# VirtualBox keeps machines per user. Root works in another's store: what is made is that user's, and he goes on with it.
@test "root in a user's store: VirtualBox's machine, its process and the keeper are that user's" {
	theirs=$HOME/theirs
	as_them() { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$theirs" "$@"; }
	mkdir "$theirs"
	chown 65534:65534 "$theirs"
	touch "$HOME/faults/noguest"
	chmod a+w "$HOME/faults/noguest"
	as_them mkdir "$theirs/store"
	export MACHINE_STORAGE_PATH=$theirs/store VBOX_USER_HOME=$theirs/vbox
	refuse machine create -d virtualbox "${quick[@]}" --timeout 1 --keep-on-failure ofroot 2>"$HOME/err"
	grep "did not become ready" "$HOME/err"
	as_them VBoxManage list vms | grep '^"ofroot"'
	[ "$(as_them machine ls -q)" = ofroot ]
	until_true 5 pgrep -f "__driver virtualbox keep ofroot\$"
	for process in $(pgrep -f -- "-name ofroot( |,)|__driver virtualbox keep ofroot\$"); do
		[ "$(stat -c %u "/proc/$process")" = 65534 ]
	done
	[ -z "$(find "$theirs" ! -user 65534)" ]
	machine rm -f ofroot
	[ -z "$(as_them VBoxManage list vms)" ]
	[ -z "$(as_them machine ls -q)" ]
	refuse pgrep -f -- "-name ofroot( |,)|__driver virtualbox keep ofroot\$"
}
