#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The real image, once: one processor, 1 GiB, up to the engine's version.
load inside

setup() { begin; }

@test "create with the real image, up to the version of its engine" {
	BOOT_TIMEOUT=${REAL_TIMEOUT:-2400} create_booting image -d virtualbox --image "$real/image" --virtualbox-no-share
	tr -d '\r' <"$MACHINE_STORAGE_PATH/machines/image/console.log" | grep -a 'machine: ' | sed 's/^/# /' >&3
	engine image /version
	machine rm -f image
	nothing_left image
}
