# SPDX-License-Identifier: Apache-2.0
load helper

@test "version prints the name it was called by" {
	machine version
	is_status 0
	[[ $out =~ ^machine\ version\ [0-9]+\.[0-9]+\.[0-9]+,\ build\ [0-9a-z]+$ ]]
	[ "${MACHINE##*/}" = machine ] || skip "valgrind gives the program its own name"
	ln -s "$MACHINE" "$HOME/docker-machine"
	MACHINE=$HOME/docker-machine
	machine -v
	is_status 0
	[[ $out == docker-machine\ version* ]]
}

@test "no arguments: help on stdout, status 0" {
	machine
	is_status 0
	out_has "Usage: machine [OPTIONS] COMMAND [arg...]"
	out_has "Run 'machine COMMAND --help' for more information on a command."
	err_is ""
}

@test "an unknown command names it and the nearest one" {
	machine creat dev
	is_status 1
	out_is ""
	err_has "machine: 'creat' is not a machine command. See 'machine --help'."
	err_has "hint: Did you mean"
}

@test "an unknown option is a usage error with status 2" {
	machine ls --foo
	is_status 2
	out_is ""
	err_has "flag provided but not defined: -foo"
	err_has "ls --help"
}

@test "every command has a help page" {
	for c in active config create env help inspect ip kill ls ports restart rm ssh start status stop url version; do
		machine help "$c"
		is_status 0
		out_has "Usage: machine $c"
	done
}

@test "help is folded to a terminal's width, and as docker-machine's elsewhere" {
	for c in "" create env ls rm; do
		script -qec "stty cols 80; '$MACHINE' $c --help" /dev/null </dev/null | tr -d '\r' >"$HOME/help"
		grep -q "show help\|Options:" "$HOME/help"
		refuse grep -E '^.{81}' "$HOME/help"
	done
	ln -s "$MACHINE" "$HOME/docker-machine"
	[ -n "${PROGRAM:-}" ] || MACHINE=$HOME/docker-machine
	machine ls --help
	out_has "--quiet, -q					Enable quiet mode"
	[ -n "${PROGRAM:-}" ] && return
	machine create --help
	out_has "--qemu-isolated											Give the machine no way out; published ports"
}

@test "a name that is not in the store: docker-machine's text with our name, status 1" {
	for c in config env inspect ip kill ports restart start status stop url; do
		machine "$c" nope
		is_status 1
		err_has 'Docker machine "nope" does not exist. Use "machine ls" to list machines.'
		out_has ""
	done
}

@test "no name and no default machine" {
	machine url
	is_status 1
	err_has 'Error: No machine name(s) specified and no "default" machine exists'
}

@test "bad names touch nothing" {
	for n in "" . .. a/b -- -x "$(printf 'a%.0s' {1..65})" "a b" 'a$b'; do
		machine create -d none --url tcp://127.0.0.1:1 -- "$n"
		[ "$status" != 0 ] || fail_with "the name '$n' was taken"
	done
	[ -z "$(ls "$HOME/store/machines" 2>/dev/null)" ]
}

@test "ls of an empty store is the header alone" {
	machine ls
	is_status 0
	out_is "NAME   ACTIVE   DRIVER   STATE   URL   SWARM   DOCKER   ERRORS"
}

@test "a full standard output is an error" {
	status=0
	"$MACHINE" version >/dev/full 2>"$HOME/.err" || status=$?
	is_status 1
	grep -q "cannot write to standard output" "$HOME/.err"
}

@test "the tests: one that is ended before it has a home takes nobody's" {
	mkdir "$HOME/users"
	HOME=$HOME/users bash -c 'dir=$1; load() { . "$dir/$1.bash"; }; . "$dir/helper.bash" && teardown' \
		bash "$BATS_TEST_DIRNAME" >/dev/null 2>&1 || true
	[ -d "$HOME/users" ]
	sed -n '/^teardown/,/^}/p' "$BATS_TEST_DIRNAME"/*.bats "$BATS_TEST_DIRNAME/helper.bash" >"$HOME/teardowns"
	refuse grep -F 'rm -rf "$HOME"' "$HOME/teardowns"
}
