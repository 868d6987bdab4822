#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# deps.sh PACKAGE...: installs those of these Debian packages that are missing; without a missing one it does nothing, and
# runs no apt. "A|B" is satisfied by either; A is taken when there is none. What another package provides is there.
# Without root and sudo it names what is missing and fails.
#
#     deps.sh --list PACKAGE...     prints the missing ones, and installs nothing
set -euo pipefail
export LC_ALL=C

say() { printf '%s\n' "deps: $*"; }

# Every name that is installed here, or provided by what is.
present() {
	dpkg-query -W -f '${db:Status-Status}\t${Architecture}\t${Package}, ${Provides}\n' |
		awk -F'\t' -v own="$(dpkg --print-architecture)" '
			$1 == "installed" && ($2 == own || $2 == "all") {
				n = split($3, names, /, */)
				for (i = 1; i <= n; i++) {
					sub(/[ :].*/, "", names[i])
					if (names[i] != "") print names[i]
				}
			}'
}

# missing PACKAGE... - of each "A|B" of which nothing is there, A, or the first one that this release has
missing() {
	present | awk -v wanted="$*" '
		{ have[$0] = 1 }
		END {
			n = split(wanted, each, " ")
			for (i = 1; i <= n; i++) {
				found = 0
				m = split(each[i], either, "|")
				for (j = 1; j <= m; j++) found = found || (either[j] in have)
				if (!found && !(each[i] in said)) print each[i]
				said[each[i]] = 1
			}
		}'
}

# Its lines as a paragraph of at most 80 columns. $1: how each line but the last ends
folded() { paste -sd ' ' | fold -s -w 74 | sed -E "s/ +\$//; s/^/  /; \$!s/\$/${1:-}/"; }

# as_root COMMAND...
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

can_be_root() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -v; }; }

# quietly WORDS COMMAND...: of its output the end is shown when it fails
quietly() {
	local end=$((SECONDS))
	say "$1"
	shift
	"$@" >"$log" 2>&1 </dev/null || {
		tail -n 25 "$log" >&2
		say "error: that failed" >&2
		return 1
	}
	say "  done after $((SECONDS - end)) s"
}

apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends --no-remove \
		-o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@"
}

# Of each "A|B" the first that apt knows here.
choose() {
	local each name
	for each; do
		for name in ${each//|/ }; do
			apt-cache show --no-all-versions "$name" >/dev/null 2>&1 || continue
			each=$name
			break
		done
		echo "${each%%|*}"
	done
}

list=
[ "${1:-}" != --list ] || { list=1 && shift; }
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	say "error: this is not a Debian system. What its packages are called there, install by hand:" >&2
	printf '%s\n' "$@" | folded >&2
	exit 1
fi
mapfile -t lack < <(missing "$@")
if [ "$list" ]; then
	[ ${#lack[@]} = 0 ] || printf '%s\n' "${lack[@]}"
	exit 0
fi
[ ${#lack[@]} -gt 0 ] || exit 0
can_be_root || {
	say "error: ${#lack[@]} packages are missing, and you have neither root nor sudo" >&2
	echo "hint: let root install them:" >&2
	printf '%s\n' "apt-get install --no-install-recommends" "${lack[@]%%|*}" | folded " \\\\" >&2
	exit 1
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A broken source of other packages need not matter.
quietly "fetching the package lists" apt_get update || say "going on with the lists at hand"
mapfile -t names < <(choose "${lack[@]}")
# "12.3 MB of archives", "After this operation, 45.6 MB of additional disk space"
plan=$(apt-get install -s --no-install-recommends "${names[@]}" 2>/dev/null | grep -c '^Inst ' || true)
sizes=$(apt-get install --assume-no --no-install-recommends "${names[@]}" 2>/dev/null |
	sed -nE 's/.*Need to get ([0-9.,]+ .?B).*/\1 to download/p; s/.*[Oo]peration, ([0-9.,]+ .?B) .*/\1 on disk/p;
		s/^ *Download size: ([0-9.,]+ .?B).*/\1 to download/p; s/^ *Space needed: ([0-9.,]+ .?B).*/\1 on disk/p' |
	paste -sd ';' | sed 's/;/, /g' || true)
say "$plan packages are missing${sizes:+ ($sizes):}"
printf '%s\n' "${names[@]}" | folded
[ "$plan" = "${#names[@]}" ] || echo "  and what these need"
quietly "downloading them" apt_get install --download-only "${names[@]}"
quietly "installing them" apt_get install "${names[@]}"
mapfile -t lack < <(missing "$@")
[ ${#lack[@]} = 0 ] || {
	say "error: still missing: ${lack[*]}" >&2
	exit 1
}
