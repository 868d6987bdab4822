/* SPDX-License-Identifier: Apache-2.0 */
/* Go's fmt.Sprintf and Sprint over values of templates. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/float_text.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "gotext/printf.h"

/* Go takes up to a million; nobody needs it, and a list of numbers so wide would be large. */
#define PRINTF_MAX_WIDTH 1000

/* What stands between % and the verb. */
struct printf_spec {
	bool minus, plus, sharp, space, zero;
	int width, precision; /* -1: none */
	char verb;
	bool typed;
};

/* %!d(string=hi): Go's way to say that a verb does not fit. */
static void printf_misfit(struct str *s, const struct printf_spec *f, const struct gotext_value *v)
{
	str_addf(s, "%%!%c(", f->verb);
	if (v->kind > VALUE_NIL)
		str_addf(s, "%s=", gotext_value_type(v));
	gotext_value_print(s, v, f->typed);
	str_add_char(s, ')');
}

/* Text cut to the precision, which counts code points. */
static void printf_cut(struct str *s, const struct printf_spec *f, const char *text)
{
	const char *p = text;
	uint32_t c;

	for (int i = 0; *p && (f->precision < 0 || i < f->precision); i++)
		p += utf8_next(p, &c);
	str_add_mem(s, text, (size_t)(p - text));
}

static void printf_hex_text(struct str *s, const struct printf_spec *f, const char *text)
{
	for (const char *p = text; *p; p++) {
		str_add(s, f->space && p > text ? " " : "");
		str_addf(s, f->verb == 'x' ? "%02x" : "%02X", (unsigned char)*p);
	}
}

static void printf_digits(struct str *s, uint64_t value, unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char text[65];
	size_t n = sizeof(text);

	do
		text[--n] = digits[value % base];
	while (value /= base);
	str_add_mem(s, text + n, sizeof(text) - n);
}

static bool printf_whole(struct str *s, const struct printf_spec *f, int64_t value)
{
	static const struct {
		char verb;
		unsigned base;
		const char *prefix;
	} verbs[] = { { 'd', 10, "" }, { 'v', 10, "" },	  { 'b', 2, "0b" },
		      { 'o', 8, "0" }, { 'x', 16, "0x" }, { 'X', 16, "0X" } };
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (f->verb == 'c' || f->verb == 'q') {
		const char *quote = f->verb == 'q' ? "'" : "";

		str_add(s, quote);
		utf8_add(s, value < 0 || value > 0x10ffff ? 0xfffd : (uint32_t)value);
		str_add(s, quote);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (verbs[i].verb != f->verb)
			continue;
		str_add(s, value < 0 ? "-" : f->plus ? "+" : f->space ? " " : "");
		if (f->sharp)
			str_add(s, verbs[i].prefix);
		auto_str digits = STR_INIT;
		printf_digits(&digits, size, verbs[i].base, f->verb == 'X');
		for (int n = f->precision - (int)digits.len; n > 0; n--)
			str_add_char(s, '0');
		str_add(s, digits.buf);
		return true;
	}
	return false;
}

static bool printf_real(struct str *s, const struct printf_spec *f, double value)
{
	char format[8] = "%.*f";
	int precision = f->precision < 0 ? 6 : f->precision;

	if (f->verb == 'v' || (f->verb == 'g' && f->precision < 0)) {
		float_add_g(s, value);
		return true;
	}
	if (!strchr("feEgGF", f->verb))
		return false;
	format[3] = f->verb;
	if (f->plus && value >= 0)
		str_add_char(s, '+');
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	str_addf(s, format, precision, value);
#pragma GCC diagnostic pop
	return true;
}

static bool printf_text(struct str *s, const struct printf_spec *f, const char *text)
{
	if (f->verb == 's' || (f->verb == 'v' && !f->sharp))
		printf_cut(s, f, text);
	else if (f->verb == 'q' || f->verb == 'v')
		gotext_value_quote(s, text);
	else if (f->verb == 'x' || f->verb == 'X')
		printf_hex_text(s, f, text);
	else
		return false;
	return true;
}

/* One value by one verb, before padding. */
static void printf_body(struct str *s, const struct printf_spec *f, const struct gotext_value *v)
{
	bool fits = false;

	if (f->verb == 'T') {
		str_add(s, v->kind > VALUE_NIL ? gotext_value_type(v) : "<nil>");
		return;
	}
	switch (v->kind) {
	case VALUE_STRING:
		fits = printf_text(s, f, v->text);
		break;
	case VALUE_BOOL:
		fits = f->verb == 't' || f->verb == 'v';
		if (fits)
			str_add(s, v->truth ? "true" : "false");
		break;
	case VALUE_INT:
		fits = printf_whole(s, f, v->whole);
		break;
	case VALUE_DURATION:
		fits = f->verb == 's' || f->verb == 'v';
		if (fits)
			gotext_value_print_duration(s, v->whole);
		else
			fits = printf_whole(s, f, v->whole);
		break;
	case VALUE_FLOAT:
		fits = printf_real(s, f, v->real);
		break;
	default:
		fits = f->verb == 'v' || (f->verb == 's' && v->kind > VALUE_NIL);
		if (fits)
			gotext_value_print(s, v, f->typed);
	}
	if (!fits)
		printf_misfit(s, f, v);
}

