#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Prints the path of a Docker client: the one on the PATH, else the one of the packages that the image is built from,
# unpacked under build/, for each suite its own. No daemon is installed on the host either way.
#
#     tests/docker-client.sh [buildx]      buildx: the path of the client's plugin for BuildKit, always of the packages
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# unpack PACKAGE FOLDER - under the lock of whatever uses this apt (prepare.sh): its lists and its cache are shared.
unpack() {
	# shellcheck source=/dev/null
	. "$top/guest/image/apt.sh"
	exec 9>"$CACHE/lock"
	flock 9
	# Whoever held the lock may have unpacked it.
	if [ ! -d "$2" ]; then
		apt_setup
		apt_update
		rm -rf "$2.new" && mkdir -p "$2.new"
		(cd "$2.new" && apt get download "$1")
		dpkg-deb -x "$2.new/$1"_*.deb "$2.new"
		rm -f "$2.new/$1"_*.deb
		mv "$2.new" "$2"
	fi
	exec 9>&-
}

# fetch PACKAGE FILE - unpacks the package where it is missing, and prints the file's path
fetch() {
	# shellcheck source=/dev/null
	. "$top/guest/image/settings.sh"
	local folder=$top/build/docker-client/$SUITE/$1
	[ -d "$folder" ] || unpack "$1" "$folder" >&2
	echo "$folder/$2"
}

if [ "${1:-}" = buildx ]; then
	fetch docker-buildx usr/libexec/docker/cli-plugins/docker-buildx
elif [ "${OWN_CLIENT:-0}" = 1 ] || ! command -v docker; then
	fetch docker-cli usr/bin/docker
fi
