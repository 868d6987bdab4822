# shellcheck shell=bash
# Settings that every script of this folder shares. Each may be given in the environment.
# Sourced, never run.

# The Debian suite that the image is made from, with its security and its update suites.
SUITE=${SUITE:-trixie}

# The builder's own apt knows which mirror to use; these two override it (apt.sh says what serves where it names none).
MIRROR=${MIRROR:-}
SECURITY_MIRROR=${SECURITY_MIRROR:-}

KEYRING=${KEYRING:-/usr/share/keyrings/debian-archive-keyring.gpg}

RECIPE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Lists, packages, sources and tools, kept between builds; each of its folders has one for each suite.
CACHE=${CACHE:-$RECIPE/../../build/cache}
mkdir -p "$CACHE"
CACHE=$(cd "$CACHE" && pwd)
# shellcheck disable=SC2034 # the scripts that source this one use them
{
	APT=$CACHE/apt/$SUITE
	UNPACKED=$CACHE/unpacked/$SUITE
	SOURCES=$CACHE/src/$SUITE
	IPTABLES=$CACHE/iptables/$SUITE
	TOOLS=$CACHE/tools/$SUITE
}

# Package lists older than this many minutes are asked for again (0: always).
LISTS_AGE=${LISTS_AGE:-1440}

# Sorting, dates and messages must not depend on who builds; neither may file modes.
export LC_ALL=C TZ=UTC
umask 022
# The suite's own tools (tools.sh) come before those of the builder's host.
PATH=$TOOLS/bin:$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "image: $*"; }

die() {
	printf '%s\n' "image: error: $1" >&2
	[ $# -lt 2 ] || printf '%s\n' "hint: $2" >&2
	exit 1
}

# need TOOL... - stop early, and with the cure, when the builder's host lacks something.
need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || die "$tool is not installed" "make deps"
	done
}

# Rows of a data file: comments and empty lines dropped.
rows() { sed -e 's/[[:space:]]*#.*$//' -e '/^[[:space:]]*$/d' "$@"; }
