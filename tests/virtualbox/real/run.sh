#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [FILE.bats...]: the driver virtualbox with a real VirtualBox, in a machine that emulates a processor with SVM
# (outer.sh, which see). By default all files of this folder. The outer machine is kept in WORK (default
# build/virtualbox-real, 5 GB) and stopped at the end, unless KEEP=1. REAL_TIMEOUT: seconds for the real image's boot.
# It ends with a summary in Markdown; what the emulation prevented stands there too.
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
	outer_put user "$there" "$top/build/machine" "$here"/*.bats "$here/inside.bash" "$top/tests/common.bash" \
		"$work/images/quick" "$work/images/image"
}

# What an earlier run left that was ended.
clean() {
	outer_run user "rm -rf $there/prevented; PATH=$there:\$PATH; MACHINE_STORAGE_PATH=\$HOME/machines
		machine ls -q 2>/dev/null | xargs -r machine rm -f
		sudo -iu other $there/machine ls -q 2>/dev/null | xargs -r sudo -iu other $there/machine rm -f
		VBoxManage list vms | grep -o '[0-9a-f-]\\{36\\}}\$' | tr -d '}' | while read -r uuid; do
			VBoxManage controlvm \$uuid poweroff; VBoxManage discardstate \$uuid; VBoxManage unregistervm \$uuid
		done
		rm -rf machines" >/dev/null 2>&1 || true
}

# summary FILE: of bats' TAP output
summary() {
	local version kernel
	version=$(outer_run user VBoxManage --version)
	kernel=$(outer_run user uname -r)
	echo
	echo "Run of $(date -u +%F), VirtualBox $version, Linux $kernel, $(qemu-system-x86_64 --version | sed -n 's/^QEMU.* version \([0-9.]*\).*/QEMU \1/p')" \
		"emulating AMD SVM, $("$top/build/machine" --version): $(grep -c '^ok' "$1") passed," \
		"$(grep -c '^not ok' "$1" || true) failed, in $(((SECONDS - began + 30) / 60)) min."
	echo
	grep -E '^(ok|not ok)' "$1" | sed -E 's/^ok [0-9]+ (.*)/- \1/; s/^not ok [0-9]+ (.*)/- FAILED: \1/'
	if outer_run user test -s "$there/prevented"; then
		echo
		echo "Prevented by the emulation, and tried again:"
		echo
		outer_run user cat "$there/prevented" | sed 's/^/- /'
	fi
}

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
status=0
outer_run user "cd $there && REAL_TIMEOUT=${REAL_TIMEOUT:-} bats --tap --timing ${files[*]}" | tee "$work/tap" || status=$?
summary "$work/tap" | tee "$work/summary.md"
exit $status
