# shellcheck shell=bash
# The read-only root in its two forms, and the empty data disk. Sourced by build.sh, never run.

# The UUIDs are constants: nothing looks for them, and made ones would differ with each build.
ROOT_UUID=6d616368-696e-4065-8372-6f6f74000001
DATA_UUID=6d616368-696e-4065-8364-617461000002
DATA_SEED=6d616368-696e-4065-8373-656564000003
DATA_SIZE=20G

# root.erofs is not compressed: unpacking costs an emulated guest more than reading does. Its volume name is written by
# hand, as older mkfs.erofs have no option for it; so the superblock must have no checksum.
build_erofs() {
	say "root.erofs: the root as it is booted from a disk"
	# Unlike -T, SOURCE_DATE_EPOCH makes mkfs.erofs write a time into each inode.
	env -u SOURCE_DATE_EPOCH mkfs.erofs --quiet --all-root -x-1 -E nosbcrc \
		-T "$SOURCE_DATE_EPOCH" --ignore-mtime -U "$ROOT_UUID" "$OUT/root.erofs" "$ROOT" >/dev/null
	printf machine-root | dd of="$OUT/root.erofs" bs=1 seek=$((1024 + 64)) conv=notrunc status=none
}

# For the ISO size counts: a CD is read slowly anyway.
build_squashfs() {
	env -u SOURCE_DATE_EPOCH mksquashfs "$ROOT" "$1" -noappend -no-progress -quiet -all-root -no-xattrs -no-exports \
		-all-time "$SOURCE_DATE_EPOCH" -mkfs-time "$SOURCE_DATE_EPOCH" \
		-comp zstd -Xcompression-level 19 -b 256K -processors "$(nproc)" >/dev/null
}

# Everything is named, so that nothing depends on the builder's mke2fs.conf. The inode tables count as zeroed
# already: the kernel would else write 300 MB of zeros into each machine's disk in the background.
build_data() {
	say "data.qcow2: an empty data disk"
	rm -f "$WORK/data.raw"
	truncate -s "$DATA_SIZE" "$WORK/data.raw"
	printf '[fs_types]\n ext4 = {\n }\n' >"$WORK/mke2fs.conf"
	MKE2FS_CONFIG=$WORK/mke2fs.conf E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -F -t ext4 -b 4096 -I 256 -i 16384 -m 0 \
		-L machine-data -U "$DATA_UUID" -J size=64 -M '' \
		-O none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum \
		-E "hash_seed=$DATA_SEED,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,assume_storage_prezeroed=1,nodiscard" \
		"$WORK/data.raw" >/dev/null
	qemu-img convert -q -f raw -O qcow2 -o compat=1.1,lazy_refcounts=off "$WORK/data.raw" "$OUT/data.qcow2"
	rm -f "$WORK/data.raw"
}
