/* SPDX-License-Identifier: Apache-2.0 */
#include "core/machine_image.h"

#include <stdlib.h>

#include "base/mem.h"
#include "provision/image.h"

struct machine_image {
	struct image found;
	struct driver_image files;
};

struct err *machine_image_find(const struct core *c, const char *wanted, bool iso, struct machine_image **ret)
{
	auto_machine_image *i = xcalloc(1, sizeof(*i));
	const struct image *f = &i->found;

	TRY(image_find(wanted, c->store, c->state_dir, &i->found));
	if (iso)
		TRY(image_check_iso(f, c->state_dir));
	i->files = (struct driver_image){ f->dir,  f->vmlinux, f->vmlinuz, f->initrd, f->root,
					  f->disk, f->iso,     f->digest,  f->cmdline };
	*ret = TAKE(i);
	return NULL;
}

const struct driver_image *machine_image_files(const struct machine_image *i)
{
	return i ? &i->files : NULL;
}

void machine_image_freep(struct machine_image **i)
{
	if (*i)
		image_release(&(*i)->found);
	free(*i);
	*i = NULL;
}
