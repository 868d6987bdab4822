/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two columns of help: what is written, and what it means. In docker-machine's layout Go's tabwriter (minwidth 0, tabwidth 8,
 * padding 1, tabs) decides how many tabs stand between them, which makes lines of up to 200 columns.
 */
#ifndef CMD_ROWS_H
#define CMD_ROWS_H

#include <stddef.h>
#include <stdio.h>

struct row {
	char *left;
	char *right;
};

/* Begins as { 0 }. */
struct rows {
	struct row *items;
	size_t n;
};

/* Takes both texts. */
void rows_add(struct rows *r, char *left, char *right);
/* By the left column. */
void rows_sort(struct rows *r);
/* On a terminal folded to its width, else with tabs. Frees the rows. */
void rows_print(FILE *out, struct rows *r, const char *indent);
void rows_fold(FILE *out, const struct rows *r, const char *indent, size_t columns);
void rows_free(struct rows *r);
/* A text from column `at`; words that do not fit go to a new line, at column `begin`. */
void rows_text(FILE *out, const char *text, size_t at, size_t begin, size_t columns);

#endif
