#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# format.sh [--check]: lay out every C file as .clang-format says, or name those that are not. Other versions of clang-format
# lay out some lines otherwise, so one is what counts.
set -euo pipefail
cd "$(dirname "$0")/.."
version=14
tool=
for name in "clang-format-$version" clang-format; do
	"$name" --version 2>/dev/null | grep -q "version $version\." && tool=$name && break
done
if [ -z "$tool" ]; then
	[ "${1:-}" != --check ] || { echo "skipped: format: clang-format $version is not here (1 check)" && exit 0; }
	echo "format: clang-format $version is not here" >&2
	echo "hint: apt-get install clang-format-$version" >&2
	exit 1
fi
files=()
while IFS= read -r file; do [ ! -e "$file" ] || files+=("$file"); done < <(git ls-files '*.c' '*.h')
if [ "${1:-}" = --check ]; then
	"$tool" --dry-run -Werror "${files[@]}" || { echo "hint: make format" >&2 && exit 1; }
	echo "format: ${#files[@]} files are as .clang-format says"
else
	"$tool" -i "${files[@]}"
fi
