/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's functions, loaded at first use. */
#ifndef BASE_HTTP_CURL_H
#define BASE_HTTP_CURL_H

/* Its type checks are macros named like the functions, which would be expanded in the table below. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/err.h"

/* clang-format off */
#define HTTP_CURL_FUNCTIONS(X) \
	X(curl_global_init) X(curl_easy_init) X(curl_easy_setopt) X(curl_easy_getinfo) \
	X(curl_easy_strerror) X(curl_easy_cleanup) X(curl_multi_init) X(curl_multi_add_handle) \
	X(curl_multi_remove_handle) X(curl_multi_perform) X(curl_multi_poll) X(curl_multi_info_read) \
	X(curl_multi_cleanup) X(curl_version_info) X(curl_slist_append) X(curl_slist_free_all)
/* clang-format on */

#define HTTP_CURL_SLOT(name) __typeof__(name) *name;
struct http_curl {
	HTTP_CURL_FUNCTIONS(HTTP_CURL_SLOT)
};

/* To be used once http_curl_load has succeeded. */
extern struct http_curl http_curl;

/* From any thread, any number of times. ERR_NOT_FOUND with the package when it is not installed. */
struct err *http_curl_load(void) MUST_USE;

#endif
