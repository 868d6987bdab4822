/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer: the first byte chooses between SHA256SUMS and image.json. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "provision/sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_sums(const char *text, size_t len)
{
	auto_err *err = sums_check(text, len);
	char digest[SUMS_DIGEST + 1];

	if (!err && sums_find(text, "vmlinux", digest) && strspn(digest, "0123456789abcdef") != SUMS_DIGEST)
		abort();
}

static void fuzz_image_json(const char *text, size_t len)
{
	auto_image i = { 0 };
	auto_err *err = sums_image_json(text, len, &i);

	if (!err && (!i.cmdline || !i.engine || !i.kernel))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > SUMS_MAX)
		return 0;

	auto_free char *text = xcalloc(1, size);

	memcpy(text, data + 1, size - 1);
	if (data[0] & 1)
		fuzz_sums(text, size - 1);
	else
		fuzz_image_json(text, size - 1);
	return 0;
}
