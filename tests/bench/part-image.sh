# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # work, machine, ...: run.sh
# Sizes of the image's files and of the programs in it, and what a boot costs the processor.

part_image() {
	local file
	printf '%-28s %9s %12s\n' '' 'MiB' 'on disk MiB'
	for file in vmlinux vmlinuz initrd root.erofs data.qcow2 machine.iso manifest.spdx.json; do
		printf '%-28s %9.2f %12.2f\n' "$file" "$(ratio "$(stat -c %s "$MACHINE_IMAGE/$file")" 1048576)" \
			"$(ratio "$(du -k "$MACHINE_IMAGE/$file" | cut -f1)" 1024)"
	done
	for file in "$top"/build/guest/{init,agent,gate} "$machine"; do
		[ ! -f "$file" ] || printf '%-28s %9.2f\n' "program ${file##*/}" "$(ratio "$(stat -c %s "$file")" 1048576)"
	done
	printf '%-28s %9.2f\n' "vmlinux initrd root, as xz" \
		"$(ratio "$(cat "$MACHINE_IMAGE"/{vmlinux,initrd,root.erofs} | xz -6 -T0 | wc -c)" 1048576)"
	"$bench/boot.sh"
}

part_image
