#!/bin/bash
# Builds the image folder that docs/guest.md describes, from signed Debian packages, without root.
#
#     PROGRAMS=build/guest guest/image/build.sh build/image
#
# PROGRAMS is the folder with our static programs init, agent and gate. Other settings: settings.sh; KEEP_WORK=1 leaves
# OUTDIR.work, for a look at the trees. Nothing is done when nothing changed. Two builds from the same package versions are
# equal byte by byte, on whatever Debian they are made.
set -Eeuo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=settings.sh
. "$here/settings.sh"
# shellcheck source=apt.sh
. "$here/apt.sh"
# shellcheck source=packages.sh
. "$here/packages.sh"
# shellcheck source=iptables.sh
. "$here/iptables.sh"
# shellcheck source=modules.sh
. "$here/modules.sh"
# shellcheck source=root.sh
. "$here/root.sh"
# shellcheck source=kernel.sh
. "$here/kernel.sh"
# shellcheck source=initrd.sh
. "$here/initrd.sh"
# shellcheck source=disks.sh
. "$here/disks.sh"
# shellcheck source=iso.sh
. "$here/iso.sh"
# shellcheck source=manifest.sh
. "$here/manifest.sh"
# shellcheck source=stamp.sh
. "$here/stamp.sh"

# What every boot of this image passes to the kernel. Options that help emulation alone are the driver's matter.
CMDLINE="console=ttyS0 quiet loglevel=3 panic=1 cryptomgr.notests"

[ $# = 1 ] || die "usage: PROGRAMS=DIR $0 OUTDIR"
[ -n "${PROGRAMS:-}" ] || die "PROGRAMS is not set" "it names the folder with init, agent and gate: make guest"
for name in init agent gate; do
	[ -x "$PROGRAMS/$name" ] || die "there is no $PROGRAMS/$name" "make guest"
done
PROGRAMS=$(cd "$PROGRAMS" && pwd)
mkdir -p "$1"
TARGET=$(cd "$1" && pwd)
OUT=$TARGET.tmp
WORK=$TARGET.work

exec 8>"$CACHE/build.lock"
flock 8
check_host
"$here/prepare.sh"
if stamp_fresh; then
	exit 0
fi
apt_setup
apt_update
rm -rf "$OUT" "$WORK"
mkdir -p "$OUT" "$WORK"
[ "${KEEP_WORK:-0}" = 1 ] || trap 'rm -rf "$OUT" "$WORK"' EXIT
trap 'echo "image: error: ${BASH_SOURCE[0]##*/}, line $LINENO: a command failed" >&2' ERR
trap 'exit 130' INT
trap 'exit 143' TERM

resolve_packages
if stamp_same_packages; then
	exit 0
fi
fetch "$WORK/packages.tsv"
unpack_packages
build_iptables
: >"$WORK/used"
kernel_setup
build_kernel
build_root
source_date
build_initrds
build_erofs
build_data
build_iso
build_image_json
build_manifest
publish
prune_packages
