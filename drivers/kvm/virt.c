/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/virt.h"

#include <pthread.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/lazy.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "drivers/link/text.h"

#define VIRT_TEXT_MAX 1000

struct virt virt;

static const struct lazy_symbol virt_symbols[] = {
#define X(name) { #name, (void **)&virt.name },
	VIRT_FUNCTIONS(X)
#undef X
};

static pthread_mutex_t virt_mutex = PTHREAD_MUTEX_INITIALIZER;
static bool virt_runs;

/* Errors are returned, not printed. */
static void virt_silence(void *data, virErrorPtr error)
{
	(void)data, (void)error;
}

/* Streams and keepalive live from this loop. It ends with the process. */
static void *virt_events(void *data)
{
	(void)data;
	while (virt.virEventRunDefaultImpl() == 0)
		;
	log_debug("libvirt's event loop has ended");
	return NULL;
}

static struct err *virt_begin(void)
{
	pthread_t thread;

	virt.virSetErrorFunc(NULL, virt_silence);
	VIRT_TRY(virt.virEventRegisterDefaultImpl(), "cannot begin with libvirt");
	if (pthread_create(&thread, NULL, virt_events, NULL) != 0)
		return err_errno(ERR_FAILED, "cannot start a thread");
	pthread_detach(thread);
	virt_runs = true;
	return NULL;
}

struct err *virt_load(void)
{
	struct err *e = NULL;

	TRY(lazy_load("libvirt.so.0", "libvirt0", virt_symbols, ARRAY_SIZE(virt_symbols)));
	pthread_mutex_lock(&virt_mutex);
	if (!virt_runs)
		e = virt_begin();
	pthread_mutex_unlock(&virt_mutex);
	return e;
}

int virt_last_code(void)
{
	virErrorPtr last = virt.virGetLastError();

	return last ? last->code : VIR_ERR_OK;
}

static const struct {
	int virt;
	enum err_code ours;
} virt_codes[] = {
	{ VIR_ERR_NO_DOMAIN, ERR_NOT_FOUND },
	{ VIR_ERR_NO_NETWORK, ERR_NOT_FOUND },
	{ VIR_ERR_NO_STORAGE_POOL, ERR_NOT_FOUND },
	{ VIR_ERR_NO_STORAGE_VOL, ERR_NOT_FOUND },
	{ VIR_ERR_OPERATION_INVALID, ERR_WRONG_STATE },
	{ VIR_ERR_NO_SUPPORT, ERR_UNSUPPORTED },
	{ VIR_ERR_AUTH_FAILED, ERR_AUTH },
	{ VIR_ERR_AUTH_CANCELLED, ERR_AUTH },
	{ VIR_ERR_AUTH_UNAVAILABLE, ERR_AUTH },
	{ VIR_ERR_ACCESS_DENIED, ERR_AUTH },
	{ VIR_ERR_RPC, ERR_NETWORK },
	{ VIR_ERR_OPERATION_TIMEOUT, ERR_TIMEOUT },
};

#define VIRT_GONE "libvirt's server went away, or the way to it did. Look whether it runs, and try again."

