# shellcheck shell=bash
# When to build, from which date, and how the result gets to its place. Sourced by build.sh, never run.
#
# $TARGET/.stamp has two lines: the digest of the recipe and the lists (a look at it is all that an idle build costs), and
# the digest of the recipe and the versions: new lists seldom have new versions of our packages.

check_host() {
	local what package
	while read -r what package; do
		case $what in
		/*) [ -e "$what" ] || die "$what is missing (package $package)" "make deps" ;;
		*) command -v "$what" >/dev/null || die "$what is not installed (package $package)" "make deps" ;;
		esac
	done < <(rows "$RECIPE/host-packages.txt")
}

# recipe_digest - over our files, the programs and the settings that matter.
recipe_digest() {
	{
		echo "$SUITE"
		(cd "$RECIPE" && find . -type f -printf '%m %p\n' | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum)
		(cd "$PROGRAMS" && sha256sum init agent gate)
		cat "$TOOLS/version" "$SOURCES"/*.version
	} | sha256sum
}

whole() { [ -e "$TARGET/SHA256SUMS" ] && [ -z "$(find "$TARGET" -name '*.*' -newer "$TARGET/.stamp" ! -name .stamp)" ]; }

stamp_fresh() {
	[ -e "$TARGET/.stamp" ] && lists_fresh && whole &&
		[ "$(head -n 1 "$TARGET/.stamp")" = "$(recipe_digest) $(lists_digest)" ]
}

packages_digest() { { recipe_digest && cat "$WORK/packages.tsv"; } | sha256sum; }

stamp_write() {
	{
		echo "$(recipe_digest) $(lists_digest)"
		packages_digest
	} >"$TARGET/.stamp.new"
	mv -f "$TARGET/.stamp.new" "$TARGET/.stamp"
}

stamp_same_packages() {
	[ -e "$TARGET/.stamp" ] && whole && [ "$(tail -n 1 "$TARGET/.stamp")" = "$(packages_digest)" ] && stamp_write
}

# source_date - the date of the newest package in the root: Debian's builds set the times of their files to that of their
# changelog.
source_date() {
	sort -u -o "$WORK/used" "$WORK/used"
	SOURCE_DATE_EPOCH=$(cd "$UNPACKED" && awk -F'\t' 'FNR == NR { used[$1]; next }
		$1 in used { sub(/\.deb$/, "", $6); print $6 }' "$WORK/used" "$WORK/packages.tsv" |
		xargs -I{} find {} -type f -printf '%Ts\n' | sort -n | tail -1)
	export SOURCE_DATE_EPOCH
}

# publish - by rename, the sums last: a QEMU that runs keeps the files it has open.
publish() {
	local name
	(cd "$OUT" && sha256sum -- * >SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS)
	rm -f "$TARGET/SHA256SUMS"
	for name in "$OUT"/*; do
		[ "${name##*/}" = SHA256SUMS ] || mv -f "$name" "$TARGET/"
	done
	mv -f "$OUT/SHA256SUMS" "$TARGET/"
	rmdir "$OUT"
	stamp_write
	say "$(du -ch "$TARGET"/{vmlinux,initrd,root.erofs,machine.iso} | awk '{ printf "%s%s %s", n++ ? ", " : "", $1, $2 }' |
		sed "s|$TARGET/||g")"
}
