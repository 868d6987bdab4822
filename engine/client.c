/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

void engine_close(struct engine *e)
{
	engine_url_release(&e->url);
	engine_keys_release(&e->keys);
	free(e->api);
	free(e->asked);
	*e = (struct engine){ 0 };
}

struct err *engine_open(const char *url, struct engine_keys keys, struct engine *ret)
{
	struct engine e = { .keys = keys };
	struct err *bad = engine_url_parse(url, &e.url);

	if (bad)
		engine_close(&e);
	else
		*ret = e;
	return bad;
}

static void engine_prepare(struct engine *e, char *url, struct http_request *r)
{
	free(e->asked);
	e->asked = url;
	*r = (struct http_request){ .url = url,
				    .unix_socket = e->url.unix_socket,
				    .ca_file = e->keys.ca,
				    .cert_file = e->keys.cert,
				    .key_file = e->keys.key,
				    .body = STR_INIT };
}

void engine_fill(struct engine *e, const char *path, struct http_request *r)
{
	engine_prepare(e, xasprintf("%s%s", e->url.base, path), r);
}

void engine_call_release(struct engine_call *c)
{
	json_freep(&c->answer);
	c->status = 0;
}

static enum err_code engine_code(int status)
{
	switch (status) {
	case 401:
	case 403:
		return ERR_AUTH;
	case 404:
		return ERR_NOT_FOUND;
	case 409:
		return ERR_WRONG_STATE;
	default:
		return ERR_FAILED;
	}
}

/* What the answer says; one that is no JSON stays NULL. */
static struct err *engine_take(struct engine_call *c, const struct http_request *r)
{
	const char *words;

	if (r->body.len)
		IGNORE(json_parse(r->body.buf, r->body.len, "the engine's answer", &c->answer));
	c->status = r->status;
	if (r->status < 400)
		return NULL;
	words = json_str_or(c->answer, "message", "");
	if (!*words)
		return err_new(engine_code(r->status), "the engine answered with status %d", r->status);
	return err_new(engine_code(r->status), "Error response from daemon: %s", words);
}

struct err *engine_call(struct engine *e, struct engine_call *c)
{
	auto_free char *send = c->send ? json_print(c->send, 0) : NULL;
	auto_engine_stream stream = { .each = c->each, .data = c->data, .rest = STR_INIT };
	struct http_request r;
	struct err *bad;

	engine_call_release(c);
	engine_prepare(e, xasprintf("%s%s%s%s", e->url.base, e->api ? "/v" : "", e->api ? e->api : "", c->path), &r);
	r.method = c->method;
	r.send = send;
	r.send_len = send ? strlen(send) : 0;
	r.max_body = c->max_body;
	if (c->each) {
		r.take = engine_stream_take;
		r.data = &stream;
	}
	bad = http_ask(&r, c->timeout_ms);
	if (!bad)
		bad = engine_take(c, &r);
	if (!bad && c->each)
		bad = engine_stream_end(&stream);
	http_release(&r);
	return bad;
}

static struct err *engine_answer(struct engine_call *c, cJSON **ret)
{
	if (!c->answer)
		return err_new(ERR_FAILED, "the engine's answer to %s is no JSON", c->path);
	*ret = TAKE(c->answer);
	return NULL;
}

struct err *engine_get(struct engine *e, const char *path, int timeout_ms, cJSON **ret)
{
	auto_engine_call c = { .path = path, .timeout_ms = timeout_ms };

	TRY(engine_call(e, &c));
	return engine_answer(&c, ret);
}

struct err *engine_post(struct engine *e, const char *path, const cJSON *send, int timeout_ms, cJSON **ret)
{
	auto_engine_call c = { .method = "POST", .path = path, .send = send, .timeout_ms = timeout_ms };

	TRY(engine_call(e, &c));
	return ret ? engine_answer(&c, ret) : NULL;
}
