# SPDX-License-Identifier: Apache-2.0
load helper

create() { machine create -d none --url "${2:-tcp://127.0.0.1:1}" "$1"; }

@test "create makes the store, the keys and a record" {
	create foo tcp://127.0.0.1:2376
	is_status 0
	out_has "Creating CA: $HOME/store/certs/ca.pem"
	out_has "Creating client certificate: $HOME/store/certs/cert.pem"
	out_has "Running pre-create checks..."
	out_has "Creating machine..."
	out_has "To see how to connect your Docker Client to the Docker Engine running on this virtual machine, run: "
	err_is ""
	[ "$(stat -c %a "$HOME/store/certs/key.pem")" = 600 ]
	[ "$(stat -c %a "$HOME/store/machines/foo")" = 700 ]
	[ "$(stat -c %a "$HOME/store/machines/foo/config.json")" = 600 ]
	[ -z "$(ls "$HOME/store/.state/locks")" ]
}

@test "options before, after and with one dash" {
	machine create --url tcp://127.0.0.1:1 foo -d none
	is_status 0
	machine create bar -driver=none -url=tcp://127.0.0.1:1
	is_status 0
	machine ls -q
	out_is "bar
foo"
}

@test "status, url, ip" {
	create foo tcp://127.0.0.1:2376
	machine status foo
	out_is Running
	machine url foo
	out_is tcp://127.0.0.1:2376
	machine ip foo
	out_is 127.0.0.1:2376
}

@test "a taken name is refused" {
	create foo
	create foo
	is_status 1
	err_has 'Docker machine "foo" already exists'
	err_has "hint:"
}

@test "inspect prints the record, a template picks from it" {
	create foo tcp://127.0.0.1:2376
	machine inspect foo
	is_status 0
	out_has '"ConfigVersion": 3,'
	out_has '"DriverName": "none",'
	machine inspect foo -f '{{.HostOptions.AuthOptions.StorePath}}'
	out_is "$HOME/store/machines/foo"
	machine inspect -f '{{.Driver.URL}}' foo
	out_is tcp://127.0.0.1:2376
	machine inspect -f '{{.Nothing}}' foo
	out_is "<no value>"
	machine inspect -f '{{bad}}' foo
	is_status 1
	err_has 'template parsing error: template: :1: function "bad" not defined'
}

@test "ls shows a dead engine in its row" {
	create foo tcp://127.0.0.1:1
	machine ls
	is_status 0
	out_has "foo    -        none     Running   tcp://127.0.0.1:1           Unknown   Unable to query docker version:"
	machine ls --format '{{.Name}}: {{.DriverName}} {{.State}}'
	out_is "foo: none Running"
	machine ls --filter state=Stopped -q
	out_is ""
	machine ls --filter foo=bar
	is_status 1
	err_has "Unsupported filter key 'foo'"
}

@test "env of a dead engine: nothing on stdout, status 1" {
	create foo
	machine env foo
	is_status 1
	out_is ""
	err_has "Error checking TLS connection: "
	err_has "connection refused"
}

@test "env -u for each shell" {
	machine env -u --shell bash
	is_status 0
	out_has "unset DOCKER_TLS_VERIFY
unset DOCKER_HOST
unset DOCKER_CERT_PATH
unset DOCKER_MACHINE_NAME"
	machine env -u --shell fish
	out_has "set -e DOCKER_HOST;"
	machine env -u --shell tcsh
	out_has "unsetenv DOCKER_HOST;"
	machine env -u --shell emacs
	out_has '(setenv "DOCKER_HOST" nil)'
	machine env -u foo
	is_status 1
}

@test "power commands say that there is no driver" {
	create foo
	machine stop foo
	is_status 1
	err_has "hosts without a driver cannot be stopped"
}

@test "rm asks, -y does not; nothing is left" {
	create foo
	machine rm foo
	is_status 0
	[ -d "$HOME/store/machines/foo" ]
	machine rm -y foo
	is_status 0
	out_has "Successfully removed foo"
	[ -z "$(ls -A "$HOME/store/machines")" ]
	machine rm -y foo
	is_status 1
	machine rm -f foo
	is_status 0
}

