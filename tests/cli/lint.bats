#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The lints find what they are for, in a tree of their own.
load helper

tests=$BATS_TEST_DIRNAME/..

# A tree that is clean.
make_tree() {
	tree=$HOME/tree
	mkdir -p "$tree/tests" "$tree/docs" "$tree/cmd"
	cp "$tests"/lint-headers.sh "$tests"/lint-docs.sh "$tree/tests/"
	printf 'Read `docs/design.md`.\n' >"$tree/README.md"
	printf 'Read README.md.\n' >"$tree/CONTRIBUTING.md"
	printf 'The room cmd/ is here.\n' >"$tree/docs/design.md"
	printf '#include "cmd/two.h"\n\nint one_add(int a,\n\t    int b);\nint one_has(void);\n' >"$tree/cmd/one.h"
	printf '#include "cmd/one.h"\n\nstatic int one_own(void)\n{\n\treturn one_add(1, 2);\n}\n\nint one_add(int a,\n\t    int b)\n{\n\treturn a + b;\n}\n' >"$tree/cmd/one.c"
	printf 'int two_is(void);\n' >"$tree/cmd/two.h"
}

@test "lint-headers: a function without its own header, and a circle" {
	make_tree
	"$tree/tests/lint-headers.sh" cmd
	printf 'int one_has(void)\n{\n\treturn 1;\n}\n' >"$tree/cmd/two.c"
	refuse "$tree/tests/lint-headers.sh" cmd >"$HOME/out"
	grep -x "cmd/two.c: one_has is not declared in cmd/two.h" "$HOME/out"
	printf '#include "cmd/three.h"\n' >"$tree/cmd/two.c"
	printf '#include "cmd/one.h"\n' >"$tree/cmd/three.h"
	refuse "$tree/tests/lint-headers.sh" cmd >"$HOME/out"
	grep -E "^a circle: cmd/(one|two|three) .*cmd/(one|two|three)$" "$HOME/out"
	[ "$(wc -l <"$HOME/out")" = 1 ]
	refuse "$tree/tests/lint-headers.sh" nowhere 2>/dev/null
}

# found TEXT: lint-docs fails, and says that
found() {
	refuse "$tree/tests/lint-docs.sh" >"$HOME/out"
	grep -xF "$1" "$HOME/out"
}

@test "lint-docs: pages and comments that name what is not there" {
	make_tree
	"$tree/tests/lint-docs.sh"
	printf 'See `cmd/one.c`, `cmd/{one,two}.h`, `cmd/` and `certs/ca.pem`.\n' >>"$tree/docs/design.md"
	"$tree/tests/lint-docs.sh"
	printf 'See `cmd/four.c`.\n' >>"$tree/docs/design.md"
	found "docs/design.md names 'cmd/four.c', which is not there"
	touch "$tree/cmd/four.c"
	printf 'And `five.c`, [a page](six.md).\n' >>"$tree/docs/design.md"
	found "docs/design.md names 'five.c', which is nowhere"
	found "docs/design.md links to 'six.md', which is not there"
	touch "$tree/cmd/five.c"
	printf '# Six\n' >"$tree/docs/six.md"
	"$tree/tests/lint-docs.sh"
	printf '/* As in docs/seven.md. */\n' >"$tree/cmd/five.c"
	found "cmd/five.c names 'docs/seven.md', which is not there"
	printf '# Seven\n' >"$tree/docs/seven.md"
	found "no page names docs/seven.md"
}

@test "lint-docs: a room that the design does not name" {
	make_tree
	mkdir "$tree/engine"
	touch "$tree/engine/url.h"
	found "docs/design.md does not name engine/"
}
