/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/unknown.h"

#include <string.h>

#include "cmd/app.h"
#include "cmd/commands.h"

/* Edit distance, for words of at most 31 letters. */
static int unknown_distance(const char *a, const char *b)
{
	int row[32];
	int lb = (int)strlen(b);

	if (strlen(a) > 31 || lb > 31)
		return 99;
	for (int j = 0; j <= lb; j++)
		row[j] = j;
	for (int i = 1; a[i - 1]; i++) {
		int diagonal = row[0];
		row[0] = i;
		for (int j = 1; j <= lb; j++) {
			int up = row[j];
			int best = diagonal + (a[i - 1] != b[j - 1]);
			best = up + 1 < best ? up + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			diagonal = up;
		}
	}
	return row[lb];
}

static const char *unknown_nearest(const char *word)
{
	const char *best = NULL;
	int least = 3;

	for (const struct cmd *const *c = cmd_table; *c; c++) {
		int d = (*c)->flags & CMD_HIDDEN ? 99 : unknown_distance(word, (*c)->name);
		if (d < least) {
			least = d;
			best = (*c)->name;
		}
	}
	return best;
}

struct err *unknown_command(const struct app *app, const char *word)
{
	const char *near = unknown_nearest(word), *prog = core_prog(&app->core);
	struct err *e = err_status(
		err_new(ERR_USAGE, "%s: '%s' is not a %s command. See '%s --help'.", prog, word, prog, prog), 1);

	return near ? err_hint(e, "Did you mean 'machine %s'?", near) : e;
}
