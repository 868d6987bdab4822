# shellcheck shell=bash
# Which packages, in which versions; fetched, checked and unpacked. Sourced, never run.
#
# A table of packages (.tsv): name, version, architecture, source and its version, SHA-256 and file of every package that may be
# needed, sorted. $WORK/packages.tsv is the image's, $TOOLS/packages.tsv that of the tools.
# $UNPACKED/NAME_VERSION_ARCH/: files of the image's packages. Kept between builds, as unpacking is most of a build's time.

# resolve TABLE PATTERN PACKAGE... - the table of the packages and of those that they depend on, where the name of such a one
# matches the pattern: we take files and run no maintainer script, so most of the others are of no use here.
resolve() {
	local table=$1 pattern=$2 wanted="${*:3}"
	# shellcheck disable=SC2086 # names of packages
	apt get install --simulate $wanted >"$table.simulated" 2>"$table.log" || {
		cat "$table.log" >&2
		die "the packages of $SUITE do not fit together"
	}
	awk -v wanted=" $wanted " -v pattern="$pattern" '$1 == "Inst" {
		name = $2
		if (index(wanted, " " name " ") || name ~ pattern)
			print name "=" substr($3, 2)
	}' "$table.simulated" | sort >"$table.resolved"
	xargs -a "$table.resolved" apt-cache -c "$APT/apt.conf" show --no-all-versions |
		package_rows | sort -u >"$table"
	[ "$(wc -l <"$table")" = "$(wc -l <"$table.resolved")" ] ||
		die "the package lists are not whole" "LISTS_AGE=0 make image"
	rm -f "$table".{simulated,resolved,log}
}

resolve_packages() {
	say "choose packages"
	# shellcheck disable=SC2046 # names of packages
	resolve "$WORK/packages.tsv" '^(lib|zlib|linux-image-)' $(rows "$RECIPE/packages.txt")
}

# package_rows - control stanzas to rows. A package without a Source field is its own source; one without a version of it
# there has the source's version, but for the mark of a mere recompilation.
package_rows() {
	awk -v OFS='\t' '
		function row() {
			if (name != "" && !(name in seen)) {
				file = version
				gsub(/:/, "%3a", file)
				if (sourceversion == "") {
					sourceversion = version
					sub(/\+b[0-9]+$/, "", sourceversion)
				}
				print name, version, arch, (source == "" ? name : source) " " sourceversion, digest, \
					name "_" file "_" arch ".deb"
				seen[name]
			}
			name = version = arch = source = sourceversion = digest = ""
		}
		$1 == "Package:" { name = $2 }
		$1 == "Version:" { version = $2 }
		$1 == "Architecture:" { arch = $2 }
		$1 == "Source:" {
			source = $2
			sourceversion = substr($3, 2, length($3) - 2)
		}
		$1 == "SHA256:" { digest = $2 }
		NF == 0 { row() }
		END { row() }'
}

# fetch_packages - apt checks what it downloads against the signed lists; the files of earlier builds are checked here.
# fetch TABLE
fetch() {
	local name version file missing=()
	while IFS=$'\t' read -r name version _ _ _ file; do
		[ -e "$APT/archives/$file" ] || missing+=("$name=$version")
	done <"$1"
	if [ ${#missing[@]} -gt 0 ]; then
		say "download ${#missing[@]} packages"
		(cd "$APT/archives" && apt get download "${missing[@]}") >"$1.log" 2>&1 || {
			cat "$1.log" >&2
			die "cannot fetch the packages" "LISTS_AGE=0 make image"
		}
		rm -f "$1.log"
	fi
	awk -F'\t' '{ print $5 "  " $6 }' "$1" |
		(cd "$APT/archives" && sha256sum --quiet --check) ||
		die "a package in $APT/archives is damaged" "remove that file"
}

unpack_packages() {
	local file folder told=
	mkdir -p "$UNPACKED"
	while IFS=$'\t' read -r _ _ _ _ _ file; do
		folder=$UNPACKED/${file%.deb}
		[ ! -d "$folder" ] || continue
		[ -n "$told" ] || say "unpack packages"
		told=1
		rm -rf "$folder.new"
		mkdir -p "$folder.new"
		dpkg-deb --extract "$APT/archives/$file" "$folder.new"
		mv "$folder.new" "$folder"
	done <"$WORK/packages.tsv"
}

# package_folder NAME - where its files are.
package_folder() {
	awk -F'\t' -v name="$1" -v unpacked="$UNPACKED" '$1 == name {
		sub(/\.deb$/, "", $6)
		print unpacked "/" $6
	}' "$WORK/packages.tsv"
}

# package_field NAME NUMBER - a column of packages.tsv.
package_field() { awk -F'\t' -v name="$1" -v n="$2" '$1 == name { print $n }' "$WORK/packages.tsv"; }

# upstream VERSION - without epoch, Debian revision and repacking mark.
upstream() { sed -e 's/^[0-9]*://' -e 's/-[^-]*$//' -e 's/[+~]\(dfsg\|ds\).*$//' <<<"$1"; }

# prune_packages - what no longer belongs to this suite's image or tools leaves the cache.
prune_packages() {
	local keep path
	keep=" $(cut -f 6 "$WORK/packages.tsv" "$TOOLS/packages.tsv" | tr '\n' ' ') "
	for path in "$APT"/archives/*.deb; do
		[ ! -e "$path" ] || [[ $keep == *" ${path##*/} "* ]] || rm -f "$path"
	done
	for path in "$UNPACKED"/*; do
		[ ! -d "$path" ] || [[ $keep == *" ${path##*/}.deb "* ]] || rm -rf "$path"
	done
}
