/* SPDX-License-Identifier: Apache-2.0 */
/* XML through libxml2, loaded at its first use: reads by XPath, and laying one document over another. */
#ifndef BASE_XML_H
#define BASE_XML_H

#include <stddef.h>

#include "base/err.h"
#include "base/list.h"
#include "base/str.h"

#define XML_MAX ((size_t)4 * 1024 * 1024)

struct xml; /* a parsed document */

/* Nothing outside the text is ever read: no DTD, no entity, no network. what names it in the error. */
struct err *xml_parse(const char *text, size_t len, const char *what, struct xml **ret) MUST_USE;
void xml_freep(struct xml **x);
#define auto_xml __attribute__((cleanup(xml_freep))) struct xml

/* The text of the first node that an XPath finds; NULL when there is none. The caller frees. */
char *xml_text(const struct xml *x, const char *path);
/* The same with a path made as by printf. */
char *xml_textf(const struct xml *x, const char *format, ...) PRINTF_LIKE(2, 3);
/* The texts of all of them. */
void xml_texts(const struct xml *x, const char *path, struct list *ret);

/*
 * Lay the children of over's root over those of under's, as text again (*ret is the caller's). The children
 * of an element whose name is in lists (which ends with NULL) are added to those of ours. Any other element replaces the
 * one of its name, or is added.
 */
struct err *xml_overlay(const struct xml *under, const struct xml *over, const char *const *lists, char **ret) MUST_USE;

/* Append text with what XML reserves escaped; control characters, which it cannot hold, are left out. */
void str_add_xml(struct str *s, const char *text);

#endif
