# shellcheck shell=bash
# vmlinuz as the package has it, and vmlinux out of it: a hypervisor that starts the latter (PVH) spares the guest the
# unpacking, some 0.7 s under emulation. Sourced by build.sh, never run.

# number FILE OFFSET BYTES - a little-endian number.
number() { od -An -j "$2" -N "$3" -t "u$3" --endian=little "$1" | tr -d ' '; }

# The boot protocol says where the packed kernel lies: payload_offset counts from the end of the setup sectors. Its last
# four bytes are the unpacked size.
build_kernel() {
	local image=$KERNEL_FOLDER/boot/vmlinuz-$KERNEL offset length size
	say "kernel $KERNEL: vmlinuz and, unpacked, vmlinux"
	cp "$image" "$OUT/vmlinuz"
	[ "$(dd if="$image" bs=1 skip=514 count=4 status=none)" = HdrS ] || die "$image is no bzImage"
	offset=$((($(number "$image" 497 1) + 1) * 512 + $(number "$image" 584 4)))
	length=$(number "$image" 588 4)
	size=$(number "$image" $((offset + length - 4)) 4)
	dd if="$image" of="$WORK/payload" bs=1M iflag=skip_bytes,count_bytes skip="$offset" count=$((length - 4)) status=none
	case $(od -An -N 4 -t x1 "$WORK/payload" | tr -d ' ') in
	28b52ffd) zstd -qdcf <"$WORK/payload" >"$OUT/vmlinux" ;;
	02214c18) lz4 -qdcf <"$WORK/payload" >"$OUT/vmlinux" ;;
	fd377a58) xz -dc <"$WORK/payload" >"$OUT/vmlinux" ;;
	1f8b08*) gzip -dc <"$WORK/payload" >"$OUT/vmlinux" ;;
	*) die "the kernel is packed in a way that is not known here" ;;
	esac
	[ "$(stat -c %s "$OUT/vmlinux")" = "$size" ] || die "the kernel was not unpacked whole"
	[[ $(readelf -n "$OUT/vmlinux" 2>/dev/null) == *Xen* ]] || die "the kernel has no PVH entry"
	chmod 644 "$OUT/vmlinuz" "$OUT/vmlinux"
}
