/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_curl.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/lazy.h"
#include "base/mem.h"

struct http_curl http_curl;

#define HTTP_CURL_SYMBOL(name) { #name, (void **)&http_curl.name },
static const struct lazy_symbol http_curl_symbols[] = { HTTP_CURL_FUNCTIONS(HTTP_CURL_SYMBOL) };

struct err *http_curl_load(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static bool ready;
	CURLcode code = CURLE_OK;

	TRY(lazy_load("libcurl.so.4", "libcurl4", http_curl_symbols, ARRAY_SIZE(http_curl_symbols)));
	pthread_mutex_lock(&mutex);
	if (!ready)
		code = http_curl.curl_global_init(CURL_GLOBAL_DEFAULT);
	ready = code == CURLE_OK;
	pthread_mutex_unlock(&mutex);
	return ready ? NULL : err_new(ERR_FAILED, "cannot use libcurl: %s", http_curl.curl_easy_strerror(code));
}
