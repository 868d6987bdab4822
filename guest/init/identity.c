/* SPDX-License-Identifier: Apache-2.0 */
#include "init/identity.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract.h"
#include "init/account.h"
#include "init/data.h"
#include "init/event.h"
#include "init/firewall.h"
#include "init/guard_apply.h"
#include "init/module.h"
#include "init/net.h"
#include "init/profile.h"
#include "init/run.h"
#include "lib/file.h"
#include "lib/json.h"

#define IDENTITY(file) GUEST_IDENTITY_DIR "/" file
#define SEED_DIR GUEST_RUN_DIR "/seed"
#define IDENTITY_DHCP 8

static char dhcp_names[IDENTITY_DHCP][IFNAMSIZ];
static size_t dhcp_count, dhcp_first; /* so many, so many of them the machine's first network's */

static bool identity_copy(const char *from, const char *name)
{
	char path[256];
	size_t len = 0;
	char *text;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", from, name);
	text = file_read(path, GUEST_LINE_MAX, &len);
	if (!text)
		return errno == ENOENT; /* every part of an identity may be left out */
	snprintf(path, sizeof(path), "%s/%s", GUEST_IDENTITY_DIR, name);
	ok = file_write(path, text, len, 0600) == 0;
	explicit_bzero(text, len);
	free(text);
	return ok;
}

static void identity_dirs(void)
{
	dir_make(GUEST_IDENTITY_DIR, 0700);
	dir_make(IDENTITY("ssh"), 0700);
	dir_make(IDENTITY("tls"), 0700);
}

const char *identity_read_seed(const char *device)
{
	const char *bad = NULL;

	module_need("isofs");
	dir_make(SEED_DIR, 0700);
	if (mount(device, SEED_DIR, "iso9660", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
		return "cannot mount the seed";
	identity_dirs();
	for (enum guest_file i = 0; i < GUEST_FILES && !bad; i++) {
		if (!identity_copy(SEED_DIR, guest_file(i)->name))
			bad = "cannot read the seed";
	}
	umount2(SEED_DIR, MNT_DETACH);
	rmdir(SEED_DIR);
	if (!bad && !identity_present())
		bad = "the seed has no machine.json";
	return bad;
}

static void identity_host_key(void)
{
	static const char kept[] = DATA_DIR "/boot2docker/userdata/ssh_host_ed25519_key";
	const char *const argv[] = { "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", kept, NULL };
	size_t len = 0;
	char *key;

	if (access(kept, F_OK) != 0 && run(argv, NULL, 30000) != 0)
		event_warning("cannot make a host key");
	key = file_read(kept, 16384, &len);
	if (key)
		file_write(IDENTITY(GUEST_FILE_HOST_KEY), key, len, 0600);
	free(key);
}

bool identity_from_boot2docker(void)
{
	static const char machine[] = "{\"version\":1,\"network\":{\"mode\":\"dhcp\"}}";
	size_t len = 0;
	char *keys = file_read(DATA_KEYS, 65536, &len);

	if (!keys)
		return false;
	identity_dirs();
	file_write(IDENTITY(GUEST_FILE_AUTHORIZED_KEYS), keys, len, 0600);
	free(keys);
	identity_host_key();
	identity_take_profile();
	return file_write(IDENTITY(GUEST_FILE_MACHINE), machine, strlen(machine), 0600) == 0;
}

static bool identity_take_file(const char *from, const char *to)
{
	size_t len = 0;
	char *text = from ? file_read(from, GUEST_LINE_MAX, &len) : NULL;
	bool ok = text && file_write(to, text, len, 0600) == 0;

	if (text)
		explicit_bzero(text, len);
	free(text);
	return ok;
}

bool identity_take_profile(void)
{
	struct profile p;
	bool ok;

	profile_load(&p);
	identity_dirs();
	ok = identity_take_file(p.ca, IDENTITY(GUEST_FILE_CA)) &&
	     identity_take_file(p.cert, IDENTITY(GUEST_FILE_CERT)) &&
	     identity_take_file(p.key, IDENTITY(GUEST_FILE_KEY));
	profile_release(&p);
	return ok;
}

bool identity_present(void)
{
	return access(IDENTITY(GUEST_FILE_MACHINE), F_OK) == 0;
}

bool identity_has_tls(void)
{
	char path[128];

	for (enum guest_file i = 0; i < GUEST_FILES; i++) {
		snprintf(path, sizeof(path), IDENTITY("%s"), guest_file(i)->name);
		if (guest_file(i)->kind == GUEST_CERTIFICATE && access(path, F_OK) != 0)
			return false;
	}
	return true;
}

bool identity_has_ssh(void)
{
	return access(IDENTITY(GUEST_FILE_HOST_KEY), F_OK) == 0;
}

bool identity_hostname_ok(const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || len > 63 || !isalnum((unsigned char)name[0]) || !isalnum((unsigned char)name[len - 1]))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '.')
			return false;
	}
	return true;
}

