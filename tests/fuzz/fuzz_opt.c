/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: arguments are the input cut at its line ends. */
#include <stdint.h>

#include "base/mem.h"
#include "base/opt.h"
#include "base/opt_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct opt table[] = { { "flag", "f", OPT_FLAG, NULL, NULL, "a flag" },
				    { "string", "s", OPT_STRING, NULL, "x", "a string" },
				    { "int", NULL, OPT_INT, NULL, "1", "a number" },
				    { "list", "l", OPT_LIST, NULL, NULL, "a list" },
				    { "time", NULL, OPT_DURATION, NULL, "10", "a duration" },
				    { "size", NULL, OPT_MIB, NULL, "1g", "a size" },
				    { 0 } };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct opt *const tables[] = { table, NULL };
	auto_free char *text = xstrndup((const char *)data, size);
	auto_list argv = { 0 };
	auto_opts o = { 0 };

	list_split(&argv, text, '\n', false);
	err_free(opts_parse(&o, tables, (int)argv.n, argv.items, size & 1));
	return 0;
}
