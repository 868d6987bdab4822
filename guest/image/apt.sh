# shellcheck shell=bash
# An apt of our own: its lists, cache and (empty) dpkg status lie in $CACHE/apt, so it needs no root and neither reads nor
# changes what the builder's system has installed. apt checks the signature of each suite against $KEYRING, and each
# package against the digest in the signed lists. Sourced, never run.

# shellcheck disable=SC2153 # settings.sh sets it
APT=$CACHE/apt/$SUITE

# mirrors - sets MIRROR and SECURITY_MIRROR from the builder's apt, where they are not given.
mirrors() {
	local release component origin uri
	[ -z "$MIRROR" ] || [ -z "$SECURITY_MIRROR" ] || return 0
	while IFS='|' read -r release component origin uri; do
		[ "$component $origin" = "main Debian" ] || continue
		case $release in
		*-security) [ -n "$SECURITY_MIRROR" ] || SECURITY_MIRROR=$uri ;;
		*-*) ;;
		*) [ -n "$MIRROR" ] || MIRROR=$uri ;;
		esac
	done < <(apt-get indextargets \
		--format "\$(RELEASE)|\$(COMPONENT)|\$(ORIGIN)|\$(REPO_URI)" 'Identifier: Packages')
	[ -n "$MIRROR" ] || die "the builder's apt names no Debian mirror" "set MIRROR="
	[ -n "$SECURITY_MIRROR" ] || die "the builder's apt names no Debian security mirror" "set SECURITY_MIRROR="
}

# The configuration is given with -c, which apt reads last: what it clears was set by the builder's own files.
apt_setup() {
	need apt-get apt-cache
	[ -r "$KEYRING" ] || die "$KEYRING is missing" "make deps"
	mirrors
	mkdir -p "$APT/lists/partial" "$APT/archives/partial"
	: >"$APT/status"
	local type suite
	for type in deb deb-src; do
		for suite in "$SUITE" "$SUITE-updates"; do
			echo "$type [signed-by=$KEYRING] $MIRROR $suite main"
		done
		echo "$type [signed-by=$KEYRING] $SECURITY_MIRROR $SUITE-security main"
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
		APT::Sandbox::User "$(id -un)";
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
		die "cannot fetch the package lists of $SUITE" "see the lines above; MIRROR= and SECURITY_MIRROR= name other mirrors"
	fi
}
