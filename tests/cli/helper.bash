# SPDX-License-Identifier: Apache-2.0
# Each test has an empty home and store; stdout, stderr and status are looked at apart.
load ../common

setup() {
	MACHINE=${MACHINE:-$BATS_TEST_DIRNAME/../../build/machine}
	make_home machine-cli
	export MACHINE
	unset FAKE_QEMU QEMU_BINARY QEMU_ACCELERATOR QEMU_ISOLATED MACHINE_TIMEOUT
	unset MACHINE_STORAGE_PATH MACHINE_DRIVER MACHINE_DEBUG MACHINE_IMAGE DOCKER_HOST NO_PROXY no_proxy
	export MACHINE_STORAGE_PATH=$HOME/store SHELL=/bin/bash USER=tester
}

teardown() {
	[ -n "${OWN_HOME:-}" ] || return 0
	[ ! -d "$HOME/store/machines" ] || (cd "$HOME/store/machines" && "$MACHINE" rm -f -- *) >/dev/null 2>&1 || true
	remove_home
}

# machine ARGS...: sets $out, $err, $status
machine() {
	status=0
	"$MACHINE" "$@" >"$HOME/.out" 2>"$HOME/.err" </dev/null || status=$?
	out=$(cat "$HOME/.out")
	err=$(cat "$HOME/.err")
}

fail_with() {
	echo "$1"
	echo "status $status"
	echo "stdout: $out"
	echo "stderr: $err"
	return 1
}

is_status() { [ "$status" = "$1" ] || fail_with "expected status $1"; }
out_is() { [ "$out" = "$1" ] || fail_with "expected stdout: $1"; }
err_is() { [ "$err" = "$1" ] || fail_with "expected stderr: $1"; }
out_has() { [[ $out == *"$1"* ]] || fail_with "expected in stdout: $1"; }
err_has() { [[ $err == *"$1"* ]] || fail_with "expected in stderr: $1"; }
out_lacks() { [[ $out != *"$1"* ]] || fail_with "not expected in stdout: $1"; }
err_lacks() { [[ $err != *"$1"* ]] || fail_with "not expected in stderr: $1"; }

# fails STATUS TEXT ARGS...: the program ends with this status, names the thing, and says what to do
fails() {
	local want=$1 text=$2
	shift 2
	machine "$@"
	is_status "$want"
	err_has "$text"
	err_has "
hint: "
}

# No machine, lock, reservation, half-written file, folder or process is left of a failed create. $*: machines that stay
nothing_left() {
	local s=$HOME/store
	[ "$(ls -A "$s/machines" 2>/dev/null | tr '\n' ' ')" = "${*:+$* }" ] || fail_with "machines: $(ls -A "$s/machines")"
	[ -z "$(ls -A "$s/.state/locks" 2>/dev/null)" ] || fail_with "locks: $(ls -A "$s/.state/locks")"
	[ "$(ls -A "$s/.state/addresses" 2>/dev/null | wc -l)" -le $# ] || fail_with "addresses: $(ls -A "$s/.state/addresses")"
	[ -z "$(find "$s" -name '*.new' -o -name '.tmp-*' -o -name '*.removed' 2>/dev/null)" ] || fail_with "$(find "$s")"
	[ $# -gt 0 ] || no_process
}

ours_run() {
	local p
	for p in $(pgrep -f '^machine __driver|fake_qemu.py'); do
		if tr '\0' '\n' <"/proc/$p/environ" 2>/dev/null | grep -qxF "HOME=$HOME"; then
			return 0
		fi
	done
	return 1
}
none_run() { ! ours_run; }
no_process() { until_true 5 none_run || fail_with "left: $(pgrep -af '^machine __driver|fake_qemu.py')"; }

# An image folder of a few bytes: enough for every check, and for a fake QEMU.
fake_image() {
	mkdir -p "$1"
	echo '{"version":1,"arch":"x86_64","kernel":"6","engine":"26","cmdline":"console=ttyS0"}' >"$1/image.json"
	for f in vmlinux initrd root.erofs; do
		echo "$f" >"$1/$f"
	done
	# The head of a qcow2 image of 20000 MiB, which need not grow.
	printf 'QFI\373\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\20\0\0\0\4\342\0\0\0' >"$1/data.qcow2"
	fake_sums "$1"
}

fake_sums() { (cd "$1" && find . -type f ! -name SHA256SUMS -printf '%P\0' | xargs -0 sha256sum >SHA256SUMS); }

# For tests whose machines run: valgrind up to 3.19 knows no pidfd_open, and starts itself where a program starts
# /proc/self/exe. The same tests look for leaks with ASan (make check-compilers).
machines_run() { [ "${MACHINE##*/}" != valgrind.sh ] || skip "valgrind cannot start the supervisor"; }

# The fake image and the fake QEMU are used from here on.
fakes() {
	fake_image "$HOME/image"
	# By its own name: what stands for python3 on PATH may be a script that needs much of PATH itself.
	printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$(python3 -c 'import sys; print(sys.executable)')" \
		"$BATS_TEST_DIRNAME/fake_qemu.py" >"$HOME/qemu"
	chmod +x "$HOME/qemu"
	export MACHINE_IMAGE=$HOME/image MACHINE_TIMEOUT=20 QEMU_BINARY=$HOME/qemu QEMU_ACCELERATOR=tcg
}

# The fake QEMU writes down how far it got.
marked() { grep -qx "$1" "$HOME/marks" 2>/dev/null; }

# create_at MODE MARK NAME: begin a create in the background and wait until the fake is that far; sets $pid
create_at() {
	rm -f "$HOME/marks"
	# In the background bash has SIGINT ignored, below nohup SIGHUP.
	FAKE_QEMU=$1 env --default-signal=INT,TERM,HUP "$MACHINE" create "$3" >"$HOME/.out" 2>"$HOME/.err" </dev/null &
	pid=$!
	until_true 10 marked "$2" || fail_with "the fake never came to '$2': $(cat "$HOME/.err")"
}

# The end of what create_at began: sets $status, $out, $err
create_end() {
	status=0
	wait "$pid" || status=$?
	out=$(cat "$HOME/.out")
	err=$(cat "$HOME/.err")
}

# The program by a short path: commands in texts are not folded, and the clone may lie deep.
short_name() {
	[ -z "${PROGRAM:-}" ] || skip "valgrind gives the program its own name"
	ln -s "$MACHINE" "$HOME/machine"
	MACHINE=$HOME/machine
}
