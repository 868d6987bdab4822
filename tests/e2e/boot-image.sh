#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boots an image folder (docs/guest.md) in QEMU under emulation, as an ordinary user, and checks what a user meets first:
# the engine over mutual TLS, nothing without a certificate, SSH with a pinned host key, a clean power-off.
#
#     tests/e2e/boot-image.sh IMAGE [WAY...]     WAY: direct (kernel, initrd and root.erofs), bios or efi (machine.iso)
#     KEEP_CONSOLE=FILE                          the consoles' text goes to FILE
#
# Prints the CPU seconds (user and system) that QEMU had used at the first answer over TLS, and the wall time since its
# start. Leaves nothing behind. Every wait has a deadline.
set -Eeuo pipefail
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
NAME=boot-image
# shellcheck source=tests/e2e/boot-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/boot-lib.sh"

if [ $# = 0 ] || [ ! -e "$1/image.json" ]; then
	die "usage: $0 IMAGE [direct|bios|efi]..."
fi
IMAGE=$(cd "$1" && pwd)
shift
boot_setup ssh e2fsck dumpe2fs qemu-img

check_doors() {
	local version wall
	version=$(api /version) || die "no answer over mutual TLS"
	wall=$(($(now_ms) - STARTED))
	echo "$NAME: $1: first answer after $(cpu_seconds) CPU seconds, $((wall / 1000)).$(printf %03d $((wall % 1000))) s"
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

# check_firmware WAY - that it was booted that way.
check_firmware() {
	local said
	said=$(in_guest 'test -d /sys/firmware/efi && echo efi; test ! -d /sys/module/squashfs || echo squashfs' | tr '\n' ' ')
	case $1 in
	direct) [ "$said" = "" ] ;;
	bios) [ "$said" = "squashfs " ] ;;
	efi) [ "$said" = "efi squashfs " ] ;;
	esac || die "booted another way than $1: '$said'"
}

# The journal is empty after a clean unmount.
e2fsck_clean() {
	qemu-img convert -q -O raw "$DIR/data.qcow2" "$DIR/data.raw"
	e2fsck -fn "$DIR/data.raw" >"$DIR/e2fsck.log" 2>&1 || die "the data disk is not clean: $(tail -5 "$DIR/e2fsck.log")"
	dumpe2fs -h "$DIR/data.raw" 2>/dev/null | grep -q '^Filesystem features:.*needs_recovery' &&
		die "the data disk was not unmounted"
	rm -f "$DIR/data.raw"
}

# boot_iso ARGUMENT... - the ISO itself says what the kernel gets, so QEMU must not offer cmpxchg16b, which it emulates
# wrongly: the driver has the kernel do without it.
boot_iso() {
	cp "$IMAGE/data.qcow2" "$DIR/data.qcow2"
	boot -M q35 -accel tcg,tb-size=256 -cpu Nehalem,cx16=off -cdrom "$IMAGE/machine.iso" "$@"
}

boot_bios() { boot_iso; }

boot_efi() {
	local code=/usr/share/OVMF/OVMF_CODE_4M.fd
	[ -e "$code" ] || die "$code is missing (package ovmf)"
	cp "${code/CODE/VARS}" "$DIR/vars.fd"
	boot_iso -drive if=pflash,format=raw,readonly=on,file="$code" -drive if=pflash,format=raw,file="$DIR/vars.fd"
}

for way in "${@:-direct}"; do
	case $way in
	direct | bios | efi) "boot_$way" ;;
	*) die "there is no way '$way'" ;;
	esac
	check_doors "$way"
	check_ssh
	check_firmware "$way"
	power_off
	e2fsck_clean
	echo "$NAME: $way: ok"
done