bool identity_channel_ok(const char *name)
{
	return strncmp(name, "ttyS", 4) == 0 && name[4] >= '1' && name[4] <= '3' && !name[5];
}

bool identity_machine_id_ok(const char *id)
{
	return strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32;
}

bool identity_mount_ok(const char *path)
{
	static const char *const never[] = { "/proc", "/sys", "/dev",	"/run",	 "/usr", "/etc",     "/bin",
					     "/sbin", "/lib", "/lib64", "/boot", "/m",	 "/var/lib", DATA_DIR };

	if (path[0] != '/' || path[1] == '\0' || strlen(path) > 1024)
		return false;
	for (const char *part = path; part; part = strchr(part + 1, '/')) {
		size_t len = strcspn(part + 1, "/");

		if (len == 0 || (part[1] == '.' && (len == 1 || (len == 2 && part[2] == '.'))))
			return false;
	}
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		size_t len = strlen(never[i]);

		if (strncmp(path, never[i], len) == 0 && (path[len] == '\0' || path[len] == '/'))
			return false;
	}
	return true;
}

/* There are always four names; behind one without hardware is a port of type 0. */
static bool identity_has_line(const char *name)
{
	char path[64], type[16];

	snprintf(path, sizeof(path), "/sys/class/tty/%.8s/type", name);
	return file_line(path, type, sizeof(type)) && strcmp(type, "0") != 0;
}

/* The agent waits for that file while it has no port. An identity without the member takes no line away: it may have
 * come over it. */
static const char *identity_channel(const cJSON *machine)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(machine, GUEST_CHANNEL);
	const char *name = cJSON_GetStringValue(item);

	if (!item)
		return NULL;
	if (!name || !identity_channel_ok(name))
		return "'channel' is none of ttyS1, ttyS2 and ttyS3";
	if (!identity_has_line(name)) {
		event_warning("there is no serial line %s for the channel", name);
		return NULL;
	}
	if (file_write(GUEST_CHANNEL_FILE, name, strlen(name), 0600) != 0)
		return "cannot tell the agent its channel";
	return NULL;
}

static void identity_put_etc(const char *path, const char *text)
{
	if (file_write(path, text, strlen(text), 0644) != 0)
		event_warning("cannot write %s: %s", path, strerror(errno));
}

static const char *identity_names(const cJSON *machine, const struct net_config *net)
{
	const char *name = json_text(machine, "hostname"), *id = json_text(machine, "machine_id");
	char kept[64], text[256], address[INET_ADDRSTRLEN] = "127.0.1.1";

	if (!name && file_line("/var/lib/boot2docker/etc/hostname", kept, sizeof(kept)) && *kept)
		name = kept;
	if (!name)
		name = "machine";
	if (!identity_hostname_ok(name))
		return "'hostname' is no host name";
	if (id && !identity_machine_id_ok(id))
		return "'machine_id' is not 32 hex digits";
	if (sethostname(name, strlen(name)) != 0)
		return "cannot set the host name";
	if (!net->dhcp)
		inet_ntop(AF_INET, &net->address.address, address, sizeof(address));
	snprintf(text, sizeof(text), "%s\n", name);
	identity_put_etc("/etc/hostname", text);
	snprintf(text, sizeof(text), "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n%s\t%s\n",
		 address, name);
	identity_put_etc("/etc/hosts", text);
	snprintf(text, sizeof(text), "%s\n", id ? id : "");
	if (id)
		identity_put_etc("/etc/machine-id", text);
	return NULL;
}

/* sshd reads the keys as the user whose they are. */
static const char *identity_ssh_keys(void)
{
	size_t len = 0;
	char *keys = file_read(IDENTITY(GUEST_FILE_AUTHORIZED_KEYS), GUEST_LINE_MAX, &len), path[256];
	struct account user;
	const char *bad = NULL;

	if (!keys)
		return NULL;
	if (!account_find(GUEST_SSH_USER, &user)) {
		free(keys);
		return "there is no user '" GUEST_SSH_USER "'";
	}
	dir_make(user.home, 0755);
	snprintf(path, sizeof(path), "%s/.ssh", user.home);
	dir_make(path, 0700);
	if (lchown(user.home, user.uid, user.gid) != 0 || lchown(path, user.uid, user.gid) != 0)
		bad = "cannot make the folder for SSH keys";
	strcat(path, "/authorized_keys");
	if (!bad && (file_write(path, keys, len, 0600) != 0 || lchown(path, user.uid, user.gid) != 0))
		bad = "cannot write the SSH keys";
	free(keys);
	return bad;
}