static void printf_value(struct str *s, const struct printf_spec *f, const struct gotext_value *v);

/* The verb, and the width, are for each of them; keys too. */
static void printf_children(struct str *s, const struct printf_spec *f, const struct gotext_value *v)
{
	bool map = v->kind == VALUE_MAP;
	size_t n;
	auto_free const cJSON **children = json_children(v->node, true, &n);

	str_add(s, map ? "map[" : "[");
	for (size_t i = 0; i < n && s->len <= GOTEXT_MAX_OUTPUT; i++) {
		struct gotext_value child = gotext_value_from(children[i], f->typed),
				    key = gotext_value_of_text(map ? json_key(children[i]) : "");

		str_add(s, i ? " " : "");
		if (map) {
			printf_value(s, f, &key);
			str_add_char(s, ':');
		}
		printf_value(s, f, &child);
	}
	str_add_char(s, ']');
}

/* Padded to the width, which counts code points; zeros go behind a sign. */
static void printf_value(struct str *s, const struct printf_spec *f, const struct gotext_value *v)
{
	if ((v->kind == VALUE_LIST || v->kind == VALUE_MAP) && f->verb != 'T') {
		printf_children(s, f, v);
		return;
	}
	auto_str body = STR_INIT;
	int fill;
	bool zeros = f->zero && !f->minus;
	bool sign;

	printf_body(&body, f, v);
	fill = f->width - (int)utf8_count(body.buf);
	sign = zeros && v->kind != VALUE_STRING && body.len && strchr("+-", body.buf[0]);
	if (sign)
		str_add_char(s, body.buf[0]);
	for (int i = 0; i < fill && !f->minus; i++)
		str_add_char(s, zeros ? '0' : ' ');
	str_add(s, body.buf + sign);
	for (int i = 0; i < fill && f->minus; i++)
		str_add_char(s, ' ');
}

static int printf_number(const char **p)
{
	int n = 0;

	while (isdigit((unsigned char)**p)) {
		n = n * 10 + *(*p)++ - '0';
		n = n > PRINTF_MAX_WIDTH ? PRINTF_MAX_WIDTH : n;
	}
	return n;
}

static struct printf_spec printf_parse(const char **p, bool typed)
{
	struct printf_spec f = { .width = -1, .precision = -1, .typed = typed };

	for (;; (*p)++) {
		if (**p == '-')
			f.minus = true;
		else if (**p == '+')
			f.plus = true;
		else if (**p == '#')
			f.sharp = true;
		else if (**p == ' ')
			f.space = true;
		else if (**p == '0')
			f.zero = true;
		else
			break;
	}
	if (isdigit((unsigned char)**p))
		f.width = printf_number(p);
	if (**p == '.') {
		(*p)++;
		f.precision = printf_number(p);
	}
	f.verb = **p;
	return f;
}

void gotext_printf(struct str *s, const char *format, const struct gotext_value *args, size_t n, bool typed)
{
	size_t used = 0;

	for (const char *p = format; *p && s->len <= GOTEXT_MAX_OUTPUT; p++) {
		if (*p != '%') {
			str_add_char(s, *p);
			continue;
		}
		p++;
		struct printf_spec f = printf_parse(&p, typed);
		if (!f.verb) {
			str_add(s, "%!(NOVERB)");
			break;
		}
		if (f.verb == '%')
			str_add_char(s, '%');
		else if (used == n)
			str_addf(s, "%%!%c(MISSING)", f.verb);
		else
			printf_value(s, &f, &args[used++]);
	}
	if (used < n)
		str_add(s, "%!(EXTRA ");
	for (size_t i = used; i < n; i++) {
		if (args[i].kind > VALUE_NIL)
			str_addf(s, "%s=", gotext_value_type(&args[i]));
		gotext_value_print(s, &args[i], typed);
		str_add(s, i + 1 < n ? ", " : ")");
	}
}

void gotext_sprint(struct str *s, const struct gotext_value *args, size_t n, bool spaces, bool typed)
{
	for (size_t i = 0; i < n; i++) {
		/* Sprint puts a blank only between operands of which neither is a string. */
		if (i && (spaces || (args[i].kind != VALUE_STRING && args[i - 1].kind != VALUE_STRING)))
			str_add_char(s, ' ');
		gotext_value_print(s, &args[i], typed);
	}
}
