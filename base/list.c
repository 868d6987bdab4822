/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

void list_release(struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct list){ 0 };
}

void list_take(struct list *l, char *text)
{
	/* There is no member for the capacity: it grows whenever n + 1 is a power of two, always to twice that. */
	if (((l->n + 1) & l->n) == 0) {
		if (l->n > SIZE_MAX / 4 / sizeof(*l->items))
			abort();
		l->items = xrealloc(l->items, 2 * (l->n + 1) * sizeof(*l->items));
	}
	l->items[l->n++] = text;
	l->items[l->n] = NULL;
}

void list_add(struct list *l, const char *text)
{
	list_take(l, xstrdup(text));
}

void list_addf(struct list *l, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	list_take(l, xvasprintf(fmt, args));
	va_end(args);
}

void list_add_once(struct list *l, const struct list *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (!list_has(l, from->items[i]))
			list_add(l, from->items[i]);
}

void list_add_all(struct list *l, const struct list *from)
{
	for (size_t i = 0, n = from->n; i < n; i++)
		list_add(l, from->items[i]);
}

static int list_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void list_sort(struct list *l)
{
	if (l->n)
		qsort(l->items, l->n, sizeof(*l->items), list_compare);
}

bool list_has(const struct list *l, const char *text)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i], text) == 0)
			return true;
	return false;
}

void list_remove(struct list *l, size_t index)
{
	if (index >= l->n)
		return;
	free(l->items[index]);
	memmove(l->items + index, l->items + index + 1, (l->n - index) * sizeof(*l->items));
	l->n--;
}

char *list_join(const struct list *l, const char *separator)
{
	auto_str text = STR_INIT;

	for (size_t i = 0; i < l->n; i++) {
		if (i)
			str_add(&text, separator);
		str_add(&text, l->items[i]);
	}
	return str_detach(&text);
}

void list_split(struct list *l, const char *text, char separator, bool skip_empty)
{
	for (;;) {
		const char *end = strchrnul(text, separator);

		if (end > text || !skip_empty)
			list_take(l, xstrndup(text, (size_t)(end - text)));
		if (!*end)
			return;
		text = end + 1;
	}
}
