# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # work, machine, ...: run.sh
# Commands that people and scripts call all the time, over stores of machines whose addresses are dead (nobody listens on
# port 1 of loopback, so `env` fails after it has asked). Floor: a program that does nothing. Peer of `ls`: curl's own
# tool asking the same addresses with the same keys.

RUNS=31

# measured NAME STATUS COMMAND...: one line of the table. {} at the end of an argument is the number of the run, from 0 on;
# one more for the instructions.
measured() {
	local name=$1 status=$2 figures instructions
	shift 2
	figures=$("$work/measure" $RUNS "$status" "$@")
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "${@/%\{\}/$RUNS}" >/dev/null 2>"$work/callgrind" || true
	instructions=$(sed -n 's/,//g; s/.*I *refs: *//p' "$work/callgrind")
	[ -n "$instructions" ] || die "valgrind did not count: $(tail -n 1 "$work/callgrind")"
	us=${figures% *}
	printf '%-28s %9.2f %9.2f %11.2f %8s\n' "$name" "$(ratio "$us" 1000)" "$(ratio "$instructions" 1000000)" \
		"$(ratio "${figures#* }" 1024)" "$(printf '%.1f' "$(ratio "$us" "${floor:-$us}")")"
}

# store N: a store with N machines of the none driver
store() {
	local i names=()
	MACHINE_STORAGE_PATH=$work/store-$1
	for ((i = 1; i <= $1; i++)); do
		names+=("m$i")
	done
	took "$machine" create --driver none --url tcp://127.0.0.1:1 "${names[@]}"
	[ "$("$machine" ls -q | wc -l)" = "$1" ] || die "the store does not hold $1 machines"
}

# curl_config N: the questions of `ls` for curl
curl_config() {
	local i certs=$MACHINE_STORAGE_PATH/certs
	for ((i = 0; i < $1; i++)); do
		[ $i = 0 ] || echo next
		printf 'url = "https://127.0.0.1:1/version"\ncacert = "%s"\ncert = "%s"\nkey = "%s"\nsilent\n' \
			"$certs/ca.pem" "$certs/cert.pem" "$certs/key.pem"
	done
}

# alive: the store's machine "live" is one whose engine answers
alive() {
	local certs=$MACHINE_STORAGE_PATH/certs port
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/engine.key" -subj /CN=engine \
		-out "$work/engine.csr" 2>/dev/null
	openssl x509 -req -in "$work/engine.csr" -CA "$certs/ca.pem" -CAkey "$certs/ca-key.pem" -days 1 -out "$work/engine.pem" \
		-extfile <(echo subjectAltName=IP:127.0.0.1) 2>/dev/null
	exec {engine}< <(exec python3 "$bench/engine.py" "$certs/ca.pem" "$work/engine.pem" "$work/engine.key")
	engine_pid=$!
	read -r -t 10 -u "$engine" port || die "the engine did not start"
	took "$machine" create --driver none --url "tcp://127.0.0.1:$port" live
}

# What is done once in the life of a machine, and what asks an engine that answers.
part_commands_life() {
	local none=(create --driver none --url tcp://127.0.0.1:1) engine engine_pid
	store 1
	alive
	measured "env, engine answers" 0 "$machine" env live
	measured "config, engine answers" 0 "$machine" config live
	kill "$engine_pid"
	exec {engine}<&-
	measured "create -d none" 0 "$machine" "${none[@]}" "new-{}"
	measured "rm -y" 0 "$machine" rm -y "new-{}"
	measured "create -d none, empty store" 0 "$machine" --storage-path "$work/fresh-{}" "${none[@]}" new
	rm -rf "$work"/fresh-* "$MACHINE_STORAGE_PATH"
}

part_commands() {
	local MACHINE_STORAGE_PATH n us floor=
	export MACHINE_STORAGE_PATH
	printf '%-28s %9s %9s %11s %8s\n' '' 'ms' 'M instr.' 'peak MiB' 'x floor'
	measured "floor: true" 0 "$(type -P true)"
	floor=$us
	part_commands_life
	for n in 1 10 100; do
		store "$n"
		[ "$n" != 1 ] || measured "version" 0 "$machine" version
		measured "ls -q, $n" 0 "$machine" ls -q
		measured "ls, $n" 0 "$machine" ls
		curl_config "$n" >"$work/curl.conf"
		measured "  peer: curl, $n" 7 curl -Z --parallel-max 100 -K "$work/curl.conf"
		measured "inspect, $n" 0 "$machine" inspect m1
		measured "env, $n" 1 "$machine" env m1
		rm -rf "$MACHINE_STORAGE_PATH"
	done
}

part_commands
