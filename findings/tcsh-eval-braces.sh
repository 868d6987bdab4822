#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tcsh 6.24.07: in  eval `COMMAND`  the words that COMMAND prints are expanded for braces before eval reads them, so quotes
# that COMMAND printed around a brace protect nothing, although they protect ~ and * there. The same text through
# `source` is read as it stands. Expected by most: both ways leave a{b,c}d in X.
#
# Installs Debian 12's tcsh=6.24.07-1 into a temporary folder, and fails when it behaves otherwise.
# shellcheck disable=SC2016 # words of another shell
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download tcsh=6.24.07-1 >download.log 2>&1 || { cat download.log >&2; exit 1; }
dpkg-deb -x tcsh_*.deb .
tcsh=$work/bin/tcsh
[ -x "$tcsh" ] || tcsh=$work/usr/bin/tcsh

try() { # TEXT HOW: the value that TEXT leaves in X
	printf '%s\n' "$1" >text
	case $2 in
	eval) "$tcsh" -fc 'eval `cat text`; printenv X' 2>&1 || true ;;
	source) "$tcsh" -fc 'source text; printenv X' 2>&1 || true ;;
	esac
}

bad=0
expect() { # WHAT SEEN EXPECTED
	printf '%-40s %s\n' "$1" "$2"
	[ "$2" = "$3" ] || { echo "  changed: it was '$3'"; bad=1; }
}
"$tcsh" --version
expect "eval, braces in single quotes" "$(try "setenv X 'a{b,c}d'" eval)" "setenv: Too many arguments."
expect "eval, braces in double quotes" "$(try 'setenv X "a{b,c}d"' eval)" "setenv: Too many arguments."
expect "source, braces in single quotes" "$(try "setenv X 'a{b,c}d'" source)" "a{b,c}d"
expect "eval, ~ in single quotes" "$(try "setenv X '~root'" eval)" "~root"
expect "eval, * in single quotes" "$(try "setenv X '/etc/pass*'" eval)" "/etc/pass*"
exit $bad
