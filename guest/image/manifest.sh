# shellcheck shell=bash
# What is in the image: image.json for the host, manifest.spdx.json for auditors. Sourced by build.sh, never run.

build_image_json() {
	jq -n --arg kernel "$KERNEL" --arg engine "$(upstream "$(package_field docker.io 2)")" --arg cmdline "$CMDLINE" \
		'{version: 1, arch: "x86_64", kernel: $kernel, engine: $engine, cmdline: $cmdline}' >"$OUT/image.json"
}

# declared_licence FILE - the licence of "Files: *" in a machine-readable debian/copyright, and behind a tab all licences.
licence_names() {
	awk '
		/^Format:.*copyright-format/ { machine = 1 }
		/^Files:/ { main = ($2 == "*"); files = 1 }
		/^License:/ && files {
			sub(/^License:[ \t]*/, "")
			if (main && first == "") first = $0
			if (!($0 in seen) && $0 != "") { seen[$0]; all = all (all == "" ? "" : ", ") $0 }
			files = 0
		}
		END { if (machine) print first "\t" all; else print "\t" }' "$1"
}

# spdx_licence NAME - Debian's short name as an SPDX expression, by the table; NOASSERTION where that has none.
spdx_licence() {
	rows "$RECIPE/licences.txt" | awk -v name="$1" '
		BEGIN { answer = "NOASSERTION" }
		{ id = $NF; $NF = ""; sub(/ +$/, ""); if ($0 == name) answer = id }
		END { gsub(/_/, " ", answer); print answer }'
}

# manifest_row NAME VERSION SOURCE DIGEST PURL ORIGIN COPYRIGHT - one package as a line of JSON.
manifest_row() {
	local first='' all=''
	[ ! -r "$7" ] || IFS=$'\t' read -r first all < <(licence_names "$7") || true
	jq -nc --arg name "$1" --arg version "$2" --arg source "$3" --arg digest "$4" --arg purl "$5" --arg origin "$6" \
		--arg licence "$(spdx_licence "$first")" --arg all "$all" '
		{
			SPDXID: ("SPDXRef-" + ($name | gsub("[^A-Za-z0-9.-]"; "-"))),
			name: $name, versionInfo: $version, sourceInfo: ("built from " + $source),
			supplier: "Organization: Debian", downloadLocation: "NOASSERTION", filesAnalyzed: false,
			licenseConcluded: "NOASSERTION", licenseDeclared: $licence, copyrightText: "NOASSERTION",
			externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: $purl}]
		}
		+ (if $digest == "" then {} else {checksums: [{algorithm: "SHA256", checksumValue: $digest}]} end)
		+ (if $all == "" then {} else {licenseComments: ("debian/copyright names: " + $all)} end)
		+ (if $origin == "" then {} else {comment: $origin} end)'
}

# linked_packages - lines "package program..." of what the linker took into our static programs from the tools' libraries. Its
# maps name archives by members, and the start files that each program has.
linked_packages() {
	local program map
	for program in init agent gate iptables; do
		map=$PROGRAMS/$program.map
		[ "$program" != iptables ] || map=$IPTABLES/linked.map
		sed -nE 's#^(LOAD )?/?[^ ]*/root/(usr/[^ (]+\.(o|a\(.*\)))$#\2#p' "$map" | sed 's/(.*//' | sort -u |
			(cd "$TOOLS/root" && xargs realpath --relative-to=.) | sort -u |
			awk -v program="$program" '
				FNR == NR { taken[$1]; next }
				$2 in taken { print $1 "\t" program }' - "$TOOLS/files.tsv" | sort -u
	done | awk -F'\t' '{ by[$1] = by[$1] (by[$1] == "" ? "" : ", ") $2 } END { for (name in by) print name "\t" by[name] }' |
		sort
}

# manifest_table TABLE COPYRIGHTS - those packages of the table that are used; COPYRIGHTS is a function that prints a path.
manifest_table() {
	local name version arch source digest file note
	while IFS=$'\t' read -r name version arch source digest file; do
		grep -qxF "$name" "$WORK/used" || continue
		note=
		case $name in
		containerd | docker.io | docker-cli) note="programs without exported names, at fixed addresses (guest/image/prelink.c)" ;;
		linux-image-*) note="modules without signatures and BTF" ;;
		esac
		file=$(awk -F'\t' -v name="$name" '$1 == name { print $2 }' "$WORK/linked")
		[ -z "$file" ] || note="linked statically into $file"
		manifest_row "$name" "$version" "$source" "$digest" "pkg:deb/debian/$name@$version?arch=$arch&distro=$SUITE" "$note" \
			"$("$2" "$name")/usr/share/doc/$name/copyright"
	done <"$1"
}

tool_folder() { echo "$TOOLS/root"; }

manifest_packages() {
	local name version state note
	manifest_table "$WORK/packages.tsv" package_folder
	manifest_table "$WORK/tools.tsv" tool_folder
	for name in $(rows "$RECIPE/sources.txt"); do
		read -r version state <"$SOURCES/$name.version"
		note="compiled from source, linked statically"
		[ -z "$state" ] || note+=", without the patches of Debian"
		manifest_row "$name-static" "$version" "$name $version" "" \
			"pkg:deb/debian/$name@$version?arch=source&distro=$SUITE" "$note" "$SOURCES/$name/debian/copyright"
	done
}

build_manifest() {
	local identity
	say "manifest: what is in the image, from which sources"
	linked_packages >"$WORK/linked"
	[ -s "$WORK/linked" ] || die "the linker's maps name no library"
	cut -f 1 "$WORK/linked" >>"$WORK/used"
	# A package of both tables is described once.
	awk -F'\t' 'FNR == NR { seen[$1]; next } !($1 in seen)' "$WORK/packages.tsv" "$TOOLS/packages.tsv" >"$WORK/tools.tsv"
	manifest_packages >"$WORK/manifest.rows"
	identity=$(sha256sum "$WORK/manifest.rows" | cut -c1-32)
	jq -s --arg date "$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)" --arg identity "$identity" '
		{
			spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "machine guest image",
			documentNamespace: ("urn:machine:image:" + $identity),
			creationInfo: {created: $date, creators: ["Tool: guest/image/build.sh"]},
			packages: sort_by(.SPDXID),
			relationships: (sort_by(.SPDXID) | map({
				spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: .SPDXID
			}))
		}' "$WORK/manifest.rows" >"$OUT/manifest.spdx.json"
}
