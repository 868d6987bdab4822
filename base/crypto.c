/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"

#include <stdarg.h>

#include <openssl/err.h>

#include "base/mem.h"

struct err *crypto_fail(const char *fmt, ...)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	va_list args;

	va_start(args, fmt);
	auto_free char *what = xvasprintf(fmt, args);
	va_end(args);
	ERR_clear_error();
	return reason ? err_new(ERR_FAILED, "%s: %s", what, reason) : err_new(ERR_FAILED, "%s", what);
}
