#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lint-headers.sh [ROOM...]: a function that others may call is declared in the header of its own file's name, and files do
# not include each other in a circle. FOO.c and FOO.h are one file here. Without rooms: all but those that are not clean yet.
set -euo pipefail
cd "$(dirname "$0")/.."
rooms="base gotext engine remote certs provision drivers core cmd guest"
# Rooms still to be mended go from this list one by one, and then nothing comes back.
unclean=""
# FILE:FUNCTION of those that are declared elsewhere, each with its reason.
exceptions="
"

if [ $# = 0 ]; then
	for room in $rooms; do [ ! -d "$room" ] || case " $unclean " in *" $room "*) ;; *) set -- "$@" "$room" ;; esac; done
fi
files=()
for room; do
	[ ! -d "$room" ] || while IFS= read -r file; do files+=("$file"); done < <(find "$room" -name '*.[ch]' | sort)
done
[ ${#files[@]} -gt 0 ] || { echo "headers: there is no room '$*'" >&2 && exit 2; }

# The layout of .clang-format is what makes this simple: a function's head begins in the first column, its body with a brace
# there. A program's main is called by nobody.
# shellcheck disable=SC2016 # awk's
awk -v exceptions="$exceptions" '
	BEGIN {
		n = split(exceptions, each, /[ \n]+/)
		for (i = 1; i <= n; i++) excepted[each[i]] = 1
		excepted["main"] = 1
	}
	FNR == 1 { file = node = FILENAME; sub(/\.[ch]$/, "", node); header = FILENAME ~ /\.h$/; head = ""; nodes[node] = 1 }
	/^#include "/ {
		to = $2
		gsub(/"/, "", to)
		sub(/\.h$/, "", to)
		if (file ~ /^guest\// && to !~ /^guest\//) to = "guest/" to
		if (to != node) edges[node] = edges[node] " " to
		next
	}
	{ gsub(/\/\*[^*]*\*\//, "") }
	/^(typedef|static|extern|enum|union|#|\}|\/\*| \*)/ { head = ""; next }
	/^[A-Za-z_]/ { head = $0; if (header) declared(head); next }
	/^[ \t]/ && head != "" { head = head $0; next }
	/^\{/ && head ~ /\(/ && !header { defined[node ":" name_of(head)] = 1 }
	{ head = "" }
	function name_of(text) {
		sub(/\(.*/, "", text)
		sub(/.*[ *]/, "", text)
		return text
	}
	function declared(text) { if (text ~ /\(/) there[node ":" name_of(text)] = 1 }
	# Depth first; what is on the way is in path, and what was left is done.
	function follow(at, path,    to, k, i) {
		state[at] = 1
		k = split(edges[at], to, " ")
		for (i = 1; i <= k; i++) {
			if (!(to[i] in nodes) || state[to[i]] == 2) continue
			if (state[to[i]] == 1) {
				sub(".* " to[i] " ", to[i] " ", path)
				print "a circle: " path to[i]
				bad = 1
			} else {
				follow(to[i], path to[i] " ")
			}
		}
		state[at] = 2
	}
	END {
		for (f in defined) {
			name = f
			sub(/.*:/, "", name)
			if (f in there || f in excepted || name in excepted) continue
			where = f
			sub(/:.*/, "", where)
			print where ".c: " name " is not declared in " where ".h"
			bad = 1
		}
		for (f in nodes) if (!state[f]) follow(f, " " f " ")
		exit bad
	}' "${files[@]}" | LC_ALL=C sort
echo "headers: functions are declared by their own files, without circles, in $*"
