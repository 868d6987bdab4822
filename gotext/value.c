/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a running template: what they are, and how Go's fmt prints them with %v. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/float_text.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "gotext/value.h"

/* How core hands us a time.Duration, which JSON does not have: {"$duration": nanoseconds}. */
#define VALUE_DURATION_KEY "$duration"

struct gotext_value gotext_value_of_text(const char *text)
{
	return (struct gotext_value){ .kind = VALUE_STRING, .text = text };
}

struct gotext_value gotext_value_of_int(int64_t whole)
{
	return (struct gotext_value){ .kind = VALUE_INT, .whole = whole };
}

struct gotext_value gotext_value_of_bool(bool truth)
{
	return (struct gotext_value){ .kind = VALUE_BOOL, .truth = truth };
}

static struct gotext_value value_from_number(const cJSON *node, bool typed)
{
	int64_t whole;

	if (typed && json_whole(node, &whole))
		return gotext_value_of_int(whole);
	return (struct gotext_value){ .kind = VALUE_FLOAT, .real = json_double(node), .node = node };
}

struct gotext_value gotext_value_from(const cJSON *node, bool typed)
{
	if (!node)
		return (struct gotext_value){ .kind = VALUE_NONE };
	if (json_is_string(node))
		return gotext_value_of_text(json_text(node));
	if (json_is_number(node))
		return value_from_number(node, typed);
	if (json_is_bool(node))
		return gotext_value_of_bool(json_truth(node));
	if (json_is_array(node))
		return (struct gotext_value){ .kind = VALUE_LIST, .node = node };
	if (json_is_object(node)) {
		const cJSON *first = json_first(node);
		int64_t ns;

		if (first && !json_next(first) && str_eq(json_key(first), VALUE_DURATION_KEY) && json_whole(first, &ns))
			return (struct gotext_value){ .kind = VALUE_DURATION, .whole = ns };
		return (struct gotext_value){ .kind = VALUE_MAP, .node = node };
	}
	return (struct gotext_value){ .kind = VALUE_NIL };
}

bool gotext_value_is_true(const struct gotext_value *v)
{
	switch (v->kind) {
	case VALUE_BOOL:
		return v->truth;
	case VALUE_INT:
	case VALUE_DURATION:
		return v->whole != 0;
	case VALUE_FLOAT:
		return v->real != 0;
	case VALUE_STRING:
		return *v->text;
	case VALUE_LIST:
	case VALUE_MAP:
		return json_first(v->node);
	default:
		return false;
	}
}

const char *gotext_value_type(const struct gotext_value *v)
{
	static const char *const names[] = {
		[VALUE_NONE] = "nil",
		[VALUE_NIL] = "nil",
		[VALUE_BOOL] = "bool",
		[VALUE_INT] = "int",
		[VALUE_FLOAT] = "float64",
		[VALUE_STRING] = "string",
		[VALUE_DURATION] = "time.Duration",
		[VALUE_LIST] = "[]interface {}",
		[VALUE_MAP] = "map[string]interface {}",
	};

	return names[v->kind];
}

/* A fraction of a second without the zeros at its end: digits of value, of which so many are behind the point. */
static void value_add_fraction(struct str *s, uint64_t value, int digits)
{
	uint64_t scale = 1;

	for (int i = 0; i < digits; i++)
		scale *= 10;
	str_addf(s, "%" PRIu64, value / scale);
	if (value % scale == 0)
		return;
	str_addf(s, ".%0*" PRIu64, digits, value % scale);
	while (s->buf[s->len - 1] == '0') {
		char *text = str_detach(s);

		text[strlen(text) - 1] = '\0';
		str_add(s, text);
		free(text);
	}
}

void gotext_value_print_duration(struct str *s, int64_t ns)
{
	uint64_t n = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	uint64_t minutes = n / UINT64_C(60000000000);

	if (ns < 0)
		str_add_char(s, '-');
	if (n == 0) {
		str_add(s, "0s");
	} else if (n < 1000) {
		str_addf(s, "%" PRIu64 "ns", n);
	} else if (n < 1000000) {
		value_add_fraction(s, n, 3);
		str_add(s, "\xc2\xb5s");
	} else if (n < 1000000000) {
		value_add_fraction(s, n, 6);
		str_add(s, "ms");
	} else {
		if (minutes >= 60)
			str_addf(s, "%" PRIu64 "h", minutes / 60);
		if (minutes)
			str_addf(s, "%" PRIu64 "m", minutes % 60);
		value_add_fraction(s, n % UINT64_C(60000000000), 9);
		str_add_char(s, 's');
	}
}

void gotext_value_quote(struct str *s, const char *text)
{
	static const char names[] = "abfnrtv", values[] = "\a\b\f\n\r\t\v";

	str_add_char(s, '"');
	while (*text) {
		uint32_t c;
		size_t n = utf8_next(text, &c);
		const char *known = c < 0x20 ? strchr(values, (int)c) : NULL;

		if (c == UTF8_BROKEN)
			str_addf(s, "\\x%02x", (unsigned char)*text);
		else if (c == '"' || c == '\\')
			str_addf(s, "\\%c", (char)c);
		else if (known)
			str_addf(s, "\\%c", names[known - values]);
		else if (c < 0x20 || c == 0x7f)
			str_addf(s, "\\x%02x", c);
		/* The unprintable ones that are common: C1 controls, odd blanks, marks of direction, separators. */
		else if ((c >= 0x80 && c <= 0xa0) || c == 0xad || c == 0x61c || (c >= 0x2000 && c <= 0x200f) ||
			 (c >= 0x2028 && c <= 0x202f) || c == 0xfeff)
			str_addf(s, "\\u%04x", c);
		else
			str_add_mem(s, text, n);
		text += n;
	}
	str_add_char(s, '"');
}

static void value_print_children(struct str *s, const struct gotext_value *v, bool typed)
{
	bool map = v->kind == VALUE_MAP;
	size_t n;
	auto_free const cJSON **children = json_children(v->node, true, &n);

	str_add(s, map ? "map[" : "[");
	for (size_t i = 0; i < n && s->len <= GOTEXT_MAX_OUTPUT; i++) {
		struct gotext_value child = gotext_value_from(children[i], typed);

		if (i)
			str_add_char(s, ' ');
		if (map)
			str_addf(s, "%s:", json_key(children[i]));
		gotext_value_print(s, &child, typed);
	}
	str_add_char(s, ']');
}

void gotext_value_print(struct str *s, const struct gotext_value *v, bool typed)
{
	switch (v->kind) {
	case VALUE_NONE:
	case VALUE_NIL:
		str_add(s, "<nil>");
		break;
	case VALUE_BOOL:
		str_add(s, v->truth ? "true" : "false");
		break;
	case VALUE_INT:
		str_addf(s, "%" PRId64, v->whole);
		break;
	case VALUE_FLOAT:
		float_add_g(s, v->real);
		break;
	case VALUE_STRING:
		str_add(s, v->text);
		break;
	case VALUE_DURATION:
		gotext_value_print_duration(s, v->whole);
		break;
	case VALUE_LIST:
	case VALUE_MAP:
		value_print_children(s, v, typed);
		break;
	}
}
