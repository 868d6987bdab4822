/* SPDX-License-Identifier: Apache-2.0 */
/* Why there is no answer, in plain words. */
#ifndef BASE_HTTP_FAIL_H
#define BASE_HTTP_FAIL_H

#include "base/http_curl.h"

/* code is what the transfer ended with, reason what libcurl wrote into its buffer ("": nothing). */
struct err *http_fail(CURL *easy, CURLcode code, const char *reason, int timeout_ms) MUST_USE;

#endif
