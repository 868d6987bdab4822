#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The end-to-end tests: real image, real QEMU, real Docker client, as an ordinary user. Root becomes "nobody" first.
# Skips print their reason. It fails when a process is left behind.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d /tmp/machine-e2e.XXXXXX)
trap 'rm -rf "$work"' EXIT
docker=$("$top/tests/docker-client.sh")
buildx=$("$top/tests/docker-client.sh" buildx)
mkdir -p "$work/home/.docker/cli-plugins" "$work/bin"
cp "$top/build/machine" "$work/bin/machine"
cp "$docker" "$work/bin/docker"
cp "$buildx" "$work/home/.docker/cli-plugins/"
cp -r --reflink=auto "$top/build/image" "$work/image"
cp -r "$top/tests/e2e" "$top/tests/common.bash" "$top/tests/busybox-image.sh" "$work/"
${CC:-gcc} -O2 -static -o "$work/e2e/udp_echo" "$work/e2e/udp_echo.c"
chmod 755 "$work"
as=()
isolated=true
if [ "$(id -u)" = 0 ]; then
	chown -R 65534:65534 "$work"
	# Then no guest has a way out, isolated or not.
	as=("$top/tests/alone.sh" setpriv --reuid=65534 --regid=65534 --clear-groups)
	isolated=false
fi
status=0
"${as[@]}" env -i PATH="$work/bin:$PATH" HOME="$work/home" TMPDIR="$work" MACHINE_IMAGE="$work/image" LC_ALL=C.UTF-8 \
	SHELL=/bin/bash QEMU_ISOLATED=$isolated QEMU_ACCELERATOR=tcg bats "$work/e2e" || status=$?
left=$(ps -eo pid,args | awk -v w="$work" 'index($0, w) && !/awk|run\.sh|ps -eo/' || true)
if [ -n "$left" ]; then
	echo "processes were left behind:"
	echo "$left"
	status=1
fi
exit $status
