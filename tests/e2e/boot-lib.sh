# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A machine of an image folder in QEMU under emulation, by hand and as an ordinary user: what boot-image.sh and
# tests/bench/boot.sh share. Sourced, never run. The caller sets NAME (for messages) and IMAGE and calls boot_setup first.
#
# $DIR: a folder of the machine's own, with the keys, the seed and the console's text. $QEMU: the process, empty if none runs.

# shellcheck source=../common.bash
. "$(dirname "${BASH_SOURCE[0]}")/../common.bash"

die() {
	# shellcheck disable=SC2153 # the caller sets it
	echo "$NAME: error: $*" >&2
	[ ! -s "${DIR:-/nowhere}/console" ] || tail -n 25 "$DIR/console" >&2
	exit 1
}

# boot_setup TOOL... - checks the tools, makes $DIR, and takes care that nothing is left behind.
# shellcheck disable=SC2120 # not every caller needs more tools
boot_setup() {
	local tool
	for tool in qemu-system-x86_64 curl jq openssl ssh-keygen xorriso "$@"; do
		command -v "$tool" >/dev/null || die "$tool is not installed"
	done
	DIR=$(mktemp -d "$(roomy)/$NAME.XXXXXX")
	# Whom root becomes may not be able to enter the folders above the image; a descriptor of it leads there all the same.
	exec 7<"$IMAGE"
	IMAGE=/proc/self/fd/7
	QEMU=
	trap boot_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'echo "$NAME: error: ${BASH_SOURCE[0]##*/}, line $LINENO" >&2' ERR
	make_seed
}

boot_cleanup() {
	local status=$?
	trap - EXIT
	boot_kill
	[ -z "${KEEP_CONSOLE:-}" ] || cat "$DIR/console" >>"$KEEP_CONSOLE" 2>/dev/null || true
	rm -rf "$DIR"
	exit "$status"
}

# boot_kill - ends the machine at once.
boot_kill() {
	if [ -n "$QEMU" ] && kill -9 "$QEMU" 2>/dev/null; then
		wait "$QEMU" 2>/dev/null || true
	fi
	QEMU=
	exec 5>&- 6>&-
	rm -f "$DIR"/agent.*
}

now_ms() { date +%s%3N; }

# A port on 127.0.0.1 where nobody listens. QEMU ends at once when somebody took it meanwhile.
free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 12000))
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

make_certificate() {
	local name=$1 subject=$2 extension=$3
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$DIR/$name-key.pem" \
		-out "$DIR/$name.csr" -subj "/CN=$subject" 2>/dev/null
	openssl x509 -req -in "$DIR/$name.csr" -CA "$DIR/ca.pem" -CAkey "$DIR/ca-key.pem" -set_serial "$RANDOM" -days 2 \
		-extfile <(echo "$extension") -out "$DIR/$name.pem" 2>/dev/null
}

make_seed() {
	local seed=$DIR/seed
	mkdir -p "$seed/ssh" "$seed/tls"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$DIR/ca-key.pem" -out "$DIR/ca.pem" \
		-subj /CN=test-ca -days 2 -addext keyUsage=critical,keyCertSign 2>/dev/null
	make_certificate server test $'subjectAltName=IP:127.0.0.1,DNS:test\nextendedKeyUsage=serverAuth'
	make_certificate client client extendedKeyUsage=clientAuth
	ssh-keygen -q -t ed25519 -N '' -C host -f "$DIR/host"
	ssh-keygen -q -t ed25519 -N '' -C user -f "$DIR/user"
	cp "$DIR/ca.pem" "$DIR/server.pem" "$DIR/server-key.pem" "$seed/tls/"
	cp "$DIR/host" "$seed/ssh/ssh_host_ed25519_key"
	cp "$DIR/host.pub" "$seed/ssh/ssh_host_ed25519_key.pub"
	cp "$DIR/user.pub" "$seed/ssh/authorized_keys"
	echo '{}' >"$seed/daemon.json"
	jq -n '{version: 1, hostname: "test", machine_id: ("ab" * 16), network: {mode: "static", address: "10.0.2.15/24",
		gateway: "10.0.2.2", dns: ["10.0.2.3"], closed: ["10.0.2.0/24"]}}' >"$seed/machine.json"
	xorriso -as mkisofs -quiet -R -V MACHINE_SEED -o "$DIR/seed.iso" "$seed" 2>/dev/null
}

