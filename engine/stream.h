/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of JSON values, a line each, as the engine sends events and progress. */
#ifndef ENGINE_STREAM_H
#define ENGINE_STREAM_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "base/err.h"
#include "base/str.h"

#define ENGINE_LINE_MAX (1u << 20) /* bytes of one value */

/* One value; it lasts for the call only. */
typedef struct err *(*engine_stream_fn)(void *data, const cJSON *value);

/* Begins as { .each = ..., .data = ..., .rest = STR_INIT }; released by engine_stream_release. */
struct engine_stream {
	engine_stream_fn each;
	void *data;
	struct str rest; /* of a line that has not ended */
};
void engine_stream_release(struct engine_stream *s);
#define auto_engine_stream __attribute__((cleanup(engine_stream_release))) struct engine_stream

/*
 * Take what came, cut anywhere: each is called for every line that is whole. ERR_FAILED for a line that is no JSON or too
 * long, and with the engine's words for one that tells of a failure ("errorDetail"). The stream comes as data: it is
 * http_request's take.
 */
struct err *engine_stream_take(void *stream, const char *bytes, size_t len) MUST_USE;
/* No more comes: a last line without an end is whole, too. */
struct err *engine_stream_end(struct engine_stream *s) MUST_USE;

#endif
