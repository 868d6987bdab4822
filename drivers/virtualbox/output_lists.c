/* SPDX-License-Identifier: Apache-2.0 */
/* `list hostonlyifs`, `list dhcpservers` and what makes them. */
#include "drivers/virtualbox/output_lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "drivers/virtualbox/lines.h"

/* One member of a block: its keys in several versions, and where its value goes. */
struct member {
	const char *keys[3];
	size_t offset;
};

static void member_take(void *block, const struct member *members, size_t n, const struct line *l)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ARRAY_SIZE(members[i].keys) && members[i].keys[k]; k++) {
			char **slot = (char **)((char *)block + members[i].offset);
			char *value = line_value(l, members[i].keys[k]);

			if (!value)
				continue;
			free(*slot);
			*slot = value;
			return;
		}
}

static void member_fill(void *block, const struct member *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char **slot = (char **)((char *)block + members[i].offset);

		if (!*slot)
			*slot = xstrdup("");
	}
}

/* A block begins with the line of its first key. */
static size_t blocks_read(const char *out, const struct member *members, size_t members_n, size_t size, char **ret)
{
	char *list = NULL;
	struct line l;
	size_t n = 0;

	for (const char *at = out; line_next(&at, &l);) {
		auto_free char *first = line_value(&l, members[0].keys[0]);

		if (first) {
			list = xrealloc(list, (n + 1) * size);
			memset(list + n++ * size, 0, size);
		}
		if (n)
			member_take(list + (n - 1) * size, members, members_n, &l);
	}
	for (size_t i = 0; i < n; i++)
		member_fill(list + i * size, members, members_n);
	*ret = list;
	return n;
}

static const struct member hostonlyif_members[] = {
	{ { "Name" }, offsetof(struct vbox_hostonlyif, name) },
	{ { "IPAddress" }, offsetof(struct vbox_hostonlyif, address) },
	{ { "NetworkMask" }, offsetof(struct vbox_hostonlyif, mask) },
	{ { "VBoxNetworkName" }, offsetof(struct vbox_hostonlyif, network) },
};

size_t vbox_hostonlyifs(const char *out, struct vbox_hostonlyif **ret)
{
	return blocks_read(out, hostonlyif_members, ARRAY_SIZE(hostonlyif_members), sizeof(**ret), (char **)ret);
}

void vbox_hostonlyifs_free(struct vbox_hostonlyif *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].name);
		free(list[i].address);
		free(list[i].mask);
		free(list[i].network);
	}
	free(list);
}

char *vbox_created_interface(const char *out)
{
	static const char before[] = "Interface '", after[] = "' was successfully created";
	struct line l;

	for (const char *at = out; line_next(&at, &l);) {
		const char *end = line_find(&l, after);

		if (end && line_starts(&l, before) && end > l.text + strlen(before))
			return xstrndup(l.text + strlen(before), (size_t)(end - l.text) - strlen(before));
	}
	return NULL;
}

struct dhcp_texts {
	char *network, *address, *lower, *upper, *enabled;
};

static const struct member dhcp_members[] = {
	{ { "NetworkName" }, offsetof(struct dhcp_texts, network) },
	{ { "Dhcpd IP", "IP" }, offsetof(struct dhcp_texts, address) },
	{ { "LowerIPAddress", "lowerIPAddress" }, offsetof(struct dhcp_texts, lower) },
	{ { "UpperIPAddress", "upperIPAddress" }, offsetof(struct dhcp_texts, upper) },
	{ { "Enabled" }, offsetof(struct dhcp_texts, enabled) },
};

size_t vbox_dhcps(const char *out, struct vbox_dhcp **ret)
{
	struct dhcp_texts *texts;
	size_t n = blocks_read(out, dhcp_members, ARRAY_SIZE(dhcp_members), sizeof(*texts), (char **)&texts);

	*ret = n ? xcalloc(n, sizeof(**ret)) : NULL;
	for (size_t i = 0; i < n; i++) {
		const struct dhcp_texts *t = &texts[i];

		(*ret)[i] = (struct vbox_dhcp){ t->network, t->address, t->lower, t->upper, str_eq(t->enabled, "Yes") };
		free(t->enabled);
	}
	free(texts);
	return n;
}

void vbox_dhcps_free(struct vbox_dhcp *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].network);
		free(list[i].address);
		free(list[i].lower);
		free(list[i].upper);
	}
	free(list);
}
