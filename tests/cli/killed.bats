# SPDX-License-Identifier: Apache-2.0
# kill -9 of a command at any moment: every other command reads what it left, and rm cleans it up. create has its own tests
# in life.bats. MOMENTS: how many for each command.
load helper

MOMENTS=${MOMENTS:-6}

# kill_at MILLISECONDS ARGS...: begin the command, kill it then; it may have ended before
kill_at() {
	local ms=$1
	shift
	"$MACHINE" "$@" >"$HOME/.out" 2>"$HOME/.err" </dev/null &
	pid=$!
	sleep "$(printf '0.%03d' "$ms")"
	kill -9 $pid 2>/dev/null || true
	wait $pid || true
}

# What every command says now: an answer, or an error that is one, never a crash or a wait.
readable() {
	local ask
	for ask in "ls" "ls -q" "status dev" "inspect dev" "ip dev" "url dev" "logs dev"; do
		# shellcheck disable=SC2086
		timeout 20 "$MACHINE" $ask >"$HOME/.out" 2>"$HOME/.err" </dev/null && continue
		[ $? = 1 ] && [ -s "$HOME/.err" ] || fail_with "$1, then '$ask': $(cat "$HOME/.err")"
	done
}

moments() {
	machines_run
	fakes
	machine create dev
	is_status 0
	for ((i = 0; i < MOMENTS; i++)); do
		at=$((RANDOM % 250))
		kill_at $at "$@"
		readable "$* killed after $at ms"
	done
}

@test "start" {
	machines_run
	fakes
	machine create dev
	for ((i = 0; i < MOMENTS; i++)); do
		machine stop dev
		at=$((RANDOM % 250))
		kill_at $at start dev
		readable "start killed after $at ms"
		# It goes on where it was, or is started.
		[ "$("$MACHINE" status dev)" = Running ] || machine start dev
		machine env dev
		is_status 0
	done
	machine rm -y dev
	nothing_left
}

@test "stop and restart" {
	moments restart dev
	for ((i = 0; i < MOMENTS; i++)); do
		[ "$("$MACHINE" status dev)" = Running ] || machine start dev
		is_status 0
		at=$((RANDOM % 100))
		kill_at $at stop dev
		readable "stop killed after $at ms"
	done
	machine rm -y dev
	is_status 0
	nothing_left
}

@test "regenerate-certs: guest and folder fit together afterwards, or the next one makes them" {
	moments regenerate-certs -f dev
	machine env dev
	[ "$status" = 0 ] || machine regenerate-certs -f dev
	machine env dev
	is_status 0
	# What the killed ones were writing goes with the next command that changes the machine, when it is old enough.
	echo key >"$HOME/store/machines/dev/.tmp-Killed"
	find "$HOME/store" -name '.tmp*' -exec touch -d '1 minute ago' {} +
	machine stop dev
	[ -z "$(find "$HOME/store" -name '.tmp*')" ] || fail_with "$(find "$HOME/store" -name '.tmp*')"
	echo key >"$HOME/store/certs/.tmp-Killed"
	touch -d '1 minute ago' "$HOME/store/certs/.tmp-Killed"
	machine prune -f
	[ -z "$(find "$HOME/store" -name '.tmp*')" ] || fail_with "$(find "$HOME/store" -name '.tmp*')"
	machine start dev
	machine env dev
	is_status 0
	machine rm -y dev
	nothing_left
}

@test "rm" {
	machines_run
	fakes
	for ((i = 0; i < MOMENTS; i++)); do
		machine create dev
		is_status 0
		at=$((RANDOM % 60))
		kill_at $at rm -y dev
		readable "rm killed after $at ms"
		if "$MACHINE" ls -q | grep -qx dev; then
			machine rm -y dev
			is_status 0
		fi
		machine prune -f
		is_status 0
		nothing_left
	done
}

# In check ten times; MANY=100 for the whole proof.
@test "sixteen creates on an empty store leave one CA, and certificates of it" {
	[ "${MACHINE##*/}" != valgrind.sh ] || MANY=1
	for ((i = 0; i < ${MANY:-10}; i++)); do
		rm -rf "$HOME/store"
		pids=()
		for n in $(seq 16); do
			"$MACHINE" create -d none --url tcp://127.0.0.1:1 "m$n" >"$HOME/o$n" 2>&1 &
			pids+=($!)
		done
		for p in "${pids[@]}"; do wait "$p" || fail_with "$(cat "$HOME"/o*)"; done
		[ "$(cat "$HOME"/o* | grep -c "Creating CA:")" = 1 ] || fail_with "CAs: $(cat "$HOME"/o*)"
		openssl verify -CAfile "$HOME/store/certs/ca.pem" "$HOME/store/certs/cert.pem" "$HOME"/store/machines/*/cert.pem >"$HOME/verified"
		[ "$(sha256sum "$HOME"/store/machines/*/ca.pem "$HOME/store/certs/ca.pem" | cut -d' ' -f1 | sort -u | wc -l)" = 1 ]
	done
}
