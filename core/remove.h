/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a machine ends here, whatever create, its driver or a crash left of it. */
#ifndef CORE_REMOVE_H
#define CORE_REMOVE_H

#include "core/core.h"

enum removal {
	REMOVE_ASKED,
	/* another command at work is told to end; what fails outside is warned of, and the rest goes, unless it still runs */
	REMOVE_FORCED,
	REMOVE_HALF_MADE /* only one that was never finished; ERR_WRONG_STATE: it was, since somebody looked */
};

/* Remove the machine outside and in the store, from any state, half made or gone. */
struct err *machine_remove(const struct core *c, const char *name, enum removal kind) MUST_USE;

#endif
