# SPDX-License-Identifier: Apache-2.0
# Each test has an empty home and store; stdout, stderr and status are looked at apart.
setup() {
	MACHINE=${MACHINE:-$BATS_TEST_DIRNAME/../../build/machine}
	HOME=$(mktemp -d "${TMPDIR:-/tmp}/machine-cli.XXXXXX")
	export HOME MACHINE
	unset MACHINE_STORAGE_PATH MACHINE_DRIVER MACHINE_DEBUG MACHINE_IMAGE DOCKER_HOST NO_PROXY no_proxy
	export MACHINE_STORAGE_PATH=$HOME/store SHELL=/bin/bash USER=tester
}

teardown() {
	rm -rf "$HOME"
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
