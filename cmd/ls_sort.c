/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/ls_sort.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int sort_compare(const char *a, const char *b)
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

static int sort_rows(const void *a, const void *b)
{
	const struct survey_row *x = a, *y = b;
	int d = sort_compare(x->name, y->name);

	return d ? d : strcmp(x->name, y->name);
}

void ls_sort(struct survey *s)
{
	if (s->n)
		qsort(s->rows, s->n, sizeof(s->rows[0]), sort_rows);
}
