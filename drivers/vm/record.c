/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vm/record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/vm/ids.h"
#include "drivers/vm/names.h"

#define SEED_MAX ((size_t)4 << 20)
#define MAC_LEN 17

void vm_base_record(const struct driver_env *env, const char *address, const char *ssh_user, int ssh_port, cJSON *into)
{
	auto_free char *key = fs_join(env->dir, VM_FILE_SSH_KEY);

	json_set_str(into, "IPAddress", address);
	json_set_str(into, "MachineName", env->name);
	json_set_str(into, "SSHUser", ssh_user);
	json_set_int(into, "SSHPort", ssh_port);
	json_set_str(into, "SSHKeyPath", key);
	json_set_str(into, "StorePath", env->store);
	if (!json_get_or_null(into, "SwarmMaster"))
		json_set_bool(into, "SwarmMaster", false);
	if (!json_get_or_null(into, "SwarmHost"))
		json_set_str(into, "SwarmHost", "");
	if (!json_get_or_null(into, "SwarmDiscovery"))
		json_set_str(into, "SwarmDiscovery", "");
}

bool vm_is_other_folder(const char *named, const char *dir)
{
	auto_free char *theirs = fs_join(named, "config.json"), *own = fs_join(dir, "config.json");
	struct stat a, b;

	return stat(theirs, &a) == 0 && stat(own, &b) == 0 && (a.st_dev != b.st_dev || a.st_ino != b.st_ino);
}

/* Its machine.json lies in the volume as it is, and a reader of volumes is another layer's. */
char *vm_seed_mac(const char *path)
{
	static const char word[] = "\"mac\": \"";
	auto_free char *volume = NULL;
	size_t len = 0;
	auto_err *none = fs_read(path, SEED_MAX, &volume, &len);
	const char *at = none ? NULL : memmem(volume, len, word, sizeof(word) - 1);
	auto_free char *mac = at ? xstrndup(at + sizeof(word) - 1, MAC_LEN) : NULL;

	mem_wipe(volume, len);
	return mac && vm_is_mac(mac) ? TAKE(mac) : NULL;
}
