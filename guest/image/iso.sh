# shellcheck shell=bash
# machine.iso: boots from CD or a disk, by BIOS (isolinux) or EFI (GRUB). Sourced by build.sh, never run.

ISOLINUX=$TOOLS/root/usr/lib/ISOLINUX
SYSLINUX=$TOOLS/root/usr/lib/syslinux/modules/bios
GRUB=$TOOLS/root/usr/lib/grub/x86_64-efi

# A screen may be the only console, the serial line the only one that is read: the last named gets init's lines.
iso_cmdline() { echo "console=tty0 $CMDLINE"; }

# efi_image FILE - a FAT file system with GRUB in it, which carries its few modules and its commands inside.
efi_image() {
	cat >"$WORK/grub.cfg" <<-TEXT
		search.fs_label MACHINE_ISO root
		linux (\$root)/boot/vmlinuz $(iso_cmdline)
		initrd (\$root)/boot/initrd
		boot
	TEXT
	grub-mkimage -d "$GRUB" -O x86_64-efi -c "$WORK/grub.cfg" -p /boot/grub -o "$WORK/bootx64.efi" \
		boot iso9660 linux normal part_gpt part_msdos search search_label
	touch -d "@$SOURCE_DATE_EPOCH" "$WORK/bootx64.efi"
	rm -f "$1"
	truncate -s 1440K "$1"
	mformat -i "$1" -f 1440 -N 4d414348 ::
	mmd -i "$1" ::/EFI ::/EFI/BOOT
	mcopy -m -i "$1" "$WORK/bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI
}

build_iso() {
	local tree=$WORK/iso
	say "machine.iso: the root again, packed for its size (a minute or two)"
	mkdir -p "$tree"/{boot,isolinux,machine}
	build_squashfs "$tree/machine/root.squashfs"
	cp "$OUT/vmlinuz" "$tree/boot/vmlinuz"
	cp "$WORK/initrd-iso.img" "$tree/boot/initrd"
	cp "$ISOLINUX/isolinux.bin" "$SYSLINUX/ldlinux.c32" "$tree/isolinux/"
	cat >"$tree/isolinux/isolinux.cfg" <<-TEXT
		DEFAULT machine
		PROMPT 0
		LABEL machine
		  KERNEL /boot/vmlinuz
		  INITRD /boot/initrd
		  APPEND $(iso_cmdline)
	TEXT
	efi_image "$tree/boot/efi.img"
	printf '%s\n' isolinux syslinux-common grub-efi-amd64-bin >>"$WORK/used"
	find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	# xorriso takes every time and identifier that it makes from SOURCE_DATE_EPOCH.
	xorriso -as mkisofs -quiet -R -uid 0 -gid 0 -V MACHINE_ISO -o "$OUT/machine.iso" \
		-isohybrid-mbr "$ISOLINUX/isohdpfx.bin" \
		-b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table \
		-eltorito-alt-boot -e boot/efi.img -no-emul-boot -isohybrid-gpt-basdat \
		"$tree" >"$WORK/xorriso.log" 2>&1 || {
		cat "$WORK/xorriso.log" >&2
		die "cannot make the ISO"
	}
}
