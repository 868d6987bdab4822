#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The recipe's parts that need no build: mirrors of any builder's apt, caches of several suites, and the suite's own tools.
# Ends with a line "N passed, N failed, N skipped".
#
#     tests/image/recipe_test.sh [NAME...]
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
top=$PWD
work=$(mktemp -d "${TMPDIR:-/tmp}/recipe-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0
# Of the make that perhaps runs this: its job server is not handed down.
unset MAKEFLAGS MFLAGS MAKELEVEL

fail() {
	echo "# $*"
	return 1
}

# apt_of NAME TARGETS URIS - an apt-get in $work/NAME that answers as a builder's would, and an apt-helper that finds nothing
# but what $work/NAME/there names.
apt_of() {
	mkdir -p "$work/$1"
	printf '%s' "$2" >"$work/$1/targets"
	printf '%s' "$3" >"$work/$1/uris"
	: >"$work/$1/there"
	cat >"$work/$1/apt-get" <<-'SCRIPT'
		#!/bin/sh
		case $1 in
		indextargets) cat "${0%/*}/targets" ;;
		update) cat "${0%/*}/uris" ;;
		esac
	SCRIPT
	cat >"$work/$1/apt-helper" <<-'SCRIPT'
		#!/bin/sh
		for word; do grep -qxF "$word" "${0%/*}/there" && exit 0; done
		exit 1
	SCRIPT
	chmod 755 "$work/$1"/apt-*
}

# recipe NAME SUITE COMMANDS - sourced parts of the recipe with the apt of that name and a cache of its own.
recipe() {
	env PATH="$work/$1:$PATH" CACHE="$work/cache" SUITE="$2" APT_HELPER="$work/$1/apt-helper" MIRROR= SECURITY_MIRROR= \
		bash -euc '. guest/image/settings.sh; PATH='"$work/$1"':$PATH; . guest/image/apt.sh; . guest/image/packages.sh; mkdir -p "$APT"
		'"$3"
}

# targets_of stdout of a stable system
STABLE="main Debian bookworm http://mirror.example/debian/
main Debian bookworm-updates http://mirror.example/debian/
main Debian bookworm-security http://security.example/debian-security/
main other bookworm http://other.example/debian/
"

