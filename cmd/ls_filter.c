/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "cmd/ls.h"

enum filter_key { KEY_DRIVER, KEY_STATE, KEY_NAME, KEY_LABEL, KEY_SWARM, KEYS };
static const char *const key_names[KEYS] = { "driver", "state", "name", "label", "swarm" };

static bool match_regex(const char *text, const char *pattern)
{
	regex_t re;
	bool hit;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	hit = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return hit;
}

/* "key=value" of an engine label; the value without regard to case. A label without "=" has an empty value. */
static bool match_label(const struct machine *m, const char *wanted)
{
	auto_list labels = { 0 };

	json_strings(m->record, "HostOptions.EngineOptions.Labels", &labels);
	for (size_t i = 0; i < labels.n; i++)
		if (strcasecmp(labels.items[i], wanted) == 0)
			return true;
	return false;
}

static bool match_one(const struct survey_row *r, enum filter_key key, const char *value)
{
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
		return strcasecmp(json_str_or(r->m->record, "HostOptions.SwarmOptions.Discovery", ""), value) == 0;
	}
}

static struct err *filter_split(const char *filter, enum filter_key *ret_key, const char **ret_value)
{
	const char *eq = strchr(filter, '=');
	auto_free char *key = NULL;
	regex_t re;

	if (!eq)
		return err_hint(err_new(ERR_FAILED, "Unsupported filter syntax"), "Write it as KEY=VALUE: --filter state=Running");
	key = xstrndup(filter, (size_t)(eq - filter));
	for (*ret_key = 0; *ret_key < KEYS && strcasecmp(key, key_names[*ret_key]) != 0; (*ret_key)++)
		;
	if (*ret_key == KEYS)
		return err_hint(err_new(ERR_FAILED, "Unsupported filter key '%s'", key),
				"Keys are driver, state, name, label and swarm.");
	*ret_value = eq + 1;
	if (*ret_key == KEY_NAME) {
		if (regcomp(&re, *ret_value, REG_EXTENDED | REG_NOSUB) != 0)
			return err_new(ERR_FAILED, "error parsing regexp: `%s`", *ret_value);
		regfree(&re);
	}
	return NULL;
}

/* Rows whose record cannot be read are never filtered away: nobody could say whether they match. */
static bool row_matches(const struct survey_row *r, const struct list *filters)
{
	bool seen[KEYS] = { false }, hit[KEYS] = { false };

	if (!r->m)
		return true;
	for (size_t i = 0; i < filters->n; i++) {
		enum filter_key key;
		const char *value;

		if (filter_split(filters->items[i], &key, &value))
			return false;	/* checked before */
		seen[key] = true;
		hit[key] = hit[key] || match_one(r, key, value);
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
	for (size_t i = s->n; i-- > 0;)
		if (!row_matches(&s->rows[i], filters))
			survey_drop(s, i);
	return NULL;
}

static int natural_compare(const char *a, const char *b)
{
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			unsigned long long x = strtoull(a, (char **)&a, 10), y = strtoull(b, (char **)&b, 10);
			if (x != y)
				return x < y ? -1 : 1;
			continue;
		}
		int d = tolower((unsigned char)*a) - tolower((unsigned char)*b);
		if (d)
			return d;
		a++, b++;
	}
	return (*a != '\0') - (*b != '\0');
}

static int row_order(const void *a, const void *b)
{
	const struct survey_row *x = a, *y = b;
	int d = natural_compare(x->name, y->name);

	return d ? d : strcmp(x->name, y->name);
}

void ls_sort(struct survey *s)
{
	if (s->n)
		qsort(s->rows, s->n, sizeof(s->rows[0]), row_order);
}
