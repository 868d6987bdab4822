# SPDX-License-Identifier: Apache-2.0
# Machines of a fake QEMU: what happens when it, its guest, the program or the user break off at each stage.
load helper

setup_life() {
	machines_run
	fakes
	began=$(date +%s%3N)
}

# within MS: since setup_life or the last call
within() {
	local took=$(($(date +%s%3N) - began))
	[ $took -lt "$1" ] || fail_with "took $took ms, more than $1"
	began=$(date +%s%3N)
}

state_is() {
	machine status "$1"
	out_is "$2"
}

supervisor() { cut -d' ' -f1 "$HOME/store/machines/$1/supervisor.lock"; }

@test "a life: create, stop, start, kill, restart, rm" {
	setup_life
	machine create dev
	is_status 0
	err_is ""
	within 5000
	state_is dev Running
	machine stop dev
	is_status 0
	state_is dev Stopped
	fails 1 "Host is not running" url dev
	err_has "machine start dev"
	machine stop dev
	is_status 1
	err_has 'Machine "dev" is already stopped.'
	machine start dev
	is_status 0
	machine start dev
	is_status 1
	err_has 'Machine "dev" is already running.'
	machine kill dev
	is_status 0
	state_is dev Stopped
	machine restart dev
	is_status 0
	state_is dev Running
	machine rm -y dev
	is_status 0
	nothing_left
	within 10000
}

@test "QEMU that ends at once: its words, nothing left, no empty console" {
	setup_life
	FAKE_QEMU=die fails 1 "QEMU ended with status 1: the fake does not want to" create dev
	err_lacks "console"
	err_has "--keep-on-failure dev"
	nothing_left
	[ ! -e "$HOME/store/logs/dev.console.log" ]
	within 5000
}

@test "QEMU that cannot be run at all once it is started" {
	setup_life
	printf '#!/bin/sh\n[ "$1" = --version ] && exec echo "QEMU emulator version 7.2.0"\nrm -f "$0"; kill -SEGV $$\n' >"$HOME/once"
	chmod +x "$HOME/once"
	QEMU_BINARY=$HOME/once fails 1 "QEMU was ended by signal 11" create dev
	nothing_left
}

@test "a guest that never answers: the deadline quotes the console and says where it is kept" {
	setup_life
	FAKE_QEMU=silent fails 1 "the machine did not become ready in time; the last stage it reached is 'root'" create --timeout 0.4 dev
	err_has "the end of its console:"
	err_has "    kernel of the fake"
	kept=$HOME/store/logs/dev.console.log
	err_has "the console of the failed machine is kept in $kept"
	grep -q "kernel of the fake" "$kept"
	[ "$(stat -c %a "$kept")" = 600 ]
	nothing_left
	within 5000
}

@test "a guest that fails, panics, dies: the reason at once, not the deadline" {
	setup_life
	FAKE_QEMU=failed fails 1 "the guest failed at 'data': the disk is on fire" create dev
	nothing_left
	FAKE_QEMU=panic fails 1 "Kernel panic - not syncing: no root" create dev
	nothing_left
	FAKE_QEMU=crash fails 1 "QEMU was ended by signal 11" create dev
	nothing_left
	within 10000
}

@test "an engine with a certificate of somebody else is not waited for" {
	setup_life
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /O=other \
		-keyout "$HOME/liar-key.pem" -out "$HOME/liar.pem" 2>/dev/null
	FAKE_QEMU=liar fails 1 "There was an error validating certificates for host" create dev
	nothing_left
	within 5000
}

@test "--keep-on-failure keeps it, ls says Error, rm cleans up" {
	setup_life
	FAKE_QEMU=failed machine create --keep-on-failure dev
	is_status 1
	err_has "kept as it is (--keep-on-failure); remove it with: "
	err_has " rm dev"
	state_is dev Error
	fails 1 "machine 'dev' was never finished" start dev
	machine rm -y dev
	is_status 0
	nothing_left
}

# interrupted MODE MARK SIGNAL: create is told to end at this stage
interrupted() {
	create_at "$1" "$2" dev
	kill -s "$3" "$pid"
	create_end
	is_status 130
	err_has "interrupted"
	err_lacks "console"
	nothing_left
	within 5000
}

@test "Ctrl-C before the record, while QEMU starts, while the guest boots" {
	setup_life
	interrupted asleep version INT
	[ ! -e "$HOME/store/certs" ]
	interrupted mute start INT
	interrupted silent booted INT
}

@test "SIGTERM and SIGHUP do as Ctrl-C does" {
	setup_life
	for signal in TERM HUP; do
		interrupted mute start $signal
		interrupted silent booted $signal
	done
}