test_a_stable_system_names_both_mirrors() {
	apt_of stable "$STABLE" ""
	local out
	out=$(recipe stable trixie 'mirrors; suite_sources') || return 1
	[ "$out" = "http://mirror.example/debian/ trixie
http://mirror.example/debian/ trixie-updates
http://security.example/debian-security/ trixie-security" ] || fail "$out"
}

test_unstable_has_no_security_mirror_and_one_is_found_beside_its_mirror() {
	apt_of beside "main Debian sid http://mirror.example/debian/
" ""
	echo http://mirror.example/debian-security/dists/trixie-security/InRelease >"$work/beside/there"
	local out
	out=$(recipe beside trixie 'mirrors >/dev/null; echo "$SECURITY_MIRROR"') || return 1
	[ "$out" = http://mirror.example/debian-security ] || fail "$out"
}

test_where_none_is_beside_it_the_error_says_what_to_set() {
	apt_of none "main Debian sid http://lonely.example/debian
" ""
	local out
	! out=$(recipe none trixie 'mirrors' 2>&1) || fail "found: $out" || return 1
	[[ $out == *"none at http://lonely.example/debian-security"*SECURITY_MIRROR=http* ]] || fail "$out"
}

test_an_apt_that_was_never_updated_names_its_mirror() {
	apt_of fresh "" "'http://mirror.example/debian/dists/trixie/InRelease' mirror.example_debian_dists_trixie_InRelease 0 
'http://mirror.example/debian-security/dists/trixie-security/InRelease' x 0 
'http://other.example/tools/dists/stable/InRelease' x 0 
"
	local out
	out=$(recipe fresh trixie 'mirrors; echo "$MIRROR $SECURITY_MIRROR"') || return 1
	[ "$out" = "http://mirror.example/debian/ http://mirror.example/debian-security/" ] || fail "$out"
}

test_no_mirror_at_all_has_a_hint_to_type() {
	apt_of empty "" ""
	local out
	out=$(recipe empty trixie mirrors 2>&1) && fail "no error: $out" && return 1
	grep -qE '^hint: make image MIRROR=http://HOST/debian +# any mirror' <<<"$out" || fail "$out"
}

test_a_builder_without_a_name_sets_up_apt_without_a_word() {
	apt_of nameless "$STABLE" ""
	cp "$work/nameless/apt-get" "$work/nameless/apt-cache"
	printf '#!/bin/sh\necho "id: cannot find name for user ID" >&2\nexit 1\n' >"$work/nameless/id"
	chmod 755 "$work/nameless/id"
	local out
	out=$(KEYRING=/dev/null recipe nameless trixie 'trap "echo failed" ERR; apt_setup' 2>&1) || fail "$out" || return 1
	[ -z "$out" ] || fail "$out"
}

test_unstable_as_the_images_suite_has_no_further_sources() {
	apt_of stable "$STABLE" ""
	local out
	out=$(recipe stable sid 'mirrors; suite_sources') || return 1
	[ "$out" = "http://mirror.example/debian/ sid" ] || fail "$out"
}

test_one_suites_build_leaves_the_other_suites_cache() {
	apt_of stable "$STABLE" ""
	local suite
	for suite in trixie sid; do
		recipe stable "$suite" 'mkdir -p "$UNPACKED"/{a_1_all,old_1_all} "$TOOLS" "$SOURCES" "$APT/archives"
			touch "$APT"/archives/{a_1_all,old_1_all}.deb
			echo "$SUITE" >"$SOURCES/cjson.version"; : >"$TOOLS/packages.tsv"' || return 1
	done
	recipe stable sid 'WORK=$CACHE; printf "a\t1\tall\ta 1\tdigest\ta_1_all.deb\n" >"$WORK/packages.tsv"; prune_packages' || return 1
	[ ! -e "$work/cache/unpacked/sid/old_1_all" ] || fail "sid keeps what it does not use" || return 1
	[ -d "$work/cache/unpacked/trixie/old_1_all" ] || fail "sid's build threw out trixie's packages" || return 1
	[ -e "$work/cache/apt/trixie/archives/old_1_all.deb" ] || fail "sid's build threw out trixie's archives" || return 1
	[ "$(cat "$work/cache/src/trixie/cjson.version")" = trixie ] || fail "sid's source of cJSON serves for trixie"
}

TOOLS=${CACHE:-$top/build/cache}/tools/${SUITE:-trixie}
need_tools() { [ -e "$TOOLS/version" ] || { echo "there are no tools in $TOOLS (make guest)" && return 77; }; }

test_the_tools_do_not_need_the_hosts_programs() {
	need_tools || return
	local name
	while read -r name _; do
		case $name in
		*/*) [ -e "$TOOLS/root/$name" ] || fail "$name" || return 1 ;;
		*) head -n 1 "$TOOLS/bin/$name" | grep -qx '#!/bin/sh' || fail "$name" || return 1 ;;
		esac
	done < <(sed -e '/^#/d' guest/image/tools.txt)
	# Nothing but a shell can be found by name here: not the host's ld, as or cc1.
	mkdir -p "$work/bare"
	cat >"$work/hello.c" <<-'TEXT'
		#include <stdio.h>
		#include <gnu/libc-version.h>
		int main(void) { puts(gnu_get_libc_version()); return 0; }
	TEXT
	PATH=$work/bare CPATH=/nowhere LIBRARY_PATH=/nowhere "$TOOLS/bin/gcc" -static-pie -fPIE -Wl,-Map,"$work/hello.map" \
		-o "$work/hello" "$work/hello.c" || return 1
	! grep -E '^LOAD /' "$work/hello.map" | grep -vE "/root/usr/|^LOAD /tmp/|$work" || fail "linked with the host's files" || return 1
	[ "$("$work/hello")" = "$(awk -F'\t' '$1 == "libc6-dev" { sub(/-.*/, "", $2); print $2 }' "$TOOLS/packages.tsv")" ] ||
		fail "not the suite's C library"
}

