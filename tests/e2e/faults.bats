# SPDX-License-Identifier: Apache-2.0
# What tests/cli does on a fake QEMU, where it matters with the real one: interruptions and kills while a guest boots.
# Nothing may be left of them: no process, lock, reservation or folder.
load ../common

setup() {
	store=$HOME/.docker/machine
}

teardown() {
	[ ! -d "$store/machines" ] || (cd "$store/machines" && machine rm -f -- *) >/dev/null 2>&1 || true
}

no_process() { ! pgrep -f "machine-(fault|other),process|supervise (fault|other)" >/dev/null; }

nothing_left() {
	[ ! -e "$store/machines/fault" ]
	[ -z "$(ls -A "$store/.state/locks")" ]
	refuse grep -rqx "$store/machines/fault" "$store/.state/addresses"
	until_true 5 no_process
}

# kernel_runs: QEMU runs and its guest has said something
kernel_runs() { [ -s "$store/machines/fault/console.log" ]; }

begin() {
	# In the background bash has SIGINT ignored.
	env --default-signal=INT machine create "$@" fault >"$HOME/out" 2>"$HOME/err" </dev/null &
	pid=$!
}

ended_with() {
	rc=0
	wait "$pid" || rc=$?
	[ "$rc" = "$1" ] || {
		echo "status $rc"
		cat "$HOME/out" "$HOME/err"
		return 1
	}
}

@test "a QEMU that does not know what it is asked: its words, a hint, nothing left" {
	qemu=$(command -v qemu-system-x86_64)
	printf '#!/bin/sh\n[ "$1" = --version ] && exec %s --version\nexec %s "$@" -device nonsense\n' "$qemu" "$qemu" >"$HOME/qemu"
	chmod +x "$HOME/qemu"
	rc=0
	machine create --qemu-binary "$HOME/qemu" fault 2>"$HOME/err" || rc=$?
	[ "$rc" = 1 ]
	grep "QEMU ended with status 1: .*'nonsense' is not a valid device" "$HOME/err"
	grep "^hint: " "$HOME/err"
	nothing_left
}

@test "a guest that hangs: the deadline quotes the console, says where it is kept, and ends a QEMU that hangs too" {
	begin --timeout 15
	until_true 15 kernel_runs
	kill -STOP "$(pgrep -f machine-fault,process)"
	ended_with 1
	grep "did not become ready in time; the last stage it reached is" "$HOME/err"
	grep "the end of its console:" "$HOME/err"
	grep "the console of the failed machine is kept in $store/logs/fault.console.log" "$HOME/err"
	grep "^hint: " "$HOME/err"
	[ -s "$store/logs/fault.console.log" ]
	nothing_left
}

@test "Ctrl-C while the guest boots" {
	begin
	until_true 30 kernel_runs
	began=$SECONDS
	kill -INT "$pid"
	ended_with 130
	[ $((SECONDS - began)) -le 5 ]
	nothing_left
}

@test "rm -f ends a create that runs; two creates of one name do not meet" {
	begin
	until_true 30 kernel_runs
	refuse machine create fault 2>"$HOME/err2"
	grep "machine 'fault' is busy: 'machine create' (process $pid)" "$HOME/err2"
	machine rm -f fault
	ended_with 130
	nothing_left
}

@test "SIGKILL of create while the guest boots: ls says Error, rm cleans up" {
	begin
	until_true 30 kernel_runs
	kill -KILL "$pid"
	ended_with 137
	[ "$(machine status fault)" = Error ]
	machine ls | grep -E "^fault .* Error"
	refuse machine start fault 2>"$HOME/err2"
	grep "machine rm fault" "$HOME/err2"
	machine rm -y fault
	nothing_left
}

@test "two machines in one create; kill -9 of a supervisor takes its QEMU along, start works again" {
	machine create fault other
	[ "$(machine status fault)" = Running ]
	[ "$(machine ip fault)" != "$(machine ip other)" ]
	kill -KILL "$(cut -d' ' -f1 "$store/machines/fault/supervisor.lock")"
	until_true 5 sh -c '[ "$(machine status fault)" = Stopped ]'
	refuse pgrep -f machine-fault,process
	[ "$(machine status other)" = Running ]
	machine kill other
	address=$(sed -n 's/.*"IPAddress": "\(.*\)",/\1/p' "$store/machines/fault/config.json")
	python3 -c "
import socket, sys
s = socket.create_server(('$address', 2376))
open('$HOME/taken', 'w').close()
sys.stdin.readline()" < <(until_true 60 test -e "$HOME/enough") &
	taker=$!
	until_true 10 test -e "$HOME/taken"
	refuse machine start fault 2>"$HOME/err2"
	grep "port 2376 of $address is taken by another program" "$HOME/err2"
	grep "^hint: .*ss -lntup" "$HOME/err2"
	: >"$HOME/enough"
	wait "$taker"
	machine start fault
	[ "$(machine status fault)" = Running ]
	machine rm -y fault other
	nothing_left
}
