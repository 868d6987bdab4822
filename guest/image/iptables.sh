# shellcheck shell=bash
# A static iptables. The engine runs it some eighty times at its start; without a dynamic linker each run takes a third of
# the time, which is the largest saving of the whole boot under emulation. Only the legacy variant, which needs no nftables.
# Sourced by build.sh, never run.

# build_iptables - $IPTABLES/xtables-legacy-multi, compiled once for each version of it and of the tools; $IPTABLES/linked.map
# says what was linked into it.
build_iptables() {
	local version
	version="$(cat "$SOURCES/iptables.version" "$TOOLS/version") $(sha256sum <"$RECIPE/iptables.sh")"
	if [ -x "$IPTABLES/xtables-legacy-multi" ] && [ "$(cat "$IPTABLES/version" 2>/dev/null)" = "$version" ]; then
		return
	fi
	say "compile iptables $(cat "$SOURCES/iptables.version")"
	rm -rf "$IPTABLES" "$IPTABLES.new"
	mkdir -p "${IPTABLES%/*}"
	cp -r "$SOURCES/iptables" "$IPTABLES.new"
	(
		cd "$IPTABLES.new"
		# Build paths stay out of the program, and automake out of the build.
		find . -type f -exec touch -d @0 {} +
		export CFLAGS="-O2 -ffile-prefix-map=$IPTABLES.new=. -fstack-protector-strong -D_FORTIFY_SOURCE=2"
		# What the builder's host has of libraries is no matter here.
		export CC=gcc PKG_CONFIG=false
		./configure --prefix=/usr --sbindir=/usr/sbin --disable-nftables --disable-connlabel \
			--enable-static --disable-shared --disable-devel --disable-libipq
		make -j2 LDFLAGS="-all-static -Wl,-Map,linked.map"
		strip iptables/xtables-legacy-multi
	) >"$WORK/iptables.log" 2>&1 || {
		tail -20 "$WORK/iptables.log" >&2
		die "cannot compile iptables" "the whole log is $WORK/iptables.log"
	}
	mkdir "$IPTABLES"
	mv "$IPTABLES.new"/iptables/{xtables-legacy-multi,linked.map} "$IPTABLES/"
	rm -rf "$IPTABLES.new"
	echo "$version" >"$IPTABLES/version"
}
