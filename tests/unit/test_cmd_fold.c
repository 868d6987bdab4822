/* SPDX-License-Identifier: Apache-2.0 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cmd/fold.h"

static const struct {
	const char *text;
	size_t columns, indent;
	bool commands;
	const char *out;
} cases[] = {
	{ "", 20, 2, true, "" },
	{ "short", 20, 2, true, "short" },
	{ "no terminal, no fold, however long it is", 0, 2, true, "no terminal, no fold, however long it is" },
	{ "exactly twenty chars", 20, 2, false, "exactly twenty chars" },
	{ "exactly twenty chars and more", 20, 2, false, "exactly twenty chars\n  and more" },
	{ "a-very-long-word-that-fits-nowhere x", 20, 2, false, "a-very-long-word-that-fits-nowhere\n  x" },
	{ "cannot read '/a path/with blanks in it/x': gone", 20, 2, false,
	  "cannot read\n  '/a path/with blanks in it/x':\n  gone" },
	{ "the machine's disk isn't 'a b' (see \"c d\")", 20, 0, false,
	  "the machine's disk\nisn't 'a b' (see\n\"c d\")" },
	{ "hint: Use it: machine env some. Or remove it: machine rm -f some", 20, 6, true,
	  "hint: Use it:\n      machine env some.\n      Or remove it:\n      machine rm -f some" },
	{ "hint: Try: machine -s '/a. b' rm x; or: sudo y z", 24, 6, true,
	  "hint: Try:\n      machine -s '/a. b' rm x;\n      or: sudo y z" },
	{ "one: two three four five six", 20, 2, false, "one: two three four\n  five six" },
	{ "two lines\nstay two lines, each folded", 20, 2, false, "two lines\nstay two lines, each\n  folded" },
	{ "  kept  blanks", 20, 2, false, "  kept  blanks" },
	{ "\u00fc\u00fc\u00fc\u00fc\u00fc \u00fc\u00fc\u00fc\u00fc \u00fc\u00fc", 10, 0, false,
	  "\u00fc\u00fc\u00fc\u00fc\u00fc \u00fc\u00fc\u00fc\u00fc\n\u00fc\u00fc" },
};

static void test_fold(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *got = fold_text(cases[i].text, cases[i].columns, cases[i].indent, cases[i].commands);

		if (!str_eq(got, cases[i].out))
			fail_msg("case %zu: got\n%s\nwant\n%s", i, got, cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
