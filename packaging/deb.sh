#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# deb.sh VERSION OUT PACKAGE...: makes OUT/PACKAGE_VERSION_ARCH.deb. Needs no root. Two runs of one commit make equal files:
# times are SOURCE_DATE_EPOCH, the program is compiled without the folder's name in it, and one thread compresses. IMAGE names
# another folder of the image than build/image.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
version=$1 out=$2
shift 2
for tool in dpkg-gencontrol:dpkg-dev dpkg-shlibdeps:dpkg-dev strip:binutils; do
	command -v "${tool%:*}" >/dev/null || {
		echo "deb: error: ${tool%:*} is not installed" >&2
		echo "hint: apt install ${tool#*:}" >&2
		exit 1
	}
done
: "${SOURCE_DATE_EPOCH:?it names the time that files have}"
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
maintainer=$(git log -1 --format='%an <%ae>' 2>/dev/null || echo 'machine maintainers <root@localhost>')

say() { printf 'deb: %s\n' "$*"; }

# dpkg's tools read the source package's own files, below debian/.
source_tree() {
	mkdir -p "$work/source/debian"
	local control
	control=$(cat packaging/debian/control)
	printf '%s\n' "${control//@MAINTAINER@/"$maintainer"}" >"$work/source/debian/control"
	printf '%s\n' "machine ($version) unstable; urgency=medium" "" "  * As of its commit; what changed: CHANGELOG.md." "" \
		" -- $maintainer  $(date -u -d "@$SOURCE_DATE_EPOCH" -R)" >"$work/source/debian/changelog"
}

stage_machine() {
	make --no-print-directory BUILD=build/deb-program OPT='-O2 -g' CFLAGS="-ffile-prefix-map=$top=." PREFIX=/usr DESTDIR="$1" \
		ZSH_FUNCTIONS=share/zsh/vendor-completions DROP_IN='' CLIENT='' NO_IMAGE=1 install >"$out/build.log"
	strip --strip-unneeded --remove-section=.comment --remove-section=.note "$1/usr/bin/machine"
	gzip -9n "$1"/usr/share/man/man1/*
	(cd "$work/source" && dpkg-shlibdeps -Tdebian/machine.substvars "$1/usr/bin/machine")
	# libxml2 is loaded by the name that its headers gave, and the package is called after that.
	case $(grep -ao 'libxml2\.so\.[0-9]*' "$1/usr/bin/machine" | head -n 1) in
	libxml2.so.2) echo "xml:Package=libxml2" ;;
	libxml2.so.*) echo "xml:Package=libxml2-16" ;;
	*) echo "deb: the driver kvm is not in this program; hint: make deps" >&2 && return 1 ;;
	esac >>"$work/source/debian/machine.substvars"
}

stage_machine-image() {
	install -d "$1/usr/share/machine/image"
	cp --reflink=auto "${IMAGE:-build/image}"/* "$1/usr/share/machine/image/"
	chmod 644 "$1"/usr/share/machine/image/*
	install -D -m 644 packaging/debian/machine-image.lintian-overrides "$1/usr/share/lintian/overrides/machine-image"
}

stage_machine-docker-machine() {
	install -d "$1/usr/bin" "$1/usr/share/bash-completion/completions" "$1/usr/share/man/man1"
	ln -s machine "$1/usr/bin/docker-machine"
	ln -s machine "$1/usr/share/bash-completion/completions/docker-machine"
	ln -s machine.1.gz "$1/usr/share/man/man1/docker-machine.1.gz"
}

# doc PACKAGE STAGE
doc() {
	local copyright=packaging/debian/copyright
	[ "$1" != machine-image ] || copyright+=.image
	install -D -m 644 "$copyright" "$2/usr/share/doc/$1/copyright"
	gzip -9nc "$work/source/debian/changelog" >"$2/usr/share/doc/$1/changelog.gz"
}

# Not zstd, which the lintian of Debian 12 takes for damage. The image is half compressed already: xz takes ten times as long
# as gzip and saves a tenth.
press() {
	case $1 in
	machine-image) echo -Zgzip -z5 ;;
	*) echo -Zxz ;;
	esac
}

package() {
	local stage=$work/$1
	say "making $1 $version"
	mkdir -p "$stage/DEBIAN"
	: >"$work/source/debian/$1.substvars"
	"stage_$1" "$stage"
	doc "$1" "$stage"
	(cd "$work/source" && dpkg-gencontrol -p"$1" -P"$stage" -Tdebian/"$1".substvars)
	(cd "$stage" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
	find "$stage" -exec touch -hd "@$SOURCE_DATE_EPOCH" {} +
	rm -f "$out/$1"_*.deb
	# shellcheck disable=SC2046 # two words
	dpkg-deb --root-owner-group --threads-max=1 $(press "$1") --build "$stage" "$out" | sed 's/^/deb: /'
	rm -rf "$stage"
}

source_tree
for name; do
	package "$name"
done