@test "Ctrl-C during start: the machine is off again, and starts the next time" {
	setup_life
	machine create dev
	machine stop dev
	rm "$HOME/marks"
	FAKE_QEMU=silent env --default-signal=INT "$MACHINE" start dev >"$HOME/.out" 2>"$HOME/.err" </dev/null &
	pid=$!
	until_true 10 marked booted
	kill -INT "$pid"
	create_end
	is_status 130
	state_is dev Stopped
	no_process
	machine start dev
	is_status 0
}

@test "SIGKILL of create at each stage: ls says Error, rm cleans up, create works again" {
	setup_life
	for at in "mute start" "silent booted"; do
		# shellcheck disable=SC2086
		create_at $at dev
		state_is dev Starting
		kill -KILL "$pid"
		create_end
		is_status 137
		until_true 5 sh -c '"$MACHINE" status dev | grep -qx Error'
		machine ls
		out_has "Error"
		fails 1 "Docker machine \"dev\" already exists" create dev
		fails 1 "Host is not running" url dev
		err_has "machine rm dev"
		machine rm -y dev
		is_status 0
		nothing_left
	done
	machine create dev
	is_status 0
}

@test "SIGKILL of create at any moment leaves what rm cleans up" {
	setup_life
	for ms in 2 4 6 8 10 13 16 20 25 30 40 60 80 120 160; do
		"$MACHINE" create dev >/dev/null 2>&1 </dev/null &
		pid=$!
		# The moment is what is tried here, not something that is waited for.
		python3 -c "import time; time.sleep($ms / 1000)"
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		machine ls
		is_status 0
		[ ! -e "$HOME/store/machines/dev" ] || machine rm -y dev
		is_status 0
		# Dot-names of one who was killed are taken over by the next create of that name.
		machine create -d none --url tcp://127.0.0.1:1 dev
		is_status 0
		machine rm -y dev
		nothing_left
	done
	machine create dev
	is_status 0
}

@test "two creates of one name at once: one wins, the other is told why" {
	setup_life
	create_at silent booted dev
	fails 1 "machine 'dev' is busy: 'machine create' (process $pid) works on it" create dev
	err_has "kill $pid"
	kill -INT "$pid"
	create_end
	is_status 130
	nothing_left
}

@test "rm while create runs: refused with the reason; rm -f ends it and cleans up" {
	setup_life
	create_at silent booted dev
	fails 1 "machine 'dev' is busy" rm -y dev
	kill -0 "$pid"
	machine rm -f dev
	is_status 0
	out_has "Successfully removed dev"
	create_end
	is_status 130
	nothing_left
}

@test "kill -9 of the supervisor takes QEMU along, and start works again" {
	setup_life
	machine create dev
	kill -KILL "$(supervisor dev)"
	until_true 5 sh -c '"$MACHINE" status dev | grep -qx Stopped'
	no_process
	machine start dev
	is_status 0
	state_is dev Running
}

@test "a hanging supervisor: kill and rm still work" {
	setup_life
	machine create dev
	kill -STOP "$(supervisor dev)"
	machine kill dev
	is_status 0
	no_process
	state_is dev Stopped
	machine start dev
	kill -STOP "$(supervisor dev)"
	machine rm -y dev
	is_status 0
	nothing_left
}

@test "a port of the machine that is taken: which, and how to find out by whom" {
	setup_life
	machine create dev
	machine stop dev
	address=$(sed -n 's/.*"IPAddress": "\(.*\)",/\1/p' "$HOME/store/machines/dev/config.json")
	python3 -c "
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('$address', 2376))
s.listen()
open('$HOME/marks', 'w').write('taken\n')
sys.stdin.read()" < <(sleep 100 & echo $! >"$HOME/sleeper"; wait) &
	taker=$!
	until_true 10 marked taken
	fails 1 "port 2376 of $address is taken by another program" start dev
	err_has "ss -lntup"
	state_is dev Stopped
	kill "$taker" "$(cat "$HOME/sleeper")"
	wait "$taker" || true
	machine start dev
	is_status 0
}

@test "several names in one create are made side by side" {
	setup_life
	machine create one two three
	is_status 0
	machine ls -q
	out_is "one
three
two"
	[ "$(machine ip one two three; echo "$out" | sort -u | wc -l)" = 3 ]
	machine stop one two three
	is_status 0
	machine rm -y one two three
	is_status 0
	nothing_left
}

@test "one of several fails: the others stay, the status tells" {
	setup_life
	machine create one
	machine create one two
	is_status 1
	err_has 'Docker machine "one" already exists'
	state_is one Running
	state_is two Running
}

@test "no ssh on PATH: named, with how to install it" {
	setup_life
	machine create dev
	printf '#!/bin/sh\nPATH=/nonexistent exec "%s" "$@"\n' "$MACHINE" >"$HOME/no_path"
	chmod +x "$HOME/no_path"
	MACHINE=$HOME/no_path fails 1 "program 'ssh' is not installed" ssh dev true
	err_has "apt install openssh-client"
}

