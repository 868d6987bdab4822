/* SPDX-License-Identifier: Apache-2.0 */
/* dockerd's command-line flags and what they are called in its file. */
#ifndef PROVISION_ENGINE_FLAGS_H
#define PROVISION_ENGINE_FLAGS_H

enum engine_kind {
	ENGINE_TEXT,
	ENGINE_NUMBER,
	ENGINE_BOOL,
	ENGINE_LIST,	/* each time one more */
	ENGINE_LABEL,	/* a list of key=value, in which a key has one value */
	ENGINE_MAP,	/* key=value: members of an object */
	ENGINE_MAP_MAP, /* driver=key=value: members of members */
	ENGINE_ULIMIT,	/* name=soft[:hard] */
	ENGINE_POOL,	/* base=NET,size=N */
	ENGINE_RUNTIME, /* name=path */
	ENGINE_PROXY,	/* a member of "proxies" */
	ENGINE_REFUSED
};

struct engine_flag {
	const char *name;   /* without dashes, as on the command line */
	const char *letter; /* short name or NULL */
	enum engine_kind kind;
	const char *key; /* in the file, NULL: the name; of ENGINE_REFUSED: why it is refused */
};

/* The flag with that name or letter, NULL when there is none. Borrowed. */
const struct engine_flag *engine_flag_find(const char *name);
/* The i-th flag, NULL past the last. For tests. */
const struct engine_flag *engine_flag_at(unsigned i);

#endif
