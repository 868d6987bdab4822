/* SPDX-License-Identifier: Apache-2.0 */
#include "init/profile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"

/* A value up to the end of its word, quotes removed, in place. Returns what follows it. The blank that ended it may be
 * overwritten: ret_last says whether that was the line's end. */
static char *profile_value(char *at, bool *ret_last)
{
	char *out = at, quote = '\0';

	for (; *at && (quote || !isspace((unsigned char)*at)); at++) {
		if (*at == quote)
			quote = '\0';
		else if (!quote && (*at == '\'' || *at == '"'))
			quote = *at;
		else if (quote != '\'' && *at == '\\' && at[1])
			*out++ = *++at;
		else
			*out++ = *at;
	}
	*ret_last = *at == '\n';
	if (*at)
		at++;
	*out = '\0';
	return at;
}

static void profile_assign(struct profile *p, bool exported, char *name, char *value)
{
	const struct {
		const char *name;
		const char **slot;
	} known[] = {
		{ "EXTRA_ARGS", &p->extra_args },
		{ "CACERT", &p->ca },
		{ "SERVERCERT", &p->cert },
		{ "SERVERKEY", &p->key },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(name, known[i].name) == 0)
			*known[i].slot = value;
	}
	if (exported && p->env_count < PROFILE_WORDS) {
		size_t len = strlen(name);

		/* Name and value are neighbours, but for quotes that were between them. */
		memmove(name + len + 1, value, strlen(value) + 1);
		name[len] = '=';
		p->env[p->env_count++] = name;
	}
}

/*
 * One word at a time: NAME=VALUE, where quotes may hold blanks and newlines, or the word `export`.
 * docker-machine writes `export "NAME=VALUE"` too, whose quotes are about the whole word.
 */
void profile_parse(char *text, struct profile *ret)
{
	bool exported = false;

	memset(ret, 0, sizeof(*ret));
	ret->text = text;
	while (text && *text) {
		char *word = text, *equal;
		bool last;

		if (isspace((unsigned char)*text)) {
			exported = exported && *text != '\n';
			text++;
			continue;
		}
		if (*text == '#') {
			text += strcspn(text, "\n");
			continue;
		}
		text = profile_value(text, &last);
		equal = strchr(word, '=');
		if (strcmp(word, "export") == 0) {
			exported = true;
		} else if (equal) {
			*equal = '\0';
			profile_assign(ret, exported, word, equal + 1);
		}
		exported = exported && !last;
	}
}

void profile_load(struct profile *ret)
{
	profile_parse(file_read(PROFILE_FILE, PROFILE_MAX, NULL), ret);
}

void profile_release(struct profile *p)
{
	free(p->text);
}

enum kind {
	KIND_LIST,
	KIND_TEXT,
	KIND_TRUE,
	KIND_NUMBER,
	KIND_MAP,
	KIND_DROP,
	KIND_DROP_TRUE
};

static const struct flag {
	const char *flag;
	const char *member;
	enum kind kind;
} flags[] = {
	{ "--label", "labels", KIND_LIST },
	{ "--insecure-registry", "insecure-registries", KIND_LIST },
	{ "--registry-mirror", "registry-mirrors", KIND_LIST },
	{ "--dns", "dns", KIND_LIST },
	{ "--dns-search", "dns-search", KIND_LIST },
	{ "--dns-opt", "dns-opts", KIND_LIST },
	{ "--exec-opt", "exec-opts", KIND_LIST },
	{ "--storage-opt", "storage-opts", KIND_LIST },
	{ "--log-opt", "log-opts", KIND_MAP },
	{ "--log-driver", "log-driver", KIND_TEXT },
	{ "--storage-driver", "storage-driver", KIND_TEXT },
	{ "-s", "storage-driver", KIND_TEXT },
	{ "--bip", "bip", KIND_TEXT },
	{ "--fixed-cidr", "fixed-cidr", KIND_TEXT },
	{ "--log-level", "log-level", KIND_TEXT },
	{ "-l", "log-level", KIND_TEXT },
	{ "--mtu", "mtu", KIND_NUMBER },
	{ "--debug", "debug", KIND_TRUE },
	{ "-D", "debug", KIND_TRUE },
	{ "--experimental", "experimental", KIND_TRUE },
	{ "--live-restore", "live-restore", KIND_TRUE },
	/* The gate's or init's, never the engine's. */
	{ "-H", NULL, KIND_DROP },
	{ "--host", NULL, KIND_DROP },
	{ "--containerd", NULL, KIND_DROP },
	{ "--config-file", NULL, KIND_DROP },
	{ "--tlscacert", NULL, KIND_DROP },
	{ "--tlscert", NULL, KIND_DROP },
	{ "--tlskey", NULL, KIND_DROP },
	{ "--tlsverify", NULL, KIND_DROP_TRUE },
	{ "--tls", NULL, KIND_DROP_TRUE },
};

static const struct flag *profile_flag(const char *word, size_t len)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strlen(flags[i].flag) == len && memcmp(flags[i].flag, word, len) == 0)
			return &flags[i];
	}
	return NULL;
}

static cJSON *profile_member(cJSON *config, const struct flag *f)
{
	cJSON *have = cJSON_GetObjectItemCaseSensitive(config, f->member);

	if (f->kind == KIND_LIST ? cJSON_IsArray(have) : f->kind == KIND_MAP && cJSON_IsObject(have))
		return have;
	cJSON_DeleteItemFromObjectCaseSensitive(config, f->member);
	return f->kind == KIND_LIST  ? cJSON_AddArrayToObject(config, f->member)
	       : f->kind == KIND_MAP ? cJSON_AddObjectToObject(config, f->member)
				     : NULL;
}

static void profile_set(cJSON *config, const struct flag *f, char *value)
{
	cJSON *member;
	char *equal;

	if (!f->member)
		return;
	member = profile_member(config, f);
	if (f->kind == KIND_LIST) {
		cJSON_AddItemToArray(member, cJSON_CreateString(value));
	} else if (f->kind == KIND_TEXT) {
		cJSON_AddStringToObject(config, f->member, value);
	} else if (f->kind == KIND_NUMBER) {
		cJSON_AddNumberToObject(config, f->member, strtol(value, NULL, 10));
	} else if (f->kind == KIND_TRUE) {
		cJSON_AddBoolToObject(config, f->member, !value || strcmp(value, "false") != 0);
	} else if ((equal = strchr(value, '='))) {
		*equal = '\0';
		cJSON_DeleteItemFromObjectCaseSensitive(member, value);
		cJSON_AddStringToObject(member, value, equal + 1);
	}
}

void profile_args(char *args, cJSON *config, const char *rest[], size_t max, size_t *count)
{
	static const char blanks[] = " \t\r\n";

	*count = 0;
	for (char *word = strtok_r(args, blanks, &args); word; word = strtok_r(NULL, blanks, &args)) {
		size_t len = strcspn(word, "=");
		const struct flag *f = profile_flag(word, len);
		char *value = word[len] ? word + len + 1 : NULL;

		if (!f) {
			if (*count < max)
				rest[(*count)++] = word;
			continue;
		}
		if (!value && f->kind != KIND_TRUE && f->kind != KIND_DROP_TRUE)
			value = strtok_r(NULL, blanks, &args);
		if (value || f->kind == KIND_TRUE)
			profile_set(config, f, value);
	}
}
