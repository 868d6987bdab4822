# SPDX-License-Identifier: Apache-2.0
# What programs and people who call the tool rely on beyond its texts: the whole of stderr, the status, hints that work when
# they are pasted, questions that make sense, and pipes that are closed.
load helper

URL=tcp://127.0.0.1:1

# on_terminal ARGS...: as machine(), with a terminal for everything; $out is what was on it
on_terminal() {
	local q
	printf -v q '%q ' "$MACHINE" "$@"
	status=0
	script -qec "stty cols 80 -echo; $q" /dev/null </dev/null >"$HOME/.out" 2>&1 || status=$?
	out=$(tr -d '\r' <"$HOME/.out") err=
}

@test "hints: on a terminal, for those who ask, and in JSON" {
	short_name
	MACHINE_HINTS= machine active
	is_status 1
	err_is "No active host found"
	MACHINE_HINTS=0 machine active
	err_is "No active host found"
	for yes in 1 true; do
		MACHINE_HINTS=$yes machine active
		err_has "No active host found
hint: "
	done
	MACHINE_HINTS= machine --json active
	err_has '"Hint":'
	MACHINE_HINTS= on_terminal active
	out_has "No active host found
hint: Choose one: "
	MACHINE_HINTS=0 on_terminal active
	out_lacks hint:
	MACHINE_HINTS=nonsense machine active
	err_is "No active host found"
	# An error of each kind of words is one line
	for words in "status nope" "create" "ls --foo" "bogus" "env a b" "rm" "create -d none x" "--foo"; do
		# shellcheck disable=SC2086
		MACHINE_HINTS= machine $words
		[ "$(wc -l <"$HOME/.err")" = 1 ] || fail_with "more than one line: $words"
	done
}

@test "wrong words: 2, and 1 for those who call docker-machine" {
	[ "${MACHINE##*/}" = machine ] || skip "valgrind gives the program its own name"
	real=$MACHINE
	ln -s "$MACHINE" "$HOME/docker-machine"
	for words in "create -d none x" "create -d none --url $URL --bogus x" "create -d none --url $URL a_b" \
		"create -d qemu --qemu-memory lots x" "create -d qemu --url $URL x" "ls -t abc" "--foo"; do
		# shellcheck disable=SC2086
		MACHINE=$real machine $words
		is_status 2
		# shellcheck disable=SC2086
		MACHINE=$HOME/docker-machine machine $words
		is_status 1
		# shellcheck disable=SC2086
		MACHINE=$HOME/docker-machine machine --json $words
		err_has '"Status":1'
	done
}

