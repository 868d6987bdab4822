/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/tls.h"

#include <cpuid.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

#define TLS_SESSION_SECONDS 600
#define TLS_BUFFER (64 * 1024)

/* AES without the processor's help is several times slower than ChaCha20: emulated guests have
 * none. */
static bool tls_has_aes(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_AES) && (c & bit_PCLMUL);
}

static void tls_ciphers(SSL_CTX *context)
{
	if (tls_has_aes())
		return;
	SSL_CTX_set_ciphersuites(context, "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
					  "TLS_AES_256_GCM_SHA384");
	SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
}

/* OpenSSL accepts a client certificate that does not say what it is for; we do not. */
static int tls_verify(int ok, X509_STORE_CTX *store)
{
	X509 *cert = X509_STORE_CTX_get_current_cert(store);
	uint32_t usage;

	if (!ok || X509_STORE_CTX_get_error_depth(store) > 0)
		return ok;
	usage = X509_get_extended_key_usage(cert);
	if (usage != UINT32_MAX && (usage & (XKU_SSL_CLIENT | XKU_ANYEKU)))
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE);
	return 0;
}

static bool tls_load(SSL_CTX *context, const struct tls_files *files, const char **part)
{
	STACK_OF(X509_NAME) * names;

	*part = files->cert;
	if (SSL_CTX_use_certificate_chain_file(context, files->cert) != 1)
		return false;
	*part = files->key;
	if (SSL_CTX_use_PrivateKey_file(context, files->key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		return false;
	*part = files->ca;
	names = SSL_load_client_CA_file(files->ca);
	if (!names)
		return false;
	SSL_CTX_set_client_CA_list(context, names);
	return SSL_CTX_load_verify_file(context, files->ca) == 1;
}

SSL_CTX *tls_context(const struct tls_files *files, char *why, size_t size)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	const char *part = "TLS", *reason;

	ERR_clear_error();
	if (context && tls_load(context, files, &part)) {
		SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
		SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
		SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
						  SSL_MODE_RELEASE_BUFFERS);
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, tls_verify);
		SSL_CTX_set_session_id_context(context, (const unsigned char *)"gate", 4);
		SSL_CTX_set_timeout(context, TLS_SESSION_SECONDS);
		SSL_CTX_set_read_ahead(context, 1);
		SSL_CTX_set_default_read_buffer_len(context, TLS_BUFFER);
		tls_ciphers(context);
		return context;
	}
	reason = ERR_reason_error_string(ERR_peek_error());
	snprintf(why, size, "%s: %s", part, reason ? reason : "cannot be read");
	SSL_CTX_free(context);
	return NULL;
}

bool tls_files_present(const struct tls_files *files)
{
	struct stat s;

	/* Not access(): that asks what the user may do without the capability that we kept. */
	return stat(files->ca, &s) == 0 && stat(files->cert, &s) == 0 && stat(files->key, &s) == 0;
}
