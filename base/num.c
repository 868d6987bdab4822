/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

static int num_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Go's ParseInt with base 0: 0x, 0o, 0b and a leading 0 choose the base. Moves *text past them. */
static uint64_t num_base(const char **text)
{
	const char *s = *text;

	if (s[0] != '0' || !s[1])
		return 10;
	switch (s[1] | 0x20) {
	case 'x':
		*text += 2;
		return 16;
	case 'o':
		*text += 2;
		return 8;
	case 'b':
		*text += 2;
		return 2;
	default:
		*text += 1;
		return 8;
	}
}

static bool num_parse(const char *text, int64_t *ret)
{
	bool negative = *text == '-';
	uint64_t value = 0, limit;

	if (*text == '-' || *text == '+')
		text++;
	limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;

	uint64_t base = num_base(&text);

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)num_digit(*text);

		if (digit >= base || value > (limit - digit) / base)
			return false;
		value = value * base + digit;
	}
	*ret = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

struct err *num_int(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	int64_t value;

	if (!num_parse(text, &value))
		return err_new(ERR_USAGE, "'%s' is not a whole number", text);
	if (value < min || value > max)
		return err_new(ERR_USAGE, "'%s' is not between %" PRId64 " and %" PRId64, text, min, max);
	*ret = value;
	return NULL;
}

struct err *num_mib(const char *text, int64_t *ret)
{
	static const struct {
		const char *suffix;
		int64_t mib;
	} units[] = {
		{ "", 1 },	   { "m", 1 },	       { "mb", 1 },	 { "mib", 1 },	    { "g", 1 << 10 },
		{ "gb", 1 << 10 }, { "gib", 1 << 10 }, { "t", 1 << 20 }, { "tb", 1 << 20 }, { "tib", 1 << 20 },
	};
	size_t digits = strspn(text, "0123456789");
	const char *suffix = text + digits;
	auto_free char *number = xstrndup(text, digits);
	uint64_t value = 0;

	while (*suffix == ' ')
		suffix++;
	for (const char *p = number; *p && value <= INT32_MAX; p++)
		value = value * 10 + (uint64_t)(*p - '0');
	for (size_t i = 0; digits && i < ARRAY_SIZE(units); i++) {
		if (strcasecmp(suffix, units[i].suffix) != 0)
			continue;
		/* 2 EiB are more than any disk; the limit keeps products in range. */
		if (value > INT32_MAX)
			return err_new(ERR_USAGE, "'%s' is too large", text);
		*ret = (int64_t)value * units[i].mib;
		return NULL;
	}
	return err_hint(err_new(ERR_USAGE, "'%s' is not a size", text), "Sizes are written like 20000, 20g or 512m.");
}

/* One "12.5s" of a duration in microseconds; a bare number is in seconds. */
static bool num_duration_part(const char **text, bool first, uint64_t *ret_us)
{
	static const struct {
		const char *unit;
		uint64_t us;
	} units[] = { { "ms", 1000 }, { "us", 1 }, { "s", 1000000 }, { "m", 60000000 }, { "h", 3600000000 } };
	const char *s = *text;
	uint64_t whole = 0, part = 0, scale = 1;

	if (!isdigit((unsigned char)*s))
		return false;
	for (; isdigit((unsigned char)*s); s++) {
		whole = whole * 10 + (uint64_t)(*s - '0');
		if (whole > INT_MAX)
			return false;
	}
	if (*s == '.')
		for (s++; isdigit((unsigned char)*s); s++)
			if (scale < 1000000) {
				part = part * 10 + (uint64_t)(*s - '0');
				scale *= 10;
			}
	if (!*s && first) {
		*ret_us = whole * 1000000 + part * 1000000 / scale;
		*text = s;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!str_starts(s, units[i].unit))
			continue;
		*ret_us = whole * units[i].us + part * units[i].us / scale;
		*text = s + strlen(units[i].unit);
		return true;
	}
	return false;
}

struct err *num_duration_ms(const char *text, int *ret)
{
	const char *rest = text;
	uint64_t total = 0;

	do {
		uint64_t us;

		if (!num_duration_part(&rest, rest == text, &us))
			return err_hint(err_new(ERR_USAGE, "'%s' is not a duration", text),
					"Durations are written like 90, 1.5s, 500ms, 2m or 1h.");
		total += us;
		if (total / 1000 > INT_MAX)
			return err_new(ERR_USAGE, "'%s' is too long", text);
	} while (*rest);
	*ret = (int)((total + 500) / 1000);
	return NULL;
}

char *num_bytes_text(uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t unit = 1000;
	size_t i = 0;

	if (bytes < 1000)
		return xasprintf("%" PRIu64 " B", bytes);
	while (bytes / unit >= 1000 && i + 1 < ARRAY_SIZE(units)) {
		unit *= 1000;
		i++;
	}

	/* Rounded down: free space must never look larger than it is. */
	uint64_t tenths = bytes / (unit / 10);

	if (tenths >= 1000)
		return xasprintf("%" PRIu64 " %s", tenths / 10, units[i]);
	return xasprintf("%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[i]);
}

char *num_ms_text(int64_t ms)
{
	if (ms < 0)
		ms = 0;
	if (ms < 1000)
		return xasprintf("%" PRId64 " ms", ms);
	if (ms < 60000)
		return xasprintf("%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
	if (ms < 3600000)
		return xasprintf("%" PRId64 " min %" PRId64 " s", ms / 60000, ms / 1000 % 60);
	return xasprintf("%" PRId64 " h %" PRId64 " min", ms / 3600000, ms / 60000 % 60);
}

struct err *num_bool(const char *text, bool *ret)
{
	static const char *const words[2][6] = {
		{ "0", "f", "F", "false", "FALSE", "False" },
		{ "1", "t", "T", "true", "TRUE", "True" },
	};

	for (int value = 0; value < 2; value++)
		for (size_t i = 0; i < ARRAY_SIZE(words[value]); i++)
			if (str_eq(text, words[value][i])) {
				*ret = value;
				return NULL;
			}
	return err_new(ERR_USAGE, "'%s' is neither true nor false", text);
}
