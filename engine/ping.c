/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ping.h"

struct err *engine_ping(struct engine *e, int timeout_ms)
{
	struct http_request r;
	struct err *bad;

	engine_fill(e, "/_ping", &r);
	bad = http_ask(&r, timeout_ms);
	if (!bad && r.status != 200)
		bad = err_new(ERR_FAILED, "the engine answered with status %d", r.status);
	http_release(&r);
	return bad;
}
