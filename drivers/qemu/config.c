/* SPDX-License-Identifier: Apache-2.0 */
/* Options and limits; the record is in record.c. */
#include "drivers/qemu/config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/num.h"

const struct opt qemu_opts[] = {
	{ .name = "qemu-memory",
	  .type = OPT_MIB,
	  .env = "QEMU_MEMORY",
	  .fallback = "1024",
	  .help = "Memory of the machine " VM_MEMORY_UNITS },
	{ .name = "qemu-cpu-count",
	  .type = OPT_INT,
	  .env = "QEMU_CPU_COUNT",
	  .fallback = "0",
	  .help = "Number of processors (0: up to 4 of the host's with KVM, 1 when emulated)" },
	{ .name = "qemu-disk-size",
	  .type = OPT_MIB,
	  .env = "QEMU_DISK_SIZE",
	  .fallback = "20000",
	  .help = VM_DISK_HELP "; takes only the space that is used" },
	{ .name = "qemu-accelerator",
	  .type = OPT_STRING,
	  .env = "QEMU_ACCELERATOR",
	  .fallback = "auto",
	  .help = "kvm, tcg (emulation), or auto: kvm where it runs a guest" },
	{ .name = "qemu-binary",
	  .type = OPT_STRING,
	  .env = "QEMU_BINARY",
	  .fallback = "qemu-system-x86_64",
	  .help = "Emulator to use, a name on PATH or a path" },
	{ .name = "qemu-forward",
	  .type = OPT_LIST,
	  .env = "QEMU_FORWARD",
	  .help = "Extra port on the machine's address: tcp|udp:HOSTPORT:GUESTPORT (published ports need none)" },
	{ .name = "qemu-subnet",
	  .type = OPT_STRING,
	  .env = "QEMU_SUBNET",
	  .help = "Network of the machine behind QEMU, ADDRESS/PREFIX (10.0.2.0/24, or another where this host is in "
		  "that)" },
	{ .name = "qemu-share",
	  .type = OPT_LIST,
	  .env = "QEMU_SHARE",
	  .help = "Folder of this host to mount in the machine: HOSTDIR[:GUESTDIR][:ro]" },
	{ .name = "qemu-isolated",
	  .type = OPT_FLAG,
	  .env = "QEMU_ISOLATED",
	  .help = "Give the machine no way out; published ports still answer" },
	{ .name = "qemu-host-loopback",
	  .type = OPT_FLAG,
	  .env = "QEMU_HOST_LOOPBACK",
	  .help = "Let the machine reach services on this host's loopback, as 10.0.2.2 (--qemu-subnet: its third "
		  "address)" },
	{ 0 },
};

static struct err *qemu_port_parse(const char *text, size_t n, const char *whole, int *ret)
{
	auto_free char *part = xstrndup(text, n);

	if (n == 0 || n > 5 || strspn(part, "0123456789") != n || atol(part) < 1 || atol(part) > 65535)
		return err_hint(
			err_new(ERR_USAGE, "port '%s' of forward '%s' is not a number from 1 to 65535", part, whole),
			"An example: --qemu-forward tcp:8080:80");
	*ret = (int)atol(part);
	return NULL;
}

struct err *qemu_forward_parse(const char *text, struct qemu_forward *ret)
{
	struct qemu_forward f = { 0 };
	const char *first = strchr(text, ':');
	const char *second = first ? strchr(first + 1, ':') : NULL;

	if (!second || strchr(second + 1, ':') || (!str_starts(text, "tcp:") && !str_starts(text, "udp:")))
		return err_hint(err_new(ERR_USAGE, "forward '%s' is not tcp:HOSTPORT:GUESTPORT or udp:...", text),
				"An example: --qemu-forward tcp:8080:80");
	memcpy(f.proto, text, 3);
	TRY(qemu_port_parse(first + 1, (size_t)(second - first - 1), text, &f.host_port));
	TRY(qemu_port_parse(second + 1, strlen(second + 1), text, &f.guest_port));
	if (str_eq(f.proto, "tcp") && (f.host_port == VM_ENGINE_PORT || f.host_port == VM_LOOPBACK_SSH_PORT))
		return err_hint(err_new(ERR_USAGE, "port %d of forward '%s' is the machine's own", f.host_port, text),
				"Its engine answers on %d and SSH on %d: take another HOSTPORT.", VM_ENGINE_PORT,
				VM_LOOPBACK_SSH_PORT);
	*ret = f;
	return NULL;
}

char *qemu_forward_text(const struct qemu_forward *f)
{
	return xasprintf("%s:%d:%d", f->proto, f->host_port, f->guest_port);
}

void qemu_config_release(struct qemu_config *c)
{
	free(c->address);
	free(c->binary);
	free(c->mac);
	free(c->subnet);
	free(c->forwards);
	shares_release(&c->shares);
	memset(c, 0, sizeof(*c));
}