@test "rm -f with an empty name or dots removes nothing" {
	create foo
	for n in "" . .. ../certs; do
		machine rm -f -- "$n"
	done
	[ -f "$HOME/store/machines/foo/config.json" ]
	[ -f "$HOME/store/certs/ca.pem" ]
}

@test "a truncated record: one error row, other machines work, rm -f cleans up" {
	create foo
	create bar
	head -c 40 "$HOME/store/machines/foo/config.json" >"$HOME/cut"
	cp "$HOME/cut" "$HOME/store/machines/foo/config.json"
	machine ls
	is_status 0
	out_has "Error getting migrated host"
	machine url bar
	is_status 0
	machine url foo
	is_status 1
	err_has "machine rm -f foo"
	machine rm -f foo
	is_status 0
	[ ! -e "$HOME/store/machines/foo" ]
}

@test "unknown members of a record and every digit survive" {
	create foo
	sed -i 's/"Name": "foo"/"Name": "foo",\n    "Extra": 9223372036854775807/' "$HOME/store/machines/foo/config.json"
	machine inspect foo
	is_status 0
	out_has '"Extra": 9223372036854775807'
}

@test "eight creates at once on an empty store leave one valid CA" {
	pids=
	for i in 1 2 3 4 5 6 7 8; do
		"$MACHINE" create -d none --url tcp://127.0.0.1:1 "m$i" >/dev/null 2>"$HOME/err$i" </dev/null &
		pids="$pids $!"
	done
	for p in $pids; do
		wait "$p"
	done
	openssl verify -CAfile "$HOME/store/certs/ca.pem" "$HOME/store/certs/cert.pem"
	machine ls -q
	[ "$(echo "$out" | wc -l)" = 8 ]
}

