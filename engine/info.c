/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/info.h"

struct err *engine_info(struct engine *e, int timeout_ms, cJSON **ret)
{
	return engine_get(e, "/info", timeout_ms, ret);
}