test_the_tools_may_be_moved() {
	need_tools || return
	mkdir -p "$work/with blank"
	cp -al "$TOOLS" "$work/with blank/tools" 2>/dev/null || cp -a "$TOOLS" "$work/with blank/tools" || return 1
	echo 'int main(void) { return 0; }' >"$work/null.c"
	"$work/with blank/tools/bin/gcc" -static -o "$work/null" "$work/null.c" && "$work/null" &&
		"$work/with blank/tools/bin/jq" -n '1' >/dev/null && "$work/with blank/tools/bin/strip" "$work/null"
}

# iso_by USER FOLDER - the sum of a machine.iso of little files that this user makes.
iso_by() {
	mkdir -p "$2/out" && echo kernel >"$2/out/vmlinuz" && echo initrd >"$2/initrd-iso.img" && chown -R "$1:$1" "$2" || return 1
	setpriv --reuid="$1" --regid="$1" --clear-groups env SOURCE_DATE_EPOCH=1700000000 WORK="$2" OUT="$2/out" TOOLS="$TOOLS" \
		PATH="$TOOLS/bin:$PATH" CMDLINE=quiet bash -euc 'say() { :; }; die() { exit 1; }
			. guest/image/iso.sh; build_squashfs() { echo root >"$1"; }; build_iso; sha256sum <"$OUT/machine.iso"'
}

test_a_kernel_that_cannot_close_networks_is_refused() {
	apt_of kernels "" ""
	local version out
	for version in 6.6.0-1-amd64 6.12.48+deb13-amd64 7.0-amd64; do
		recipe kernels trixie ". guest/image/modules.sh; kernel_fits $version" || fail "$version does not fit" || return 1
	done
	out=$(recipe kernels bookworm '. guest/image/modules.sh
		WORK=$CACHE; mkdir -p "$CACHE/all/lib/modules"
		package_folder() { mkdir -p "$CACHE/old/usr/lib/modules/6.1.0-50-amd64"; echo "$CACHE/old"; }
		echo linux-image-6.1.0-50-amd64 >"$WORK/packages.tsv"
		kernel_setup' 2>&1) && fail "6.1 was taken" && return 1
	[[ $out == *"6.1.0-50-amd64 of bookworm is too old"*"6.6"* ]] || fail "$out"
}

test_the_iso_does_not_tell_who_built_it() {
	need_tools || return
	[ "$(id -u)" = 0 ] || { echo "only root can be two users" && return 77; }
	chmod 755 "$work"
	local root user
	root=$(iso_by 0 "$work/iso-root") && user=$(iso_by 65534 "$work/iso-user") || fail "no ISO: $root" || return 1
	[ "$root" = "$user" ] || fail "root's is $root, a user's $user"
}

test_the_link_of_a_static_program_says_nothing_to_the_user() {
	need_tools || return
	[ -e build/guest/gate ] || { echo "there is no build/guest/gate (make guest)" && return 77; }
	cp -a build/guest "$work/guest" && rm "$work/guest/gate" || return 1
	local out
	out=$(make --no-print-directory -f guest/guest.mk GUEST_BUILD="$work/guest" "$work/guest/gate" 2>&1) || fail "$out" || return 1
	[ "$out" = "  LINK  $work/guest/gate" ] || fail "$out"
}

test_the_programs_do_not_tell_where_they_were_built() {
	local program
	for program in init agent gate; do
		[ -e "build/guest/$program" ] || { echo "there is no build/guest/$program (make guest)" && return 77; }
		! grep -qaF -e "$top" -e build/cache "build/guest/$program" || fail "$program names $top" || return 1
	done
}

for name in $(compgen -A function test_); do
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	words=$("$name" 2>&1) && status=0 || status=$?
	case $status in
	0) passed=$((passed + 1)) && echo "ok $name" ;;
	77) skipped=$((skipped + 1)) && echo "skip $name # $words" ;;
	*) failed=$((failed + 1)) && printf '%s\n' "$words" "not ok $name" ;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
