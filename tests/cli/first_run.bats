# SPDX-License-Identifier: Apache-2.0
# `make demo` and `make deps` on a host that lacks packages: apt and dpkg are played, so that nothing is installed.
load helper

# What dpkg says is in $HOME/installed and, once "apt-get install" ran, $HOME/later; what was asked of apt in $HOME/asked.
play() {
	# Of the make that perhaps runs this.
	unset MAKEFLAGS MFLAGS MAKELEVEL BUILD SAN CC WERROR V CFLAGS
	mkdir "$HOME/bin"
	PATH=$HOME/bin:$PATH
	echo 'cat "$HOME/installed"; [ ! -e "$HOME/ran" ] || cat "$HOME/later"' | program dpkg-query
	echo 'echo amd64' | program dpkg
	echo 'echo "$*" >>"$HOME/asked"
		case "$*" in *-s\ * | *--assume-no* | *--download-only* | *update*) ;; *install*) touch "$HOME/ran" ;; esac' | program apt-get
	echo '[ "$4" != old-name ] && [ "$3" != old-name ]' | program apt-cache
	echo '[ "$1" = -u ] && echo "${PLAY_ID:-0}"' | program id
	echo 'case "$1" in -v) exit "${PLAY_SUDO:-0}" ;; esac; exec "$@"' | program sudo
	: >"$HOME/installed"
	: >"$HOME/later"
	: >"$HOME/asked"
}

program() {
	{ echo '#!/bin/sh' && cat; } >"$HOME/bin/$1"
	chmod 755 "$HOME/bin/$1"
}

is_there() { printf 'installed\tamd64\t%s\n' "$@"; }

deps() {
	status=0
	out=$("$BATS_TEST_DIRNAME/../deps.sh" "$@" 2>"$HOME/.err") || status=$?
	err=$(cat "$HOME/.err")
}

@test "deps: what another package provides is there; either of two does; apt is not asked" {
	play
	{
		is_there "libcurl4t64, libcurl4 (= 8.14.1-2), libcurl-x:amd64 (= 8)" "busybox-static, " "gcc, c-compiler"
		printf 'config-files\tamd64\tgone\ninstalled\ti386\tforeign\n'
	} >"$HOME/installed"
	deps libcurl4 "busybox|busybox-static" gcc
	is_status 0
	out_is ""
	[ ! -s "$HOME/asked" ] || fail_with "$(cat "$HOME/asked")"
	deps --list gcc gone foreign libcurl-y libcurl-x
	out_is "gone
foreign
libcurl-y"
}

@test "deps: asks apt for what is missing, by the name that this release has, and only once" {
	play
	is_there gcc >"$HOME/installed"
	is_there new-name second >"$HOME/later"
	deps gcc "old-name|new-name" second
	is_status 0
	grep -q 'install new-name second$' "$HOME/asked" || fail_with "$(cat "$HOME/asked")"
	refuse grep -q old-name "$HOME/asked"
	: >"$HOME/asked"
	deps gcc "old-name|new-name" second
	is_status 0
	[ ! -s "$HOME/asked" ] || fail_with "$(cat "$HOME/asked")"
}

@test "deps: apt that fails, or installs something else, is no success" {
	play
	deps first
	is_status 1
	err_has "still missing: first"
	echo 'echo "E: Unable to locate package first" >&2; exit 100' | program apt-get
	deps first
	is_status 1
	err_has "E: Unable to locate package first"
}

@test "deps: without root and sudo it names what is missing, in lines that root can paste, and ends" {
	play
	export PLAY_ID=1000 PLAY_SUDO=1
	deps first "second|other" a-package-with-a-rather-long-name another-package-with-a-rather-long-name
	is_status 1
	out_is ""
	err_is "deps: error: 4 packages are missing, and you have neither root nor sudo
hint: let root install them:
  apt-get install --no-install-recommends first second \\
  a-package-with-a-rather-long-name another-package-with-a-rather-long-name"
	[ ! -s "$HOME/asked" ] || fail_with "$(cat "$HOME/asked")"
	PLAY_SUDO=0
	deps first
	grep -q 'install first$' "$HOME/asked" || fail_with "$(cat "$HOME/asked")"
}

