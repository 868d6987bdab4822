# shellcheck shell=bash
# The Debian source packages that we compile ourselves, fetched and unpacked with Debian's patches applied:
#   $SOURCES/iptables   a static iptables for the guest (see iptables.sh)
#   $SOURCES/cjson      for the guest's agent, which is a static program: Debian has no static libcjson
# The folders are replaced whole when the suite has a newer version. $SOURCES/NAME.version holds the version, and
# "unpatched" behind it when only the upstream tarball could be had. Sourced by prepare.sh, never run.

# source_version NAME - the newest version in the lists.
source_version() {
	apt cache showsrc --only-source "$1" |
		awk '$1 == "Version:" { print $2 }' | sort -u | {
		newest=
		while read -r version; do
			if [ -z "$newest" ] || dpkg --compare-versions "$version" gt "$newest"; then
				newest=$version
			fi
		done
		echo "$newest"
	}
}

# unpack_source NAME VERSION - into ./tree. apt has checked every file against the signed lists.
unpack_source() {
	local patch
	apt get source --only-source --download-only "$1=$2" >log 2>&1 && unpack_upstream || return 1
	tar -xf ./*.debian.tar.* -C tree >>log 2>&1 || return 1
	while read -r patch; do
		patch -d tree -p1 --no-backup-if-mismatch <"tree/debian/patches/$patch" >>log 2>&1 || return 1
	done < <(rows tree/debian/patches/series 2>/dev/null)
}

unpack_upstream() { mkdir tree && tar -xf ./*.orig.tar.*[!c] -C tree --strip-components=1 >>log 2>&1; }

# unpack_tarball NAME VERSION - the same without Debian's patches: some mirrors miss small files of old sources, and the
# tarball's digest is in the signed lists as well.
unpack_tarball() {
	rm -rf tree
	apt get source --only-source --download-only --tar-only "$1=$2" >>log 2>&1 && unpack_upstream
}

fetch_source() {
	local name=$1 folder=$SOURCES/$1 version
	version=$(source_version "$name")
	[ -n "$version" ] || die "$SUITE has no source package $name"
	if [ -d "$folder" ] && [ "$(cut -d' ' -f1 "$folder.version" 2>/dev/null)" = "$version" ]; then
		return
	fi
	say "source of $name $version"
	rm -rf "$folder.new"
	mkdir -p "$folder.new"
	(
		cd "$folder.new" || exit
		if unpack_source "$name" "$version"; then
			echo "$version" >version
		elif unpack_tarball "$name" "$version"; then
			say "warning: the mirror lacks Debian's patches of $name: without them"
			echo "$version unpatched" >version
		else
			cat log >&2
			die "cannot fetch the source of $name"
		fi
	)
	rm -rf "$folder"
	mv "$folder.new/tree" "$folder"
	mv "$folder.new/version" "$folder.version"
	rm -rf "$folder.new"
}

fetch_sources() {
	local name
	mkdir -p "$SOURCES"
	for name in $(rows "$RECIPE/sources.txt"); do
		fetch_source "$name"
	done
}
