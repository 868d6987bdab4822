# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For the tests in the outer machine: load inside
bats_require_minimum_version 1.5.0
real=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../../common.bash
. "$real/common.bash"
export PATH=$real:$PATH MACHINE_STORAGE_PATH=$HOME/machines LC_ALL=C.UTF-8
quick=(-d virtualbox --image "$real/quick" --virtualbox-memory 512 --virtualbox-disk-size 2000 --virtualbox-no-share)

# What the emulation did instead of what VirtualBox does elsewhere; run.sh prints it at the end.
prevented() { echo "$BATS_TEST_DESCRIPTION: $*" >>"$real/prevented"; }

# begin [NAME]: what a test begins with: no machine, or one of that name which runs and answers. One that the test before
# left so will do, for a boot is dear; any other state, and a test that is made again, begins from nothing.
begin() {
	if [ $# = 1 ] && [ "${BATS_TEST_TRY_NUMBER:-1}" = 1 ] && [ "$(machine ls -q 2>/dev/null)" = "$1" ] &&
		vbox_is "$1" running && engine "$1" /version >/dev/null 2>&1; then
		return
	fi
	"$real/nothing.sh" >/dev/null
	[ $# = 0 ] || create_booting "$1" "${quick[@]}"
}

# The end of each test: one that failed where the emulation ended a guest is made again, three times in all. Where that
# does not help, the failure is counted as the emulation's.
teardown() {
	local machine why
	[ -z "${BATS_TEST_COMPLETED:-}" ] || return 0
	for machine in $(machine ls -q 2>/dev/null); do
		why=${why:-$(why_emulation "$machine")}
	done
	[ -n "${why:-}" ] || [ -e "$BATS_TEST_TMPDIR/emulation" ] || return 0
	prevented "${why:-no guest got ready}"
	# shellcheck disable=SC2034 # bats reads it
	BATS_TEST_RETRIES=2
	[ "${BATS_TEST_TRY_NUMBER:-1}" -le 2 ] || echo "$BATS_TEST_DESCRIPTION" >>"$real/emulation"
}

vbox() { VBoxManage "$@"; }

# vbox_state NAME
vbox_state() { vbox showvminfo "$1" --machinereadable | sed -n 's/^VMState="\(.*\)"/\1/p'; }

vbox_is() { [ "$(vbox_state "$1")" = "$2" ]; }

# says PATTERN: the last `run` failed, and its words match
says() {
	echo "$output"
	# shellcheck disable=SC2154
	[ "$status" != 0 ] && [[ "$output" == *$1* ]]
}

# nothing_left NAME: neither in VirtualBox, nor its media, nor a file, nor a process
nothing_left() {
	refuse grep -F "\"$1\"" <(vbox list vms)
	refuse grep -F "$MACHINE_STORAGE_PATH/machines/$1/" <(vbox list hdds)
	refuse ls -d "$MACHINE_STORAGE_PATH/machines/$1" 2>/dev/null
	refuse pgrep -f "machines/$1/|--comment $1 |machine-keep.* $1( |$)"
}

# why_emulation NAME: a reason for a boot that failed which VirtualBox has on a real processor too seldom to count
why_emulation() {
	local folder=$MACHINE_STORAGE_PATH/machines/$1 text
	text=$(cat "$folder/$1/Logs/VBox.log" "$folder/console.log" 2>/dev/null | tr -d '\r' |
		grep -a -o -m1 -E 'Guru Meditation [^!]*|Kernel panic.*|double fault.*|soft lockup.*|rcu.*detected stalls.*|VERR_[A-Z_]*INVALID_GUEST_STATE' |
		head -1)
	[ -z "$text" ] || {
		echo "$text"
		return
	}
	grep -a -q 'machine: ' "$folder/console.log" 2>/dev/null || echo "the guest said nothing"
}

# create_booting NAME OPTION...: a boot that the emulation fails is tried again, three times in all
create_booting() {
	local name=$1 why try began
	shift
	for try in 1 2 3; do
		began=$SECONDS
		if machine create --keep-on-failure --timeout "${BOOT_TIMEOUT:-300}" "$@" "$name"; then
			echo "# $name was ready after $((SECONDS - began)) s, at the $try. boot" >&3
			return 0
		fi
		why=$(why_emulation "$name")
		machine rm -f "$name" || true
		[ -n "$why" ] || return 1
		prevented "boot $try: $why"
	done
	touch "$BATS_TEST_TMPDIR/emulation"
	return 1
}

# start_booting NAME [VERB]: the same for a machine that is there; after a boot that failed start boots it anew
start_booting() {
	local name=$1 verb=${2:-start} why try
	for try in 1 2 3; do
		! machine "$verb" --timeout "${BOOT_TIMEOUT:-300}" "$name" || return 0
		why=$(why_emulation "$name")
		[ -n "$why" ] || return 1
		prevented "boot $try: $why"
		machine kill "$name" || true
		verb=start
	done
	touch "$BATS_TEST_TMPDIR/emulation"
	return 1
}

# engine NAME PATH: asks the machine's engine as a Docker client would
engine() {
	local keys=$MACHINE_STORAGE_PATH/machines/$1 url
	url=$(machine url "$1") || return
	curl -sS --fail --max-time 60 --cacert "$keys/ca.pem" --cert "$keys/cert.pem" --key "$keys/key.pem" \
		"https://${url#tcp://}$2"
}

# modules in|out: VirtualBox's kernel modules. Its service, which ends some seconds after the last call, holds them.
modules() {
	local module
	if [ "$1" = in ]; then
		sudo modprobe -a vboxdrv vboxnetflt vboxnetadp
		return
	fi
	for module in vboxnetadp vboxnetflt vboxdrv; do
		until_true 60 sudo rmmod $module 2>/dev/null
	done
}
