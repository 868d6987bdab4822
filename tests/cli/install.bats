#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# make install: whose files they are, and the Docker client.
load helper

top=$BATS_TEST_DIRNAME/../..

@test "a Docker client: put where there is none, another's stays" {
	echo "a client" >"$HOME/client"
	chmod 755 "$HOME/client"
	"$top/packaging/client.sh" install "$HOME/client" "$HOME/dest" /usr >"$HOME/.out"
	grep -q "'/usr/bin/docker' is the image's own Docker client" "$HOME/.out"
	[ "$(cat "$HOME/dest/usr/bin/docker")" = "a client" ]
	"$top/packaging/client.sh" uninstall '' "$HOME/dest" /usr
	[ -z "$(find "$HOME/dest" ! -type d)" ]
	echo other >"$HOME/dest/usr/bin/docker"
	"$top/packaging/client.sh" install "$HOME/client" "$HOME/dest" /usr >"$HOME/.out"
	grep -q "'/usr/bin/docker' is a Docker client already and stays; the image's own is '/usr/libexec/machine/docker'" "$HOME/.out"
	"$top/packaging/client.sh" uninstall '' "$HOME/dest" /usr
	[ "$(cat "$HOME/dest/usr/bin/docker")" = other ]
	[ "$(find "$HOME/dest" ! -type d | wc -l)" = 1 ]
}

# install_for UID: the real rules with a program of one line, in a tree of that user's.
install_for() {
	# Of the make that perhaps runs this.
	unset MAKEFLAGS MFLAGS MAKELEVEL BUILD SAN CC WERROR V CFLAGS
	tree=$HOME/t
	mkdir -p "$tree"/{build,cmd,guest/image,docs/commands,drivers/kvm,tests}
	cp -r "$top/Makefile" "$top/packaging" "$tree/"
	cp "$top/tests/deps.sh" "$tree/tests/"
	cp "$top/docs/commands/machine.md" "$tree/docs/commands/"
	printf 'guest:\n' >"$tree/guest/guest.mk"
	printf 'make make\n' >"$tree/guest/image/host-packages.txt"
	echo 'int main(void) { return 0; }' >"$tree/cmd/main.c"
	chmod 711 "$HOME"
	chown -R "$1:$1" "$tree"
	# What is installed to may have blanks in its name.
	(cd "$tree" && make install DROP_IN=1 DESTDIR="$HOME/the dest" PREFIX=/usr) >"$HOME/.out" 2>&1 || fail_with "$(cat "$HOME/.out")"
	[ -x "$tree/build/machine" ]
	[ -z "$(find "$tree" -user root)" ] || fail_with "$(find "$tree" -user root)"
	[ -z "$(find "$HOME/the dest" ! -user root)" ]
	[ "$(readlink "$HOME/the dest/usr/bin/docker-machine")" = machine ]
	[ -e "$HOME/the dest/usr/share/man/man1/machine.1" ]
	(cd "$tree" && make -n uninstall PREFIX='~/a place') | grep -qF "'$HOME/a place/bin/machine'"
	(cd "$tree" && make uninstall DESTDIR="$HOME/the dest" PREFIX=/usr) >/dev/null
	[ -z "$(find "$HOME/the dest" ! -type d)" ] || fail_with "$(find "$HOME/the dest" ! -type d)"
}

@test "sudo make install: what is built stays the user's, what is installed is root's" {
	[ "$(id -u)" = 0 ] || skip "not root: nothing to give away"
	install_for 65534
}

@test "sudo make install: the same for an owner who has no name here" {
	[ "$(id -u)" = 0 ] || skip "not root: nothing to give away"
	owner=54321
	while getent passwd $owner >/dev/null; do owner=$((owner + 1)); done
	install_for $owner
}
