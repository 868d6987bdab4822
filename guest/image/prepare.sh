#!/bin/bash
# Makes what guest programs and image are built with and from: the tools of the image's suite (tools.sh) and the sources of
# what we compile ourselves (sources.sh). Costs next to nothing when the package lists are fresh and nothing changed.
# Prints nothing but what it does; FILE is written anew only when tools or sources are others than before.
#
#     guest/image/prepare.sh [FILE]
set -Eeuo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source-path=SCRIPTDIR source=settings.sh
. "$here/settings.sh"
# shellcheck source-path=SCRIPTDIR source=apt.sh
. "$here/apt.sh"
# shellcheck source-path=SCRIPTDIR source=packages.sh
. "$here/packages.sh"
# shellcheck source-path=SCRIPTDIR source=tools.sh
. "$here/tools.sh"
# shellcheck source-path=SCRIPTDIR source=sources.sh
. "$here/sources.sh"

given="$MIRROR $SECURITY_MIRROR"
prepared() {
	(cd "$RECIPE" && echo "$given" && cat settings.sh apt.sh packages.sh prepare.sh sources.sh sources.txt tools.sh tools.txt && lists_digest) |
		sha256sum
}

trap 'echo "image: error: ${BASH_SOURCE[0]##*/}, line $LINENO: a command failed" >&2' ERR

prepare() {
	local stamp=$CACHE/tools/$SUITE.stamp
	if lists_fresh && [ -e "$TOOLS/version" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(prepared)" ]; then
		return
	fi
	apt_setup
	apt_update
	tools_setup
	fetch_sources
	prepared >"$stamp"
}

[ $# -le 1 ] || die "usage: $0 [FILE]"
exec 9>"$CACHE/lock"
flock 9
prepare
[ $# = 1 ] || exit 0
mkdir -p "$(dirname "$1")"
cat "$TOOLS/version" "$SOURCES"/*.version >"$1.new"
replace_if_changed "$1"
