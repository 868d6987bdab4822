#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# alone.sh COMMAND...: runs it in a network of its own with nothing but loopback, so that no guest of it has a way out.
set -eu
if [ "$(id -u)" = 0 ]; then
	set -- -n sh -c 'ip link set lo up && exec "$@"' sh "$@"
else
	set -- --map-current-user -n --keep-caps sh -c 'ip link set lo up && exec "$@"' sh "$@"
fi
PATH=$PATH:/sbin:/usr/sbin exec unshare "$@"
