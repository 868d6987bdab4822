#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh: what a new user types, in bare trees of Debian (minbase with git and make): a clone below a home that nobody else
# may enter, `make demo`, at the first try; as root, and as a user with sudo. What comes out is looked at in inside.sh.
# Root and debootstrap are needed, and a mirror; nothing of it stays but what is kept in build/bare for the next time.
#
#     SUITES="bookworm trixie"   the trees ("bookworm trixie sid" for all)
#     WHO="root user"            who types
#     TARGETS=                   targets of make after the demo, for example "check-unit check-cli"
#     FULL=1                     TARGETS=check
#     REV=HEAD                   what is cloned
#     KEEP=1                     the changed trees stay, for a look
# shellcheck disable=SC2016,SC2020,SC2317 # scripts and functions that are handed over
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
suites=${SUITES:-bookworm trixie}
cache=${BARE_CACHE:-$top/build/bare}
targets=${TARGETS:-${FULL:+check}}
running=

die() {
	echo "check-bare: error: $1" >&2
	echo "hint: $2" >&2
	exit 1
}

[ "$(id -u)" = 0 ] || die "only root can make trees" "sudo make check-bare"
command -v debootstrap >/dev/null || die "debootstrap is not installed" "apt-get install debootstrap"
mkdir -p "$cache"
exec {lock}>"$cache/lock"
flock -n "$lock" || die "another one is at work in '$cache'" "wait for it, or set BARE_CACHE="
rm -rf "$cache"/work.* "$cache"/trees/*.new

# Kill first: mounts are those of the processes' own namespace, so that afterwards only folders are left.
clear_up() {
	[ -z "$running" ] || kill -KILL "$running" 2>/dev/null || true
	wait
	[ "${KEEP:-}" ] || rm -rf "$cache"/work.*
	rm -rf "$cache"/trees/*.new
}
trap clear_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# alone COMMAND...: a signal does not wait for it to end, and it ends with this process, whatever that dies of
alone() {
	setpriv --pdeathsig KILL "$@" {lock}>&- &
	running=$!
	local status=0
	wait "$running" || status=$?
	running=
	return $status
}

# The mirror, security mirror and settings are those of this host's apt.
mirror_of() {
	apt-get indextargets --format "\$(RELEASE)|\$(COMPONENT)|\$(ORIGIN)|\$(REPO_URI)" 'Identifier: Packages' |
		awk -F'|' -v security="$1" '$2 == "main" && $3 == "Debian" && ($1 ~ /-security$/) == security && !seen++ { print $4 }'
}

sources() {
	echo "deb $mirror $1 main"
	[ "$1" != sid ] || return 0
	echo "deb $mirror $1-updates main"
	echo "deb $security $1-security main"
}

settings() { apt-config dump | grep -E '^Acquire::(https?::|Check-|Retries)' || true; }

# A tree is made once a week; in a namespace, whose end is that of what debootstrap mounts.
make_tree() {
	local tree=$cache/trees/$1
	[ -z "$(find "$tree" -maxdepth 0 -mtime -7 2>/dev/null)" ] || return 0
	echo "# making a tree of $1"
	mkdir -p "$cache/trees"
	rm -rf "$tree.new"
	alone unshare --mount --pid --fork --kill-child --mount-proc debootstrap --variant=minbase \
		--include=git,make,ca-certificates "$1" "$tree.new" "$mirror" >"$cache/$1-debootstrap.log" 2>&1 || {
		tail -n 5 "$cache/$1-debootstrap.log"
		return 1
	}
	rm -rf "$tree" && touch "$tree.new" && mv "$tree.new" "$tree"
}

# one SUITE WHO
one() {
	local work
	work=$(mktemp -d "$cache/work.XXXXXX")
	mkdir -p "$cache/archives/$1/partial" "$cache/image" "$cache/results/$1-$2"
	sources "$1" >"$cache/sources.list"
	settings >"$cache/apt.conf"
	git -c safe.directory='*' -C "$top" bundle create -q "$cache/clone.bundle" "${REV:-HEAD}"
	cp "$here/inside.sh" "$cache/"
	SHARE=$cache alone "$here/tree.sh" "$cache/trees/$1" "$work" /share/inside.sh "$1" "$2" "$targets" || bad=1
	[ "${KEEP:-}" ] || rm -rf "$work"
}

mirror=$(mirror_of 0)
security=$(mirror_of 1)
[ -n "$mirror" ] || die "this host's apt names no mirror of Debian" "apt-get update"
: "${security:=${mirror%/}-security}"
bad=0
rm -rf "$cache/results"
for suite in $suites; do
	make_tree "$suite" || { echo "not ok $suite # no tree" && bad=1 && continue; }
	for who in ${WHO:-root user}; do
		one "$suite" "$who"
	done
done
# As many lines as names: no file is there in two kinds.
sums() { cat "$cache"/results/*/SHA256SUMS 2>/dev/null | sort -u; }
if [ -n "$(sums)" ] && [ "$(sums | wc -l)" = "$(sums | awk '{ print $2 }' | sort -u | wc -l)" ]; then
	echo "ok the image is the same, from every tree"
else
	echo "not ok the image is the same, from every tree"
	(cd "$cache/results" && sort -k2 ./*/SHA256SUMS | uniq -c | sed 's/^/# /')
	bad=1
fi
echo "# $(date -u +%F)"
cat "$cache"/results/*/facts
exit $bad
