/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/version.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define DIGITS "0123456789"

int engine_api_compare(const char *a, const char *b)
{
	while (*a || *b) {
		long x = strtol(a, NULL, 10), y = strtol(b, NULL, 10);

		if (x != y)
			return x < y ? -1 : 1;
		a += strcspn(a, ".");
		b += strcspn(b, ".");
		a += *a == '.';
		b += *b == '.';
	}
	return 0;
}

char *engine_version_of(const struct http_request *r)
{
	auto_json *doc = NULL;
	struct err *e;
	const char *version;

	if (r->status != 200)
		return NULL;
	e = json_parse(r->body.buf, r->body.len, "the engine's answer", &doc);
	err_free(e);
	version = e ? "" : json_str_or(doc, "Version", "");
	return *version ? xstrdup(version) : NULL;
}

/* The answer to /version, whatever it holds. Released by http_release in any case. */
static struct err *version_ask(struct engine *e, int timeout_ms, struct http_request *r)
{
	engine_fill(e, "/version", r);
	TRY(http_ask(r, timeout_ms));
	return r->status == 200 ? NULL : err_new(ERR_FAILED, "the engine answered with status %d", r->status);
}

struct err *engine_version(struct engine *e, int timeout_ms, char **ret)
{
	struct http_request r;
	struct err *bad = version_ask(e, timeout_ms, &r);
	char *version = bad ? NULL : engine_version_of(&r);

	http_release(&r);
	if (!bad && !version)
		bad = err_new(ERR_FAILED, "the engine's answer holds no version");
	if (!bad)
		*ret = version;
	return bad;
}

/* It goes into the path of each call. */
static bool version_is_api(const char *text)
{
	size_t major = strspn(text, DIGITS), minor = text[major] == '.' ? strspn(text + major + 1, DIGITS) : 0;

	return major && minor && major + minor < 8 && !text[major + 1 + minor];
}

static struct err *version_choose(const cJSON *doc, char **ret)
{
	const char *newest = json_str_or(doc, "ApiVersion", ""), *oldest = json_str_or(doc, "MinAPIVersion", "");

	if (!version_is_api(newest) || (*oldest && !version_is_api(oldest)))
		return err_new(ERR_FAILED, "the engine's answer names no version of its API");
	if (*oldest && engine_api_compare(oldest, ENGINE_API_NEWEST) > 0)
		return err_hint(err_new(ERR_UNSUPPORTED,
					"the engine takes version %s of its API and newer ones, this program "
					"speaks " ENGINE_API_NEWEST,
					oldest),
				"Use a newer version of this program, or let the engine take older ones "
				"(DOCKER_MIN_API_VERSION).");
	*ret = xstrdup(engine_api_compare(newest, ENGINE_API_NEWEST) < 0 ? newest : ENGINE_API_NEWEST);
	return NULL;
}

struct err *engine_agree(struct engine *e, int timeout_ms)
{
	auto_json *doc = NULL;
	struct http_request r;
	struct err *bad = version_ask(e, timeout_ms, &r);
	char *api = NULL;

	if (!bad)
		bad = json_parse(r.body.buf, r.body.len, "the engine's answer", &doc);
	http_release(&r);
	if (!bad)
		bad = version_choose(doc, &api);
	if (bad)
		return bad;
	free(e->api);
	e->api = api;
	return NULL;
}
