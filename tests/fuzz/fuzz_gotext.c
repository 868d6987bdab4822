/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of --format over a record. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gotext/gotext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char record[] = "{\"Name\":\"dev\",\"N\":3,\"F\":0.5,\"L\":[\"a\",1,null],\"M\":{\"k\":{\"x\":true}},"
			     "\"D\":{\"$duration\":8500000}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct gotext_rules rules[] = { { NULL, true }, { "commands.HostListItem", false } };
	auto_free char *text = xstrndup((const char *)data, size);
	auto_json *tree = NULL;
	struct gotext_template *t = NULL;
	struct err *e = json_parse(record, strlen(record), "record", &tree);

	if (!e)
		e = gotext_parse(text, &t);
	for (size_t i = 0; i < ARRAY_SIZE(rules) && !e; i++) {
		auto_str out = STR_INIT;
		err_free(gotext_run(t, tree, &rules[i], &out));
	}
	err_free(e);
	gotext_free(t);
	return 0;
}
