/* SPDX-License-Identifier: Apache-2.0 */
#include "base/float_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number as 0.DIGITS times ten to the power of point. */
struct float_text {
	char digits[20];
	int n;
	int point;
};

static struct float_text float_shortest(double value)
{
	struct float_text t = { .n = 0 };
	char buf[40];

	/*
	 * A double holds any 15 digits, so fewer need no try: zeros at the end are cut below. Next to zero it holds
	 * fewer, and there one digit may do.
	 */
	for (int digits = value < 1e-300 ? 1 : 15; digits <= 17; digits++) {
		snprintf(buf, sizeof(buf), "%.*e", digits - 1, value);
		if (strtod(buf, NULL) == value)
			break;
	}
	for (const char *p = buf; *p && *p != 'e'; p++)
		if (*p != '.')
			t.digits[t.n++] = *p;
	while (t.n > 1 && t.digits[t.n - 1] == '0')
		t.n--;
	t.digits[t.n] = '\0';
	t.point = atoi(strchr(buf, 'e') + 1) + 1;
	return t;
}

static void float_add_plain(struct str *s, const struct float_text *t)
{
	if (t->point <= 0)
		str_add(s, "0.");
	for (int i = t->point; i < 0; i++)
		str_add_char(s, '0');
	for (int i = 0; i < t->n || i < t->point; i++) {
		if (i == t->point && i > 0)
			str_add_char(s, '.');
		str_add_char(s, i < t->n ? t->digits[i] : '0');
	}
}

static void float_add_exponent(struct str *s, const struct float_text *t, int least_digits)
{
	int exponent = t->point - 1;

	str_add_char(s, t->digits[0]);
	if (t->n > 1)
		str_addf(s, ".%s", t->digits + 1);
	str_addf(s, "e%c%0*d", exponent < 0 ? '-' : '+', least_digits, abs(exponent));
}

void float_add_json(struct str *s, double value)
{
	double size = fabs(value);

	if (!isfinite(value)) {
		str_add(s, "null");
		return;
	}

	struct float_text t = float_shortest(size);

	if (signbit(value))
		str_add_char(s, '-');
	/* encodeFloat of encoding/json, which also shortens e-09 to e-9. */
	if (size != 0 && (size < 1e-6 || size >= 1e21))
		float_add_exponent(s, &t, size < 1 ? 1 : 2);
	else
		float_add_plain(s, &t);
}

void float_add_g(struct str *s, double value)
{
	if (isnan(value)) {
		str_add(s, "NaN");
		return;
	}
	if (isinf(value)) {
		str_add(s, value < 0 ? "-Inf" : "+Inf");
		return;
	}

	struct float_text t = float_shortest(fabs(value));

	if (signbit(value))
		str_add_char(s, '-');
	/* formatDigits of strconv: without a precision an exponent of 6 decides, however many digits there are. */
	if (value != 0 && (t.point - 1 < -4 || t.point - 1 >= 6))
		float_add_exponent(s, &t, 2);
	else
		float_add_plain(s, &t);
}
