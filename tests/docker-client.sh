#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Prints the path of a Docker client: the one on the PATH, else the one of the packages that the image is built from,
# unpacked under build/. No daemon is installed on the host either way.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ "${OWN_CLIENT:-0}" != 1 ] && command -v docker; then
	exit 0
fi
client=$top/build/docker-client
if [ ! -x "$client/usr/bin/docker" ]; then
	# shellcheck source=/dev/null
	. "$top/guest/image/settings.sh"
	# shellcheck source=/dev/null
	. "$top/guest/image/apt.sh"
	{
		apt_setup
		apt_update
		rm -rf "$client.new" && mkdir -p "$client.new"
		(cd "$client.new" && apt get download docker-cli)
		dpkg-deb -x "$client.new"/docker-cli_*.deb "$client.new"
		rm -rf "$client" && mv "$client.new" "$client"
	} >&2
fi
echo "$client/usr/bin/docker"
