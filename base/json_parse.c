/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing. cJSON builds the tree; a scan before it refuses what cJSON is lenient about, bounds the depth, and notes
 * where the numbers are, so that none loses a digit.
 */
#include "base/json_parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/float_text.h"
#include "base/fs_read.h"
#include "base/json_tree.h"
#include "base/mem.h"

#define JSON_MAX_FILE (4u << 20)

/* cJSON itself takes up to a thousand levels; the scan must be the stricter one. */
_Static_assert(JSON_MAX_DEPTH < CJSON_NESTING_LIMIT, "the scan bounds the depth");

struct json_number {
	size_t at, len;
};

struct json_scan {
	const char *text;
	size_t len, at;
	int depth;
	struct json_number *numbers;
	size_t n_numbers, cap_numbers;
};

static void json_scan_release(struct json_scan *s)
{
	free(s->numbers);
}

static int json_peek(const struct json_scan *s)
{
	return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

static bool json_scan_string(struct json_scan *s)
{
	for (s->at++; s->at < s->len; s->at++) {
		int c = json_peek(s);

		if (c == '"') {
			s->at++;
			return true;
		}
		if (c < 0x20)
			return false;
		if (c != '\\')
			continue;
		s->at++;
		/* A NUL would end the string early for whoever reads it, which may hide the rest of a path. */
		if (s->len - s->at >= 5 && memcmp(s->text + s->at, "u0000", 5) == 0)
			return false;
	}
	return false;
}

static bool json_scan_digits(struct json_scan *s)
{
	size_t start = s->at;

	while (json_peek(s) >= '0' && json_peek(s) <= '9')
		s->at++;
	return s->at > start;
}

static bool json_scan_number(struct json_scan *s)
{
	size_t start = s->at;

	if (json_peek(s) == '-')
		s->at++;
	if (json_peek(s) == '0')
		s->at++;
	else if (!json_scan_digits(s))
		return false;
	if (json_peek(s) == '.') {
		s->at++;
		if (!json_scan_digits(s))
			return false;
	}
	if (json_peek(s) == 'e' || json_peek(s) == 'E') {
		s->at++;
		if (json_peek(s) == '+' || json_peek(s) == '-')
			s->at++;
		if (!json_scan_digits(s))
			return false;
	}
	/* 01 would be two numbers here and one for cJSON. */
	if (json_peek(s) > 0 && strchr("+-.0123456789eE", json_peek(s)))
		return false;
	if (s->n_numbers == s->cap_numbers) {
		s->cap_numbers = s->cap_numbers ? s->cap_numbers * 2 : 16;
		s->numbers = xrealloc(s->numbers, s->cap_numbers * sizeof(*s->numbers));
	}
	s->numbers[s->n_numbers++] = (struct json_number){ start, s->at - start };
	return true;
}

static bool json_scan_word(struct json_scan *s)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if (s->len - s->at >= n && memcmp(s->text + s->at, words[i], n) == 0) {
			s->at += n;
			return true;
		}
	}
	return false;
}

/* One token of any kind; whether the tokens follow each other rightly is cJSON's part. */
static bool json_scan_token(struct json_scan *s)
{
	int c = json_peek(s);

	switch (c) {
	case '"':
		return json_scan_string(s);
	case '{':
	case '[':
		s->at++;
		return ++s->depth <= JSON_MAX_DEPTH;
	case '}':
	case ']':
		s->at++;
		return --s->depth >= 0;
	case ' ':
	case '\t':
	case '\n':
	case '\r':
	case ',':
	case ':':
		s->at++;
		return true;
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return json_scan_number(s);
		return json_scan_word(s);
	}
}

/* Give back the digits that a double loses, in the order of the text, which is that of the tree. */
static void json_keep_digits(cJSON *node, const struct json_scan *s, size_t *index)
{
	if (node->type == cJSON_Number && *index < s->n_numbers) {
		const struct json_number *number = &s->numbers[(*index)++];
		const char *token = s->text + number->at;
		auto_str printed = STR_INIT;

		float_add_json(&printed, node->valuedouble);
		if (printed.len != number->len || memcmp(printed.buf, token, number->len) != 0) {
			node->type = cJSON_Raw;
			node->valuestring = xstrndup(token, number->len);
		}
	}
	for (cJSON *child = node->child; child; child = child->next)
		json_keep_digits(child, s, index);
}

static struct err *json_senseless(const char *what, const char *text, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return err_new(ERR_FAILED, "'%s' is not JSON from byte %zu in line %zu on", what, at, line);
}

struct err *json_parse(const char *text, size_t len, const char *what, cJSON **ret)
{
	__attribute__((cleanup(json_scan_release))) struct json_scan s = { .text = text, .len = len };
	const char *end = NULL;
	size_t index = 0;

	while (s.at < len) {
		size_t start = s.at;

		if (!json_scan_token(&s)) {
			if (s.depth > JSON_MAX_DEPTH)
				return err_new(ERR_FAILED, "'%s' has more than %d levels", what, JSON_MAX_DEPTH);
			return json_senseless(what, text, s.at < len && s.at > start ? s.at : start);
		}
	}

	/* A copy with a NUL behind it: cJSON 1.7 reads one byte too far on some texts (CVE-2023-53154). */
	auto_free char *copy = xcalloc(1, len + 1);

	memcpy(copy, text, len);

	auto_json *tree = cJSON_ParseWithLengthOpts(copy, len, &end, false);

	if (!tree)
		return json_senseless(what, text, end && end >= copy && end <= copy + len ? (size_t)(end - copy) : 0);

	size_t used = (size_t)(end - copy);

	used += strspn(end, " \t\r\n");
	if (used < len)
		return json_senseless(what, text, used);
	json_keep_digits(tree, &s, &index);
	*ret = TAKE(tree);
	return NULL;
}

struct err *json_read_file(const char *path, cJSON **ret)
{
	auto_free char *text = NULL;
	size_t len = 0;

	TRY(fs_read(path, JSON_MAX_FILE, &text, &len));
	return json_parse(text, len, path, ret);
}
