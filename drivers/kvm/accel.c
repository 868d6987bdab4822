/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/accel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "drivers/kvm/channel.h"
#include "drivers/kvm/conn.h"
#include "drivers/kvm/xml.h"
#include "drivers/net/loopback.h"
#include "guest/contract.h"

#define PROBE_MS 6000
#define PROBE_LOCK_MS 60000
#define PROBE_KEEP_S 3600
#define PROBE_OUTPUT 65536

/* Read the console until the word comes, it ends, or the time is over. */
static struct err *probe_listen(struct channel *console, bool *ret_works, const char **ret_why)
{
	struct deadline d = deadline_in(PROBE_MS);
	auto_close int fd = channel_take_fd(console);
	auto_str text = STR_INIT;
	char buf[4096];

	*ret_why = "a guest hangs under it";
	while (!deadline_passed(d) && text.len < PROBE_OUTPUT) {
		struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = interrupt_fd(), .events = POLLIN } };

		if (poll(p, 2, deadline_left_ms(d)) < 0 && errno != EINTR)
			return err_errno(ERR_FAILED, "cannot wait for the probe of KVM");
		TRY(interrupt_check());
		if (!p[0].revents)
			continue;
		ssize_t n = read(fd, buf, sizeof(buf));
		if (n > 0)
			str_add_mem(&text, buf, (size_t)n);
		*ret_works = strstr(text.buf, GUEST_PROBE_OK);
		if (*ret_works)
			return NULL;
		if (n <= 0) {
			*ret_why = "a guest ends under it before it runs";
			return NULL;
		}
	}
	return NULL;
}

/* *ret_why: NULL when it works; the caller frees. */
static struct err *probe_boot(virConnectPtr conn, const struct kvm_config *c, const struct kvm_image *there,
			      const struct driver_image *image, char **ret_why)
{
	auto_free char *name = xasprintf("machine-probe-%.8s", c->uuid);
	auto_free char *xml = kvm_xml_probe(name, there->kernel, there->initrd, image->cmdline ? image->cmdline : "");
	auto_channel *console = NULL;
	const char *why = NULL;
	bool works = false;

	/* Paused, so that nothing of the console is lost; it goes when this connection does. */
	auto_domain probe = virt.virDomainCreateXML(conn, xml, VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_AUTODESTROY);
	if (!probe) {
		auto_err *e = virt_error("it does not start a guest");

		if (e->code == ERR_NETWORK)
			return TAKE(e);
		*ret_why = err_text(e);
		return NULL;
	}
	struct err *e = channel_open(probe, NULL, false, &console);
	if (!e && virt.virDomainResume(probe) < 0)
		e = virt_error("cannot start the probe of KVM");
	if (!e)
		e = probe_listen(console, &works, &why);
	channel_closep(&console);
	virt.virDomainDestroy(probe);
	TRY(e);
	*ret_why = works ? NULL : xstrdup(why);
	return NULL;
}

/* What the answer depends on, as far as it can be seen from here. The caller frees. */
static char *probe_key(virConnectPtr conn, const struct kvm_config *c, const struct driver_image *image)
{
	auto_free char *host = virt.virConnectGetHostname(conn);
	unsigned long version = 0;

	virt.virConnectGetLibVersion(conn, &version);
	return xasprintf("%s|%s|%lu|%s", c->uri, host ? host : "", version, image->digest);
}

static bool probe_cached(const char *path, const char *key, char **ret_why)
{
	auto_json *tree = NULL;
	auto_err *e = json_read_file(path, &tree);
	int64_t age = e ? -1 : time(NULL) - json_int_or(tree, "at", 0);
	const char *why = json_str_or(tree, "why", "");

	if (e || !str_eq(json_str_or(tree, "key", ""), key) || age < 0 || age > PROBE_KEEP_S)
		return false;
	*ret_why = *why ? xstrdup(why) : NULL;
	return true;
}

static void probe_remember(const char *path, const char *key, const char *why)
{
	auto_json *tree = json_object();

	json_set_str(tree, "key", key);
	json_set_int(tree, "at", time(NULL));
	json_set_str(tree, "why", why ? why : "");
	auto_free char *text = json_print(tree, 4);
	IGNORE(fs_write(path, text, strlen(text), 0600));
}

/* Under a lock, so that of many creates side by side one probes and the others read. */
static struct err *probe(const struct driver_env *env, virConnectPtr conn, const struct kvm_config *c,
			 const struct kvm_image *there, const struct driver_image *image, char **ret_why)
{
	auto_free char *key = probe_key(conn, c, image);
	auto_free char *name = xasprintf("libvirt-probe-%08x", (unsigned)loopback_hash(c->uri, ""));
	auto_free char *cache = xasprintf("%s/%s.json", env->state_dir, name);
	auto_free char *lock_path = xasprintf("%s/%s.lock", env->state_dir, name);
	auto_close int lock = -1;

	TRY(fs_mkdirs(env->state_dir, 0700));
	TRY(fs_lock(lock_path, PROBE_LOCK_MS, &lock));
	if (probe_cached(cache, key, ret_why))
		return NULL;
	log_debug("probing KVM on '%s' with a guest", c->uri);
	TRY(probe_boot(conn, c, there, image, ret_why));
	probe_remember(cache, key, *ret_why);
	return NULL;
}

struct err *accel_choose(const struct driver_env *env, virConnectPtr conn, const struct kvm_config *c,
			 const struct kvm_image *there, const struct driver_image *image, bool *ret_kvm)
{
	auto_free char *why = NULL, *place = conn_place(c->uri);

	*ret_kvm = c->accel == VM_ACCEL_KVM;
	if (c->accel != VM_ACCEL_AUTO)
		return NULL;
	TRY(probe(env, conn, c, there, image, &why));
	*ret_kvm = !why;
	if (why) {
		auto_free char *line =
			xasprintf("KVM cannot be used on %s (%s): emulating with TCG, which is slower", place, why);
		env->report(env->data, line);
	}
	return NULL;
}
