/* SPDX-License-Identifier: Apache-2.0 */
/* Random words and digests of files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/str.h"
#include "certs/internal.h"
#include "certs/keys.h"

#define CERTS_CHUNK ((size_t)256 * 1024)

static char *certs_hex(const unsigned char *bytes, size_t n)
{
	auto_str hex = STR_INIT;

	for (size_t i = 0; i < n; i++)
		str_addf(&hex, "%02x", bytes[i]);
	return str_detach(&hex);
}

struct err *certs_random_hex(int n, char **ret)
{
	unsigned char bytes[256];

	if (n < 0 || (size_t)n > sizeof(bytes))
		return err_new(ERR_FAILED, "cannot make %d random bytes at once", n);
	if (RAND_bytes(bytes, n) != 1)
		return certs_fail("cannot make random bytes");
	*ret = certs_hex(bytes, (size_t)n);
	mem_wipe(bytes, sizeof(bytes));
	return NULL;
}

static void certs_digest_freep(EVP_MD_CTX **p)
{
	EVP_MD_CTX_free(*p);
	*p = NULL;
}

static struct err *certs_digest_stream(EVP_MD_CTX *digest, int fd, const char *path)
{
	auto_free char *buf = xcalloc(1, CERTS_CHUNK);
	ssize_t n;

	while ((n = read(fd, buf, CERTS_CHUNK)) != 0) {
		TRY(interrupt_check());
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(ERR_FAILED, "cannot read '%s'", path);
		if (!EVP_DigestUpdate(digest, buf, (size_t)n))
			return certs_fail("cannot compute the digest of '%s'", path);
	}
	return NULL;
}

struct err *certs_sha256_text(const char *text, char **ret)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (!EVP_Digest(text, strlen(text), bytes, &len, EVP_sha256(), NULL))
		return certs_fail("cannot compute a digest");
	*ret = certs_hex(bytes, len);
	return NULL;
}

struct err *certs_sha256_file(const char *path, char **ret)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	__attribute__((cleanup(certs_digest_freep))) EVP_MD_CTX *digest = EVP_MD_CTX_new();
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int len;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_new(ERR_FAILED, "cannot read '%s': not a regular file", path);
	if (!digest || !EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
		return certs_fail("cannot compute the digest of '%s'", path);
	TRY(certs_digest_stream(digest, fd, path));
	if (!EVP_DigestFinal_ex(digest, bytes, &len))
		return certs_fail("cannot compute the digest of '%s'", path);
	*ret = certs_hex(bytes, len);
	return NULL;
}
