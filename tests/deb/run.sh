#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [SUITE...]: the packages of build/deb, held to lintian and to a second build, and in bare trees (debootstrap's minbase)
# of Debian: installed, used, upgraded, removed and purged. Root. The trees are kept as build/cache/bare/SUITE.tar; MIRROR=
# names another mirror.
# shellcheck disable=SC2016 # what is quoted is for the shell in the tree, and for dpkg-query
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bare=$top/build/cache/bare
[ "$(id -u)" = 0 ] || { echo "check-deb: skipped: it needs root for chroot and debootstrap"; exit 0; }
for tool in debootstrap lintian; do
	command -v $tool >/dev/null || { echo "check-deb: $tool is not installed; hint: apt install $tool" >&2; exit 1; }
done
work=$(mktemp -d /tmp/machine-deb.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir -p "$bare"

suite=packages
fail() { echo "check-deb: $suite: $*" >&2; exit 1; }
# logged WORDS COMMAND...: what it says is shown when it fails
logged() {
	local words=$1
	shift
	"$@" >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; fail "$words"; }
}
# With a /proc of its own, which ends with the command.
in_tree() { unshare --mount --pid --fork --mount-proc="$tree/proc" chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }

make_tree() {
	tree=$work/$suite
	mkdir -p "$tree"
	if [ ! -e "$bare/$suite.tar" ]; then
		logged "no tree" debootstrap --variant=minbase "$suite" "$tree" ${MIRROR:+"$MIRROR"}
		tar -C "$tree" --one-file-system -cf "$bare/$suite.tar.new" . && mv "$bare/$suite.tar.new" "$bare/$suite.tar"
	else
		tar -C "$tree" -xf "$bare/$suite.tar"
	fi
	cp /etc/resolv.conf "$tree/etc/resolv.conf"
	# Documentation and other languages are cut from some trees: then no manual page could be looked for.
	rm -f "$tree"/etc/dpkg/dpkg.cfg.d/*exclude*
	logged "apt-get update" in_tree apt-get -q update
	mkdir "$tree/packages"
	cp "$top"/build/deb/*.deb "$tree/packages/"
}

# What is there besides apt's and dpkg's own memory.
files() { (cd "$tree" && find . -xdev \( -path ./packages -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log -o -path ./root -o -path ./tmp -o -path ./etc/ld.so.cache -o -path ./proc -o -path ./sys -o -path ./dev \) -prune -o -print | sort); }

install_all() {
	logged install in_tree sh -c 'apt-get install -qy --no-install-recommends /packages/*.deb'
}

use() {
	local out
	in_tree machine version | grep -q '^machine version ' || fail "version"
	in_tree docker-machine version | grep -q '^docker-machine version ' || fail "docker-machine version"
	in_tree machine create -d none --url tcp://192.0.2.1:2376 kept >/dev/null || fail "create"
	[ "$(in_tree machine ls -q)" = kept ] || fail "ls"
	out=$(in_tree machine doctor || true)
	grep -q '^image  *ok  *//*usr/share/machine/image$' <<<"$out" || fail "the image is not found: $out"
	for f in man/man1/machine.1.gz man/man1/machine-create.1.gz bash-completion/completions/machine \
		zsh/vendor-completions/_machine fish/vendor_completions.d/machine.fish; do
		[ -s "$tree/usr/share/$f" ] || fail "/usr/share/$f is missing"
	done
	in_tree bash -c 'source /usr/share/bash-completion/completions/machine; COMP_LINE="machine stat"; COMP_POINT=12
		_machine; [ "${COMPREPLY[*]}" = status ]' || fail "completion"
	# Hints of this release are installable there.
	# shellcheck disable=SC2013 # words: a hint may name several
	for p in $(sed -nE 's/.*hint: .*apt install (.*)$/\1/p' <<<"$out"); do
		in_tree apt-cache policy "$p" | grep -q 'Candidate: [^(]' || fail "a hint names '$p', which this release has not got"
	done
	grep -q "hint: Install it: apt install" <<<"$out" || fail "no hint names a package: $out"
	grep -q "libvirt's server is not installed\|libvirt.so.0' is not installed" <<<"$out" || fail "libvirt: $out"
}

upgrade() {
	rm "$tree"/packages/*.deb
	cp "$work"/higher/*.deb "$tree/packages/"
	install_all
	for p in machine machine-image machine-docker-machine; do
		[ "$(in_tree dpkg-query -W -f '${Version}' $p)" = 99.0 ] || fail "$p was not upgraded"
	done
	[ "$(in_tree ls /usr/share/machine/image)" = "$(ls "$work/image")" ] || fail "not the files of the newer image alone"
	in_tree machine doctor | grep -q '^image  *ok  *//*usr/share/machine/image$' || fail "the newer image is not found"
	[ "$(in_tree machine ls -q)" = kept ] || fail "the store after the upgrade"
}

# build VERSION OUT: all three packages, as `make deb` makes them of this commit
build() {
	SOURCE_DATE_EPOCH=$(git -C "$top" log -1 --format=%ct 2>/dev/null || echo 0) "$top/packaging/deb.sh" "$1" "$2" \
		machine machine-image machine-docker-machine
}

# What one commit and one image make, whoever builds it and when.
again() {
	local version
	version=$(dpkg-deb -f "$top"/build/deb/machine_*.deb Version)
	(
		umask 077
		export TZ=Asia/Tokyo LC_ALL=C.UTF-8
		logged "a second build" build "$version" "$work/again"
	)
	for p in "$top"/build/deb/*.deb; do
		cmp "$p" "$work/again/${p##*/}" || fail "a second build of ${p##*/} differs"
	done
	[ "$(find "$work/again" -name '*.deb' | wc -l)" = 3 ] || fail "not three packages"
	rm -rf "$work/again"
}

# Of another version, with an image that has one file more and another name for one.
higher() {
	cp -r --reflink=auto "$top/build/image" "$work/image"
	mv "$work/image/machine.iso" "$work/image/newer.iso"
	echo more >"$work/image/more"
	(cd "$work/image" && rm SHA256SUMS && find . -type f -printf '%P\0' | sort -z | xargs -0 sha256sum >"$work/sums" && mv "$work/sums" SHA256SUMS)
	IMAGE=$work/image logged "packages of a higher version" build 99.0 "$work/higher"
}

logged lintian lintian --fail-on error,warning "$top"/build/deb/*.deb
again
echo "check-deb: lintian has no complaint, and a second build makes equal files"
higher
[ $# -gt 0 ] || set -- bookworm trixie
for suite; do
	make_tree
	logged "ca-certificates" in_tree apt-get install -qy --no-install-recommends ca-certificates
	before=$(files)
	install_all
	use
	upgrade
	logged remove in_tree apt-get remove -qy machine machine-image machine-docker-machine
	logged purge in_tree dpkg --purge machine machine-image machine-docker-machine
	# What apt brought for us goes too, even where a package of the tree only suggests it.
	logged autoremove in_tree apt-get autoremove --purge -qy -o APT::AutoRemove::SuggestsImportant=false -o APT::AutoRemove::RecommendsImportant=false
	left=$(comm -13 <(echo "$before") <(files))
	[ -z "$left" ] || fail "left: $left"
	[ -e "$tree/root/.docker/machine/machines/kept/config.json" ] || fail "the user's store is gone"
	rm -rf --one-file-system "$tree"
	echo "check-deb: $suite: installed, used, upgraded, removed and purged"
done
