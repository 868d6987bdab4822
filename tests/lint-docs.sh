#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# lint-docs.sh: every file of the tree that a page or a comment names is there, every page is named by another, and
# docs/design.md names every room.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0
tell() { echo "$*"; bad=1; }

mapfile -t pages < <(find docs -name '*.md' | sort)
pages+=(README.md CONTRIBUTING.md)
rooms='base|gotext|engine|remote|certs|provision|drivers|core|cmd|guest|tests|docs|packaging'
ends='c|h|sh|py|md|mk|bats|bash|awk'

# What stands in backquotes on a page, a word a line.
# shellcheck disable=SC2016 # they are the page's
quoted() { grep -o '`[^`]*`' "$1" | sed 's/[` ]/\n/g' | sort -u; }

names=$(find . \( -path ./build -o -path ./.git \) -prune -o -type f -printf '%f\n' | sort -u)

# A path with a star or with {A,B} names several. A store has a folder certs/ too, whose files end otherwise.
for page in "${pages[@]}"; do
	while read -r word; do
		eval "set -f; set -- $word; set +f"
		for path; do compgen -G "$path" >/dev/null || tell "$page names '$path', which is not there"; done
	done < <(quoted "$page" | grep -xE "($rooms)/[A-Za-z0-9_.{,}*/-]*(/|\.($ends)|\.\{[a-z,]+\})")
	while read -r word; do
		grep -qxF "$word" <<<"$names" || tell "$page names '$word', which is nowhere"
	done < <(quoted "$page" | grep -xE "[a-z0-9_-]+\.($ends)")
	while read -r link; do
		[ -e "$(dirname "$page")/$link" ] || tell "$page links to '$link', which is not there"
	done < <(grep -oE '\]\([^)#]+' "$page" | sed 's/^](//' | grep -v ':' | sort -u)
done

# The same for comments, of which no compiler tells.
while IFS=: read -r file word; do
	compgen -G "$word" >/dev/null || tell "$file names '$word', which is not there"
done < <(find . \( -path ./build -o -path ./.git -o -path ./tests/cli/lint.bats \) -prune -o \
	\( -name '*.[ch]' -o -name '*.sh' -o -name '*.mk' -o -name '*.bats' -o -name '*.py' -o -name Makefile \) -printf '%P\0' |
	xargs -0 grep -oHE "(^|[ (\"'])($rooms)/[a-z0-9_/-]+\.($ends)\\b" | sed -E "s/:[ (\"']/:/" | sort -u)

# A page of a command is named by the list of commands, which other tests look at.
for page in docs/*.md; do
	named=no
	for other in "${pages[@]}"; do
		[ "$other" = "$page" ] || ! grep -qF -e "$page" -e "](${page##*/}" "$other" || named=yes
	done
	[ $named = yes ] || tell "no page names $page"
done
while read -r folder; do
	grep -qE "(^|[^a-z])${folder##*/}([^a-z]|\$)" docs/design.md || tell "docs/design.md does not name $folder/"
done < <(for room in base gotext engine remote certs provision drivers core cmd guest; do
	[ ! -d "$room" ] || find "$room" -name '*.[ch]' -printf '%h\n'
done | sort -u)
[ $bad != 0 ] || echo "docs: ${#pages[@]} pages and all comments name files that are there"
exit $bad
