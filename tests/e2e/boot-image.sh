#!/bin/bash
# Boots an image folder (docs/guest.md) in QEMU under emulation, as an ordinary user, and checks what a user meets first:
# the engine over mutual TLS, nothing without a certificate, SSH with a pinned host key, a clean power-off.
#
#     tests/e2e/boot-image.sh build/image
#     BOOT_ISO=1 tests/e2e/boot-image.sh build/image    machine.iso as well, by BIOS and by EFI
#     KEEP_CONSOLE=FILE                                 the consoles' text goes to FILE
#
# Prints the CPU seconds (user and system) that QEMU had used at the first answer over TLS, and the wall time since its
# start. Leaves nothing behind. Every wait has a deadline.
set -Eeuo pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

die() {
	echo "boot-image: error: $*" >&2
	[ ! -s "${DIR:-/nowhere}/console" ] || tail -n 25 "$DIR/console" >&2
	exit 1
}

if [ $# != 1 ] || [ ! -e "$1/image.json" ]; then
	die "usage: $0 IMAGEDIR"
fi
IMAGE=$(cd "$1" && pwd)
SECONDS_READY=${SECONDS_READY:-180}
for tool in qemu-system-x86_64 curl jq openssl ssh ssh-keygen xorriso; do
	command -v "$tool" >/dev/null || die "$tool is not installed"
done

DIR=$(mktemp -d "${TMPDIR:-/tmp}/boot-image.XXXXXX")
QEMU=
cleanup() {
	local status=$?
	trap - EXIT
	if [ -n "$QEMU" ] && kill -9 "$QEMU" 2>/dev/null; then
		wait "$QEMU" 2>/dev/null || true
	fi
	[ -z "${KEEP_CONSOLE:-}" ] || cat "$DIR/console" >>"$KEEP_CONSOLE" 2>/dev/null || true
	rm -rf "$DIR"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'echo "boot-image: error: line $LINENO" >&2' ERR

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

# boot NAME ARGUMENT... - start QEMU with what all boots share, wait for the guest's word that it is ready.
boot() {
	local as=()
	mkfifo "$DIR/agent.in" "$DIR/agent.out"
	: >"$DIR/console"
	if [ "$(id -u)" = 0 ]; then
		chown -R nobody: "$DIR"
		as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
	fi
	TLS=$(free_port)
	SSH=$((TLS + 1))
	STARTED=$(now_ms)
	"${as[@]}" qemu-system-x86_64 -M q35 -accel tcg -cpu Nehalem -smp 1 -m 1024 \
		-nodefaults -no-user-config -display none -no-reboot \
		-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
		-serial "file:$DIR/console" \
		-drive if=none,id=data,file="$DIR/data.qcow2",format=qcow2,discard=unmap \
		-drive if=none,id=seed,file="$DIR/seed.iso",format=raw,readonly=on \
		-device virtio-blk-pci,drive=data -device virtio-blk-pci,drive=seed \
		-netdev "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:$TLS-:2376,hostfwd=tcp:127.0.0.1:$SSH-:22" \
		-device virtio-net-pci,netdev=net,romfile= -device virtio-rng-pci -device virtio-serial-pci \
		-chardev "pipe,id=agent,path=$DIR/agent" -device virtserialport,chardev=agent,name=org.machine.agent.0 \
		"$@" 2>"$DIR/qemu.log" &
	QEMU=$!
	# Opened both ways, so that neither open waits for QEMU.
	exec 5<>"$DIR/agent.in" 6<>"$DIR/agent.out"
	await '"event":"ready"'
}

# await PATTERN - the agent's lines up to one with PATTERN.
await() {
	local line
	while :; do
		[ $(($(now_ms) - STARTED)) -lt $((SECONDS_READY * 1000)) ] || die "the guest did not say $1 in time"
		if ! IFS= read -r -t 1 -u 6 line; then
			kill -0 "$QEMU" 2>/dev/null || die "QEMU ended: $(cat "$DIR/qemu.log")"
			continue
		fi
		echo "  $line"
		case $line in
		*"$1"*) return ;;
		*'"event":"failed"'*) die "the guest failed" ;;
		esac
	done
}

