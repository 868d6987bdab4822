#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tests/docker-client.sh with an apt that is played: one client for each suite, fetched once whoever else asks.
load helper

top=$BATS_TEST_DIRNAME/../..

make_tree() {
	tree=$HOME/tree
	mkdir -p "$tree/tests" "$tree/guest/image" "$tree/deb/DEBIAN" "$tree/deb/usr/bin"
	cp "$top/tests/docker-client.sh" "$tree/tests/"
	cp "$top/guest/image/settings.sh" "$tree/guest/image/"
	printf 'Package: docker-cli\nVersion: 1\nArchitecture: all\nMaintainer: x <x@y.example>\nDescription: x\n' >"$tree/deb/DEBIAN/control"
	cat >"$tree/guest/image/apt.sh" <<-'APT'
		apt_setup() { [ ! -e "$top/busy" ] || { touch "$top/two-at-once"; return 1; }; touch "$top/busy"; }
		apt_update() { sleep 0.5; }
		apt() {
			echo "$SUITE" >>"$top/fetched"
			echo "the client of $SUITE" >"$top/deb/usr/bin/docker"
			chmod 755 "$top/deb/usr/bin/docker"
			dpkg-deb --root-owner-group --build "$top/deb" "$3_1_all.deb" >/dev/null
			rm -f "$top/busy"
		}
	APT
	unset CACHE SUITE
	export OWN_CLIENT=1
}

@test "a client is fetched once, and each suite has its own" {
	command -v dpkg-deb >/dev/null || skip "no dpkg-deb"
	make_tree
	for i in 1 2 3; do "$tree/tests/docker-client.sh" >"$HOME/path.$i" 2>"$HOME/err.$i" 3>&- & done
	SUITE=bookworm "$tree/tests/docker-client.sh" >"$HOME/path.b" 2>"$HOME/err.b"
	wait
	for i in 1 2 3; do [ "$(cat "$HOME/path.$i")" = "$tree/build/docker-client/trixie/docker-cli/usr/bin/docker" ] || fail_with "$(cat "$HOME/err.$i")"; done
	[ ! -e "$tree/two-at-once" ]
	[ "$(sort "$tree/fetched" | tr '\n' ' ')" = "bookworm trixie " ]
	[ "$(cat "$(cat "$HOME/path.1")")" = "the client of trixie" ]
	[ "$(cat "$(cat "$HOME/path.b")")" = "the client of bookworm" ]
}

@test "who builds the image meanwhile is waited for" {
	command -v dpkg-deb >/dev/null || skip "no dpkg-deb"
	make_tree
	mkdir -p "$tree/build/cache"
	exec 8>"$tree/build/cache/lock"
	flock 8
	"$tree/tests/docker-client.sh" >"$HOME/path" 2>"$HOME/err" 3>&- 8>&- &
	sleep 1
	[ ! -e "$tree/busy" ] && [ ! -e "$tree/fetched" ]
	exec 8>&-
	wait
	[ "$(cat "$tree/fetched")" = trixie ]
}
