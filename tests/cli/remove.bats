# SPDX-License-Identifier: Apache-2.0
# rm and prune beside other commands, and when they are interrupted.
load helper

none() {
	local name
	for name; do "$MACHINE" create -d none --url tcp://127.0.0.1:1 "$name" >/dev/null; done
}

record() { echo "$HOME/store/machines/$1/config.json"; }
progress() { jq --arg p "$2" '.Machine.Progress = $p' "$(record "$1")" >"$HOME/.record" && cp "$HOME/.record" "$(record "$1")"; }

# held NAME PID SECONDS: somebody else holds the machine's lock, and says that it is PID
held() {
	local lock=$HOME/store/.state/locks/$1.lock
	mkdir -p "${lock%/*}"
	printf '%s create' "$2" >"$lock"
	flock -x "$lock" sleep "$3" 3>&- &
	holder=$!
	until_true 5 refuse flock -n "$lock" true
}

# begun ARGS...: machine in the background, asked through the pipe of descriptor 9
begun() {
	mkfifo "$HOME/answers"
	env --default-signal=INT "$MACHINE" "$@" <"$HOME/answers" >"$HOME/.out" 2>"$HOME/.err" 3>&- &
	pid=$!
	exec 9>"$HOME/answers"
}
asked() { grep -q "Are you sure" "$HOME/.out"; }
ended() {
	status=0
	wait "$pid" || status=$?
	exec 9>&-
	out=$(cat "$HOME/.out")
	err=$(cat "$HOME/.err")
}

@test "a name twice is one machine" {
	none a b c d
	machine rm -f a a b c d a
	is_status 0
	out_has "About to remove a, b, c, d"
	err_is ""
	nothing_left
}

@test "rm -f that is interrupted says so, by its status too" {
	none a
	held a 1 30
	begun rm -f a
	until_true 10 grep -q "About to remove" "$HOME/.out"
	kill -TERM "$pid"
	ended
	kill "$holder"
	is_status 130
	[ -e "$(record a)" ]
}

@test "rm -f ends nobody who does not hold the lock" {
	none a
	sleep 60 3>&- &
	innocent=$!
	held a "$innocent" 1
	machine rm -f a
	is_status 0
	kill "$innocent"	# it is there
	nothing_left
}

@test "rm -f waits for a command that works on other machines too" {
	none a b
	mkdir -p "$HOME/store/.state/locks"
	cd "$HOME"
	bash -c 'trap "echo told >told; exit" TERM
		for m in a b; do exec {fd}>"store/.state/locks/$m.lock"; flock -x $fd; printf "%s create" $$ >&$fd; done
		touch ready; for i in {1..200}; do sleep 0.1; [ ! -s .err ] || break; done' 3>&- &
	holder=$!
	until_true 5 test -e ready
	machine rm -f a
	is_status 0
	err_has "works on it and on other machines: waiting for it"
	wait "$holder"
	[ ! -e told ]
	[ ! -e "$(record a)" ]
	[ -e "$(record b)" ]
}

@test "prune leaves what was finished while it asked" {
	none a
	progress a creating
	begun prune
	until_true 10 asked
	progress a ready
	echo y >&9
	ended
	is_status 0
	err_has "machine 'a' is finished now: it stays"
	[ -e "$(record a)" ]
}

@test "Ctrl-C at a question is an interrupt" {
	none a
	begun rm a
	until_true 10 asked
	kill -INT "$pid"
	ended
	is_status 130
	[ -e "$(record a)" ]
}

@test "names of docker-machine's that are longer than ours may be" {
	none a
	long=$(printf 'runner-%.0s' {1..20})x
	cp -r "$HOME/store/machines/a" "$HOME/store/machines/$long"
	machine inspect -f '{{.DriverName}}' "$long"
	out_is none
	machine ls -q
	out_is "a
$long"
	fails 2 "Invalid hostname" create -d none --url tcp://127.0.0.1:1 "$long"
	machine rm -f "$long"
	is_status 0
	out_has "Successfully removed $long"
	nothing_left a
}
