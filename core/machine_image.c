/* SPDX-License-Identifier: Apache-2.0 */
#include "core/machine_image.h"

#include <stdlib.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/driver_call.h"
#include "core/record.h"
#include "provision/image.h"

struct machine_image {
	struct image found;
	struct driver_image files;
};

struct err *machine_image_find(const struct core *c, const char *wanted, struct machine_image **ret)
{
	auto_machine_image *i = xcalloc(1, sizeof(*i));
	const struct image *f = &i->found;

	TRY(image_find(wanted, c->store, c->state_dir, &i->found));
	i->files = (struct driver_image){ f->dir,  f->vmlinux, f->vmlinuz, f->initrd, f->root,
					  f->disk, f->iso,     f->digest,  f->cmdline };
	*ret = TAKE(i);
	return NULL;
}

struct err *machine_image_of(const struct machine *m, const char *wanted, struct machine_image **ret)
{
	if (!driver_boots_image(m))
		return NULL;
	TRY(machine_image_find(m->core, wanted, ret));
	return driver_boots_iso(m) ? image_check_iso(&(*ret)->found, m->core->state_dir) : NULL;
}

/* A machine outlives the folder that its first image came from. */
struct err *machine_image_to_start(const struct machine *m, struct machine_image **ret)
{
	const char *dir = json_str_or(m->record, RECORD_OURS "." RECORD_IMAGE_MEMBER, "");

	return driver_keeps_image(m) ? NULL : machine_image_of(m, *dir && fs_is_dir(dir) ? dir : NULL, ret);
}

void machine_image_record(struct machine *m, const struct machine_image *i)
{
	if (i)
		json_set_str(json_object_at(m->record, RECORD_OURS), RECORD_IMAGE_MEMBER, i->files.dir);
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
