/* SPDX-License-Identifier: Apache-2.0 */
/* Options and limits; the record is in record.c. */
#include "drivers/virtualbox/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"

/* Names, variables and defaults are docker-machine's, but for the host-only network: that is made on request. */
const struct opt vbox_opts[] = {
	{ .name = "virtualbox-memory",
	  .type = OPT_MIB,
	  .env = "VIRTUALBOX_MEMORY_SIZE",
	  .fallback = "1024",
	  .help = "Memory of the machine " VM_MEMORY_UNITS },
	{ .name = "virtualbox-cpu-count",
	  .type = OPT_INT,
	  .env = "VIRTUALBOX_CPU_COUNT",
	  .fallback = "1",
	  .help = "Number of processors (-1: as many as this host has)" },
	{ .name = "virtualbox-disk-size",
	  .type = OPT_MIB,
	  .env = "VIRTUALBOX_DISK_SIZE",
	  .fallback = "20000",
	  .help = VM_DISK_HELP "; takes only the space that is used" },
	{ .name = "virtualbox-boot2docker-url",
	  .type = OPT_STRING,
	  .env = "VIRTUALBOX_BOOT2DOCKER_URL",
	  .help = "Boot this ISO (path, or file:// URL) in place of the image's: ours or boot2docker's" },
	{ .name = "virtualbox-hostonly-cidr",
	  .type = OPT_STRING,
	  .env = "VIRTUALBOX_HOSTONLY_CIDR",
	  .help = "Give the machine an address of a host-only network too: the host's address there "
		  "(192.168.56.1/24)" },
	{ .name = "virtualbox-hostonly-nictype",
	  .type = OPT_STRING,
	  .env = "VIRTUALBOX_HOSTONLY_NIC_TYPE",
	  .fallback = "82540EM",
	  .help = "Network card on the host-only network" },
	{ .name = "virtualbox-hostonly-nicpromisc",
	  .type = OPT_STRING,
	  .env = "VIRTUALBOX_HOSTONLY_NIC_PROMISC",
	  .fallback = "deny",
	  .help = "What else that card may hear: deny, allow-vms, allow-all" },
	{ .name = "virtualbox-hostonly-no-dhcp",
	  .type = OPT_FLAG,
	  .env = "VIRTUALBOX_HOSTONLY_NO_DHCP",
	  .help = "Make no DHCP server with a host-only network" },
	{ .name = "virtualbox-nat-nictype",
	  .type = OPT_STRING,
	  .env = "VIRTUALBOX_NAT_NICTYPE",
	  .fallback = "82540EM",
	  .help = "Network card behind NAT" },
	{ .name = "virtualbox-host-dns-resolver",
	  .type = OPT_FLAG,
	  .env = "VIRTUALBOX_HOST_DNS_RESOLVER",
	  .help = "Names are looked up by this host's resolver" },
	{ .name = "virtualbox-no-dns-proxy",
	  .type = OPT_FLAG,
	  .env = "VIRTUALBOX_NO_DNS_PROXY",
	  .help = "Do not pass the machine's DNS questions on" },
	{ .name = "virtualbox-no-share",
	  .type = OPT_FLAG,
	  .env = "VIRTUALBOX_NO_SHARE",
	  .help = "Do not mount " VBOX_SHARE_HOME " in the machine" },
	{ .name = "virtualbox-share-folder",
	  .type = OPT_STRING,
	  .env = "VIRTUALBOX_SHARE_FOLDER",
	  .help = "Mount this folder in place of " VBOX_SHARE_HOME ": DIR:NAME appears as /NAME" },
	{ .name = "virtualbox-ui-type",
	  .type = OPT_STRING,
	  .env = "VIRTUALBOX_UI_TYPE",
	  .fallback = "headless",
	  .help = "How VirtualBox shows the machine: headless, gui, sdl, separate" },
	{ .name = "virtualbox-no-vtx-check",
	  .type = OPT_FLAG,
	  .env = "VIRTUALBOX_NO_VTX_CHECK",
	  .help = "Do not look for hardware virtualisation first" },
	/* Of the time before docker-machine; refused with a word. */
	{ .name = "virtualbox-import-boot2docker-vm",
	  .type = OPT_STRING,
	  .env = "VIRTUALBOX_BOOT2DOCKER_IMPORT_VM",
	  .help = "The name of a Boot2Docker VM to import",
	  .hidden = true },
	{ 0 },
};

void vbox_config_release(struct vbox_config *c)
{
	char **const texts[] = { &c->iso,     &c->nat_nictype,	 &c->hostonly_nictype, &c->hostonly_promisc,
				 &c->ui_type, &c->hostonly_cidr, &c->share_folder,     &c->uuid,
				 &c->mac,     &c->hostonly_mac,	 &c->address };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(*texts[i]);
	memset(c, 0, sizeof(*c));
}

void vbox_share_release(struct vbox_share *s)
{
	free(s->dir);
	free(s->name);
	*s = (struct vbox_share){ 0 };
}

/* The last colon parts folder and name, as in docker-machine; without a name it appears where it is here. */
bool vbox_share(const struct vbox_config *c, struct vbox_share *ret)
{
	const char *colon = strrchr(c->share_folder, ':');

	*ret = (struct vbox_share){ 0 };
	if (c->no_share)
		return false;
	if (!*c->share_folder) {
		if (!fs_is_dir(VBOX_SHARE_HOME))
			return false;
		*ret = (struct vbox_share){ xstrdup(VBOX_SHARE_HOME), xstrdup(VBOX_SHARE_HOME_NAME) };
		return true;
	}
	ret->dir = colon ? xstrndup(c->share_folder, (size_t)(colon - c->share_folder)) : xstrdup(c->share_folder);
	ret->name = xstrdup(colon && colon[1] ? colon + 1 : ret->dir + strspn(ret->dir, "/"));
	return true;
}
