/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/fold.h"

#define TAB 8
#define COLUMN 24 /* where explanations begin on a terminal */

void rows_add(struct rows *r, char *left, char *right)
{
	r->items = xrealloc(r->items, (r->n + 1) * sizeof(*r->items));
	r->items[r->n++] = (struct row){ left, right };
}

void rows_text(FILE *out, const char *text, size_t at, size_t begin, size_t columns)
{
	bool first = true;

	for (const char *word = text; *word;) {
		size_t len = strcspn(word, " ");

		if (!first && at + 1 + len > columns) {
			fprintf(out, "\n%*s", (int)begin, "");
			at = begin;
			first = true;
		}
		fprintf(out, "%s%.*s", first ? "" : " ", (int)len, word);
		at += len + !first;
		first = false;
		word += len + strspn(word + len, " ");
	}
	fputc('\n', out);
}

void rows_fold(FILE *out, const struct rows *r, const char *indent, size_t columns)
{
	for (size_t i = 0; i < r->n; i++) {
		const char *left = r->items[i].left;
		size_t at = strlen(indent) + strlen(left);

		fputs(indent, out);
		if (at < COLUMN) {
			fprintf(out, "%s%*s", left, (int)(COLUMN - at), "");
		} else {
			rows_text(out, left, strlen(indent), 2 * strlen(indent), columns);
			fprintf(out, "%*s", COLUMN, "");
		}
		rows_text(out, r->items[i].right, COLUMN, COLUMN, columns);
	}
}

static void rows_tabs(FILE *out, const struct rows *r, const char *indent)
{
	size_t width = 0;

	for (size_t i = 0; i < r->n; i++) {
		size_t len = strlen(indent) + strlen(r->items[i].left);
		width = len > width ? len : width;
	}
	width = (width + 1 + TAB - 1) / TAB * TAB;
	for (size_t i = 0; i < r->n; i++) {
		size_t len = strlen(indent) + strlen(r->items[i].left);
		size_t tabs = (width - len + TAB - 1) / TAB;

		fprintf(out, "%s%s", indent, r->items[i].left);
		while (tabs--)
			fputc('\t', out);
		fprintf(out, "%s\n", r->items[i].right);
	}
}

void rows_free(struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->items[i].left);
		free(r->items[i].right);
	}
	free(r->items);
}

void rows_print(FILE *out, struct rows *r, const char *indent)
{
	size_t columns = fold_columns(out);

	if (columns)
		rows_fold(out, r, indent, columns);
	else
		rows_tabs(out, r, indent);
	rows_free(r);
}

static int row_order(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->left, ((const struct row *)b)->left);
}

void rows_sort(struct rows *r)
{
	if (r->n)
		qsort(r->items, r->n, sizeof(*r->items), row_order);
}
