# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # work, machine, ...: run.sh
# `create` until a Docker client has its answer over TLS, against floor.py: the same image, seed and command line of QEMU
# with nothing around it. The CA and the client's keys are there, the files of the image are in memory.

# ask CERTS ADDRESS: the client that waits at the end of both sides
ask() { DOCKER_HOST=tcp://$2:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$1 "$docker" version; }

# create_keep: what floor.py needs of the running machine "bench", with a disk that was never booted
create_keep() {
	local dir=$MACHINE_STORAGE_PATH/machines/bench pid mib
	pid=$(pgrep -f -- "file.filename=$dir/seed.iso") || die "the machine's QEMU is not there"
	mkdir -p "$work/floor"
	sed "s|$dir/|$work/floor/|g" "/proc/$pid/cmdline" >"$work/floor/argv"
	cp "$dir"/{seed.iso,ca.pem,cert.pem,key.pem} "$work/floor/"
	# Bytes 24 to 31 of a qcow2 file hold the size of the disk.
	mib=$(("$(od -A n -t u8 --endian=big -j 24 -N 8 "$dir/disk.qcow2" | tr -d ' ')" / 1048576))
	cp "$MACHINE_IMAGE/data.qcow2" "$work/pristine.qcow2"
	[ "$mib" = "$(($(od -A n -t u8 --endian=big -j 24 -N 8 "$work/pristine.qcow2") / 1048576))" ] ||
		qemu-img resize -q -f qcow2 "$work/pristine.qcow2" "${mib}M"
}

# create_round: a machine from nothing. Either round gives $total (until the answer over TLS), $outside (without what the
# guest counted from its kernel's entry until it was ready) and $client (until the Docker client has its answer).
create_round() {
	local dir=$MACHINE_STORAGE_PATH/machines/bench guest
	took "$machine" create bench
	total=$ms
	took ask "$dir" "$("$machine" ip bench)"
	client=$((total + ms))
	guest=$(sed -n 's/^.*machine: ready \([0-9]*\)\.\([0-9]*\).*$/\1\2/p' "$dir/console.log")
	[ -n "$guest" ] || die "the guest's console does not say when it was ready"
	outside=$((total - 10#$guest))
}

floor_round() {
	local address answered guest pid
	address=$(tr '\0' '\n' <"$work/floor/argv" | sed -n 's/.*hostfwd=tcp:\([0-9.]*\):2376-.*/\1/p')
	cp "$work/pristine.qcow2" "$work/floor/disk.qcow2"
	coproc FLOOR { exec python3 "$bench/floor.py" "$work/floor"; }
	pid=$FLOOR_PID
	if ! read -r -t 320 answered guest <&"${FLOOR[0]}"; then
		kill "$pid" 2>/dev/null || true
		die "floor.py gave no figure: $(cat "$work/floor/qemu.log")"
	fi
	total=$answered
	took ask "$work/floor" "$address"
	client=$((total + ms))
	outside=$((total - guest))
	echo >&"${FLOOR[1]}"
	wait "$pid"
}

# create_line NAME VALUE...
create_line() {
	printf '%-22s' "$1"
	printf ' %14s' "${@:2}"
	echo
}

part_create() {
	local i side total outside client what m=()
	local -A all=()
	create_round
	create_keep
	took "$machine" rm -y bench
	create_line "milliseconds" "create" "floor" "create+docker" "floor+docker" "create outside" "floor outside"
	for ((i = 1; i <= rounds; i++)); do
		for side in create floor; do
			"${side}_round"
			[ $side = floor ] || took "$machine" rm -y bench
			all[$side]+="$total " all[$side-client]+="$client " all[$side-outside]+="$outside "
		done
	done
	for what in create floor create-client floor-client create-outside floor-outside; do
		# shellcheck disable=SC2086 # a list
		m+=("$(median ${all[$what]})")
	done
	create_line "medians of $rounds" "${m[@]}"
	create_line "ratio to the floor" "$(ratio "${m[0]}" "${m[1]}")" '' "$(ratio "${m[2]}" "${m[3]}")"
	create_line "above the floor" '' '' '' '' "$((${m[4]%.*} - ${m[5]%.*}))"
	for what in create floor create-outside floor-outside; do
		echo "  each, $what: ${all[$what]}"
	done
}

part_create
