#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints what the qemu driver adds to the kernel's command line under emulation, with a blank in front: tests that boot an
# image by hand boot it so.
set -eu
words=$(sed -n '/^#define TCG_WORDS/,/[^\\]$/s/.*"\(.*\)".*/\1/p' "$(dirname "$0")/../drivers/vm/cmdline.c" | tr -d '\n')
[ -n "$words" ] || {
	echo "tcg-words: drivers/vm/cmdline.c has no TCG_WORDS" >&2
	exit 1
}
printf '%s' "$words"
