# SPDX-License-Identifier: Apache-2.0
# What is read for help: in groups and folded for us, as it always was for who calls docker-machine.
load helper

old_name() {
	[ -z "${PROGRAM:-}" ] || skip "valgrind gives the program its own name"
	ln -s "$MACHINE" "$HOME/docker-machine"
	MACHINE=$HOME/docker-machine
}

# on_terminal COLUMNS ARGS...: what the terminal gets
on_terminal() {
	local columns=$1
	shift
	script -qec "stty cols $columns; '$MACHINE' $*" /dev/null </dev/null | tr -d '\r'
}

groups() { grep -oE '^[A-Z][A-Za-z'"'"' ]*:$' <<<"$out" | tr -d '\n'; }

# A new option of create: write the file anew, and look at the difference.
@test "docker-machine create --help is to the byte what it was" {
	old_name
	PATH=$HOME:$PATH docker-machine create --help | cmp - "$BATS_TEST_DIRNAME/golden/docker-machine-create-help.txt"
}

@test "create --help: common options, the engine's and the default driver's, in groups" {
	machine create --help
	is_status 0
	[ "$(groups)" = "Description:Options:Options of the machine:Options of the engine:Options of the driver qemu:Other options:" ] ||
		fail_with "groups: $(groups)"
	out_has "--qemu-memory SIZE"
	out_lacks "--kvm-memory"
	out_lacks "--swarm"
	out_has "create -d kvm --help"
	out_has "help create"
}

@test "create --help: the driver that was named, in every way to name one" {
	for how in "-d kvm" "-d=kvm" "--driver kvm" "--driver=kvm" "-driver kvm"; do
		for order in "$how --help" "dev $how -h"; do
			# shellcheck disable=SC2086 # words
			machine create $order
			is_status 0
			out_has "--kvm-uri VALUE"
			out_lacks "--qemu-memory"
			out_lacks "create -d kvm --help"
		done
	done
	MACHINE_DRIVER=virtualbox machine create --help
	out_has "--virtualbox-memory SIZE"
	machine create -d nowhere --help
	is_status 0
	out_has "There is no driver 'nowhere'."
	out_has "create -d qemu --help"
}

@test "every option of create is one command away" {
	machine create --help
	for more in $(sed -nE 's/.* create -d ([a-z]+) --help$/\1/p' <<<"$out"); do
		machine create -d "$more" --help
		is_status 0
		out_has "Options of the driver $more:"
	done
	machine help create
	for o in --swarm-master --kvm-uri --qemu-memory --virtualbox-memory --url --engine-opt --timeout; do
		out_has "  $o"
	done
}

@test "help of every command fits the terminal, and create's fits 80 columns anywhere" {
	short_name
	for c in $("$MACHINE" --help | sed -nE 's/^  ([a-z][a-z-]*)\t+.*/\1/p'); do
		on_terminal 80 help "$c" >"$HOME/help"
		grep -q "^Usage: machine $c" "$HOME/help"
		refuse grep -E '^.{81}' "$HOME/help"
	done
	machine help create
	refuse grep -E '^.{81}' <<<"$out"
	on_terminal 66 create --help >"$HOME/help"
	grep -q -- '--qemu-memory SIZE' "$HOME/help"
	refuse grep -vE '^.{0,66}$|^Usage' "$HOME/help"
}

@test "version names ourselves, whatever the link is called; docker-machine's stays" {
	machine help version
	out_has "Show the version of this program, or of a machine's engine"
	out_lacks "Docker Machine"
	[ -z "${PROGRAM:-}" ] || skip "valgrind gives the program its own name"
	ln -s "$MACHINE" "$HOME/m"
	before=$MACHINE
	MACHINE=$HOME/m
	for how in version -v --version; do
		machine $how
		[[ $out =~ ^machine\ version\ [0-9.]+,\ build\ [0-9a-z]+$ ]] || fail_with "$how"
	done
	MACHINE=$before
	old_name
	machine help version
	out_has "Show the Docker Machine version or a machine docker version"
	machine -v
	[[ $out == "docker-machine version "* ]]
}
