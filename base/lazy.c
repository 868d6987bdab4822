/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lazy.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/package.h"

static pthread_mutex_t lazy_mutex = PTHREAD_MUTEX_INITIALIZER;

/* Slots hold pointers to functions of many types: copied, because an access as void * would break aliasing rules. */
static bool lazy_is_filled(const struct lazy_symbol *symbols, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		void *value;

		memcpy(&value, symbols[i].slot, sizeof(value));
		if (!value)
			return false;
	}
	return true;
}

static struct err *lazy_old(const char *file, const char *package, const char *symbol)
{
	auto_free char *advice = package_advice("Install a newer version", package);

	return err_hint(err_new(ERR_UNSUPPORTED, "library '%s' has no '%s'", file, symbol), "%s", advice);
}

static struct err *lazy_fill(const char *file, const char *package, const struct lazy_symbol *symbols, size_t n)
{
	/* Never closed: what it registered (handlers at exit, locks) must stay valid. */
	void *library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
	auto_free void **found = xcalloc(n, sizeof(*found));

	if (!library) {
		log_debug("%s", dlerror());
		return err_package(err_new(ERR_UNSUPPORTED, "library '%s' is not installed", file), package);
	}
	for (size_t i = 0; i < n; i++) {
		found[i] = dlsym(library, symbols[i].name);
		if (!found[i])
			return lazy_old(file, package, symbols[i].name);
	}
	for (size_t i = 0; i < n; i++)
		memcpy(symbols[i].slot, &found[i], sizeof(found[i]));
	return NULL;
}

struct err *lazy_load(const char *file, const char *package, const struct lazy_symbol *symbols, size_t n)
{
	struct err *err = NULL;

	pthread_mutex_lock(&lazy_mutex);
	if (!lazy_is_filled(symbols, n))
		err = lazy_fill(file, package, symbols, n);
	pthread_mutex_unlock(&lazy_mutex);
	return err;
}
