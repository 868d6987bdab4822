/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small TLS server on loopback, which asks for a client certificate as a gate does. Who includes this defines
 * server_answer, which is called with each request, its body and all, in a thread of its own.
 */
#ifndef TESTS_TLS_SERVER_H
#define TESTS_TLS_SERVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/proc.h"

static void server_answer(SSL *ssl, const char *request);

static char dir[64];
static SSL_CTX *tls;
static int server_fd = -1, server_port;
static pthread_t server_thread;

static char *at(const char *name)
{
	return fs_join(dir, name);
}

/* A key and a certificate; signed by itself when ca is NULL. */
static bool make_cert(const char *name, const char *ca, const char *san)
{
	auto_free char *key = xasprintf("%s/%s-key.pem", dir, name), *cert = xasprintf("%s/%s.pem", dir, name);
	auto_free char *ca_cert = xasprintf("%s/%s.pem", dir, ca), *ca_key = xasprintf("%s/%s-key.pem", dir, ca);
	auto_free char *subject = xasprintf("/CN=%s", name), *alt = xasprintf("subjectAltName=%s", san);
	const char *argv[] = { "openssl",
			       "req",
			       "-x509",
			       "-newkey",
			       "ec",
			       "-pkeyopt",
			       "ec_paramgen_curve:P-256",
			       "-nodes",
			       "-days",
			       "2",
			       "-subj",
			       subject,
			       "-keyout",
			       key,
			       "-out",
			       cert,
			       "-addext",
			       alt,
			       ca ? "-CA" : NULL,
			       ca_cert,
			       "-CAkey",
			       ca_key,
			       NULL };
	auto_proc p = { .argv = argv, PROC_INIT };
	auto_err *err = proc_run(&p);

	if (err)
		print_error("%s\n", err->msg);
	return !err;
}

static int listen_on_loopback(int *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*ret_port = ntohs(address.sin_port);
	return fd;
}

/* The head, and as much behind it as it says. */
static bool server_has_all(const struct str *request)
{
	const char *body = strstr(request->buf, "\r\n\r\n"), *length = strcasestr(request->buf, "Content-Length:");
	size_t head = body ? (size_t)(body - request->buf) + 4 : 0;

	return body && (!length || length > body || request->len >= head + (size_t)atol(length + 15));
}

static void *serve_one(void *data)
{
	int fd = (int)(intptr_t)data, n = 1;
	SSL *ssl = SSL_new(tls);
	auto_str request = STR_INIT;
	char part[4096];

	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		while (!server_has_all(&request) && (n = SSL_read(ssl, part, sizeof(part))) > 0)
			str_add_mem(&request, part, (size_t)n);
		if (n > 0) {
			server_answer(ssl, request.buf);
			SSL_shutdown(ssl);
		}
	}
	SSL_free(ssl);
	close(fd);
	return NULL;
}

static void *serve(void *data)
{
	int fd;

	(void)data;
	while ((fd = accept4(server_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)fd) == 0)
			pthread_detach(thread);
		else
			close(fd);
	}
	return NULL;
}

/* A CA, a server's and a client's certificate of it, and those of a stranger; then the server. */
static int tls_server_begin(const char *name)
{
	signal(SIGPIPE, SIG_IGN);
	snprintf(dir, sizeof(dir), "/tmp/%s.XXXXXX", name);
	if (!mkdtemp(dir))
		return -1;
	if (!make_cert("ca", NULL, "DNS:ca") || !make_cert("server", "ca", "IP:127.0.0.1") ||
	    !make_cert("client", "ca", "DNS:client") || !make_cert("other", NULL, "DNS:other") ||
	    !make_cert("stranger", "other", "DNS:stranger"))
		return -1;

	auto_free char *ca = at("ca.pem"), *cert = at("server.pem"), *key = at("server-key.pem");

	tls = SSL_CTX_new(TLS_server_method());
	if (SSL_CTX_use_certificate_file(tls, cert, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_load_verify_locations(tls, ca, NULL) != 1)
		return -1;
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	/* libcurl 8.14 resumes sessions between handles; OpenSSL ends one that it cannot tie to who asked for certificates. */
	SSL_CTX_set_session_id_context(tls, (const unsigned char *)"test", 4);
	server_fd = listen_on_loopback(&server_port);
	return pthread_create(&server_thread, NULL, serve, NULL);
}

static int tls_server_end(void)
{
	shutdown(server_fd, SHUT_RDWR);
	pthread_join(server_thread, NULL);
	close(server_fd);
	usleep(50000);
	SSL_CTX_free(tls);

	auto_err *err = fs_remove_tree(dir);

	return err ? -1 : 0;
}

#endif
