#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds programs and image a second time, from the packages that build/image was made from, in another folder and with
# another umask, time zone and locale, tools and sources unpacked and iptables compiled anew; every file must be equal to the
# byte. That other Debians as builders' hosts make the same image is shown by the sums of trees of these: make check-bare.
#
#     tests/guest/reproducible.sh      after `make image`
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
first=$PWD/build
[ -e "$first/image/SHA256SUMS" ] || {
	echo "reproducible: error: there is no build/image" >&2
	echo "hint: make image" >&2
	exit 1
}
work=$(mktemp -d /var/tmp/reproducible.XXXXXX)
trap 'rm -rf "$work"' EXIT
second=$work/a/longer/name/of/a/folder
mkdir -p "$second/build/cache"
cp -r guest "$second/"
cp -r --reflink=auto build/cache/apt build/cache/src "$second/build/cache/"
(
	cd "$second"
	umask 077
	# The lists stay as old as they are: what is compared is the recipe, not the mirror.
	export TZ=Pacific/Apia LC_ALL=C.UTF-8 HOME=$work LISTS_AGE=1000000
	unset CACHE
	make --no-print-directory -f guest/guest.mk guest >"$work/log" && PROGRAMS=build/guest guest/image/build.sh build/image
) >>"$work/log" 2>&1 || {
	tail -n 30 "$work/log" >&2
	exit 1
}
status=0
for file in "$first"/guest/{init,agent,gate} "$first"/image/*; do
	name=${file#"$first/"}
	if cmp "$file" "$second/build/$name"; then
		echo "equal      $name"
	else
		echo "different  $name"
		status=1
	fi
done
[ "$(ls "$first/image")" = "$(ls "$second/build/image")" ] || {
	echo "different  names of files"
	status=1
}
exit $status
