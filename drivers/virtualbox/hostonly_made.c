/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/hostonly_made.h"

#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/net/reserve.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/output_lists.h"
#include "drivers/virtualbox/owner.h"
#include "drivers/virtualbox/process.h"

#define MADE "hostonly-made"
#define BEGUN ".creating" /* in it: the interfaces that were there before, a line each */

static char *made_path(const struct vbox *v, const char *name)
{
	return xasprintf("%s/" MADE "/%s", v->env->state_dir, name);
}

struct interfaces {
	struct vbox_hostonlyif *list;
	size_t n;
};

static void interfaces_release(struct interfaces *i)
{
	vbox_hostonlyifs_free(i->list, i->n);
}
#define auto_interfaces __attribute__((cleanup(interfaces_release))) struct interfaces

static struct err *interfaces_ask(const struct vbox *v, struct interfaces *ret)
{
	auto_str out = STR_INIT;

	TRY(manage(v, MANAGE_ASK_MS, &out, "list", "hostonlyifs", NULL));
	ret->n = vbox_hostonlyifs(out.buf, &ret->list);
	return NULL;
}

static const struct vbox_hostonlyif *interfaces_find(const struct interfaces *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->list[i].name, name))
			return &all->list[i];
	return NULL;
}

struct err *made_begin(const struct vbox *v)
{
	auto_free char *folder = fs_join(v->env->state_dir, MADE), *path = made_path(v, BEGUN);
	auto_interfaces all = { 0 };
	auto_str text = STR_INIT;

	TRY(fs_mkdirs(folder, 0700));
	TRY(interfaces_ask(v, &all));
	str_add(&text, "\n");
	for (size_t i = 0; i < all.n; i++)
		str_addf(&text, "%s\n", all.list[i].name);
	return fs_write(path, text.buf, text.len, 0600);
}

static struct err *made_write(const struct vbox *v, const char *name)
{
	auto_free char *path = made_path(v, name);

	return strchr(name, '/') ? NULL : fs_write(path, "", 0, 0600);
}

struct err *made_end(const struct vbox *v, const char *name)
{
	auto_free char *begun = made_path(v, BEGUN);

	TRY(made_write(v, name));
	unlink(begun);
	return NULL;
}

struct err *made_recover(const struct vbox *v)
{
	auto_free char *path = made_path(v, BEGUN), *before = NULL;
	auto_interfaces all = { 0 };

	if (!fs_exists(path))
		return NULL;
	TRY(fs_read(path, 65536, &before, NULL));
	TRY(interfaces_ask(v, &all));
	for (size_t i = 0; i < all.n; i++) {
		auto_free char *line = xasprintf("\n%s\n", all.list[i].name);

		if (!strstr(before, line))
			TRY(made_write(v, all.list[i].name));
	}
	unlink(path);
	return NULL;
}

static struct err *made_names(const struct vbox *v, struct list *ret)
{
	auto_free char *folder = fs_join(v->env->state_dir, MADE);

	return fs_list(folder, ret);
}

bool made_any(const struct vbox *v)
{
	auto_list names = { 0 };
	auto_err *e = made_names(v, &names);

	return e || names.n > 0;
}

struct err *made_remove(const struct vbox *v, const char *name)
{
	auto_free char *path = made_path(v, name), *network = xasprintf(HOSTONLY_NETWORK "%s", name);
	auto_manage_result dhcp = MANAGE_RESULT_INIT;

	TRY(manage_ask(v, MANAGE_ASK_MS, &dhcp, "dhcpserver", "remove", "--netname", network, NULL));
	TRY(manage(v, MANAGE_ASK_MS, NULL, "hostonlyif", "remove", name, NULL));
	unlink(path);
	return NULL;
}

/*
 * A machine of this store has an address on it, from before it is made; one of this user's names it, or cannot be read, so
 * that nobody knows; or another user has machines, to which interfaces belong as well.
 */
static struct err *made_is_used(const struct vbox *v, const struct vbox_hostonlyif *i, bool *ret)
{
	auto_free char *quoted = xasprintf("'%s'", i->name);
	auto_str out = STR_INIT;
	struct subnet net;

	*ret = false;
	if (subnet_make(i->address, i->mask, NULL, &net))
		TRY(reserve_is_used(v->env->state_dir, HOSTONLY_RESERVATIONS, &net, ret));
	if (*ret)
		return NULL;
	TRY(manage(v, MANAGE_DO_MS, &out, "list", "--long", "vms", NULL));
	*ret = strstr(out.buf, quoted) || strstr(out.buf, "<inaccessible") ||
	       vbox_process_of_others(owner_uid(v->env->store));
	return NULL;
}

struct err *made_release(const struct vbox *v)
{
	auto_interfaces all = { 0 };
	auto_list names = { 0 };

	TRY(made_recover(v));
	TRY(made_names(v, &names));
	TRY(interfaces_ask(v, &all));
	for (size_t i = 0; i < names.n; i++) {
		const struct vbox_hostonlyif *there = interfaces_find(&all, names.items[i]);
		auto_free char *path = made_path(v, names.items[i]);
		bool used = false;

		if (!there) {
			unlink(path);
			continue;
		}
		TRY(made_is_used(v, there, &used));
		if (!used)
			TRY(made_remove(v, names.items[i]));
	}
	return NULL;
}
