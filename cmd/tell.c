/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/tell.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/plain.h"
#include "cmd/app.h"
#include "cmd/fold.h"

#define INDENT 2

void tell(const struct app *app, FILE *out, const char *text, bool commands)
{
	auto_free char *plain = plain_text(text, PLAIN_MESSAGE_MAX, PLAIN_LINES);
	auto_free char *folded = fold_text(plain, app_is_docker_machine(app) ? 0 : fold_columns(out), INDENT, commands);

	/* One call, for threads tell of their machines side by side. */
	fprintf(out, "%s\n", folded);
}
