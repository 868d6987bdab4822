/* SPDX-License-Identifier: Apache-2.0 */
#include "base/xml.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>

#include "base/lazy.h"
#include "base/mem.h"

/* The name that the ABI of these headers has. */
#if LIBXML_VERSION >= 21400
#define XML_FILE "libxml2.so.16"
#define XML_PACKAGE "libxml2-16"
#else
#define XML_FILE "libxml2.so.2"
#define XML_PACKAGE "libxml2"
#endif

/* clang-format off */
#define XML_FUNCTIONS(X) \
	X(xmlReadMemory) X(xmlFreeDoc) X(xmlGetLastError) X(xmlDocGetRootElement) X(xmlNodeGetContent) \
	X(xmlXPathNewContext) X(xmlXPathFreeContext) X(xmlXPathEvalExpression) X(xmlXPathFreeObject) \
	X(xmlCopyDoc) X(xmlDocCopyNode) X(xmlAddChild) X(xmlReplaceNode) X(xmlFreeNode) \
	X(xmlReconciliateNs) X(xmlDocDumpFormatMemory)
/* clang-format on */

static struct {
#define X(name) __typeof__(name) *name;
	XML_FUNCTIONS(X)
#undef X
	xmlFreeFunc *xmlFree; /* a variable that holds a function */
} lib;

static const struct lazy_symbol xml_symbols[] = {
#define X(name) { #name, (void **)&lib.name },
	XML_FUNCTIONS(X)
#undef X
		{ "xmlFree", (void **)&lib.xmlFree },
};

struct xml {
	xmlDocPtr doc;
};

void xml_freep(struct xml **x)
{
	if (*x)
		lib.xmlFreeDoc((*x)->doc);
	free(*x);
	*x = NULL;
}

static struct err *xml_bad(const char *what)
{
	const xmlError *last = lib.xmlGetLastError();
	auto_free char *why = xstrdup(last && last->message ? last->message : "it cannot be read");

	why[strcspn(why, "\n")] = 0;
	return err_new(ERR_FAILED, "%s is no XML: line %d: %s", what, last ? last->line : 0, why);
}

struct err *xml_parse(const char *text, size_t len, const char *what, struct xml **ret)
{
	TRY(lazy_load(XML_FILE, XML_PACKAGE, xml_symbols, ARRAY_SIZE(xml_symbols)));
	if (len > XML_MAX)
		return err_new(ERR_FAILED, "%s is larger than %zu bytes", what, XML_MAX);
	xmlDocPtr doc =
		lib.xmlReadMemory(text, (int)len, NULL, NULL,
				  XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOBLANKS);
	if (!doc)
		return xml_bad(what);
	struct xml *x = xcalloc(1, sizeof(*x));
	x->doc = doc;
	*ret = x;
	return NULL;
}

/* Calls take for each node found, until it says false. */
static void xml_find(const struct xml *x, const char *path, bool (*take)(void *data, char *text), void *data)
{
	xmlXPathContextPtr context = lib.xmlXPathNewContext(x->doc);
	xmlXPathObjectPtr found = context ? lib.xmlXPathEvalExpression((const xmlChar *)path, context) : NULL;
	bool more = true;

	for (int i = 0; more && found && found->nodesetval && i < found->nodesetval->nodeNr; i++) {
		xmlChar *content = lib.xmlNodeGetContent(found->nodesetval->nodeTab[i]);

		more = take(data, xstrdup(content ? (const char *)content : ""));
		if (content)
			(*lib.xmlFree)(content);
	}
	if (found)
		lib.xmlXPathFreeObject(found);
	if (context)
		lib.xmlXPathFreeContext(context);
}

static bool xml_take_first(void *data, char *text)
{
	*(char **)data = text;
	return false;
}

char *xml_text(const struct xml *x, const char *path)
{
	char *text = NULL;

	xml_find(x, path, xml_take_first, &text);
	return text;
}

char *xml_textf(const struct xml *x, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	auto_free char *path = xvasprintf(format, args);
	va_end(args);
	return xml_text(x, path);
}

static bool xml_take_all(void *data, char *text)
{
	list_take(data, text);
	return true;
}

void xml_texts(const struct xml *x, const char *path, struct list *ret)
{
	xml_find(x, path, xml_take_all, ret);
}

static bool xml_same_name(xmlNodePtr a, xmlNodePtr b)
{
	bool same_space =
		(!a->ns && !b->ns) || (a->ns && b->ns && str_eq((const char *)a->ns->href, (const char *)b->ns->href));

	return a->type == XML_ELEMENT_NODE && same_space && str_eq((const char *)a->name, (const char *)b->name);
}

static void xml_lay(xmlDocPtr doc, xmlNodePtr under, xmlNodePtr over, const char *const *lists)
{
	xmlNodePtr ours = under->children;
	bool is_list = false;

	while (ours && !xml_same_name(ours, over))
		ours = ours->next;
	for (const char *const *l = lists; *l; l++)
		is_list = is_list || str_eq(*l, (const char *)over->name);
	if (ours && is_list) {
		for (xmlNodePtr child = over->children; child; child = child->next)
			if (child->type == XML_ELEMENT_NODE)
				lib.xmlAddChild(ours, lib.xmlDocCopyNode(child, doc, 1));
		return;
	}
	xmlNodePtr copy = lib.xmlDocCopyNode(over, doc, 1);
	if (!ours)
		lib.xmlAddChild(under, copy);
	else
		lib.xmlFreeNode(lib.xmlReplaceNode(ours, copy));
}

struct err *xml_overlay(const struct xml *under, const struct xml *over, const char *const *lists, char **ret)
{
	xmlDocPtr doc = lib.xmlCopyDoc(under->doc, 1);
	xmlNodePtr root = lib.xmlDocGetRootElement(doc), other = lib.xmlDocGetRootElement(over->doc);
	xmlChar *text = NULL;
	int len = 0;

	for (xmlNodePtr child = other->children; child; child = child->next)
		if (child->type == XML_ELEMENT_NODE)
			xml_lay(doc, root, child, lists);
	lib.xmlReconciliateNs(doc, root);
	lib.xmlDocDumpFormatMemory(doc, &text, &len, 1);
	lib.xmlFreeDoc(doc);
	if (!text)
		return err_new(ERR_FAILED, "cannot put the XML together");
	*ret = xstrndup((const char *)text, (size_t)len);
	(*lib.xmlFree)(text);
	return NULL;
}

void str_add_xml(struct str *s, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '&')
			str_add(s, "&amp;");
		else if (*p == '<')
			str_add(s, "&lt;");
		else if (*p == '>')
			str_add(s, "&gt;");
		else if (*p == '\'')
			str_add(s, "&apos;");
		else if (*p == '"')
			str_add(s, "&quot;");
		else if ((unsigned char)*p >= 0x20 || *p == '\n' || *p == '\t')
			str_add_char(s, *p);
	}
}
