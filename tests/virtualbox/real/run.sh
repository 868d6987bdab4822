#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [FILE.bats...]: the driver virtualbox with a real VirtualBox, in a machine that emulates a processor with SVM
# (outer.sh, which see). By default all files of this folder. The outer machine is kept in WORK (default
# build/virtualbox-real, 5 GB) and stopped at the end, unless KEEP=1. REAL_TIMEOUT: seconds for the real image's boot.
# It ends with a summary in Markdown, which keeps apart what the product and what the emulation failed; its status is
# summary.sh's.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../../.." && pwd)
mkdir -p "${WORK:-$top/build/virtualbox-real}"
work=$(cd "${WORK:-$top/build/virtualbox-real}" && pwd)
# shellcheck source=lib.bash
. "$here/lib.bash"
began=$SECONDS
image=$top/build/image
there=/srv/test # which other may read too

# shellcheck disable=SC2317 # it is the trap's
finish() {
	[ "${KEEP:-0}" = 1 ] || "$here/outer.sh" "$work" stop
}

# image_folder FOLDER ISO: an image of the ISO alone, which is all that this driver takes of one
image_folder() {
	mkdir -p "$1"
	cmp -s "$2" "$1/machine.iso" || cp "$2" "$1/machine.iso"
	cp "$image/image.json" "$1/"
	(cd "$1" && sha256sum image.json machine.iso >SHA256SUMS)
}

put_all() {
	local quick=$work/quick.iso
	if [ ! "$quick" -nt "$image/machine.iso" ] || [ ! "$quick" -nt "$here/engine.c" ]; then
		"$here/quick-iso.sh" "$image/machine.iso" "$quick"
	fi
	image_folder "$work/images/quick" "$quick"
	image_folder "$work/images/image" "$image/machine.iso"
	outer_run root install -d -o user "$there"
	outer_put user "$there" "$top/build/machine" "$here"/*.bats "$here/inside.bash" "$here/nothing.sh" "$top/tests/common.bash" \
		"$work/images/quick" "$work/images/image"
}

# What an earlier run left that was ended.
clean() { outer_run user "rm -f $there/prevented $there/emulation; $there/nothing.sh" >/dev/null 2>&1 || true; }

if [ ! -x "$top/build/machine" ] || [ ! -e "$image/machine.iso" ]; then
	echo "run.sh: build the program and the image first: make all image" >&2
	exit 1
fi
"$here/outer.sh" "$work"
trap finish EXIT
put_all
clean
files=("$@")
[ $# -gt 0 ] || files=(checks.bats guest.bats image.bats)
outer_run user "cd $there && REAL_TIMEOUT=${REAL_TIMEOUT:-} bats --tap --timing ${files[*]}" | tee "$work/tap" || true
for name in prevented emulation; do
	outer_run user cat "$there/$name" >"$work/$name" 2>/dev/null || true
done
echo
echo "Run of $(date -u +%F), VirtualBox $(outer_run user VBoxManage --version), Linux $(outer_run user uname -r)," \
	"$(qemu-system-x86_64 --version | sed -n 's/^QEMU.* version \([0-9.]*\).*/QEMU \1/p') emulating AMD SVM," \
	"$("$top/build/machine" --version), $(((SECONDS - began + 30) / 60)) min."
"$here/summary.sh" "$work" | tee "$work/summary.md"
exit "${PIPESTATUS[0]}"
