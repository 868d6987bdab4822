# SPDX-License-Identifier: Apache-2.0
# The manual is held to the tables: each command has its page, each page all options of the command, and no other.
load helper

pages=$BATS_TEST_DIRNAME/../../docs/commands

commands() { "$MACHINE" --help | sed -nE 's/^  ([a-z][a-z-]*)\t+(.*)/\1/p'; }
told() { "$MACHINE" help "$@" | sed -nE 's/^ +--([a-z0-9-]+)(.*)/\1/p' | sort -u; }
written() { sed -nE 's/^- `--([a-z0-9-]+).*/\1/p' "$1" | sort -u; }

@test "each command has a page, and no page is without its command" {
	[ "$(commands | sort)" = "$(cd "$pages" && ls | sed -n 's/\.md$//p' | grep -vx machine | sort)" ]
}

@test "pages have the summary and the options of the tables" {
	for c in $(commands); do
		summary=$("$MACHINE" --help | sed -nE "s/^  $c\t+(.*)/\1/p")
		grep -qxF "machine-$c - ${summary%.}" "$pages/$c.md" || fail_with "summary of $c"
		[ "$c" = ssh ] || [ "$(told "$c")" = "$(written "$pages/$c.md")" ] || fail_with "$c: $(diff <(told "$c") <(written "$pages/$c.md"))"
		for part in SYNOPSIS DESCRIPTION EXAMPLES "EXIT STATUS" "SEE ALSO"; do
			grep -qx "# $part" "$pages/$c.md" || fail_with "$c has no part $part"
		done
	done
	[ "$(told)" = "$(written "$pages/machine.md" | sort -u)" ] || fail_with "machine: $(diff <(told) <(written "$pages/machine.md"))"
}

@test "pages name only pages that are there" {
	for c in $(grep -ho 'machine-[a-z-]*(1)' "$pages"/*.md | sort -u | sed 's/^machine-//; s/(1)$//'); do
		[ -e "$pages/$c.md" ] || fail_with "no page $c"
	done
	for c in $(commands); do
		grep -q "^- machine-$c(1): " "$pages/machine.md" || fail_with "machine.md lacks $c"
	done
}

@test "manual pages are made of them" {
	command -v lowdown >/dev/null || skip "no lowdown"
	lowdown -s -Tman -M title=machine-create -M section=1 "$pages/create.md" >"$HOME/create.1"
	grep -q '^\.TH "machine-create" "1"' "$HOME/create.1"
	grep -q 'if-missing' "$HOME/create.1"
}
