# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # work, machine, ...: run.sh
# `docker save` and `docker load` through the gate (port 2376) against a TLS listener of the engine itself (port 2377): the
# same engine, which runs with both at once, the same keys, the same guest. The sides take turns.

# The engine's configuration with a second, own listener.
gate_peer_config() {
	python3 -c '
import json, sys
config, tls = json.load(sys.stdin), "/run/machine/identity/tls/"
config["hosts"].append("tcp://0.0.0.0:2377")
config.update(tls=True, tlsverify=True, tlscacert=tls + "ca.pem", tlscert=tls + "server.pem", tlskey=tls + "server-key.pem")
json.dump(config, sys.stdout)'
}

# gate_engine: replaces the guest's engine by one with two listeners
gate_engine() {
	"$machine" ssh bench sudo cat /run/machine/daemon.json | gate_peer_config >"$work/peer.json"
	"$machine" ssh bench 'sudo tee /run/machine/peer.json >/dev/null' <"$work/peer.json"
	"$machine" ssh bench 'sudo /etc/init.d/docker stop' >/dev/null
	"$machine" ssh bench 'sudo sh -c "dockerd --config-file /run/machine/peer.json >/tmp/peer.log 2>&1 </dev/null &"'
	local end=$((SECONDS + 120))
	until gate_docker 2377 version >/dev/null 2>&1 && gate_docker 2376 version >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || die "the engine with two listeners did not start: $("$machine" ssh bench tail -n 3 /tmp/peer.log)"
		sleep 0.2
	done
}

# gate_docker PORT COMMAND...
gate_docker() {
	DOCKER_HOST=tcp://$address:$1 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$MACHINE_STORAGE_PATH/machines/bench \
		"$docker" "${@:2}"
}

# gate_data: an image of $mb MB that no compression makes smaller; its content is the same in each run
gate_data() {
	mkdir "$work/data"
	openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c "${mb}000000" >"$work/data/data" || true
	[ "$(stat -c %s "$work/data/data")" = "${mb}000000" ] || die "no data was made"
	tar -C "$work/data" -cf - data | gate_docker 2377 import - bench/data >/dev/null
	rm -r "$work/data"
}

gate_save() {
	took gate_docker "$1" save -o "$work/image.tar" bench/data
	[ "$(stat -c %s "$work/image.tar")" -gt "${mb}000000" ] || die "the saved image is too small"
}

gate_load() {
	gate_docker 2377 rmi bench/data >/dev/null
	took gate_docker "$1" load -q -i "$work/image.tar"
	grep -q "Loaded image: bench/data" "$work/took.log" || die "the image was not loaded: $(cat "$work/took.log")"
}

part_gate() {
	local mb=${BENCH_MB:-200} what i port ms address gate engine
	local -A all=()
	took "$machine" create --qemu-forward tcp:2377:2377 bench
	address=$("$machine" ip bench)
	gate_engine
	gate_data
	gate_save 2377
	for ((i = 1; i <= rounds; i++)); do
		for what in save load; do
			for port in 2376 2377; do
				"gate_$what" $port
				all[$what-$port]+="$ms "
			done
		done
	done
	printf '%-22s %14s %14s %14s\n' "MB/s, $mb MB" "gate" "engine's own" "ratio"
	for what in save load; do
		# shellcheck disable=SC2086 # lists
		gate=$(median ${all[$what-2376]}) engine=$(median ${all[$what-2377]})
		printf '%-22s %14s %14s %14s\n' "docker $what, median" "$(ratio $((mb * 1000)) "$gate")" \
			"$(ratio $((mb * 1000)) "$engine")" "$(ratio "$engine" "$gate")"
		echo "  each, ms: gate ${all[$what-2376]}, engine ${all[$what-2377]}"
	done
	took "$machine" rm -y bench
}

part_gate
