/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on a terminal: lines end between words, and never inside what is to be copied. */
#ifndef CMD_FOLD_H
#define CMD_FOLD_H

#include <stdbool.h>
#include <stdio.h>

/*
 * The text in lines of at most so many columns, later ones begin with `indent` blanks; the caller frees. Things in quotes stay
 * whole, and with `commands` what follows a colon (but the one of the first word), up to the end of its sentence: such a thing
 * may be longer than a line, which the terminal wraps without an end of line in the copy. columns 0: the text as it is.
 */
char *fold_text(const char *text, size_t columns, size_t indent, bool commands);

/* The columns of the terminal that this goes to; 0: it goes to none, or to one that does not say. */
size_t fold_columns(FILE *out);

#endif