# A tree with the real Makefile and deps.sh, three sources, and pkg-config that knows libvirt once apt ran.
small_tree() {
	mkdir -p "$HOME/t/guest/image" "$HOME/t/tests" "$HOME/t/cmd" "$HOME/t/drivers/kvm"
	cd "$HOME/t"
	cp -r "$BATS_TEST_DIRNAME/../../Makefile" "$BATS_TEST_DIRNAME/../../packaging" .
	cp "$BATS_TEST_DIRNAME/../deps.sh" tests/
	printf 'guest:\n' >guest/guest.mk
	printf 'make make\n' >guest/image/host-packages.txt
	printf '#!/bin/sh\n' | tee guest/image/build.sh >tests/demo.sh
	chmod 755 guest/image/build.sh tests/demo.sh
	printf '#ifdef WITHOUT_LIBVIRT\n#error flags of before\n#endif\nextern int driver_kvm;\nint main(void) { return driver_kvm; }\n' >cmd/main.c
	echo 'int driver_kvm;' >drivers/kvm/kvm.c
	echo 'int missing;' >drivers/kvm/missing.c
	echo '[ "$1" != --exists ] || [ -e "$HOME/ran" ]' | program pkg-config
	# shellcheck disable=SC2046 # words
	is_there $(make -s deps-list | cut -d: -f2 | tr '|' '\n') >"$HOME/later"
}

@test "make demo: sources and flags are those of after what it installed" {
	play
	small_tree
	make demo >"$HOME/.out" 2>&1 || fail_with "$(cat "$HOME/.out")"
	build/machine
	grep -q ftrivial-auto-var-init build/flags || fail_with "$(cat build/flags)"
	: >"$HOME/asked"
	make demo >"$HOME/.out" 2>&1 || fail_with "$(cat "$HOME/.out")"
	[ ! -s "$HOME/asked" ] || fail_with "$(cat "$HOME/asked")"
	refuse grep -qE '  (CC|LINK) ' "$HOME/.out"
}

@test "make deps all: what came too late is told; other flags compile anew" {
	play
	small_tree
	refuse make deps all >"$HOME/.out" 2>&1
	grep -q '^hint: make$' "$HOME/.out" || fail_with "$(cat "$HOME/.out")"
	make all >/dev/null
	make all CFLAGS=-DOTHER >"$HOME/.out"
	[ "$(grep -c '  CC ' "$HOME/.out")" = 3 ] || fail_with "$(cat "$HOME/.out")"
	# Warnings alone change no object.
	make all CFLAGS=-DOTHER WERROR=1 >"$HOME/.out"
	refuse grep -q '  CC ' "$HOME/.out"
}

@test "make demo without root and sudo: names first, and nothing else is done" {
	play
	small_tree
	export PLAY_ID=1000 PLAY_SUDO=1
	refuse make demo >"$HOME/.out" 2>&1
	grep -q "qemu-system-x86" "$HOME/.out" || fail_with "$(cat "$HOME/.out")"
	[[ $(head -n 1 "$HOME/.out") == "deps: error: "* ]] || fail_with "$(cat "$HOME/.out")"
	[ ! -e build ] || fail_with "something was built"
}

# The real demo.sh with a machine, a client below build/ and a web server that are played.
play_demo() {
	mkdir -p "$HOME/t/tests" "$HOME/t/build/docker-client/trixie/docker-cli/usr/bin"
	cd "$HOME/t"
	cp "$BATS_TEST_DIRNAME/../demo.sh" tests/
	printf '#!/bin/sh\necho "%s"\n' "$HOME/t/build/docker-client/trixie/docker-cli/usr/bin/docker" >tests/docker-client.sh
	printf '#!/bin/sh\n' | tee tests/busybox-image.sh build/docker-client/trixie/docker-cli/usr/bin/docker >build/machine
	chmod 755 tests/*.sh build/machine build/docker-client/trixie/docker-cli/usr/bin/docker
	true | program curl
}

@test "the demo: who has no docker client is told of one that this release has" {
	play
	play_demo
	out=$(tests/demo.sh)
	out_has "sudo apt install --no-install-recommends docker-cli"
	echo '[ "$2" != docker-cli ]' | program apt-cache
	out=$(tests/demo.sh)
	out_has "sudo apt install --no-install-recommends docker.io"
	out_has 'PATH="$PATH:$PWD/build/docker-client/trixie/docker-cli/usr/bin"'
	[ -z "$(echo "$out" | awk 'length($0) > 80')" ] || fail_with "too wide"
	# With one of his own there is nothing to tell.
	printf '#!/bin/sh\necho docker\n' >tests/docker-client.sh
	true | program docker
	out=$(tests/demo.sh)
	out_lacks "apt install"
}
