/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/ls_filter.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "cmd/ls_swarm.h"
#include "core/machine.h"

enum filter_key {
	KEY_DRIVER,
	KEY_STATE,
	KEY_NAME,
	KEY_LABEL,
	KEY_SWARM,
	KEYS
};
static const char *const key_names[KEYS] = { "driver", "state", "name", "label", "swarm" };

/* Go's words for what regcomp(3) says; scripts see them. */
static const struct {
	int code;
	const char *text;
} regex_errors[] = {
	{ REG_EBRACK, "missing closing ]" },
	{ REG_BADPAT, "missing closing ]" }, /* glibc's, for a bracket at the end */
	{ REG_EPAREN, "missing closing )" },
	{ REG_ERPAREN, "unexpected )" },
	{ REG_BADRPT, "missing argument to repetition operator" },
	{ REG_ECTYPE, "invalid character class range" },
	{ REG_ERANGE, "invalid character class range" },
	{ REG_EESCAPE, "trailing backslash at end of expression" },
	{ REG_BADBR, "invalid repeat count" },
};

/* What follows a backslash, where POSIX says it otherwise than Go. NULL: alike, and a backslash means itself in brackets. */
static const char *regex_class(char c, bool in_brackets)
{
	if (c == 'd')
		return in_brackets ? "0-9" : "[0-9]";
	if (c == 'D' && !in_brackets)
		return "[^0-9]";
	if (in_brackets)
		return c == 'w' ? "0-9A-Za-z_" : c == 's' ? " \t\n\f\r" : "";
	return NULL;
}

/* Go's syntax in that of POSIX, as far as people write it in filters: \d, (?:...), (?i) in front. */
static int regex_make(regex_t *re, const char *pattern)
{
	int flags = REG_EXTENDED | REG_NOSUB | (str_starts(pattern, "(?i)") ? REG_ICASE : 0);
	bool in_brackets = false;
	auto_str s = STR_INIT;

	for (const char *p = pattern + (flags & REG_ICASE ? strlen("(?i)") : 0); *p; p++) {
		const char *class = *p == '\\' && p[1] ? regex_class(p[1], in_brackets) : NULL;

		if (class) {
			str_add(&s, class);
			p += *class != '\0';
			continue;
		}
		if (*p == '\\' && p[1])
			str_add_char(&s, *p++);
		else if (*p == '[' || *p == ']')
			in_brackets = *p == '[';
		str_add_char(&s, *p);
		if (!in_brackets && str_starts(p, "(?:"))
			p += 2;
	}
	return regcomp(re, s.buf, flags);
}

static struct err *regex_check(const char *pattern)
{
	regex_t re;
	int code = regex_make(&re, pattern);

	if (code == 0) {
		regfree(&re);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(regex_errors); i++)
		if (regex_errors[i].code == code)
			return err_new(ERR_FAILED, "error parsing regexp: %s: `%s`", regex_errors[i].text, pattern);
	return err_new(ERR_FAILED, "error parsing regexp: `%s`", pattern);
}

static bool match_regex(const char *text, const char *pattern)
{
	regex_t re;
	bool hit;

	if (regex_make(&re, pattern) != 0)
		return false;
	hit = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return hit;
}

/* "key=value" of an engine label; the value without regard to case. */
static bool match_label(const struct machine *m, const char *wanted)
{
	size_t key = strcspn(wanted, "=");
	auto_list labels = { 0 };

	json_strings(m->record, "HostOptions.EngineOptions.Labels", &labels);
	for (size_t i = 0; i < labels.n; i++)
		if (strncmp(labels.items[i], wanted, key) == 0 && strcasecmp(labels.items[i] + key, wanted + key) == 0)
			return true;
	return false;
}

static bool match_one(const struct survey *s, const struct survey_row *r, enum filter_key key, const char *value)
{
	const struct survey_row *master;

	switch (key) {
	case KEY_DRIVER:
		return strcasecmp(json_str_or(r->m->record, "DriverName", ""), value) == 0;
	case KEY_STATE:
		return strcasecmp(machine_state_name(r->state), value) == 0;
	case KEY_NAME:
		return match_regex(r->name, value);
	case KEY_LABEL:
		return match_label(r->m, value);
	default:
		master = ls_swarm_master(s, r);
		return master && strcasecmp(master->name, value) == 0;
	}
}

static struct err *filter_split(const char *filter, enum filter_key *ret_key, const char **ret_value)
{
	const char *eq = strchr(filter, '=');
	auto_free char *key = NULL;

	if (!eq)
		return err_hint(err_new(ERR_FAILED, "Unsupported filter syntax"),
				"Write it as KEY=VALUE: --filter state=Running");
	key = xstrndup(filter, (size_t)(eq - filter));
	for (*ret_key = 0; *ret_key < KEYS && strcasecmp(key, key_names[*ret_key]) != 0; (*ret_key)++)
		;
	if (*ret_key == KEYS)
		return err_hint(err_new(ERR_FAILED, "Unsupported filter key '%s'", key),
				"Keys are driver, state, name, label and swarm.");
	*ret_value = eq + 1;
	return *ret_key == KEY_NAME ? regex_check(*ret_value) : NULL;
}

/* Rows whose record cannot be read are never filtered away: nobody could say whether they match. */
static bool row_matches(const struct survey *s, const struct survey_row *r, const struct list *filters)
{
	bool seen[KEYS] = { false }, hit[KEYS] = { false };

	if (!r->m)
		return true;
	for (size_t i = 0; i < filters->n; i++) {
		enum filter_key key;
		const char *value;

		if (filter_split(filters->items[i], &key, &value))
			return false; /* checked before */
		seen[key] = true;
		hit[key] = hit[key] || match_one(s, r, key, value);
	}
	for (int k = 0; k < KEYS; k++)
		if (seen[k] && !hit[k])
			return false;
	return true;
}

struct err *ls_filter(struct survey *s, const struct list *filters)
{
	for (size_t i = 0; i < filters->n; i++) {
		enum filter_key key;
		const char *value;
		TRY(filter_split(filters->items[i], &key, &value));
	}
	/* All are looked at before one is dropped: a row may match by what is said of another. */
	bool *keep = xcalloc(s->n + 1, sizeof(*keep));

	for (size_t i = 0; i < s->n; i++)
		keep[i] = row_matches(s, &s->rows[i], filters);
	for (size_t i = s->n; i-- > 0;)
		if (!keep[i])
			survey_drop(s, i);
	free(keep);
	return NULL;
}
