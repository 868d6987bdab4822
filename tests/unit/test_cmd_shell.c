/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of `env` for each shell: docker-machine's to the byte for values without special characters, quoted for the
 * others. tests/cli/quoting.bats has them evaluated by the shells that are installed; powershell and cmd are held here to what
 * their documentation says of quotes.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/shell.h"

static const struct {
	const char *shell, *set, *unset;
} plain[] = {
	{ "bash", "export A=\"/h o/x\"\n", "unset A\n" },
	{ "weird", "export A=\"/h o/x\"\n", "unset A\n" },
	{ "/usr/bin/fish", "set -gx A \"/h o/x\";\n", "set -e A;\n" },
	{ "powershell", "$Env:A = \"/h o/x\"\n", "Remove-Item Env:\\\\A\n" },
	{ "cmd", "SET A=/h o/x\n", "SET A=\n" },
	{ "tcsh", "setenv A \"/h o/x\";\n", "unsetenv A;\n" },
	{ "emacs", "(setenv \"A\" \"/h o/x\")\n", "(setenv \"A\" nil)\n" },
};

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		const struct shell *sh = shell_find(plain[i].shell);
		auto_str set = STR_INIT, unset = STR_INIT;

		assert_null(shell_add_set(&set, sh, "A", "/h o/x"));
		assert_string_equal(set.buf, plain[i].set);
		shell_add_unset(&unset, sh, "A");
		assert_string_equal(unset.buf, plain[i].unset);
	}
}

static const struct {
	const char *shell, *value, *line; /* line NULL: refused */
} quoted[] = {
	{ "sh", "a$b`c\"d\\e!f'g", "export A=\"a\\$b\\`c\\\"d\\\\e!f'g\"\n" },
	{ "sh", "a   b", "export A=\"a \"\" \"\" b\"\n" },
	{ "fish", "a$b`c\"d\\e(f)", "set -gx A \"a\\$b`c\\\"d\\\\e(f)\";\n" },
	{ "fish", "a\nb", "set -gx A \"a\"\\n\"b\";\n" },
	{ "tcsh", "$`\"", "setenv A \"\"'$'\"\"'`'\"\"'\"'\"\";\n" },
	{ "tcsh", "a!b\\c", "setenv A \"a\"\\!\"b\"\\\\\"c\";\n" },
	{ "tcsh", "{x,y}", "setenv A \"`printf '\\173'`x,y}\";\n" },
	{ "tcsh", "a\nb", NULL },
	{ "emacs", "a\"b\\c$d", "(setenv \"A\" \"a\\\"b\\\\c$d\")\n" },
	{ "powershell", "$(x)`y\"z", "$Env:A = \"`$(x)``y`\"z\"\n" },
	{ "powershell", "\u201cx\u201d\u201ey\nz", "$Env:A = \"`\u201cx`\u201d`\u201ey`nz\"\n" },
	{ "cmd", "C:\\a & b", "SET \"A=C:\\a & b\"\n" },
	{ "cmd", "a|b<c>d^e", "SET \"A=a|b<c>d^e\"\n" },
	{ "cmd", "%PATH%!x!", "SET A=%PATH%!x!\n" },
	{ "cmd", "a\"&calc", NULL },
	{ "cmd", "a\ncalc", NULL },
};

static void test_quoted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(quoted); i++) {
		auto_str got = STR_INIT;
		auto_err *e = shell_add_set(&got, shell_find(quoted[i].shell), "A", quoted[i].value);

		assert_int_equal(e == NULL, quoted[i].line != NULL);
		assert_string_equal(got.buf, quoted[i].line ? quoted[i].line : "");
	}
}

static const struct {
	const char *shell, *words[4], *text;
} hints[] = {
	{ "bash", { "docker-machine", "env", "dev" }, "# eval $(docker-machine env dev)\n" },
	{ "bash", { "/my tools/dm", "env", "dev" }, "# eval $(\"/my tools/dm\" env dev)\n" },
	{ "bash", { "dm", "-s", "/a b$c", "env" }, "# eval $(dm -s \"/a b\\$c\" env)\n" },
	{ "bash", { "dm", "env", "x\ntouch y" }, "# eval $(dm env \"x?touch y\")\n" },
	{ "powershell", { "dm", "env", "dev" }, "# & dm env dev | Invoke-Expression\n" },
	{ "cmd", { "dm", "env", "dev" }, "REM \t@FOR /f \"tokens=*\" %i IN ('dm env dev') DO @%i\n" },
	{ "emacs",
	  { "dm", "env", "a\nb" },
	  ";; (with-temp-buffer (shell-command \"dm env \"a?b\"\" (current-buffer)) (eval-buffer))\n" },
	{ "tcsh", { "dm", "env", "dev" }, ": eval `dm env dev`\n" },
	{ "tcsh", { "dm", "env", "`touch y`" }, "" }, /* its comment is a command, whose words are expanded */
};

static void test_hints(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++) {
		auto_str got = STR_INIT;
		int argc = 0;
		const char *second;

		while (argc < 4 && hints[i].words[argc])
			argc++;
		shell_add_usage(&got, shell_find(hints[i].shell), argc, (char *const *)hints[i].words);
		second = strchr(got.buf, '\n') + 1;
		assert_non_null(strstr(got.buf, " Run this command to configure your shell: \n"));
		assert_string_equal(second, hints[i].text);
	}
}

static void test_find(void **state)
{
	auto_str fish = STR_INIT, none = STR_INIT;

	(void)state;
	setenv("SHELL", "/bin/fish", 1);
	shell_add_unset(&fish, shell_find(""), "A");
	assert_string_equal(fish.buf, "set -e A;\n");
	unsetenv("SHELL");
	shell_add_unset(&none, shell_find(""), "A");
	assert_string_equal(none.buf, "unset A\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_quoted),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
