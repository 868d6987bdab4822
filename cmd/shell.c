/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/shell.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct shell {
	const char *name; /* NULL: the one for every other name (bash, zsh, sh, ksh) */
	const char *set, *middle, *end;
	const char *unset, *unset_end;
	const char *comment;
	const char *usage; /* %s is the command line */
	void (*add)(struct str *s, const char *value);
	const char *never;    /* characters that no value can have */
	const char *wrap;     /* NULL: none; those for which name and value stand in quotes */
	bool comment_is_code; /* its words are expanded */
};

/* `eval $(...)` without quotes splits at blanks, and would join two by one: an empty string keeps them apart. */
static const char *add_blanks(struct str *s, const char *p)
{
	str_add_char(s, ' ');
	for (; p[1] == ' '; p++)
		str_add(s, "\"\" ");
	return p;
}

static void add_posix(struct str *s, const char *value)
{
	for (const char *p = value; *p; p++) {
		if (*p == ' ') {
			p = add_blanks(s, p);
			continue;
		}
		if (strchr("\\\"$`", *p))
			str_add_char(s, '\\');
		str_add_char(s, *p);
	}
}

static void add_fish(struct str *s, const char *value)
{
	for (const char *p = value; *p; p++) {
		if (*p == '\n')
			str_add(s, "\"\\n\"");
		else if (strchr("\\\"$", *p))
			str_addf(s, "\\%c", *p);
		else
			str_add_char(s, *p);
	}
}

/*
 * Nothing but "!" can be escaped between its double quotes, and what backquotes yield is split at blanks and has braces and
 * tildes expanded before eval reads it: those have to come from a command.
 */
static void add_tcsh(struct str *s, const char *value)
{
	for (const char *p = value; *p; p++) {
		if (*p == ' ')
			p = add_blanks(s, p);
		else if (strchr("$`\"", *p))
			str_addf(s, "\"'%c'\"", *p);
		else if (strchr("\\!", *p))
			str_addf(s, "\"\\%c\"", *p);
		else if (strchr("{~\t", *p))
			str_addf(s, "`printf '\\%03o'`", (unsigned)*p);
		else
			str_add_char(s, *p);
	}
}

/* Its double quotes have three other forms, “ ” and „. */
static void add_powershell(struct str *s, const char *value)
{
	for (const char *p = value; *p; p++) {
		if (*p == '\n' || *p == '\r') {
			str_addf(s, "`%c", *p == '\n' ? 'n' : 'r');
			continue;
		}
		if (strchr("`$\"", *p) || str_starts(p, "\u201c") || str_starts(p, "\u201d") || str_starts(p, "\u201e"))
			str_add_char(s, '`');
		str_add_char(s, *p);
	}
}

static void add_emacs(struct str *s, const char *value)
{
	for (const char *p = value; *p; p++) {
		if (strchr("\\\"", *p))
			str_add_char(s, '\\');
		str_add_char(s, *p);
	}
}

/* Every byte is docker-machine's, the two backslashes too. */
static const struct shell shells[] = {
	{ "fish", "set -gx ", " \"", "\";\n", "set -e ", ";\n", "#", "eval (%s)", add_fish, "", NULL, false },
	{ "powershell", "$Env:", " = \"", "\"\n", "Remove-Item Env:\\\\", "\n", "#", "& %s | Invoke-Expression",
	  add_powershell, "", NULL, false },
	{ "cmd", "SET ", "=", "\n", "SET ", "=\n", "REM", "\t@FOR /f \"tokens=*\" %%i IN ('%s') DO @%%i", str_add,
	  "\"\n\r", "&|<>^()", false },
	{ "tcsh", "setenv ", " \"", "\";\n", "unsetenv ", ";\n", ":", "eval `%s`", add_tcsh, "\n\r", NULL, true },
	{ "emacs", "(setenv \"", "\" \"", "\")\n", "(setenv \"", "\" nil)\n", ";;",
	  "(with-temp-buffer (shell-command \"%s\" (current-buffer)) (eval-buffer))", add_emacs, "", NULL, false },
	{ NULL, "export ", "=\"", "\"\n", "unset ", "\n", "#", "eval $(%s)", add_posix, "", NULL, false },
};

const struct shell *shell_find(const char *wanted)
{
	const char *env = getenv("SHELL");
	const char *name = *wanted ? wanted : env ? env : "";
	const char *slash = strrchr(name, '/');
	size_t i = 0;

	name = slash ? slash + 1 : name;
	while (shells[i].name && !str_eq(shells[i].name, name))
		i++;
	return &shells[i];
}

struct err *shell_add_set(struct str *s, const struct shell *sh, const char *name, const char *value)
{
	bool wrap = sh->wrap && value[strcspn(value, sh->wrap)];

	if (value[strcspn(value, sh->never)])
		return err_hint(err_new(ERR_FAILED, "%s cannot be set in %s: '%s' has a quote or a line's end in it",
					name, sh->name, value),
				"With another shell: machine env --shell bash");
	str_addf(s, "%s%s%s%s", sh->set, wrap ? "\"" : "", name, sh->middle);
	sh->add(s, value);
	str_addf(s, "%s%s", wrap ? "\"" : "", sh->end);
	return NULL;
}

void shell_add_unset(struct str *s, const struct shell *sh, const char *name)
{
	str_addf(s, "%s%s%s", sh->unset, name, sh->unset_end);
}

/* A word of the command line. A line's end would end the comment, and what follows would be evaluated. */
static void usage_add_word(struct str *s, const struct shell *sh, const char *word)
{
	auto_free char *flat = xstrdup(word);

	for (char *p = flat; *p; p++)
		if (*p == '\n' || *p == '\r')
			*p = '?';
	if (str_is_plain_word(flat)) {
		str_add(s, flat);
		return;
	}
	str_add_char(s, '"');
	sh->add(s, flat);
	str_add_char(s, '"');
}

static void usage_add_text(struct str *s, const struct shell *sh, const char *line)
{
	const char *at = strstr(sh->usage, "%s");

	for (const char *p = sh->usage; *p; p++) {
		if (p == at)
			str_add(s, line), p++;
		else if (p[0] == '%' && p[1] == '%')
			str_add_char(s, *p++);
		else
			str_add_char(s, *p);
	}
}

void shell_add_usage(struct str *s, const struct shell *sh, int argc, char *const *argv)
{
	auto_str line = STR_INIT;
	bool plain = true;

	for (int i = 0; i < argc; i++) {
		plain = plain && str_is_plain_word(argv[i]);
		if (i)
			str_add_char(&line, ' ');
		usage_add_word(&line, sh, argv[i]);
	}
	str_addf(s, "%s Run this command to configure your shell: \n", sh->comment);
	if (sh->comment_is_code && !plain)
		return;
	str_addf(s, "%s ", sh->comment);
	usage_add_text(s, sh, line.buf);
	str_add_char(s, '\n');
}
