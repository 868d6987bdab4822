/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/words.h"

#include <inttypes.h>
#include <sched.h>
#include <string.h>

#include "base/mem.h"
#include "drivers/virtualbox/nat.h"

#define CPUS_MAX 32 /* docker-machine's; more do a guest no good */

/* Of docker-machine's call; the same for every machine. Not its --hpet on: Linux takes VirtualBox's own clock, which costs less. */
static const char *const fixed[] = {
	"--ostype",
	"Linux26_64",
	"--firmware",
	"bios",
	"--bioslogofadein",
	"off",
	"--bioslogofadeout",
	"off",
	"--bioslogodisplaytime",
	"0",
	"--biosbootmenu",
	"disabled",
	"--boot1",
	"dvd",
	"--boot2",
	"none",
	"--boot3",
	"none",
	"--boot4",
	"none",
	"--acpi",
	"on",
	"--ioapic",
	"on",
	"--rtcuseutc",
	"on",
	"--cpuhotplug",
	"off",
	"--pae",
	"on",
	"--hwvirtex",
	"on",
	"--nestedpaging",
	"on",
	"--largepages",
	"on",
	"--vtxvpid",
	"on",
	"--accelerate3d",
	"off",
};

static void words_add(struct list *l, const char *option, const char *value)
{
	list_add(l, option);
	list_add(l, value);
}

static void words_number(struct list *l, const char *option, int64_t value)
{
	list_add(l, option);
	list_addf(l, "%" PRId64, value);
}

static int words_cpus(const struct vbox_config *c)
{
	cpu_set_t set;
	int n = c->cpus > 0 ? c->cpus : sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return n < 1 ? 1 : n > CPUS_MAX ? CPUS_MAX : n;
}

/* "08:00:27:12:34:56" is 080027123456 there. */
static void words_mac(struct list *l, const char *option, const char *mac)
{
	auto_free char *plain = xstrdup(mac);
	char *to = plain;

	for (const char *p = mac; *p; p++)
		if (*p != ':')
			*to++ = *p;
	*to = '\0';
	words_add(l, option, plain);
}

static void words_nat(struct list *l, const struct vbox_config *c)
{
	words_add(l, "--nic1", "nat");
	words_add(l, "--nictype1", c->nat_nictype);
	words_add(l, "--cableconnected1", "on");
	words_mac(l, "--macaddress1", c->mac);
	words_add(l, "--natdnshostresolver1", c->host_dns ? "on" : "off");
	words_add(l, "--natdnsproxy1", c->dns_proxy ? "on" : "off");
	if (!vbox_is_hostonly(c))
		nat_words(c, NULL, l);
}

static void words_hostonly(struct list *l, const struct vbox_config *c, const char *interface)
{
	words_add(l, "--nic2", "hostonly");
	words_add(l, "--nictype2", c->hostonly_nictype);
	words_add(l, "--nicpromisc2", c->hostonly_promisc);
	words_add(l, "--hostonlyadapter2", interface);
	words_add(l, "--cableconnected2", "on");
	words_mac(l, "--macaddress2", c->hostonly_mac);
}

/* A port and its interrupt as a PC has them, and where it goes. */
static void words_uart(struct list *l, const char *n, const char *io, const char *irq, const char *mode,
		       const char *path)
{
	list_addf(l, "--uart%s", n);
	list_add(l, io);
	list_add(l, irq);
	list_addf(l, "--uartmode%s", n);
	list_add(l, mode);
	list_add(l, path);
}

void vbox_modify_words(const struct vbox_config *c, const char *console, const char *agent, const char *interface,
		       struct list *ret)
{
	list_add(ret, "modifyvm");
	list_add(ret, c->uuid);
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		list_add(ret, fixed[i]);
	words_number(ret, "--cpus", words_cpus(c));
	words_number(ret, "--memory", c->memory_mib);
	words_nat(ret, c);
	if (interface)
		words_hostonly(ret, c, interface);
	words_uart(ret, "1", "0x3F8", "4", "file", console);
	if (agent)
		words_uart(ret, "2", "0x2F8", "3", "server", agent);
}

char *vbox_loopback_key(const struct vbox_config *c)
{
	/* VirtualBox's names of the devices behind its types of cards. */
	const char *device = str_starts(c->nat_nictype, "825")	? "e1000"
			     : str_starts(c->nat_nictype, "Am") ? "pcnet"
								: "virtio-net";

	return xasprintf("VBoxInternal/Devices/%s/0/LUN#0/Config/LocalhostReachable", device);
}