@test "no qemu-img on PATH: told when the disk must grow, nothing left" {
	setup_life
	printf '#!/bin/sh\nPATH=/nonexistent exec "%s" "$@"\n' "$MACHINE" >"$HOME/no_path"
	chmod +x "$HOME/no_path"
	MACHINE=$HOME/no_path fails 1 "program 'qemu-img' is not installed" create --qemu-disk-size 40g dev
	err_has "apt install qemu-utils"
	nothing_left
}

@test "the disk of a machine is gone: start says so" {
	setup_life
	machine create dev
	machine stop dev
	rm "$HOME/store/machines/dev/disk.qcow2"
	fails 1 "disk '$HOME/store/machines/dev/disk.qcow2' of the machine is gone" start dev
	err_has "machine rm dev"
	machine rm -y dev
	nothing_left
}

@test "the image is gone or changed: start says so, the machine stays" {
	setup_life
	machine create dev
	machine stop dev
	echo x >>"$HOME/image/initrd"
	fails 1 "'$HOME/image/initrd' is not what SHA256SUMS says" start dev
	rm -r "$HOME/image"
	fails 1 "there is no image in '$HOME/image', which MACHINE_IMAGE names" start dev
	fake_image "$HOME/image"
	machine start dev
	is_status 0
}

@test "set: memory, processors, disk of a machine that is off" {
	setup_life
	machine create dev
	fails 1 "machine 'dev' has to be off for that" set --memory 2g dev
	machine stop dev
	qemu-img create -q -f qcow2 "$HOME/store/machines/dev/disk.qcow2" 20480M
	machine set --memory 2g --cpus 3 --disk 30g dev
	is_status 0
	out_is 'Machine "dev" has its new sizes when it is started.'
	machine inspect -f '{{.Driver.Memory}} {{.Driver.CPU}} {{.Driver.DiskSize}}' dev
	out_is "2048 3 30720"
	qemu-img info "$HOME/store/machines/dev/disk.qcow2" | grep -F "30 GiB"
	machine start dev
	is_status 0
	pgrep -af "fake_qemu.py.*-m 2048M" | grep -q -e "-smp 3"
	machine stop dev
	before=$(cat "$HOME/store/machines/dev/config.json")
	fails 2 "cannot become smaller" set --disk 20g dev
	fails 2 "memory of 1 MiB is too small" set --memory 1 dev
	fails 2 "nothing to set was given" set dev
	fails 2 "--cpus takes a number above 0" set --cpus 0 dev
	[ "$(cat "$HOME/store/machines/dev/config.json")" = "$before" ]
	machine create -d none --url tcp://127.0.0.1:1 foo
	machine set --cpus 2 foo
	is_status 1
	err_has "hosts without a driver cannot be changed"
}

@test "upgrade: another image, the same disk; what is off is started, as docker-machine does" {
	setup_life
	machine create dev
	disk=$(stat -c %i "$HOME/store/machines/dev/disk.qcow2")
	fake_image "$HOME/newer"
	echo newer >"$HOME/newer/initrd"
	fake_sums "$HOME/newer"
	MACHINE_IMAGE=$HOME/newer machine upgrade dev
	is_status 0
	out_is 'Upgrading docker...
Stopping machine to do the upgrade...
Upgrading machine "dev"...
Starting machine back up...'
	state_is dev Running
	pgrep -af "fake_qemu.py.*$HOME/newer/"
	[ "$(stat -c %i "$HOME/store/machines/dev/disk.qcow2")" = "$disk" ]
	machine stop dev
	machine upgrade --image "$HOME/image" dev
	is_status 0
	out_has "Starting machine so machine can be upgraded..."
	state_is dev Running
	pgrep -af "fake_qemu.py.*$HOME/image/"
	echo bad >"$HOME/newer/initrd"
	fails 1 "is not what SHA256SUMS says" upgrade --image "$HOME/newer" dev
	state_is dev Running
	machine create -d none --url tcp://127.0.0.1:1 foo
	machine upgrade foo
	is_status 1
	err_has "hosts without a driver cannot be upgraded"
}

@test "the process that stays with a machine is small, and sleeps" {
	setup_life
	machine create dev
	is_status 0
	pid=$(supervisor dev)
	# Nothing of a sanitizer's memory is ours.
	! grep -q asan "/proc/$pid/maps" || skip "built with a sanitizer"
	private=$(awk '/^Private_Dirty:/ { print $2 }' "/proc/$pid/smaps_rollup")
	[ "$private" -le 3072 ] || fail_with "$private KiB of its own"
	sleep 1
	before=$(awk '/^voluntary/ { print $2 }' "/proc/$pid/status")
	sleep 5
	after=$(awk '/^voluntary/ { print $2 }' "/proc/$pid/status")
	[ $((after - before)) -le 2 ] || fail_with "$((after - before)) wake-ups in 5 s"
}
