#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# client.sh install|uninstall FILE DESTDIR PREFIX: the image's Docker client as PREFIX/libexec/machine/docker, where machine
# finds it, and as PREFIX/bin/docker where this host has no client: what is there already is never replaced.
set -eu
verb=$1 file=$2 dest=$3 prefix=$4
own=$prefix/libexec/machine/docker
link=$prefix/bin/docker
to=../libexec/machine/docker

# Ours is the link that points there; a client elsewhere on the PATH counts only where this host itself is installed to.
another() {
	if [ -e "$dest$link" ] || [ -L "$dest$link" ]; then
		[ "$(readlink "$dest$link" || true)" = "$to" ] || echo "$link"
	elif [ -z "$dest" ]; then
		command -v docker || true
	fi
}

case $verb in
install)
	install -D -m 755 "$file" "$dest$own"
	found=$(another)
	if [ -n "$found" ]; then
		echo "client: '$found' is a Docker client already and stays; the image's own is '$own'"
	else
		mkdir -p "$dest$prefix/bin"
		ln -sfn "$to" "$dest$link"
		echo "client: '$link' is the image's own Docker client"
	fi
	;;
uninstall)
	[ "$(readlink "$dest$link" || true)" != "$to" ] || rm -f "$dest$link"
	rm -f "$dest$own"
	rmdir "$dest$prefix/libexec/machine" 2>/dev/null || true
	;;
esac
