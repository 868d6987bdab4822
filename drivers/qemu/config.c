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
	{ .name = "qemu-memory", .type = OPT_MIB, .env = "QEMU_MEMORY", .fallback = "1024",
	  .help = "Memory of the machine (MiB, or with a unit: 2g)" },
	{ .name = "qemu-cpu-count", .type = OPT_INT, .env = "QEMU_CPU_COUNT", .fallback = "0",
	  .help = "Number of processors (0: up to 4 of the host's with KVM, 1 when emulated)" },
	{ .name = "qemu-disk-size", .type = OPT_MIB, .env = "QEMU_DISK_SIZE", .fallback = "20000",
	  .help = "Size of the data disk (MiB, or with a unit: 40g); takes only the space that is used" },
	{ .name = "qemu-accelerator", .type = OPT_STRING, .env = "QEMU_ACCELERATOR", .fallback = "auto",
	  .help = "kvm, tcg (emulation), or auto: kvm where it runs a guest" },
	{ .name = "qemu-binary", .type = OPT_STRING, .env = "QEMU_BINARY", .fallback = "qemu-system-x86_64",
	  .help = "Emulator to use, a name on PATH or a path" },
	{ .name = "qemu-forward", .type = OPT_LIST, .env = "QEMU_FORWARD",
	  .help = "Extra port on the machine's address: tcp|udp:HOSTPORT:GUESTPORT (published ports need none)" },
	{ .name = "qemu-share", .type = OPT_LIST, .env = "QEMU_SHARE",
	  .help = "Folder of this host to mount in the machine: HOSTDIR[:GUESTDIR][:ro]" },
	{ .name = "qemu-isolated", .type = OPT_FLAG, .env = "QEMU_ISOLATED",
	  .help = "Give the machine no way out; published ports still answer" },
	{ .name = "qemu-host-loopback", .type = OPT_FLAG, .env = "QEMU_HOST_LOOPBACK",
	  .help = "Let the machine reach services on this host's loopback, as 10.0.2.2" },
	{ 0 },
};

static const char *const qemu_accel_names[] = { "auto", "kvm", "tcg" };

const char *qemu_accel_name(enum qemu_accel a)
{
	return qemu_accel_names[a];
}

struct err *qemu_accel_parse(const char *text, enum qemu_accel *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(qemu_accel_names); i++)
		if (str_eq(text, qemu_accel_names[i])) {
			*ret = (enum qemu_accel)i;
			return NULL;
		}
	return err_hint(err_new(ERR_USAGE, "accelerator '%s' is none of auto, kvm, tcg", text),
			"Leave it out to have it chosen, or: --qemu-accelerator tcg");
}

bool qemu_address_is_loopback(const char *text)
{
	struct in_addr a;

	return inet_pton(AF_INET, text, &a) == 1 && (ntohl(a.s_addr) >> 24) == 127;
}

static struct err *qemu_port_parse(const char *text, size_t n, const char *whole, int *ret)
{
	auto_free char *part = xstrndup(text, n);

	if (n == 0 || n > 5 || strspn(part, "0123456789") != n || atol(part) < 1 || atol(part) > 65535)
		return err_hint(err_new(ERR_USAGE, "port '%s' of forward '%s' is not a number from 1 to 65535", part, whole),
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
	if (str_eq(f.proto, "tcp") && (f.host_port == QEMU_ENGINE_PORT || f.host_port == QEMU_SSH_PORT))
		return err_hint(err_new(ERR_USAGE, "port %d of forward '%s' is the machine's own", f.host_port, text),
				"Its engine answers on %d and SSH on %d: take another HOSTPORT.", QEMU_ENGINE_PORT,
				QEMU_SSH_PORT);
	*ret = f;
	return NULL;
}

char *qemu_forward_text(const struct qemu_forward *f)
{
	return xasprintf("%s:%d:%d", f->proto, f->host_port, f->guest_port);
}

/* Paths go into the guest's seed and onto QEMU's command line: no control characters, and no ".." to climb with. */
static bool qemu_path_is_plain(const char *path)
{
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return *path == '/' && strlen(path) < 4096 && !strstr(path, "/../") && !str_ends(path, "/..");
}

static void qemu_share_release(struct qemu_share *s)
{
	free(s->host_dir);
	free(s->guest_dir);
}
#define auto_share __attribute__((cleanup(qemu_share_release))) struct qemu_share

struct err *qemu_share_parse(const char *text, struct qemu_share *ret)
{
	auto_share s = { 0 };
	auto_free char *host = NULL;
	const char *end = text + strlen(text);

	s.readonly = str_ends(text, ":ro");
	if (s.readonly)
		end -= 3;
	else if (str_ends(text, ":rw"))
		end -= 3;
	/* The last ":/" separates, so that a colon in the host's path does no harm. */
	const char *guest = NULL;
	for (const char *p = text; p + 1 < end; p++)
		if (p[0] == ':' && p[1] == '/')
			guest = p + 1;
	host = xstrndup(text, (size_t)((guest ? guest - 1 : end) - text));
	if (!*host)
		return err_hint(err_new(ERR_USAGE, "share '%s' is not HOSTDIR[:GUESTDIR][:ro]", text),
				"An example: --qemu-share $HOME/src:/src:ro");
	TRY(fs_absolute(host, &s.host_dir));
	s.guest_dir = guest ? xstrndup(guest, (size_t)(end - guest)) : xstrdup(s.host_dir);
	if (!qemu_path_is_plain(s.host_dir) || !qemu_path_is_plain(s.guest_dir) || str_eq(s.guest_dir, "/"))
		return err_hint(err_new(ERR_USAGE, "share '%s' has a path that cannot be used", text),
				"Give plain absolute folders; the guest's must not be '/'.");
	*ret = s;
	s = (struct qemu_share){ 0 };
	return NULL;
}

/* As qemu_share_parse reads it: the guest's folder is always written, so that a colon cannot be misread. */
char *qemu_share_text(const struct qemu_share *s)
{
	return xasprintf("%s:%s%s", s->host_dir, s->guest_dir, s->readonly ? ":ro" : "");
}

void qemu_config_release(struct qemu_config *c)
{
	free(c->address);
	free(c->binary);
	free(c->forwards);
	for (size_t i = 0; i < c->shares_n; i++)
		qemu_share_release(&c->shares[i]);
	free(c->shares);
	memset(c, 0, sizeof(*c));
}
