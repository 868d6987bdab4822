/* SPDX-License-Identifier: Apache-2.0 */
#include "provision/sums.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define SUMS_CMDLINE_MAX 1024 /* the kernel takes 2048; drivers add to it */
#define SUMS_VERSION 1

/* The name on a line of len bytes, NULL when the line is malformed. */
static const char *sums_name(const char *line, size_t len, size_t *ret_len)
{
	const char *name = line + SUMS_DIGEST + 2;

	if (len <= SUMS_DIGEST + 2 || line[SUMS_DIGEST] != ' ' || !strchr(" *", line[SUMS_DIGEST + 1]))
		return NULL;
	for (size_t i = 0; i < SUMS_DIGEST; i++)
		if (!isxdigit((unsigned char)line[i]) || isupper((unsigned char)line[i]))
			return NULL;
	if (len > SUMS_DIGEST + 4 && memcmp(name, "./", 2) == 0)
		name += 2;
	*ret_len = len - (size_t)(name - line);
	return name;
}

bool sums_find(const char *text, const char *name, char ret[SUMS_DIGEST + 1])
{
	size_t want = strlen(name);

	for (const char *line = text, *end; *line; line = *end ? end + 1 : end) {
		size_t n;

		end = strchrnul(line, '\n');

		const char *found = sums_name(line, (size_t)(end - line), &n);

		if (found && n == want && memcmp(found, name, n) == 0) {
			memcpy(ret, line, SUMS_DIGEST);
			ret[SUMS_DIGEST] = '\0';
			return true;
		}
	}
	return false;
}

struct err *sums_check(const char *text, size_t len)
{
	int number = 1;

	if (strlen(text) != len)
		return err_new(ERR_FAILED, "it holds a NUL byte");
	for (const char *line = text, *end; *line; line = *end ? end + 1 : end, number++) {
		size_t n;

		end = strchrnul(line, '\n');
		if (end != line && !sums_name(line, (size_t)(end - line), &n))
			return err_new(ERR_FAILED, "line %d is not a digest and a name", number);
	}
	return NULL;
}

/* It becomes an argument of the kernel and a part of a driver's configuration: one line of printable characters. */
static struct err *sums_check_cmdline(const char *cmdline)
{
	size_t len = strlen(cmdline);

	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)cmdline[i]))
			return err_new(ERR_FAILED, "member 'cmdline' holds a character that cannot be printed");
	return len > SUMS_CMDLINE_MAX ? err_new(ERR_FAILED, "member 'cmdline' is too long") : NULL;
}

struct err *sums_image_json(const char *text, size_t len, struct image *ret)
{
	auto_json *tree = NULL;
	const char *cmdline;
	int64_t version;

	TRY(json_parse(text, len, "image.json", &tree));
	TRY(json_int(tree, "version", &version));
	if (version != SUMS_VERSION)
		return err_hint(err_new(ERR_UNSUPPORTED, "the image is of version %lld, this program knows version %d",
					(long long)version, SUMS_VERSION),
				"Build the image that belongs to this program: make image");
	TRY(json_str(tree, "cmdline", &cmdline));
	TRY(sums_check_cmdline(cmdline));
	ret->cmdline = xstrdup(cmdline);
	ret->engine = xstrdup(json_str_or(tree, "engine", ""));
	ret->kernel = xstrdup(json_str_or(tree, "kernel", ""));
	return NULL;
}
