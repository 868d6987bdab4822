#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run.sh [SUITE...]: the packages of build/deb in bare trees (debootstrap's minbase) of Debian: installed, used, upgraded, removed
# and purged. Root. The trees are kept as build/cache/bare/SUITE.tar; MIRROR= names another mirror.
# shellcheck disable=SC2016 # what is quoted is for the shell in the tree, and for dpkg-query
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bare=$top/build/cache/bare
[ "$(id -u)" = 0 ] || { echo "check-deb: skipped: it needs root for chroot and debootstrap"; exit 0; }
command -v debootstrap >/dev/null || { echo "check-deb: debootstrap is not installed; hint: apt install debootstrap" >&2; exit 1; }
work=$(mktemp -d /tmp/machine-deb.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir -p "$bare"

fail() { echo "check-deb: $suite: $*" >&2; exit 1; }
# With a /proc of its own, which ends with the command.
in_tree() { unshare --mount --pid --fork --mount-proc="$tree/proc" chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }

make_tree() {
	tree=$work/$suite
	mkdir -p "$tree"
	if [ ! -e "$bare/$suite.tar" ]; then
		debootstrap --variant=minbase "$suite" "$tree" ${MIRROR:+"$MIRROR"} >"$work/debootstrap.log" || { tail "$work/debootstrap.log"; fail "no tree"; }
		tar -C "$tree" --one-file-system -cf "$bare/$suite.tar.new" . && mv "$bare/$suite.tar.new" "$bare/$suite.tar"
	else
		tar -C "$tree" -xf "$bare/$suite.tar"
	fi
	cp /etc/resolv.conf "$tree/etc/resolv.conf"
	# Documentation and other languages are cut from some trees: then no manual page could be looked for.
	rm -f "$tree"/etc/dpkg/dpkg.cfg.d/*exclude*
	in_tree apt-get -q update >"$work/update.log" 2>&1 || { cat "$work/update.log"; fail "apt-get update"; }
	mkdir "$tree/packages"
	cp "$top"/build/deb/*.deb "$tree/packages/"
}

# What is there besides apt's and dpkg's own memory.
files() { (cd "$tree" && find . -xdev \( -path ./packages -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache -o -path ./var/log -o -path ./root -o -path ./tmp -o -path ./etc/ld.so.cache -o -path ./proc -o -path ./sys -o -path ./dev \) -prune -o -print | sort); }

install_all() {
	in_tree sh -c 'apt-get install -qy --no-install-recommends /packages/*.deb' >"$work/install.log" 2>&1 || { tail -20 "$work/install.log"; fail "install"; }
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
	DEB_OUT=$work/higher make -s -C "$top" deb DEB_VERSION=99.0 DEB_OUT="$work/higher" DEB_PACKAGES="machine machine-docker-machine" >/dev/null
	cp "$work"/higher/*.deb "$tree/packages/"
	install_all
	[ "$(in_tree dpkg-query -W -f '${Version}' machine)" = 99.0 ] || fail "it was not upgraded"
	[ "$(in_tree machine ls -q)" = kept ] || fail "the store after the upgrade"
}

[ $# -gt 0 ] || set -- bookworm trixie
for suite; do
	make_tree
	in_tree apt-get install -qy --no-install-recommends ca-certificates >/dev/null 2>&1
	before=$(files)
	install_all
	use
	upgrade
	in_tree apt-get remove -qy machine machine-image machine-docker-machine >/dev/null 2>&1 || fail "remove"
	in_tree dpkg --purge machine machine-image machine-docker-machine >/dev/null 2>&1 || fail "purge"
	# What apt brought for us goes too, even where a package of the tree only suggests it.
	in_tree apt-get autoremove --purge -qy -o APT::AutoRemove::SuggestsImportant=false -o APT::AutoRemove::RecommendsImportant=false >/dev/null 2>&1
	left=$(comm -13 <(echo "$before") <(files))
	[ -z "$left" ] || fail "left: $left"
	[ -e "$tree/root/.docker/machine/machines/kept/config.json" ] || fail "the user's store is gone"
	rm -rf --one-file-system "$tree"
	echo "check-deb: $suite: installed, used, upgraded, removed and purged"
done
