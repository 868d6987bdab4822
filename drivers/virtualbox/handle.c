/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/handle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/virtualbox/output.h"
#include "drivers/virtualbox/owner.h"
#include "drivers/vm/record.h"

struct vbox *vbox_new(const struct driver_env *env)
{
	struct vbox *v = xcalloc(1, sizeof(*v));

	v->env = env;
	v->console = fs_join(env->dir, VM_FILE_CONSOLE);
	v->lock = fs_join(env->dir, VBOX_FILE_LOCK);
	return v;
}

void vbox_close(void *self)
{
	struct vbox *v = self;

	if (!v)
		return;
	vbox_config_release(&v->config);
	free(v->console);
	free(v->lock);
	free(v->old_uuid);
	free(v);
}

char *vbox_settings_dir(const struct vbox *v)
{
	return fs_join(v->env->dir, v->env->name);
}

const char *vbox_id(const struct vbox *v)
{
	return *v->config.uuid ? v->config.uuid : v->old_uuid ? v->old_uuid : "";
}

struct err *vbox_is_here(const struct vbox *v, const char *info)
{
	auto_free char *folder = vbox_info(info, "CfgFile"); /* FOLDER/NAME/NAME.vbox */

	for (int i = 0; i < 2; i++) {
		char *slash = folder ? strrchr(folder, '/') : NULL;

		if (!slash)
			return NULL;
		*slash = '\0';
	}
	if (!vm_is_other_folder(folder, v->env->dir))
		return NULL;
	return err_hint(err_new(ERR_WRONG_STATE, "machine '%s' is a copy: VirtualBox's machine is the one of '%s'",
				v->env->name, folder),
			"Use that one, or forget the copy, which leaves VirtualBox's machine alone: machine rm %s",
			v->env->name);
}

/* For sockets of whoever runs VirtualBox. The caller frees; NULL: none. */
static char *agent_folder(const struct vbox *v)
{
	uid_t owner = owner_uid(v->env->store);
	const char *ours = getenv("XDG_RUNTIME_DIR");

	if (owner == geteuid())
		return ours && *ours == '/' ? xstrdup(ours) : NULL;
	auto_free char *theirs = xasprintf("/run/user/%u", (unsigned)owner);
	return fs_is_dir(theirs) ? TAKE(theirs) : NULL;
}

/* VirtualBox's process binds it, by its whole path. */
char *vbox_agent_path(const struct vbox *v)
{
	const size_t most = sizeof(((struct sockaddr_un *)0)->sun_path);
	auto_free char *path = fs_join(v->env->dir, VBOX_FILE_AGENT), *folder = NULL;

	if (v->config.boot2docker)
		return NULL;
	if (strlen(path) < most)
		return TAKE(path);
	folder = agent_folder(v);
	if (!folder)
		return NULL;
	auto_free char *other = xasprintf("%s/machine-%.8s.agent", folder, v->config.uuid);
	return strlen(other) < most ? TAKE(other) : NULL;
}
