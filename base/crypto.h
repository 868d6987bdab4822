/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's errors as ours. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/err.h"

/* "TEXT: reason" with OpenSSL's oldest reason, when there is one; its queue of errors is empty afterwards. */
struct err *crypto_fail(const char *fmt, ...) MUST_USE PRINTF_LIKE(1, 2);

#endif
