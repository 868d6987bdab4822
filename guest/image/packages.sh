# shellcheck shell=bash
# Which packages, in which versions; fetched, checked and unpacked. Sourced by build.sh, never run.
#
# $WORK/packages.tsv: name, version, architecture, source, SHA-256 and file of every package that may be needed, sorted.
# $CACHE/unpacked/NAME_VERSION_ARCH/: its files. Kept between builds, as unpacking is most of a build's time.

wanted_packages() {
	rows "$RECIPE/packages.txt"
	[ "$GUEST_DOCKER_CLI" != 1 ] || echo docker-cli
}

# resolve_packages - packages.tsv. apt finds what the wanted packages depend on; of that only libraries and the kernel
# behind its meta package are of use here, as we take files and run no maintainer script.
resolve_packages() {
	local wanted
	mapfile -t wanted < <(wanted_packages)
	apt get install --simulate "${wanted[@]}" >"$WORK/simulate" 2>"$WORK/simulate.log" || {
		cat "$WORK/simulate.log" >&2
		die "the packages of $SUITE do not fit together"
	}
	awk -v wanted=" ${wanted[*]} " '$1 == "Inst" {
		name = $2
		if (index(wanted, " " name " ") || name ~ /^(lib|zlib|linux-image-)/)
			print name "=" substr($3, 2)
	}' "$WORK/simulate" | sort >"$WORK/resolved"
	xargs -a "$WORK/resolved" apt-cache -c "$APT/apt.conf" show --no-all-versions |
		package_rows | sort -u >"$WORK/packages.tsv"
	[ "$(wc -l <"$WORK/packages.tsv")" = "$(wc -l <"$WORK/resolved")" ] ||
		die "the package lists are not whole" "LISTS_AGE=0 fetches them anew"
}

# package_rows - control stanzas to rows. A package without a Source field is its own source, in its own version.
package_rows() {
	awk -v OFS='\t' '
		function row() {
			if (name != "" && !(name in seen)) {
				file = version
				gsub(/:/, "%3a", file)
				print name, version, arch, source == "" ? name : source, digest, \
					name "_" file "_" arch ".deb"
				seen[name]
			}
			name = version = arch = source = digest = ""
		}
		$1 == "Package:" { name = $2 }
		$1 == "Version:" { version = $2 }
		$1 == "Architecture:" { arch = $2 }
		$1 == "Source:" { source = $2 }
		$1 == "SHA256:" { digest = $2 }
		NF == 0 { row() }
		END { row() }'
}

# fetch_packages - apt checks what it downloads against the signed lists; the files of earlier builds are checked here.
fetch_packages() {
	local name version file missing=()
	while IFS=$'\t' read -r name version _ _ _ file; do
		[ -e "$APT/archives/$file" ] || missing+=("$name=$version")
	done <"$WORK/packages.tsv"
	if [ ${#missing[@]} -gt 0 ]; then
		say "fetch ${#missing[@]} packages"
		(cd "$APT/archives" && apt get download "${missing[@]}") >"$WORK/download.log" 2>&1 || {
			cat "$WORK/download.log" >&2
			die "cannot fetch the packages"
		}
	fi
	awk -F'\t' '{ print $5 "  " $6 }' "$WORK/packages.tsv" |
		(cd "$APT/archives" && sha256sum --quiet --check) ||
		die "a package in $APT/archives is damaged" "remove that file"
}

unpack_packages() {
	local file folder told=
	mkdir -p "$CACHE/unpacked"
	while IFS=$'\t' read -r _ _ _ _ _ file; do
		folder=$CACHE/unpacked/${file%.deb}
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
	awk -F'\t' -v name="$1" -v cache="$CACHE" '$1 == name {
		sub(/\.deb$/, "", $6)
		print cache "/unpacked/" $6
	}' "$WORK/packages.tsv"
}

# package_field NAME NUMBER - a column of packages.tsv.
package_field() { awk -F'\t' -v name="$1" -v n="$2" '$1 == name { print $n }' "$WORK/packages.tsv"; }

# upstream VERSION - without epoch, Debian revision and repacking mark.
upstream() { sed -e 's/^[0-9]*://' -e 's/-[^-]*$//' -e 's/[+~]\(dfsg\|ds\).*$//' <<<"$1"; }

# prune_packages - what no longer belongs to the image leaves the cache.
prune_packages() {
	local keep path
	keep=" $(cut -f 6 "$WORK/packages.tsv" | tr '\n' ' ') "
	for path in "$APT"/archives/*.deb; do
		[ ! -e "$path" ] || [[ $keep == *" ${path##*/} "* ]] || rm -f "$path"
	done
	for path in "$CACHE"/unpacked/*; do
		[ ! -d "$path" ] || [[ $keep == *" ${path##*/}.deb "* ]] || rm -rf "$path"
	done
}
