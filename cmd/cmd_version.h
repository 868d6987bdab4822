/* SPDX-License-Identifier: Apache-2.0 */
/* `machine version`, which `machine --version` is too. */
#ifndef CMD_CMD_VERSION_H
#define CMD_CMD_VERSION_H

#include "cmd/app.h"

/* The program's own version. */
void version_answer(const struct app *app);

#endif
