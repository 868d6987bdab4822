/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/crypto.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "base/str.h"

#define DIGEST_CHUNK ((size_t)256 * 1024)

static digest_fake_fn digest_fake;

void digest_set_fake(digest_fake_fn fn)
{
	digest_fake = fn;
}

char *digest_hex(const unsigned char *bytes, size_t n)
{
	struct str hex = STR_INIT;

	for (size_t i = 0; i < n; i++)
		str_addf(&hex, "%02x", bytes[i]);
	return str_detach(&hex);
}

static void digest_freep(EVP_MD_CTX **p)
{
	EVP_MD_CTX_free(*p);
	*p = NULL;
}

static struct err *digest_stream(EVP_MD_CTX *digest, int fd, const char *path)
{
	auto_free char *buf = xcalloc(1, DIGEST_CHUNK);
	ssize_t n;

	while ((n = read(fd, buf, DIGEST_CHUNK)) != 0) {
		TRY(interrupt_check());
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(ERR_FAILED, "cannot read '%s'", path);
		if (!EVP_DigestUpdate(digest, buf, (size_t)n))
			return crypto_fail("cannot compute the digest of '%s'", path);
	}
	return NULL;
}

struct err *digest_sha256_text(const char *text, char **ret)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (!EVP_Digest(text, strlen(text), bytes, &len, EVP_sha256(), NULL))
		return crypto_fail("cannot compute a digest");
	*ret = digest_hex(bytes, len);
	return NULL;
}

struct err *digest_sha256_file(const char *path, char **ret)
{
	if (digest_fake)
		return digest_fake(path, ret);

	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	__attribute__((cleanup(digest_freep))) EVP_MD_CTX *digest = NULL;
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned int len;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(errno == ENOENT ? ERR_NOT_FOUND : ERR_FAILED, "cannot read '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_new(ERR_FAILED, "cannot read '%s': not a regular file", path);
	digest = EVP_MD_CTX_new();
	if (!digest || !EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
		return crypto_fail("cannot compute the digest of '%s'", path);
	TRY(digest_stream(digest, fd, path));
	if (!EVP_DigestFinal_ex(digest, bytes, &len))
		return crypto_fail("cannot compute the digest of '%s'", path);
	*ret = digest_hex(bytes, len);
	return NULL;
}
