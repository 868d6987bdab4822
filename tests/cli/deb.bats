#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# packaging/deb.sh, with the package that needs no build. What packages do is for `make check-deb`.
load helper

# deb_of COMMITTER PATH: makes machine-docker-machine of a repository that he has committed to
deb_of() {
	mkdir -p "$HOME/t"
	cp -r "$BATS_TEST_DIRNAME/../../packaging" "$HOME/t/"
	git -C "$HOME/t" init -q
	git -C "$HOME/t" -c user.name="$1" -c user.email=a@mail.example commit -q --allow-empty -m one
	PATH=$2 SOURCE_DATE_EPOCH=1700000000 "$HOME/t/packaging/deb.sh" 1.0 "$HOME/out" machine-docker-machine
}

@test "a maintainer's name may have any letters" {
	command -v dpkg-gencontrol >/dev/null || skip "dpkg-dev is not installed"
	name='A/B & C \\1'
	deb_of "$name" "$PATH"
	[ "$(dpkg-deb -f "$HOME"/out/machine-docker-machine_1.0_*.deb Maintainer)" = "$name <a@mail.example>" ]
}

@test "without dpkg-dev it says what to install" {
	mkdir "$HOME/bin"
	for tool in bash dirname cat git; do ln -s "$(command -v $tool)" "$HOME/bin/"; done
	refuse deb_of somebody "$HOME/bin" 2>"$HOME/err"
	grep -x "deb: error: dpkg-gencontrol is not installed" "$HOME/err"
	grep -x "hint: apt install dpkg-dev" "$HOME/err"
}