/* By a part of libvirt's text, where its code says nothing. The first that fits. */
static const struct {
	const char *part;
	enum err_code code;
	const char *cure;
} virt_texts[] = {
	{ "Host key verification failed", ERR_AUTH,
	  "Nothing vouches for that host. Compare its key with what its owner says, then accept it once: ssh HOST" },
	{ "SSH HOST KEY VERIFICATION FAILED", ERR_AUTH,
	  "The host shows another key than known_hosts has for it. Ask its owner before you change anything." },
	{ "Could not resolve hostname", ERR_NETWORK, "Is the name in --kvm-uri right? getent hosts HOST" },
	{ "unable to resolve", ERR_NETWORK, "Is the name in --kvm-uri right? getent hosts HOST" },
	{ "Permission denied (publickey", ERR_AUTH,
	  "SSH must log in there without a password: ssh-copy-id USER@HOST, or ?keyfile=FILE in --kvm-uri" },
	{ "authentication unavailable", ERR_AUTH, "sudo usermod -aG libvirt $USER, then log in again" },
	{ "Unable to get system bus connection", ERR_AUTH, "sudo usermod -aG libvirt $USER, then log in again" },
	{ "sock': Permission denied", ERR_AUTH, "sudo usermod -aG libvirt $USER, then log in again" },
	{ "virtlogd-sock", ERR_FAILED, "virtlogd does not run there: sudo systemctl start virtlogd.socket" },
	{ "Failed to connect socket to", ERR_NETWORK, NULL }, /* conn.c knows where that is */
	{ "Cannot read CA certificate", ERR_AUTH,
	  "libvirt's client certificates are looked for in /etc/pki, or where ?pkipath=DIR in --kvm-uri says" },
	{ "certificate", ERR_AUTH, NULL },
	{ "keepalive", ERR_NETWORK, VIRT_GONE },
	{ "End of file while reading data", ERR_NETWORK, VIRT_GONE },
	{ "Cannot recv data", ERR_NETWORK, VIRT_GONE },
	{ "Cannot write data", ERR_NETWORK, VIRT_GONE },
	{ "client socket is closed", ERR_NETWORK, VIRT_GONE },
	{ "unable to connect to server", ERR_NETWORK,
	  "Is libvirt's server there reachable? See libvirt.org/remote.html" },
	{ "KVM kernel module: Permission denied", ERR_FAILED,
	  "The hypervisor's QEMU may not use /dev/kvm. Emulate instead: --kvm-accelerator tcg" },
	{ "No space left on device", ERR_FAILED, "Make room in the storage pool: virsh pool-info POOL" },
	{ "annot allocate memory", ERR_FAILED, "The hypervisor has too little free memory: stop another machine." },
	{ "annot set up guest memory", ERR_FAILED, "The hypervisor has too little free memory: stop another machine." },
};

struct err *virt_error(const char *fmt, ...)
{
	virErrorPtr last = virt.virGetLastError();
	const char *text = last && last->message ? last->message : "libvirt gives no reason";
	enum err_code code = ERR_FAILED;
	const char *cure = NULL;
	va_list args;

	for (size_t i = 0; last && i < ARRAY_SIZE(virt_codes); i++)
		if (virt_codes[i].virt == last->code)
			code = virt_codes[i].ours;
	for (size_t i = 0; i < ARRAY_SIZE(virt_texts); i++) {
		if (!strstr(text, virt_texts[i].part))
			continue;
		if (code == ERR_FAILED || code == ERR_NETWORK)
			code = virt_texts[i].code;
		cure = virt_texts[i].cure;
		break;
	}
	/* A Ctrl-C at the terminal ends libvirt's ssh too. */
	if (code == ERR_NETWORK && interrupt_pending())
		code = ERR_INTERRUPTED;
	va_start(args, fmt);
	auto_free char *ours = xvasprintf(fmt, args);
	va_end(args);
	/* What ssh said comes with line ends of its own. */
	auto_str line = STR_INIT;
	text_clean(&line, text, strlen(text), VIRT_TEXT_MAX, false);
	str_trim_end(&line);
	struct err *e = err_wrap(err_new(code, "%s", line.buf), "%s", ours);
	return cure ? err_hint(e, "%s", cure) : e;
}

void virt_conn_freep(virConnectPtr *p)
{
	if (*p)
		virt.virConnectClose(*p);
	*p = NULL;
}

void virt_domain_freep(virDomainPtr *p)
{
	if (*p)
		virt.virDomainFree(*p);
	*p = NULL;
}

void virt_network_freep(virNetworkPtr *p)
{
	if (*p)
		virt.virNetworkFree(*p);
	*p = NULL;
}

void virt_pool_freep(virStoragePoolPtr *p)
{
	if (*p)
		virt.virStoragePoolFree(*p);
	*p = NULL;
}

void virt_vol_freep(virStorageVolPtr *p)
{
	if (*p)
		virt.virStorageVolFree(*p);
	*p = NULL;
}

void virt_stream_freep(virStreamPtr *p)
{
	if (*p)
		virt.virStreamFree(*p);
	*p = NULL;
}
