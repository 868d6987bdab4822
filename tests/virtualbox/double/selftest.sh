#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the double of VBoxManage itself: locks and faults without QEMU, then a machine that boots our image.
# usage: selftest.sh [MACHINE.ISO]; without an image only the first part. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
iso=${1:-}
[ -z "$iso" ] || iso=$(realpath "$iso")
work=$(mktemp -d "${TMPDIR:-/tmp}/double.XXXXXX")
export VBOX_USER_HOME=$work/home VBOX_DOUBLE_FAULTS=$work/faults VBOX_DOUBLE_LOG=$work/calls VBOX_DOUBLE_ISOLATED=1
unset VBOX_DOUBLE_SLOW VBOX_DOUBLE_VM
mkdir "$work/faults"
n=0 bad=0 listener=''

vbox() { "$here/VBoxManage" "$@"; }

# ok TEXT: the last status decides
ok() {
	local status=$?
	n=$((n + 1))
	if [ "$status" = 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		bad=$((bad + 1))
	fi
}

state() { vbox showvminfo "$1" --machinereadable | sed -n 's/^VMState="\(.*\)"$/\1/p'; }

# wait_for SECONDS COMMAND...
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.3
	done
}

is() { [ "$(state "$1")" = "$2" ]; }

fault() { printf '%s\n' "${@:2}" >"$work/faults/$1"; }
no_fault() { rm -f "$work/faults"/*; }

cleanup() {
	no_fault
	[ -z "$listener" ] || kill "$listener" 2>/dev/null
	vbox list runningvms 2>/dev/null | sed -n 's/.*{\(.*\)}$/\1/p' | while read -r one; do
		vbox controlvm "$one" poweroff >/dev/null 2>&1
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# --- without QEMU

part_locks() {
	local i lost=0
	vbox createvm --basefolder "$work/m" --name s1 --register >"$work/out" 2>&1
	ok "a machine is created"
	for i in 1 2 3 4; do
		VBOX_DOUBLE_SLOW=800 vbox modifyvm s1 --memory "30$i" 2>"$work/err$i" &
	done
	wait
	for i in 1 2 3 4; do
		if grep -q "already locked for a session (or being unlocked)" "$work/err$i"; then lost=$((lost + 1)); fi
	done
	[ "$lost" = 3 ]
	ok "of four changes at once one wins"
	VBOX_DOUBLE_SLOW=1500 vbox showvminfo s1 >/dev/null &
	sleep 0.5
	VBOX_DOUBLE_VM=stub vbox startvm s1 --type headless 2>&1 | grep -q "already locked by a session"
	ok "no start while it is looked at"
	wait
	for i in $(seq 8); do
		vbox createvm --basefolder "$work/m" --name "many$i" --register >/dev/null 2>&1 &
	done
	wait
	[ "$(vbox list vms | grep -c many)" = 8 ]
	ok "eight machines at once"
	for i in $(seq 8); do vbox unregistervm "many$i" --delete 2>/dev/null; done
	[ "$(vbox list vms)" = "$(vbox list --sorted vms)" ] && [ ! -e "$work/m/many1" ]
	ok "and gone again"
}

part_faults() {
	fault svc "count 2" "match list *"
	! vbox list vms 2>/dev/null && ! vbox list vms 2>/dev/null && vbox list vms >/dev/null
	ok "a fault that is counted"
	no_fault
	fault version=6.1.50r161033
	[ "$(vbox --version)" = 6.1.50r161033 ]
	ok "another version"
	no_fault
	fault half "match createvm *"
	vbox createvm --basefolder "$work/m" --name h1 --register >/dev/null 2>&1
	[ $? = 137 ] && [ -e "$work/m/h1/h1.vbox" ] && ! vbox list vms | grep -q h1
	ok "half a machine"
	no_fault
	fault busy "count 1"
	vbox modifyvm s1 --memory 400 2>&1 | grep -q "already locked for" && vbox modifyvm s1 --memory 400
	ok "busy once"
	fault hang "match list *"
	timeout 1 "$here/VBoxManage" list vms
	[ $? = 124 ] && grep -q ' hang list vms$' "$work/calls"
	ok "a call that hangs"
	no_fault
	fault nospace
	vbox createmedium disk --filename "$work/m/x.vmdk" --size 10 --format VMDK 2>&1 | grep -q VERR_DISK_FULL
	ok "a disk that is full"
	no_fault
	fault guru
	VBOX_DOUBLE_VM=stub vbox startvm s1 --type headless >/dev/null && is s1 gurumeditation
	ok "a guru meditation"
	no_fault
	vbox controlvm s1 poweroff 2>/dev/null && is s1 poweroff
	ok "which poweroff ends"
	vbox unregistervm s1 --delete 2>/dev/null
	ok "the machine is removed"
}

# --- with QEMU

flat_disk() {
	truncate -s 2G "$work/m/disk-flat.vmdk"
	cat >"$work/m/disk.vmdk" <<-'END'
		# Disk DescriptorFile
		version=1
		CID=0badcafe
		parentCID=ffffffff
		createType="monolithicFlat"

		RW 4194304 FLAT "disk-flat.vmdk" 0

		#DDB
		ddb.virtualHWVersion = "4"
		ddb.adapterType="ide"
		ddb.geometry.cylinders="4161"
		ddb.geometry.heads="16"
		ddb.geometry.sectors="63"
	END
}

# A port of the host that nobody listens on.
free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

qemu_pid() { pgrep -f -- "-name b1 -uuid $uuid"; }

press() {
	vbox controlvm b1 acpipowerbutton 2>/dev/null
	is b1 poweroff
}

part_boot() {
	local free taken
	mkdir -p "$work/m"
	flat_disk
	free=$(free_port)
	taken=$(free_port)
	/usr/bin/python3 -c 'import socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
time.sleep(1000)' "$taken" &
	listener=$!
	uuid=$(vbox createvm --basefolder "$work/m" --name b1 --register | sed -n 's/^UUID: //p')
	vbox modifyvm "$uuid" --ostype Linux26_64 --memory 768 --cpus 1 --boot1 dvd --nic1 nat --natpf1 "ok,tcp,127.0.0.1,$free,,2376" \
		--natpf1 "gone,tcp,127.0.0.1,$taken,,22" --uart1 0x3F8 4 --uartmode1 file "$work/m/console" \
		--uart2 0x2F8 3 --uartmode2 server "$work/m/agent.sock" &&
		vbox storagectl b1 --name SATA --add sata &&
		vbox storageattach b1 --storagectl SATA --port 0 --device 0 --type dvddrive --medium "$iso" &&
		vbox storageattach b1 --storagectl SATA --port 1 --device 0 --type hdd --medium "$work/m/disk.vmdk"
	ok "the machine is set up"
	vbox startvm b1 --type headless >"$work/out" 2>&1 && [ "$(wc -l <"$work/out")" = 2 ] && is b1 running
	ok "it starts, and nothing is said of the port that is taken"
	grep -q "failed to set up redirection of $taken to 22" "$work/m/b1/Logs/VBox.log" &&
		grep -q VERR_NAT_REDIR_SETUP "$work/m/b1/Logs/VBox.log"
	ok "which is in the log"
	[ "$(qemu_pid | wc -l)" = 1 ] && [ -S "$work/m/agent.sock" ] && (exec 3<>"/dev/tcp/127.0.0.1/$free") 2>/dev/null
	ok "one process, its socket, and the other port"
	wait_for 120 grep -q "machine: stage data" "$work/m/console"
	ok "the guest boots: $(grep -m1 'stage data' "$work/m/console")"
	vbox modifyvm b1 --memory 800 2>&1 | grep -q "already locked for a session"
	ok "it is locked"
	vbox controlvm b1 savestate 2>/dev/null && is b1 saved && [ -z "$(qemu_pid)" ]
	ok "its state is saved"
	vbox startvm b1 --type headless >/dev/null && is b1 running && wait_for 120 grep -q "machine: stage engine" "$work/m/console"
	ok "it goes on from there"
	wait_for 60 press && [ -z "$(qemu_pid)" ]
	ok "the power button ends it"
	vbox startvm b1 --type headless >/dev/null && kill -9 "$(qemu_pid)"
	is b1 aborted
	ok "killed, it is aborted at once"
	vbox unregistervm b1 --delete 2>/dev/null && [ ! -e "$work/m/b1" ] && [ ! -e "$work/m/disk-flat.vmdk" ]
	ok "removed with its disk"
}

part_locks
part_faults
[ -z "$iso" ] || part_boot
echo "1..$n"
[ "$bad" = 0 ]
