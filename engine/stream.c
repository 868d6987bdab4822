/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/stream.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

void engine_stream_release(struct engine_stream *s)
{
	str_release(&s->rest);
}

static struct err *stream_line(const struct engine_stream *s, const char *text, size_t len)
{
	auto_json *value = NULL;

	while (len && strchr(" \t\r", text[len - 1]))
		len--;
	if (!len)
		return NULL;
	TRY(json_parse(text, len, "the engine's answer", &value));
	if (json_get_or_null(value, "errorDetail"))
		return err_new(ERR_FAILED, "Error response from daemon: %s",
			       json_str_or(value, "errorDetail.message", json_str_or(value, "error", "failed")));
	return s->each(s->data, value);
}

struct err *engine_stream_take(void *stream, const char *bytes, size_t len)
{
	struct engine_stream *s = stream;

	while (len) {
		const char *end = memchr(bytes, '\n', len);
		size_t n = end ? (size_t)(end - bytes) : len;

		if (n > ENGINE_LINE_MAX - s->rest.len)
			return err_new(ERR_FAILED, "the engine's answer has a line of more than %u bytes",
				       ENGINE_LINE_MAX);
		str_add_mem(&s->rest, bytes, n);
		if (!end)
			return NULL;
		TRY(engine_stream_end(s));
		bytes += n + 1;
		len -= n + 1;
	}
	return NULL;
}

struct err *engine_stream_end(struct engine_stream *s)
{
	struct err *e = stream_line(s, s->rest.buf, s->rest.len);

	str_clear(&s->rest);
	return e;
}
