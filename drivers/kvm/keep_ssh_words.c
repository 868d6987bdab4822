/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/keep_ssh_words.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "drivers/kvm/uri.h"
#include "guest/contract.h"

/* A socket's path is short; a store's need not be. The caller frees. */
static char *ssh_place(const struct kvm *k)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;
	/* Root, in another's store, looks where the other's keeper is, which root made without that user's environment. */
	uid_t user = geteuid() == 0 && lstat(k->env->dir, &st) == 0 ? st.st_uid : geteuid();

	if (user != geteuid() || !runtime || *runtime != '/' || access(runtime, W_OK) < 0)
		runtime = "/tmp";
	return xasprintf("%s/machine-%u-%.8s", runtime, (unsigned)user, k->config.uuid);
}

struct err *ssh_words_dir(const struct kvm *k, char **ret)
{
	auto_free char *dir = ssh_place(k);
	struct stat st;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return err_errno(ERR_FAILED, "cannot make folder '%s' for ssh's socket", dir);
	/* In /tmp somebody else may have been first. */
	if (lstat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
		return err_hint(err_new(ERR_FAILED, "folder '%s' for ssh's socket is not yours alone", dir),
				"Remove it, or set XDG_RUNTIME_DIR to a folder of yours.");
	*ret = TAKE(dir);
	return NULL;
}

void ssh_words_clean(const struct kvm *k)
{
	auto_free char *dir = ssh_place(k), *socket = fs_join(dir, "ssh");

	unlink(socket);
	rmdir(dir);
}

char *ssh_words_forward(const struct kvm *k, int here, int there)
{
	const struct kvm_config *c = &k->config;

	return xasprintf("%s:%d:%s:%d", c->address, here, c->guest_address, there);
}

struct err *ssh_words(const struct kvm *k, const char *socket, struct list *ret)
{
	const struct kvm_config *c = &k->config;
	auto_uri u = { 0 };

	TRY(kvm_uri_parse(c->uri, &u));
	kvm_ssh_args(&u, c->jump, ret);
	list_add(ret, "-S");
	list_add(ret, socket);
	return NULL;
}

struct err *ssh_words_host(const struct kvm *k, struct list *ret)
{
	auto_uri u = { 0 };

	TRY(kvm_uri_parse(k->config.uri, &u));
	list_take(ret, kvm_ssh_host(&u, k->config.jump));
	return NULL;
}

struct err *ssh_words_master(const struct kvm *k, const char *socket, struct list *argv)
{
	const int own[][2] = { { VM_ENGINE_PORT, GUEST_ENGINE_PORT }, { VM_LOOPBACK_SSH_PORT, GUEST_SSH_PORT } };
	static const char *const options[] = {
		"-N", "-M", "-T", "-a", "-x", "-oControlPersist=no", "-oExitOnForwardFailure=yes"
	};

	TRY(ssh_words(k, socket, argv));
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		list_add(argv, options[i]);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		list_add(argv, "-L");
		list_take(argv, ssh_words_forward(k, own[i][0], own[i][1]));
	}
	return ssh_words_host(k, argv);
}
