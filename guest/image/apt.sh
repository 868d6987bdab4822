# shellcheck shell=bash
# An apt of our own: its lists, cache and (empty) dpkg status lie in $CACHE/apt, so it needs no root and neither reads nor
# changes what the builder's system has installed. apt checks the signature of each suite against $KEYRING, and each
# package against the digest in the signed lists. Sourced, never run.

# shellcheck disable=SC2153 # SUITE: settings.sh

# apt_mirrors - lines "suite address" of the Debian mirrors that the builder's apt names. Before its first update apt does not
# know whose its mirrors are; their addresses tell.
apt_mirrors() {
	apt-get indextargets --format "\$(COMPONENT) \$(ORIGIN) \$(RELEASE) \$(REPO_URI)" 'Identifier: Packages' |
		sed -n 's/^main Debian //p'
	apt-get update --print-uris 2>/dev/null |
		sed -nE "s#^'(.*/debian(-security)?/)dists/([^/]+)/InRelease'.*#\\3 \\1#p"
}

# mirrors - sets MIRROR and SECURITY_MIRROR from the builder's apt, where they are not given.
mirrors() {
	local suite uri
	[ -z "$MIRROR" ] || [ -z "$SECURITY_MIRROR" ] || return 0
	while read -r suite uri; do
		case $suite in
		*-security) [ -n "$SECURITY_MIRROR" ] || SECURITY_MIRROR=$uri ;;
		*-*) ;;
		*) [ -n "$MIRROR" ] || MIRROR=$uri ;;
		esac
	done < <(apt_mirrors)
	[ -n "$MIRROR" ] || die "the builder's apt names no Debian mirror" "make image MIRROR=http://HOST/debian   # any mirror of Debian"
	[ -n "$SECURITY_MIRROR" ] || ! suite_has_updates || security_beside
}

# security_beside - unstable and bare systems name no security mirror. Most mirrors have one beside themselves, named alike.
# What was found is kept, so that the sources change with the mirror alone.
security_beside() {
	local beside=${MIRROR%/} found=$APT/security-mirror
	beside=${beside%/debian}/debian-security
	if [ "$(sed -n 1p "$found" 2>/dev/null)" = "$MIRROR" ]; then
		SECURITY_MIRROR=$(sed -n 2p "$found")
		return
	fi
	"${APT_HELPER:-/usr/lib/apt/apt-helper}" -o Acquire::Retries=1 download-file \
		"$beside/dists/$SUITE-security/InRelease" "$found.probe" >/dev/null 2>&1 ||
		die "the builder's apt names no security mirror of Debian's, and there is none at $beside" \
			"make image SECURITY_MIRROR=http://HOST/debian-security   # as in the sources of a stable Debian"
	SECURITY_MIRROR=$beside
	rm -f "$found.probe"
	say "no security mirror is named here; the one beside the mirror serves"
	printf '%s\n' "$MIRROR" "$SECURITY_MIRROR" >"$found"
}

# unstable has neither updates nor a security suite.
suite_has_updates() { [[ $SUITE != @(sid|unstable|experimental) ]]; }

# suite_sources - lines "mirror suite".
suite_sources() {
	echo "$MIRROR $SUITE"
	suite_has_updates || return 0
	echo "$MIRROR $SUITE-updates"
	echo "$SECURITY_MIRROR $SUITE-security"
}

# The configuration is given with -c, which apt reads last: what it clears was set by the builder's own files.
apt_setup() {
	need apt-get apt-cache
	[ -r "$KEYRING" ] || die "$KEYRING is missing" "make deps"
	mkdir -p "$APT/lists/partial" "$APT/archives/partial"
	: >"$APT/status"
	mirrors
	local type mirror suite
	for type in deb deb-src; do
		while read -r mirror suite; do
			echo "$type [signed-by=$KEYRING] $mirror $suite main"
		done < <(suite_sources)
	done >"$APT/sources.list.new"
	replace_if_changed "$APT/sources.list"
	cat >"$APT/apt.conf.new" <<-CONF
		#clear APT::Architectures;
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear APT::Default-Release;
		#clear Acquire::Languages;
		#clear Acquire::IndexTargets::deb::DEP-11;
		#clear Acquire::IndexTargets::deb::DEP-11-icons;
		#clear Acquire::IndexTargets::deb::DEP-11-icons-small;
		#clear Acquire::IndexTargets::deb::DEP-11-icons-hidpi;
		#clear Acquire::IndexTargets::deb::DEP-11-icons-large;
		#clear Acquire::IndexTargets::deb::DEP-11-icons-large-hidpi;
		APT::Architecture "amd64";
		APT::Architectures "amd64";
		APT::Get::AllowUnauthenticated "false";
		APT::Get::Assume-Yes "true";
		APT::Install-Recommends "false";
		APT::Install-Suggests "false";
		APT::Solver "internal";
		APT::Sandbox::User "root";
		Acquire::AllowInsecureRepositories "false";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Debug::NoLocking "true";
		Dir::Cache "$APT";
		Dir::Cache::archives "$APT/archives";
		Dir::Cache::pkgcache "pkgcache.bin";
		Dir::Cache::srcpkgcache "srcpkgcache.bin";
		Dir::Etc::Parts "/dev/null";
		Dir::Etc::Preferences "/dev/null";
		Dir::Etc::PreferencesParts "/dev/null";
		Dir::Etc::SourceList "$APT/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::State::extended_states "$APT/extended_states";
		Dir::State::Lists "$APT/lists";
		Dir::State::status "$APT/status";
		Quiet "2";
	CONF
	replace_if_changed "$APT/apt.conf"
}

replace_if_changed() {
	if cmp -s "$1.new" "$1"; then rm -f "$1.new"; else mv -f "$1.new" "$1"; fi
}

# apt TOOL ARGUMENTS - apt-get or apt-cache with that state.
apt() {
	local tool=$1
	shift
	"apt-$tool" -c "$APT/apt.conf" "$@"
}

# The lists are asked for when there are none, when the sources changed, and once a day. Without a network the ones at
# hand serve: apt itself refuses those whose validity ran out only when it fetches them.
apt_update() {
	local stamp=$APT/updated
	if [ -e "$stamp" ] && [ "$stamp" -nt "$APT/sources.list" ] &&
		[ -n "$(find "$stamp" -mmin "-$LISTS_AGE")" ]; then
		return
	fi
	say "package lists of $SUITE"
	if apt get update --error-on=any >"$APT/update.log" 2>&1; then
		touch "$stamp"
	elif [ -e "$stamp" ] && [ "$stamp" -nt "$APT/sources.list" ]; then
		say "warning: no new package lists, going on with those of $(date -r "$stamp" +%F)"
	else
		cat "$APT/update.log" >&2
		die "cannot fetch the package lists of $SUITE from '$MIRROR' and '$SECURITY_MIRROR'" \
			"make image MIRROR=http://HOST/debian SECURITY_MIRROR=http://HOST/debian-security"
	fi
}

lists_digest() { cat "$APT"/lists/*InRelease 2>/dev/null | sha256sum; }

lists_fresh() { [ -n "$(find "$APT/updated" -mmin "-$LISTS_AGE" 2>/dev/null)" ]; }
