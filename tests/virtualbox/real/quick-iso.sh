#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# quick-iso.sh MACHINE_ISO ISO: our guest's ISO with what stands for an engine (engine.c) in the place of containerd and
# Docker, as those take minutes to start in a machine of an emulated VirtualBox. All that a driver deals with is ours as
# it is: kernel, init, disks, seed, network, agent, gate, sshd, power button. Uncompressed, and with what helps emulation on the
# kernel's command line. It needs root, for the owners of the files.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
xorriso -osirrox on -indev "$1" -extract / "$work/iso" >/dev/null 2>&1
chmod -R u+w "$work/iso"
rm -rf "$work/iso/boot/efi.img" "$work/iso"/*.catalog
unsquashfs -q -n -d "$work/root" "$work/iso/machine/root.squashfs" >/dev/null
rm "$work/iso/machine/root.squashfs"

# replace NAME: the program that its PATH finds
replace() {
	local path
	for path in usr/bin usr/sbin usr/local/bin; do
		[ ! -e "$work/root/$path/$1" ] || break
	done
	install -m 755 "$work/engine" "$work/root/$path/$1"
}
${CC:-gcc} -O2 -static -o "$work/engine" "$here/engine.c"
replace containerd
replace dockerd
find "$work/root/usr" -type f -size +8M ! -name engine -delete
mksquashfs "$work/root" "$work/iso/machine/root.squashfs" -noappend -no-progress -quiet -noI -noD -noF -noX

# Serial lines and clocks cost an exit for each byte and tick.
sed -i 's/^\( *APPEND\) .*console=ttyS0/\1 console=ttyS0/; s/^ *APPEND.*/& nokaslr no_timer_check mitigations=off highres=off/' \
	"$work/iso/isolinux/isolinux.cfg"
xorriso -as mkisofs -quiet -R -V MACHINE_ISO -o "$2" -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot \
	-boot-load-size 4 -boot-info-table "$work/iso" 2>/dev/null
