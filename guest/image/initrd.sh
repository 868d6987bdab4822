# shellcheck shell=bash
# The initrds: init, and the modules it needs to reach the root. Sourced by build.sh, never run.

# pack_initrd FOLDER FILE - sorted, no times, no inode numbers, root's; lz4, which costs the guest next to nothing.
pack_initrd() {
	find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	(cd "$1" && find . -mindepth 1 | sort | cpio --quiet --create --format=newc --reproducible --owner=+0:+0) |
		lz4 -l -9 -q >"$2"
}

# initrd_tree FOLDER LIST...
initrd_tree() {
	local folder=$1
	mkdir -p "$folder"/{dev,proc,sys,run,m}
	cp "$PROGRAMS/init" "$folder/init"
	chmod 755 "$folder/init"
	shift
	initrd_modules "$folder/m" "$@"
}

build_initrds() {
	say "initrd: init and the modules that reach the root"
	initrd_tree "$WORK/initrd" modules-initrd.txt
	pack_initrd "$WORK/initrd" "$OUT/initrd"
	initrd_tree "$WORK/initrd-iso" modules-initrd.txt modules-initrd-iso.txt
	pack_initrd "$WORK/initrd-iso" "$WORK/initrd-iso.img"
}