cpu_seconds() { awk -v ticks="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%.2f", ($12 + $13) / ticks }' "/proc/$QEMU/stat"; }

api() {
	curl -sS --max-time 60 --cacert "$DIR/ca.pem" --cert "$DIR/client.pem" --key "$DIR/client-key.pem" \
		"https://127.0.0.1:$TLS$1"
}

check_doors() {
	local version wall
	version=$(api /version) || die "no answer over mutual TLS"
	wall=$(($(now_ms) - STARTED))
	echo "boot-image: $1: first answer after $(cpu_seconds) CPU seconds, $((wall / 1000)).$(printf %03d $((wall % 1000))) s"
	jq -e '.Version | startswith("2")' <<<"$version" >/dev/null || die "strange /version: $version"
	if curl -sS --max-time 60 --cacert "$DIR/ca.pem" "https://127.0.0.1:$TLS/version" 2>/dev/null; then
		die "an answer without a client certificate"
	fi
	if [[ $(curl -sS --max-time 60 "http://127.0.0.1:$TLS/version" 2>/dev/null) == *Version* ]]; then
		die "an answer over plain HTTP"
	fi
}

in_guest() {
	ssh -n -F none -p "$SSH" -i "$DIR/user.copy" -o IdentitiesOnly=yes -o BatchMode=yes -o ConnectTimeout=60 \
		-o StrictHostKeyChecking=yes -o UserKnownHostsFile="$DIR/known" -o LogLevel=ERROR docker@127.0.0.1 "$@"
}

check_ssh() {
	echo "[127.0.0.1]:$SSH $(cut -d' ' -f1,2 "$DIR/host.pub")" >"$DIR/known"
	# ssh refuses a key that is another user's.
	install -m 600 "$DIR/user" "$DIR/user.copy"
	[ "$(in_guest 'id -un; hostname; sudo -n id -u' | tr '\n' ' ')" = "docker test 0 " ] || die "SSH as docker"
	# shellcheck disable=SC2016 # the guest's shell expands it
	in_guest '. /etc/os-release && [ "$ID" = boot2docker ] && sudo /etc/init.d/docker status' >/dev/null ||
		die "this is no boot2docker"
}

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
	e2fsck_clean
}

# The journal is empty after a clean unmount.
e2fsck_clean() {
	qemu-img convert -q -O raw "$DIR/data.qcow2" "$DIR/data.raw"
	e2fsck -fn "$DIR/data.raw" >"$DIR/e2fsck.log" 2>&1 || die "the data disk is not clean: $(tail -5 "$DIR/e2fsck.log")"
	dumpe2fs -h "$DIR/data.raw" 2>/dev/null | grep -q '^Filesystem features:.*needs_recovery' &&
		die "the data disk was not unmounted"
	rm -f "$DIR/data.raw"
}

run() {
	cp "$IMAGE/data.qcow2" "$DIR/data.qcow2"
	boot "${@:2}"
	check_doors "$1"
	check_ssh
	${EXTRA_CHECK:-:}
	power_off
	echo "boot-image: $1: ok"
}

make_seed
EMULATION="no_timer_check tsc=reliable clearcpuid=cx16,rep_good,erms,fsrm"
EMULATION+=" initcall_blacklist=jent_mod_init,trace_eval_init,load_system_certificate_list,ksm_init"
run direct -kernel "$IMAGE/vmlinux" -initrd "$IMAGE/initrd" -append "$(jq -r .cmdline "$IMAGE/image.json") $EMULATION ${APPEND:-}" \
	-drive if=none,id=root,file="$IMAGE/root.erofs",format=raw,readonly=on -device virtio-blk-pci,drive=root
if [ "${BOOT_ISO:-}" = 1 ]; then
	run "ISO by BIOS" -cdrom "$IMAGE/machine.iso"
	cp /usr/share/OVMF/OVMF_VARS_4M.fd "$DIR/vars.fd"
	run "ISO by EFI" -cdrom "$IMAGE/machine.iso" \
		-drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
		-drive if=pflash,format=raw,file="$DIR/vars.fd"
fi
