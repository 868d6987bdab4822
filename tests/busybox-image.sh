#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# busybox-image.sh [PROGRAM...]: writes a tar with a busybox file tree and these static programs to stdout, for
# `docker import`: containers without any registry.
set -eu
busybox=$(command -v busybox) || { echo "busybox is not installed; hint: make deps" >&2; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/bin" "$dir/etc" "$dir/tmp" "$dir/proc" "$dir/sys" "$dir/dev" "$dir/root"
cp "$busybox" "$dir/bin/busybox"
# busybox-static has none, busybox a few libraries.
for library in $(ldd "$busybox" 2>/dev/null | grep -oE '/[^ ]+'); do
	mkdir -p "$dir$(dirname "$library")"
	cp -L "$library" "$dir$library"
done
for applet in $("$busybox" --list); do
	[ "$applet" = busybox ] || ln -s busybox "$dir/bin/$applet"
done
for program; do
	cp "$program" "$dir/bin/"
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$dir/etc/passwd"
echo 'root:x:0:' >"$dir/etc/group"
tar -C "$dir" --numeric-owner --owner=0 --group=0 -cf - .
