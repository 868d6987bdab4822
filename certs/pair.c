/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate and its key, put into place as one.
 *
 * Two files cannot be renamed at once. So both are written under dot-names first, the key before the certificate, and
 * then renamed in that order. Who comes next, under the same lock, sees from the dot-names how far it got:
 *
 *   .KEY.new is there            nothing was renamed yet: both are removed, the old pair stands
 *   only .CERT.new is there      the key was renamed: the certificate follows when it fits that key
 *   neither                      all is done
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "certs/files.h"
#include "certs/openssl.h"
#include "certs/pair.h"

static size_t certs_base_at(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* "/a/.b.new" for "/a/b". */
static char *certs_stage_name(const char *path)
{
	size_t at = certs_base_at(path);

	return xasprintf("%.*s.%s.new", (int)at, path, path + at);
}

/* Of errno, as err_errno; with what the user can do about it. */
static struct err *certs_cannot(const char *verb, const char *path)
{
	bool room = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
	auto_free char *dir = xstrndup(path, certs_base_at(path));
	struct err *err = err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, "cannot %s '%s'", verb, path);

	if (room)
		return err_hint(err, "See the room of its file system and the limit for files: df '%s'; ulimit -f",
				dir);
	return err_hint(err, "See who owns the folder and who may write: ls -ld '%s'", dir);
}

static struct err *certs_remove(const char *path)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return certs_cannot("remove", path);
	return NULL;
}

/* A rename is on the disk when its folder is. */
static struct err *certs_sync_dir(const char *path)
{
	size_t at = certs_base_at(path);
	auto_free char *dir = at ? xstrndup(path, at) : xstrdup(".");
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* EINVAL: the file system has no fsync for folders. */
	if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL))
		return err_errno(ERR_FAILED, "cannot write the folder '%s'", dir);
	return NULL;
}

static struct err *certs_stage_write(const char *stage, const char *text, mode_t mode)
{
	size_t len = strlen(text);

	TRY(certs_remove(stage));

	auto_close int fd = open(stage, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		return certs_cannot("make", stage);
	fs_own_fd(fd, stage);
	/* Exact, whatever the umask is. */
	if (fchmod(fd, mode) < 0)
		return certs_cannot("write", stage);
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return certs_cannot("write", stage);
		text += n;
		len -= (size_t)n;
	}
	if (fsync(fd) < 0)
		return certs_cannot("write", stage);
	return certs_sync_dir(stage);
}

static struct err *certs_stage_rename(const char *stage, const char *path)
{
	if (rename(stage, path) < 0)
		return certs_cannot("write", path);
	return certs_sync_dir(path);
}

static struct err *certs_stage_both(struct certs_pair stage, X509 *cert, EVP_PKEY *key)
{
	auto_secret char *key_text = NULL;
	auto_free char *cert_text = NULL;

	TRY(certs_key_pem(key, &key_text));
	TRY(certs_cert_pem(cert, &cert_text));
	TRY(certs_stage_write(stage.key, key_text, CERTS_KEY_MODE));
	return certs_stage_write(stage.cert, cert_text, CERTS_CERT_MODE);
}

struct err *certs_pair_write(struct certs_pair pair, X509 *cert, EVP_PKEY *key)
{
	auto_free char *cert_stage = certs_stage_name(pair.cert);
	auto_free char *key_stage = certs_stage_name(pair.key);
	struct err *err = certs_stage_both((struct certs_pair){ .cert = cert_stage, .key = key_stage }, cert, key);

	if (!err)
		err = certs_stage_rename(key_stage, pair.key);
	if (!err)
		err = certs_stage_rename(cert_stage, pair.cert);
	if (err)
		IGNORE(certs_pair_mend(pair));
	return err;
}

/* Could a killed process have left this certificate on its way to the key in place? */
static bool certs_stage_fits(const char *cert_stage, const char *key_path)
{
	auto_x509 *cert = NULL;
	auto_pkey *key = NULL;
	auto_err *err = certs_load_cert(cert_stage, &cert);

	if (!err)
		err = certs_load_key(key_path, &key);
	return !err && certs_fit(cert, key);
}

struct err *certs_pair_mend(struct certs_pair pair)
{
	auto_free char *cert_stage = certs_stage_name(pair.cert);
	auto_free char *key_stage = certs_stage_name(pair.key);

	if (!fs_exists(key_stage) && fs_exists(cert_stage) && certs_stage_fits(cert_stage, pair.key))
		return certs_stage_rename(cert_stage, pair.cert);
	/* The certificate first: alone, it would say that the key was renamed. */
	TRY(certs_remove(cert_stage));
	return certs_remove(key_stage);
}
