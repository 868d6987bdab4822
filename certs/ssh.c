/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSH key pairs. OpenSSL knows the key but not the file: that is openssh-key-v1, written here after OpenSSH's
 * PROTOCOL.key (the layout of the file) and RFC 8709 (ssh-ed25519).
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "base/random.h"
#include "certs/openssl.h"
#include "certs/ssh.h"

#define SSH_TYPE "ssh-ed25519"
#define SSH_KEY_LEN 32 /* bytes of an Ed25519 seed and of its public point */
#define SSH_COMMENT_MAX 255
#define SSH_LINE 70 /* base64 digits on a line, as ssh-keygen has it */
#define SSH_BLOCK 8 /* the private part is padded to this without a cipher */

struct ssh_pair {
	unsigned char seed[SSH_KEY_LEN], point[SSH_KEY_LEN];
};

static void ssh_pair_wipe(struct ssh_pair *p)
{
	mem_wipe(p, sizeof(*p));
}

/* Wire format in a buffer that never moves, so that one wipe gets all of it. */
struct ssh_wire {
	unsigned char data[1024];
	size_t len;
};

static void ssh_wire_wipe(struct ssh_wire *w)
{
	mem_wipe(w, sizeof(*w));
}
#define auto_wire __attribute__((cleanup(ssh_wire_wipe))) struct ssh_wire

/* All lengths are known and small: see SSH_COMMENT_MAX. */
static void ssh_put(struct ssh_wire *w, const void *data, size_t n)
{
	if (n > sizeof(w->data) - w->len)
		OPENSSL_die("SSH key too long", __FILE__, __LINE__);
	memcpy(w->data + w->len, data, n);
	w->len += n;
}

static void ssh_put_u32(struct ssh_wire *w, size_t value)
{
	const unsigned char bytes[] = { (unsigned char)(value >> 24), (unsigned char)(value >> 16),
					(unsigned char)(value >> 8), (unsigned char)value };

	ssh_put(w, bytes, sizeof(bytes));
}

static void ssh_put_string(struct ssh_wire *w, const void *data, size_t n)
{
	ssh_put_u32(w, n);
	ssh_put(w, data, n);
}

static void ssh_put_text(struct ssh_wire *w, const char *text)
{
	ssh_put_string(w, text, strlen(text));
}

static void ssh_put_public(struct ssh_wire *w, const struct ssh_pair *pair)
{
	ssh_put_text(w, SSH_TYPE);
	ssh_put_string(w, pair->point, SSH_KEY_LEN);
}

static struct err *ssh_put_private(struct ssh_wire *w, const struct ssh_pair *pair, const char *comment)
{
	unsigned char check[4];

	/* The same number twice: with a cipher it shows whether the passphrase was right. */
	TRY(random_bytes(check, sizeof(check)));
	ssh_put(w, check, sizeof(check));
	ssh_put(w, check, sizeof(check));
	ssh_put_public(w, pair);
	ssh_put_u32(w, sizeof(*pair));
	ssh_put(w, pair->seed, SSH_KEY_LEN);
	ssh_put(w, pair->point, SSH_KEY_LEN);
	ssh_put_text(w, comment);
	for (unsigned char pad = 1; w->len % SSH_BLOCK; pad++)
		ssh_put(w, &pad, 1);
	return NULL;
}

static struct err *ssh_put_file(struct ssh_wire *file, const struct ssh_pair *pair, const char *comment)
{
	static const char magic[] = "openssh-key-v1"; /* with its NUL */
	auto_wire public = { .len = 0 };
	auto_wire private = { .len = 0 };

	ssh_put_public(&public, pair);
	TRY(ssh_put_private(&private, pair, comment));
	ssh_put(file, magic, sizeof(magic));
	ssh_put_text(file, "none"); /* cipher */
	ssh_put_text(file, "none"); /* derivation of its key */
	ssh_put_text(file, "");	    /* options of that */
	ssh_put_u32(file, 1);	    /* number of keys */
	ssh_put_string(file, public.data, public.len);
	ssh_put_string(file, private.data, private.len);
	return NULL;
}

/* The caller frees. */
static char *ssh_base64(const struct ssh_wire *w)
{
	char *text = xcalloc(1, (w->len + 2) / 3 * 4 + 1);

	EVP_EncodeBlock((unsigned char *)text, w->data, (int)w->len);
	return text;
}

static char *ssh_armour(const struct ssh_wire *file)
{
	static const char head[] = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
	static const char tail[] = "-----END OPENSSH PRIVATE KEY-----\n";
	auto_secret char *digits = ssh_base64(file);
	size_t left = strlen(digits);
	/* At its full size from the start: a text that grows leaves copies behind. */
	char *text = xcalloc(1, sizeof(head) + sizeof(tail) + left + left / SSH_LINE + 1);
	char *to = stpcpy(text, head);

	for (const char *from = digits; left;) {
		size_t n = left < SSH_LINE ? left : SSH_LINE;

		to = stpncpy(to, from, n);
		*to++ = '\n';
		from += n;
		left -= n;
	}
	stpcpy(to, tail);
	return text;
}

static struct err *ssh_check_comment(const char *comment)
{
	size_t len = strlen(comment);

	for (size_t i = 0; i < len; i++)
		if (iscntrl((unsigned char)comment[i]))
			return err_new(ERR_USAGE, "the comment of an SSH key must be one line");
	return len > SSH_COMMENT_MAX ? err_new(ERR_USAGE, "the comment of an SSH key is too long") : NULL;
}

static struct err *ssh_make(struct ssh_pair *ret)
{
	auto_pkey *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	size_t seed_len = SSH_KEY_LEN, point_len = SSH_KEY_LEN;

	if (!key || !EVP_PKEY_get_raw_private_key(key, ret->seed, &seed_len) ||
	    !EVP_PKEY_get_raw_public_key(key, ret->point, &point_len))
		return crypto_fail("cannot make an SSH key");
	return NULL;
}

struct err *certs_ssh_key(const char *comment, struct certs_ssh_slots ret)
{
	__attribute__((cleanup(ssh_pair_wipe))) struct ssh_pair pair = { 0 };
	auto_wire file = { .len = 0 };
	auto_wire public = { .len = 0 };

	TRY(ssh_check_comment(comment));
	TRY(ssh_make(&pair));
	TRY(ssh_put_file(&file, &pair, comment));
	ssh_put_public(&public, &pair);

	auto_free char *digits = ssh_base64(&public);

	*ret.public_line = xasprintf(SSH_TYPE " %s%s%s\n", digits, *comment ? " " : "", comment);
	*ret.private_key = ssh_armour(&file);
	return NULL;
}
