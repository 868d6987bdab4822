/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <sys/random.h>

#include "base/digest.h"
#include "base/mem.h"

#define RANDOM_MAX 256 /* so much comes whole, whatever signal comes (getrandom(2)) */

struct err *random_bytes(void *to, size_t len)
{
	if (len > RANDOM_MAX)
		return err_new(ERR_FAILED, "cannot make %zu random bytes at once", len);
	return getrandom(to, len, 0) == (ssize_t)len ? NULL : err_errno(ERR_FAILED, "cannot read random bytes");
}

struct err *random_hex(size_t n, char **ret)
{
	unsigned char bytes[RANDOM_MAX];
	struct err *e = random_bytes(bytes, n);

	if (!e)
		*ret = digest_hex(bytes, n);
	mem_wipe(bytes, sizeof(bytes));
	return e;
}
