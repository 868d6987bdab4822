# shellcheck shell=bash
# A static iptables. The engine runs it some eighty times at its start; without a dynamic linker each run takes a third of
# the time, which is the largest saving of the whole boot under emulation. Only the legacy variant, which needs no nftables.
# Sourced by build.sh, never run.

IPTABLES=$CACHE/iptables

# build_iptables - $IPTABLES/xtables-legacy-multi, compiled once for each version.
build_iptables() {
	local version
	version="$(cat "$CACHE/src/iptables.version") $(gcc -dumpfullversion) $(sha256sum <"$RECIPE/iptables.sh")"
	if [ -x "$IPTABLES/xtables-legacy-multi" ] && [ "$(cat "$IPTABLES/version")" = "$version" ]; then
		return
	fi
	say "compile iptables $(cat "$CACHE/src/iptables.version")"
	rm -rf "$IPTABLES" "$IPTABLES.new"
	cp -r "$CACHE/src/iptables" "$IPTABLES.new"
	(
		cd "$IPTABLES.new"
		# Build paths stay out of the program, and automake out of the build.
		find . -type f -exec touch -d @0 {} +
		export CFLAGS="-O2 -ffile-prefix-map=$IPTABLES.new=. -fstack-protector-strong -D_FORTIFY_SOURCE=2"
		./configure --prefix=/usr --sbindir=/usr/sbin --disable-nftables --disable-connlabel \
			--enable-static --disable-shared --disable-devel --disable-libipq
		make -j2 LDFLAGS=-all-static
		cp iptables/xtables-legacy-multi ../xtables-legacy-multi.new
		strip ../xtables-legacy-multi.new
	) >"$WORK/iptables.log" 2>&1 || {
		tail -20 "$WORK/iptables.log" >&2
		die "cannot compile iptables" "the whole log is $WORK/iptables.log"
	}
	rm -rf "$IPTABLES.new"
	mkdir -p "$IPTABLES"
	mv "$CACHE/xtables-legacy-multi.new" "$IPTABLES/xtables-legacy-multi"
	echo "$version" >"$IPTABLES/version"
}
