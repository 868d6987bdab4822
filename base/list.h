/* SPDX-License-Identifier: Apache-2.0 */
/* A list of strings that it owns; items is always ended by NULL, so it can be an argv. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	char **items; /* NULL until the first item is added */
	size_t n;
};

void list_release(struct list *l);
#define auto_list __attribute__((cleanup(list_release))) struct list

void list_add(struct list *l, const char *text); /* copies */
void list_take(struct list *l, char *text);	 /* owns text from now on */
void list_addf(struct list *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void list_add_all(struct list *l, const struct list *from);
void list_add_once(struct list *l, const struct list *from); /* those that are not in it yet */
void list_sort(struct list *l);				     /* bytewise */
bool list_has(const struct list *l, const char *text);
void list_remove(struct list *l, size_t index);
char *list_join(const struct list *l, const char *separator); /* the caller frees */
/* Split at a character; empty fields are kept unless skip_empty. */
void list_split(struct list *l, const char *text, char separator, bool skip_empty);

#endif
