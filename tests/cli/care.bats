# SPDX-License-Identifier: Apache-2.0
# logs, prune and doctor.
load helper

@test "logs: console and supervisor, the last lines, nothing that moves a terminal's cursor" {
	machines_run
	fakes
	machine create dev
	machine logs dev
	is_status 0
	out_has "==> console.log <==
kernel of the fake
machine: stage root 0.100"
	out_has "==> supervisor.log <=="
	machine logs --tail 1 dev
	out_has "==> console.log <==
machine: stage root 0.100
==> "
	out_lacks "kernel of the fake"
	printf 'a\033[2Jb\r\n' >>"$HOME/store/machines/dev/console.log"
	machine logs dev
	out_has "
ab
"
	machine --json logs dev
	python3 -c 'import json, sys; o = [json.loads(l) for l in sys.argv[1].splitlines()]; assert o[0]["Name"] == "dev" and o[0]["File"].endswith("console.log") and "kernel of the fake" in o[0]["Text"]' "$out"
	machine create -d none --url tcp://127.0.0.1:1 foo
	machine logs foo
	is_status 1
	err_has "machine 'foo' has no log yet, or its driver keeps none"
	machine logs nope
	is_status 1
	err_has 'Docker machine "nope" does not exist'
}

@test "logs of a machine whose create failed" {
	machines_run
	fakes
	FAKE_QEMU=failed machine create dev
	is_status 1
	machine logs dev
	is_status 0
	out_has "kernel of the fake"
	machine logs ../dev
	is_status 1
}

@test "prune: what killed creates left, and nothing else" {
	machines_run
	fakes
	machine prune
	is_status 0
	out_is "Nothing was left."
	machine create good
	create_at silent booted dev
	machine prune -f
	is_status 0
	out_is "Nothing was left."
	kill -9 "$pid"
	wait "$pid" || true
	mkdir "$HOME/store/machines/.x.new" "$HOME/store/machines/.y.removed" "$HOME/store/machines/.keep"
	machine prune
	is_status 0
	out_is "About to remove what was left of dev
Are you sure? (y/n): "
	[ -e "$HOME/store/machines/dev" ]
	[ ! -e "$HOME/store/machines/.x.new" ]
	[ ! -e "$HOME/store/machines/.y.removed" ]
	rmdir "$HOME/store/machines/.keep"
	machine prune -f
	is_status 0
	out_is "Removed what was left of dev"
	nothing_left good
	machine status good
	out_is Running
	fails 2 "prune takes no names" prune good
}

@test "doctor: what create would say, driver by driver" {
	fakes
	machine doctor qemu
	is_status 0
	[[ "$out" =~ qemu\ +ok ]] || fail_with qemu
	[[ "$out" =~ image\ +ok\ +"$HOME/image" ]] || fail_with image
	out_lacks kvm
	QEMU_BINARY=/nonexistent machine doctor qemu
	is_status 1
	[[ "$out" =~ qemu\ +no\ +"program '/nonexistent' is not installed" ]] || fail_with no
	out_has "hint: "
	machine doctor
	for driver in qemu kvm virtualbox none; do
		[[ "$out" =~ (^|$'\n')$driver\ +(ok|no) ]] || fail_with "$driver"
	done
	[ ! -e "$HOME/store/machines" ]
	# The fake is a 7.2: what shared folders lack with it is told, by create to whoever asks for one.
	out_has "in a shared folder QEMU 7.2 may make no FIFO and no socket"
	machine --json doctor qemu
	python3 -c 'import json, sys; o = [json.loads(l) for l in sys.argv[1].splitlines()]; assert o[0]["Check"] == "qemu" and o[0]["OK"] is True' "$out"
	fails 1 "there is no driver 'nope'" doctor nope
	MACHINE_IMAGE=$HOME/none machine doctor qemu
	is_status 1
	[[ "$out" =~ image\ +no ]] || fail_with "no image"
}
