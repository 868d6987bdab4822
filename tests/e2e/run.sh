#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The end-to-end tests: real image, real QEMU, real Docker client, as an ordinary user. Root becomes "nobody" first.
# Ends with a line "N passed, N failed, N skipped" and leaves nothing behind.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d /tmp/machine-e2e.XXXXXX)
trap 'rm -rf "$work"' EXIT
docker=$("$top/tests/docker-client.sh")
mkdir -p "$work/home" "$work/bin"
cp "$top/build/machine" "$work/bin/machine"
cp "$docker" "$work/bin/docker"
cp -r --reflink=auto "$top/build/image" "$work/image"
cp -r "$top/tests/e2e" "$top/tests/busybox-image.sh" "$work/"
chmod 755 "$work"
as=()
if [ "$(id -u)" = 0 ]; then
	chown -R 65534:65534 "$work"
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
status=0
env -i PATH="$work/bin:$PATH" HOME="$work/home" TMPDIR="$work" MACHINE_IMAGE="$work/image" LC_ALL=C.UTF-8 SHELL=/bin/bash \
	"${as[@]}" bats "$work/e2e" || status=$?
left=$(ps -eo pid,args | awk -v w="$work" 'index($0, w) && !/awk|run\.sh|ps -eo/' || true)
if [ -n "$left" ]; then
	echo "processes were left behind:"
	echo "$left"
	status=1
fi
exit $status
