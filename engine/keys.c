/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/keys.h"

#include <stdlib.h>

#include "base/fs.h"

void engine_keys_release(struct engine_keys *k)
{
	free(k->ca);
	free(k->cert);
	free(k->key);
	*k = (struct engine_keys){ 0 };
}

struct engine_keys engine_keys_in(const char *dir)
{
	return (struct engine_keys){ .ca = fs_join(dir, "ca.pem"),
				     .cert = fs_join(dir, "cert.pem"),
				     .key = fs_join(dir, "key.pem") };
}

bool engine_keys_any(const struct engine_keys *k)
{
	return (k->ca && fs_exists(k->ca)) || (k->cert && fs_exists(k->cert)) || (k->key && fs_exists(k->key));
}
