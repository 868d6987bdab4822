/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records and answers: what was printed once parses and prints the same from then on. The first print may differ from the
 * input: a broken UTF-8 byte becomes \ufffd, as Go writes it, and that one is a valid code point afterwards.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Print, parse and print again; the caller frees. */
static char *round_trip(const char *text)
{
	auto_json *tree = NULL;
	auto_err *e = json_parse(text, strlen(text), "output", &tree);

	if (e)
		abort();
	return json_print(tree, 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_json *tree = NULL;
	auto_err *e = json_parse((const char *)data, size, "input", &tree);

	if (e)
		return 0;
	auto_free char *first = json_print(tree, 4);
	auto_free char *second = round_trip(first);
	auto_free char *third = round_trip(second);
	if (strcmp(second, third) != 0)
		abort();
	return 0;
}