# boot ARGUMENT... - starts QEMU with what all boots share, waits for the guest's word that it is ready.
boot() {
	local as=()
	mkfifo "$DIR/agent.in" "$DIR/agent.out"
	: >"$DIR/console"
	if [ "$(id -u)" = 0 ]; then
		chown -R nobody: "$DIR"
		as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	fi
	TLS=$(free_port)
	# shellcheck disable=SC2034 # for the caller
	SSH=$((TLS + 1))
	STARTED=$(now_ms)
	"${as[@]}" qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -smp 1 -m 1024 \
		-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
		-serial "file:$DIR/console" \
		-drive if=none,id=data,file="$DIR/data.qcow2",format=qcow2,discard=unmap \
		-drive if=none,id=seed,file="$DIR/seed.iso",format=raw,readonly=on \
		-device virtio-blk-pci,drive=data -device virtio-blk-pci,drive=seed \
		-netdev "user,id=net,ipv6=off,restrict=on,hostfwd=tcp:127.0.0.1:$TLS-:2376,hostfwd=tcp:127.0.0.1:$SSH-:22" \
		-device virtio-net-pci,netdev=net,romfile= -device virtio-rng-pci -device virtio-serial-pci \
		-chardev "pipe,id=agent,path=$DIR/agent" -device virtserialport,chardev=agent,name=org.machine.agent.0 \
		"$@" 2>"$DIR/qemu.log" &
	QEMU=$!
	# Opened both ways, so that neither open waits for QEMU.
	exec 5<>"$DIR/agent.in" 6<>"$DIR/agent.out"
	await '"event":"ready"'
}

# boot_direct ARGUMENT... - kernel, initrd and root of $IMAGE, with the options of the qemu driver (drivers/qemu/args.c).
boot_direct() {
	local machine=q35,usb=off,vmport=off,smbus=off,sata=off,hpet=off,dump-guest-core=off
	local firmware=() words
	words=$("$(dirname "${BASH_SOURCE[0]}")/../tcg-words.sh")
	[ ! -e /usr/share/qemu/qboot.rom ] || firmware=(-bios qboot.rom)
	cp "$IMAGE/data.qcow2" "$DIR/data.qcow2"
	boot -M "$machine" -accel tcg,tb-size=256 -cpu Nehalem "${firmware[@]}" -kernel "$IMAGE/vmlinux" -initrd "$IMAGE/initrd" \
		-append "$(jq -r .cmdline "$IMAGE/image.json")$words ${APPEND:-}" \
		-drive if=none,id=root,file="$IMAGE/root.erofs",format=raw,readonly=on -device virtio-blk-pci,drive=root \
		-device virtio-balloon-pci,free-page-reporting=on "$@"
}

show_line() { echo "  $1"; }

# await PATTERN - the agent's lines up to one with PATTERN; each is given to the function that $ON_LINE names.
await() {
	local line
	while :; do
		[ $(($(now_ms) - STARTED)) -lt $((${SECONDS_READY:-180} * 1000)) ] || die "the guest did not say $1 in time"
		if ! IFS= read -r -t 1 -u 6 line; then
			kill -0 "$QEMU" 2>/dev/null || die "QEMU ended: $(cat "$DIR/qemu.log")"
			continue
		fi
		"${ON_LINE:-show_line}" "$line"
		case $line in
		*"$1"*) return ;;
		*'"event":"failed"'*) die "the guest failed" ;;
		esac
	done
}

# cpu_seconds - that QEMU has used so far, user and system.
cpu_seconds() { awk -v ticks="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%.2f", ($12 + $13) / ticks }' "/proc/$QEMU/stat"; }

api() {
	curl -sS --max-time 60 --cacert "$DIR/ca.pem" --cert "$DIR/client.pem" --key "$DIR/client-key.pem" \
		"https://127.0.0.1:$TLS$1"
}

# power_off - by the agent's word; QEMU must end well.
power_off() {
	local until=$(($(now_ms) + 60000)) status=0
	echo '{"id":1,"do":"poweroff"}' >&5
	while kill -0 "$QEMU" 2>/dev/null; do
		[ "$(now_ms)" -lt "$until" ] || die "the guest does not power off"
		sleep 0.1
	done
	wait "$QEMU" || status=$?
	QEMU=
	[ "$status" = 0 ] || die "QEMU ended with status $status: $(cat "$DIR/qemu.log")"
	exec 5>&- 6>&-
	rm -f "$DIR"/agent.*
}
