#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Prints the path of a Docker client: the one on the PATH, else the one of the packages that the image is built from,
# unpacked under build/. No daemon is installed on the host either way.
#
#     tests/docker-client.sh [buildx]      buildx: the path of the client's plugin for BuildKit, always of the packages
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
client=$top/build/docker-client

# fetch PACKAGE FILE - unpacks the package where its file is missing, and prints the file's path
fetch() {
	local folder=$client/$1
	if [ ! -x "$folder/$2" ]; then
		# shellcheck source=/dev/null
		. "$top/guest/image/settings.sh"
		# shellcheck source=/dev/null
		. "$top/guest/image/apt.sh"
		{
			apt_setup
			apt_update
			rm -rf "$folder.new" && mkdir -p "$folder.new"
			(cd "$folder.new" && apt get download "$1")
			dpkg-deb -x "$folder.new/$1"_*.deb "$folder.new"
			rm -f "$folder.new/$1"_*.deb
			rm -rf "$folder" && mv "$folder.new" "$folder"
		} >&2
	fi
	echo "$folder/$2"
}

if [ "${1:-}" = buildx ]; then
	fetch docker-buildx usr/libexec/docker/cli-plugins/docker-buildx
elif [ "${OWN_CLIENT:-0}" = 1 ] || ! command -v docker; then
	fetch docker-cli usr/bin/docker
fi
