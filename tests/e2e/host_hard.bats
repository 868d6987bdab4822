# SPDX-License-Identifier: Apache-2.0
# A hard host, with the real image in the real QEMU: its disk runs full and has room again, becomes read-only; it is in the
# machine's own network; the store moves. Root, for mounts; in a network without a way out.
load ../common

setup_file() {
	export STORE=$HOME/store MACHINE_STORAGE_PATH=$HOME/store
	mkdir -p "$STORE"
}

setup() {
	[ "$(id -u)" = 0 ] || skip "not root: cannot mount"
}

teardown() {
	machine rm -f hard >/dev/null 2>&1 || true
	mountpoint -q "$STORE" && umount -l "$STORE"
	[ ! -e "$HOME/moved" ] || { mv "$HOME/moved" "$HOME/gone" && rm -rf "$HOME/gone"; }
	rm -rf "${STORE:?}"/* "$STORE"/.[!.]*
}

no_process() { ! pgrep -f "machine-hard,process|supervise hard" >/dev/null; }
state_is() { [ "$(machine status hard 2>/dev/null)" = "$1" ]; }
full() { mount -o "remount,size=$(($(df -k --output=used "$STORE" | tail -1) + ${1:-0}))k" "$STORE"; }
room() { mount -o remount,size=2500m "$STORE"; }
# The guest writes until it cannot
guest_writes() { timeout 120 machine ssh hard 'sudo sh -c "dd if=/dev/urandom of=/var/lib/docker/big bs=1M count=200 conv=fsync 2>/dev/null"' </dev/null; }

@test "this host's disk is full: ls, status, env, logs say it, it goes on by itself, kill and rm -f work" {
	mount -t tmpfs -o size=2500m none "$STORE"
	machine create hard
	full 4096
	guest_writes &
	writer=$!
	until_true 60 state_is Paused
	machine status hard 2>"$HOME/err"
	grep "this host's disk is full where '$STORE/machines/hard' lies" "$HOME/err"
	machine ls -f '{{.Name}} {{.State}} {{.Error}}' >"$HOME/out"
	grep "^hard Paused this host's disk is full" "$HOME/out"
	refuse machine env hard 2>"$HOME/err"
	grep "Host is not running: this host's disk is full" "$HOME/err"
	machine logs hard >/dev/null 2>"$HOME/err"
	grep "this host's disk is full" "$HOME/err"
	began=$SECONDS
	refuse machine stop hard 2>"$HOME/err"
	[ $((SECONDS - began)) -le 10 ]
	grep "this host's disk is full" "$HOME/err"
	grep "^hint: .*machine kill hard" "$HOME/err"
	room
	until_true 30 state_is Running
	wait "$writer"
	machine env hard
	[ "$(machine ssh hard sudo stat -c %s /var/lib/docker/big </dev/null)" = 209715200 ]
	# Full again, and nobody makes room.
	machine ssh hard sudo rm /var/lib/docker/big </dev/null
	full 1024
	guest_writes >/dev/null 2>&1 &
	writer=$!
	until_true 60 state_is Paused
	full 0
	machine kill hard
	state_is Stopped
	wait "$writer" || true
	machine rm -f hard
	[ ! -e "$STORE/machines/hard" ]
	until_true 5 no_process
}

@test "rm -f of a machine whose disk is full, and of one that runs on a full disk" {
	mount -t tmpfs -o size=2500m none "$STORE"
	machine create hard
	full 1024
	guest_writes >/dev/null 2>&1 &
	writer=$!
	until_true 60 state_is Paused
	full 0
	machine rm -f hard
	until_true 5 no_process
	[ ! -e "$STORE/machines/hard" ]
	wait "$writer" || true
}

@test "the store's file system became read-only: the guest waits, the reason is said, kill ends it" {
	truncate -s 3G "$HOME/disk"
	PATH=$PATH:/sbin:/usr/sbin mkfs.ext4 -q -m 0 "$HOME/disk"
	mount -o loop "$HOME/disk" "$STORE" || skip "no loop device"
	machine create hard
	mount -o remount,abort "$STORE"
	guest_writes >/dev/null 2>&1 &
	writer=$!
	said() { machine status hard 2>&1 | grep -q "cannot be written (Read-only file system)"; }
	until_true 60 said
	machine ls -f '{{.Error}}' | grep "cannot be written"
	refuse machine env hard 2>"$HOME/err"
	grep "cannot be written" "$HOME/err"
	machine kill hard
	state_is Stopped
	until_true 5 no_process
	wait "$writer" || true
	refuse machine rm -f hard
	umount -l "$STORE"
	rm "$HOME/disk"
}

@test "this host is in 10.0.2.0/24, and the store moves: another network, the same card" {
	ip link add lan0 type veth peer name lan1
	ip addr add 10.0.2.77/24 dev lan0
	ip link set lan0 up
	machine create hard
	ip link del lan0
	[ "$(machine inspect -f '{{.Driver.Subnet}}' hard)" = 10.160.47.0/24 ]
	machine ssh hard ip -4 addr show </dev/null | grep "inet 10.160.47.15/24"
	machine ssh hard ip route </dev/null | grep "^default via 10.160.47.2 "
	machine ssh hard cat /etc/resolv.conf </dev/null | grep "^nameserver 10.160.47.3"
	machine stop hard
	mv "$STORE" "$HOME/moved"
	export MACHINE_STORAGE_PATH=$HOME/moved
	machine start hard
	[ "$(machine status hard)" = Running ]
	machine rm -f hard
	until_true 5 no_process
	export MACHINE_STORAGE_PATH=$STORE
	mkdir -p "$STORE"
}