# hinted: runs the command of the hint, whose end is $1
hinted() {
	local command=${err##*$1}
	[ "$command" != "$err" ] || fail_with "no hint with: $1"
	(cd / && eval "$command")
}

@test "a hint's command has the caller's own options" {
	[ "${MACHINE##*/}" = machine ] || skip "valgrind gives the program its own name"
	s="$HOME/my \$tore"
	unset MACHINE_STORAGE_PATH
	machine -s "$s" create -d none --url $URL foo
	is_status 0
	out_has "run: $MACHINE --storage-path '$s' env foo"
	machine -s "$s" create --driver none --url $URL --engine-label a=b --engine-label c=d foo
	err_has "hint: Use it: $MACHINE --storage-path '$s' env foo. Or remove it first: $MACHINE --storage-path '$s' rm foo"
	echo '{"ConfigVersion": 9}' >"$s/machines/foo/config.json"
	machine --storage-path="$s" --bugsnag-api-token=secret url foo
	err_lacks secret
	hinted "forget the machine: "
	[ ! -e "$s/machines/foo" ]
	# The same command: its options too, but for what the hint says otherwise
	machine -s "$s" create -d none --url $URL --engine-label a=b --engine-label c=d a_b
	hinted "for example: "
	[ "$(jq -c .HostOptions.EngineOptions.Labels <"$s/machines/dev/config.json" 2>/dev/null ||
		"$MACHINE" -s "$s" inspect -f '{{json .HostOptions.EngineOptions.Labels}}' dev)" = '["a=b","c=d"]' ]
	# Hints land in logs: what may hold a password is not repeated.
	machine --json create -d none --url $URL --engine-env P=secret1 --engine-opt t=secret2 --engine-registry-mirror http://u:secret3@r a_b
	err_has "Choose a name"
	err_lacks secret
	machine create -d none --url $URL --count 0 x
	err_has "$MACHINE create --driver none --url $URL --count 3 ci"
	machine create -d none --url $URL
	err_has "$MACHINE create --driver none --url $URL dev"
	machine ls --foo
	err_has "See: $MACHINE ls --help"
	machine -s "$s" create -d qemu --qemu-memory 1 x
	err_lacks "--driver qemu --driver"
	rm -r "$s"
}

@test "rm and regenerate-certs of what is not there do not ask" {
	machine regenerate-certs nope
	is_status 1
	out_is ""
	err_has 'Docker machine "nope" does not exist.'
	machine regenerate-certs
	is_status 1
	out_is ""
	machine rm nope
	is_status 1
	out_is ""
	err_has 'Error removing host "nope": Docker machine "nope" does not exist.'
	machine create -d none --url $URL foo
	status=0
	out=$(echo n | "$MACHINE" rm nope foo 2>&1) || status=$?
	is_status 0
	out_has "Are you sure? (y/n): "
	[ -e "$HOME/store/machines/foo" ]
	machine rm ../foo
	is_status 1
	out_lacks "Are you sure"
	[ -e "$HOME/store/machines/foo" ]
}

@test "help of a command that does not exist suggests one" {
	machine help craete
	is_status 1
	err_has "machine: 'craete' is not a machine command. See 'machine --help'."
	err_has "hint: Did you mean '${PROGRAM:-$MACHINE} create'?"
	machine help xyzzyx
	is_status 1
	err_lacks "Did you mean"
}

@test "provision and regenerate-certs of a host that nothing can be put on" {
	machine create -d none --url $URL foo
	machine provision foo
	is_status 1
	out_is ""
	err_has "hosts without a driver cannot be provisioned"
	machine regenerate-certs -f foo
	is_status 0
	err_has "warning: nothing can be put on a host without a driver"
	cmp "$HOME/store/certs/key.pem" "$HOME/store/machines/foo/key.pem"
}

@test "a reader that had enough ends us without a word" {
	for i in {1..40}; do
		mkdir -p "$HOME/store/machines/some-rather-long-name-$i"
		echo '{"ConfigVersion": 9}' >"$HOME/store/machines/some-rather-long-name-$i/config.json"
	done
	for words in "ls" "ls -f {{.Error}}" "--json ls" "help" "create --help" "completion bash" "version"; do
		# The reader is gone before the first byte
		# shellcheck disable=SC2086
		bash -c 'mkfifo "$0/pipe"; exec 3<>"$0/pipe" 4>"$0/pipe" 3<&-; exec "$@" >&4 4>&-' "$HOME" "$MACHINE" $words 2>"$HOME/.err" ||
			status=$?
		err=$(cat "$HOME/.err")
		is_status 141
		err_is ""
		rm "$HOME/pipe"
	done
	# A failure keeps its words and its status
	status=0
	{ "$MACHINE" url nope 2>"$HOME/.err" || echo $? >"$HOME/.status"; } | true
	grep -qx 1 "$HOME/.status"
	grep -q "does not exist" "$HOME/.err"
	# Whoever has the signal ignored is told, as by other tools
	python3 - "$MACHINE" <<'END'
import os, signal, subprocess, sys
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
r, w = os.pipe()
os.close(r)
p = subprocess.run([sys.argv[1], "version"], stdout=w, stderr=subprocess.PIPE, restore_signals=False)
assert p.returncode == 1 and b"cannot write to standard output: Broken pipe" in p.stderr, p
END
}

@test "every help text fits 80 columns on a terminal" {
	short_name
	for c in "" active completion config create doctor env help inspect ip kill logs ls mount ports provision prune regenerate-certs \
		restart rm scp set ssh ssh-config start status stop upgrade url use version; do
		# shellcheck disable=SC2086
		on_terminal $c --help
		is_status 0
		out_has "Usage: "
		refuse grep -E '^.{81}' <<<"$out"
	done
}

@test "messages are folded on a terminal between words, commands stay whole; by the old name nothing is" {
	[ "${MACHINE##*/}" = machine ] || skip "valgrind gives the program its own name"
	ln -s "$MACHINE" "$HOME/machine"
	ln -s "$MACHINE" "$HOME/docker-machine"
	PATH=$HOME:$PATH
	cd "$HOME"
	MACHINE=machine on_terminal create -d none --url $URL a_b
	out_has "Error creating machine: Invalid hostname specified. Allowed hostname chars are:
  0-9a-zA-Z . -
hint: Choose a name of 1 to 64 of these characters that begins with a letter or
  digit, for example: machine create --driver none --url $URL dev"
	MACHINE=docker-machine on_terminal create -d none --url $URL a_b
	out_has "Error creating machine: Invalid hostname specified. Allowed hostname chars are: 0-9a-zA-Z . -
hint: Choose"
	MACHINE=machine on_terminal create -d none --url $URL dev
	out_has "To see how to connect your Docker Client to the Docker Engine running on this
  virtual machine, run: machine env dev"
	MACHINE=./machine machine create -d none --url $URL dev2
	out_has "running on this virtual machine, run: ./machine env dev2"
}