@test "two creates of one name: one wins" {
	for i in 1 2; do
		{ rc=0; "$MACHINE" create -d none --url tcp://127.0.0.1:1 same >/dev/null 2>&1 </dev/null || rc=$?; echo $rc >"$HOME/rc$i"; } &
	done
	wait
	[ "$(sort "$HOME/rc1" "$HOME/rc2" | tr '\n' ' ')" = "0 1 " ]
}

@test "a store that cannot be written names the path" {
	: >"$HOME/file"
	MACHINE_STORAGE_PATH=$HOME/file/store machine create -d none --url tcp://127.0.0.1:1 foo
	[ "$status" != 0 ]
	err_has "$HOME/file"
}

@test "ls names the master of a swarm" {
	machine create -d none --url tcp://127.0.0.1:1 --swarm-master --swarm-discovery token://x sm1
	machine create -d none --url tcp://127.0.0.1:1 --swarm --swarm-discovery token://x sn1
	machine create -d none --url tcp://127.0.0.1:1 other
	machine ls --format '{{.Name}}={{.Swarm}}'
	out_is "other=
sm1=sm1 (master)
sn1=sm1"
	export DOCKER_HOST=tcp://127.0.0.1:3376
	machine ls --format '{{.Name}} {{.Active}} {{.ActiveSwarm}}' --filter name=sm1
	out_is "sm1 * (swarm) true"
}

@test "create --if-missing: what is there will do, what is half made will not" {
	machine create --if-missing -d none --url tcp://127.0.0.1:1 foo
	is_status 0
	out_has "machine env foo"
	before=$(cat "$HOME/store/machines/foo/config.json")
	machine create --if-missing -d none --url tcp://127.0.0.1:2 foo
	is_status 0
	out_is 'Docker machine "foo" already exists'
	[ "$(cat "$HOME/store/machines/foo/config.json")" = "$before" ]
	sed -i 's/"ready"/"creating"/' "$HOME/store/machines/foo/config.json"
	fails 1 "machine 'foo' was never finished" create --if-missing -d none --url tcp://127.0.0.1:1 foo
	pids=()
	for i in 1 2 3 4; do
		"$MACHINE" create --if-missing -d none --url tcp://127.0.0.1:1 bar >"$HOME/o$i" 2>&1 &
		pids+=($!)
	done
	for p in "${pids[@]}"; do wait "$p"; done
	[ "$(cat "$HOME"/o? | grep -c 'already exists')" = 3 ]
}

@test "create --count" {
	machine create --count 3 -d none --url tcp://127.0.0.1:1 ci
	is_status 0
	machine ls -q
	out_is "ci-1
ci-2
ci-3"
	machine create --if-missing -d none --url tcp://127.0.0.1:1 --count=4 ci
	is_status 0
	[ "$(grep -c 'already exists' <<<"$out")" = 3 ]
	fails 2 "--count takes one name" create --count 2 -d none --url tcp://127.0.0.1:1 a b
	fails 2 "--count takes one name" create --count 0 -d none --url tcp://127.0.0.1:1 a
	machine create --count x -d none --url tcp://127.0.0.1:1 a
	is_status 2
	err_has 'invalid value "x" for flag -count'
}

# called NAME: the program by that name
called() {
	mkdir -p "$HOME/bin"
	printf '#!/bin/bash\nexec -a %s "%s" "$@"\n' "$1" "$MACHINE" >"$HOME/bin/$1"
	chmod +x "$HOME/bin/$1"
	MACHINE=$HOME/bin/$1
}

@test "called docker-machine: one name, its words, and VirtualBox where that is" {
	[ "${MACHINE##*/}" != valgrind.sh ] || skip "valgrind cannot be given another name"
	real=$MACHINE
	called docker-machine
	machine version
	[[ "$out" == "docker-machine version "* ]]
	machine create -d none --url tcp://127.0.0.1:1 a b c
	is_status 1
	err_has "Invalid command line. Found extra arguments [b c]"
	machine bogus
	is_status 1
	err_has "docker-machine: 'bogus' is not a docker-machine command. See 'docker-machine --help'."
	PATH=/usr/bin:/bin machine create --qemu-binary /nonexistent dev
	is_status 3
	err_has "VirtualBox is not installed: the driver qemu is used"
	printf '#!/bin/sh\necho 5.0.0r1\n' >"$HOME/bin/VBoxManage"
	chmod +x "$HOME/bin/VBoxManage"
	PATH=$HOME/bin:/usr/bin:/bin machine create --virtualbox-no-share dev
	is_status 3
	err_lacks "qemu"
	MACHINE_DRIVER=none PATH=$HOME/bin:/usr/bin:/bin machine create --url tcp://127.0.0.1:1 dev
	is_status 0
	MACHINE=$real
	machine create -d none --url tcp://127.0.0.1:1 x y
	is_status 0
}

@test "active: a swarm's master by the swarm's port" {
	machine create -d none --url tcp://127.0.0.1:1 --swarm-master --swarm-discovery token://1 sm
	DOCKER_HOST=tcp://127.0.0.1:3376 machine active
	is_status 0
	out_is sm
}

@test "config writes paths as Go's %q does" {
	machines_run
	fakes
	mkdir "$HOME/store"
	ln -s store "$HOME/R&D"	# where the teardown finds it
	export MACHINE_STORAGE_PATH=$HOME/R\&D
	machine create e1
	machine config e1
	out_has "--tlscacert=\"$HOME/R&D/machines/e1/ca.pem\""
}

@test "ls --format: line ends at its end count, blanks do not" {
	create foo
	"$MACHINE" ls -t 1 -f ' {{.Name}}\n  ' >"$HOME/two"
	[ "$(od -An -c "$HOME/two" | tr -d ' \n')" = 'foo\n\n' ]
}

@test "a record made with a store given as \".\" is found from anywhere" {
	create e2
	sed -i "s|$HOME/store/machines/e2|machines/e2|; s|$HOME/store/certs|certs|" "$HOME/store/machines/e2/config.json"
	cd /
	machine inspect -f '{{.HostOptions.AuthOptions.CaCertPath}} {{.HostOptions.AuthOptions.StorePath}}' e2
	out_is "$HOME/store/certs/ca.pem $HOME/store/machines/e2"
}

@test "ls --filter name= takes Go's regular expressions" {
	create vm12
	create vmx
	for pattern in 'vm\d+' '(?i)^VM1' 'vm(?:1|2)+$' '^vm[\d]' 'm\d{2}$' '^[^x]+$' 'vm[1\-]'; do
		machine ls -q --filter "name=$pattern"
		out_is vm12
	done
	machine ls -q --filter 'name=^vm\D$'
	out_is vmx
}