static bool identity_card(const char *mac, char name[IFNAMSIZ])
{
	if (net_find(mac, name))
		return true;
	module_levels_wait(); /* drivers of rarer cards come with these */
	if (net_find(mac, name))
		return true;
	module_hardware(NET_DRIVERS); /* a rarer card beside one that was there at once */
	return net_find(mac, name);
}

static const char *identity_interface(const struct net_config *net, bool closed)
{
	char name[IFNAMSIZ];
	const char *bad;

	if (!identity_card(net->mac, name))
		return "there is no such network interface";
	bad = net_apply(net, name, closed);
	if (bad || !net->dhcp)
		return bad;
	if (net->mac[0])
		memcpy(dhcp_names[dhcp_count++], name, IFNAMSIZ);
	else
		dhcp_count = net_list(dhcp_names, IDENTITY_DHCP);
	return NULL;
}

/* The engine runs by itself, and with it containers of former boots: with no card up they reach nobody. */
static void identity_shut(void)
{
	char cards[NET_CARDS][IFNAMSIZ];
	size_t count = net_list(cards, NET_CARDS);

	for (size_t i = 0; i < count; i++)
		net_down(cards[i]);
}

static const char *identity_network(const struct net_config *nets, size_t count)
{
	char resolv[1024];
	const char *bad;
	bool closed = false;

	for (size_t i = 0; i < count; i++)
		closed |= nets[i].closed_count > 0;
	dhcp_count = 0;
	for (size_t i = 0; i < count; i++) {
		bad = identity_interface(&nets[i], closed);
		if (bad)
			return bad;
		if (i == 0)
			dhcp_first = dhcp_count;
	}
	file_write(NET_SEARCH_FILE, nets->search, strlen(nets->search), 0644); /* for udhcpc.sh */
	if (nets->dns_count > 0 && net_resolv(nets, resolv, sizeof(resolv)))
		identity_put_etc("/etc/resolv.conf", resolv);
	if (!nets->dhcp)
		event_stage("network");
	bad = guard_apply(nets, count);
	if (!bad)
		bad = firewall_apply(nets, count);
	if (bad && closed)
		identity_shut();
	return bad;
}

size_t identity_dhcp(const char *ret_names[], size_t max, size_t *ret_first)
{
	size_t n = 0;

	for (; n < dhcp_count && n < max; n++)
		ret_names[n] = dhcp_names[n];
	*ret_first = dhcp_first;
	return n;
}

static bool identity_mount(const cJSON *item)
{
	const char *tag = json_text(item, "tag"), *path = json_text(item, "path"), *type = json_text(item, "type");
	unsigned long flags = MS_NOSUID | MS_NODEV | (json_true(item, "readonly") ? MS_RDONLY : 0UL);
	const char *options = NULL;

	if (!tag || strlen(tag) > 64 || !path || !type || !identity_mount_ok(path))
		return false;
	if (strcmp(type, "9p") == 0) {
		module_need("9pnet_virtio");
		module_need("9p");
		options = "trans=virtio,version=9p2000.L,msize=262144,cache=none,access=client";
	} else if (strcmp(type, "vboxsf") == 0) {
		module_need("vboxsf");
		/* The kernel's own vboxsf refuses the whole mount for an option that only VirtualBox's has (iocharset). */
		options = "uid=1000,gid=1000,nls=utf8";
	} else if (strcmp(type, "virtiofs") == 0) {
		module_need("virtiofs");
	} else {
		return false;
	}
	dir_make(path, 0755);
	umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW); /* of an earlier application */
	return mount(tag, path, type, flags, options) == 0;
}

static void identity_mounts(const cJSON *machine)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(machine, "mounts")) {
		const char *path = json_text(item, "path");

		/* A machine without a shared folder is still a machine. */
		if (!identity_mount(item))
			event_warning("cannot mount the shared folder '%s': %s", path ? path : "", strerror(errno));
	}
}

const char *identity_apply(const char **ret_stage)
{
	auto_json *machine = json_file(IDENTITY(GUEST_FILE_MACHINE));
	struct net_config nets[NET_MAX];
	size_t count = 0;
	const char *bad;

	*ret_stage = "identity";
	if (!machine)
		return "machine.json is no JSON object";
	/* First: what is wrong with the rest shall be heard. */
	bad = identity_channel(machine);
	if (!bad)
		bad = net_parse_all(machine, nets, &count);
	if (!bad)
		bad = identity_names(machine, nets);
	if (!bad)
		bad = identity_ssh_keys();
	if (bad)
		return bad;
	*ret_stage = "network";
	bad = identity_network(nets, count);
	if (bad)
		return bad;
	identity_mounts(machine);
	return NULL;
}
