# SPDX-License-Identifier: Apache-2.0
# What the bats files of tests/cli and tests/e2e share: load ../common; some scripts too.
# shellcheck shell=bash

# Tests read stderr from a file, where hints are shown to those who ask for them only.
export MACHINE_HINTS=1

# refuse COMMAND...: it must fail (bash passes over a failing `! command`)
refuse() {
	if "$@"; then
		echo "succeeded, but must not: $*"
		return 1
	fi
}

# until_true SECONDS COMMAND...: asks again until it succeeds
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# A test's own home. What is removed at its end is that and nothing else: a test that is ended before it has one must not take
# the user's.
unset OWN_HOME
make_home() {
	OWN_HOME=$(mktemp -d "$(roomy)/$1.XXXXXX") || return
	export HOME=$OWN_HOME
}
remove_home() { [ -z "${OWN_HOME:-}" ] || rm -rf "$OWN_HOME"; }

# ended: the options of `openssl x509` for a certificate that is over. OpenSSL 3.0 knows no dates, 3.5 no days below 0.
ended() {
	if openssl x509 -help 2>&1 | grep -q -- -not_after; then
		echo "-not_before 20200101000000Z -not_after 20200102000000Z"
	else
		echo "-days -1"
	fi
}

# roomy: the folder for temporary files, which has a GB free. /tmp may be a small one in memory.
roomy() {
	if [ -z "${TMPDIR:-}" ] && [ "$(df -k --output=avail /tmp | tail -n 1)" -lt 1000000 ]; then
		echo /var/tmp
	else
		echo "${TMPDIR:-/tmp}"
	fi
}
