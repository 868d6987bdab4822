/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate: mutual TLS in front of the engine's unix socket. It passes bytes and never looks at
 * them, so that upgraded connections are nothing special.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gate/door.h"
#include "gate/privilege.h"
#include "gate/relay.h"
#include "gate/tls.h"
#include "lib/clock.h"
#include "lib/http.h"

#define GATE_CONNECTIONS 1024
#define GATE_HANDSHAKES 128 /* of these, strangers */
#define GATE_HANDSHAKE_MS 10000
#define GATE_STACK (256 * 1024)
#define GATE_FULL_MS 50

static struct {
	const char *listen;
	const char *engine;
	const char *group;
	struct tls_files files;
	bool wait;
	char **sshd; /* words after --: this is the door before it */
	int handshake_ms;
} gate = { .handshake_ms = GATE_HANDSHAKE_MS };

static SSL_CTX *gate_context; /* the main thread's; connections hold references */
static atomic_int gate_connections, gate_handshakes;

struct connection {
	SSL *ssl;
	int fd;
};

static void gate_say(const char *text)
{
	printf("%s\n", text);
	fflush(stdout);
}

static void gate_pass(struct connection *c)
{
	int engine = unix_connect(gate.engine);

	if (engine < 0) {
		fprintf(stderr, "connection: cannot reach the engine: %s\n", strerror(errno));
		SSL_shutdown(c->ssl);
		return;
	}
	fcntl(engine, F_SETFL, O_NONBLOCK);
	relay_run(c->ssl, c->fd, engine);
	close(engine);
}

static void *gate_connection(void *arg)
{
	struct connection *c = arg;
	const char *bad;

	privilege_none();
	bad = relay_handshake(c->ssl, clock_ms() + gate.handshake_ms);
	atomic_fetch_sub(&gate_handshakes, 1);
	if (bad)
		fprintf(stderr, "connection: refused: %s\n", bad);
	else
		gate_pass(c);
	SSL_free(c->ssl);
	close(c->fd);
	free(c);
	OPENSSL_thread_stop();
	atomic_fetch_sub(&gate_connections, 1);
	return NULL;
}

/* Answers are small and wanted at once; a peer that died silently must give its place back. */
static void gate_tune(int fd)
{
	const struct {
		int level, name, value;
	} options[] = { { IPPROTO_TCP, TCP_NODELAY, 1 },
			{ SOL_SOCKET, SO_KEEPALIVE, 1 },
			{ IPPROTO_TCP, TCP_KEEPIDLE, 60 },
			{ IPPROTO_TCP, TCP_KEEPINTVL, 15 },
			{ IPPROTO_TCP, TCP_KEEPCNT, 4 } };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
}

static bool gate_begin(int fd)
{
	struct connection *c = malloc(sizeof(*c));
	SSL *ssl = SSL_new(gate_context);
	pthread_attr_t attributes;
	pthread_t t;
	bool ok;

	if (!c || !ssl || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		free(c);
		return false;
	}
	gate_tune(fd);
	c->ssl = ssl;
	c->fd = fd;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, GATE_STACK);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	atomic_fetch_add(&gate_connections, 1);
	atomic_fetch_add(&gate_handshakes, 1);
	ok = pthread_create(&t, &attributes, gate_connection, c) == 0;
	pthread_attr_destroy(&attributes);
	if (ok)
		return true;
	atomic_fetch_sub(&gate_connections, 1);
	atomic_fetch_sub(&gate_handshakes, 1);
	SSL_free(ssl);
	free(c);
	return false;
}

static void gate_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0 && !gate_begin(fd))
		close(fd);
	else if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		poll(NULL, 0, GATE_FULL_MS); /* it stays ready; others must end first */
}

static bool gate_full(void)
{
	return atomic_load(&gate_connections) >= GATE_CONNECTIONS || atomic_load(&gate_handshakes) >= GATE_HANDSHAKES;
}

/* Connections use the library until the last moment: its own end must not run below them. */
static void gate_end(void)
{
	if (atomic_load(&gate_connections) > 0)
		_exit(0);
	SSL_CTX_free(gate_context);
	exit(0);
}

/* New files for new connections; those that are there keep what they began with. */
static void gate_reload(void)
{
	char why[256];
	SSL_CTX *fresh = tls_context(&gate.files, why, sizeof(why));

	if (!fresh) {
		printf("cannot reload: %s\n", why);
		fflush(stdout);
		return;
	}
	SSL_CTX_free(gate_context);
	gate_context = fresh;
	gate_say("reloaded");
}

static void gate_signal(int signals)
{
	struct signalfd_siginfo s;

	while (read(signals, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo != SIGHUP)
			gate_end();
		gate_reload();
	}
}

static void gate_serve(int listener, int signals)
{
	for (;;) {
		bool full = gate_full();
		struct pollfd p[] = { { .fd = signals, .events = POLLIN },
				      { .fd = full ? -1 : listener, .events = POLLIN } };

		if (poll(p, 2, full ? GATE_FULL_MS : -1) < 0)
			continue;
		if (p[0].revents)
			gate_signal(signals);
		if (p[1].revents)
			gate_accept(listener);
	}
}

static int gate_bind(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	const char *colon = strrchr(gate.listen, ':');
	char address[64];
	int fd, one = 1;

	if (!colon || (size_t)(colon - gate.listen) >= sizeof(address))
		return -1;
	memcpy(address, gate.listen, (size_t)(colon - gate.listen));
	address[colon - gate.listen] = '\0';
	to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		return -1;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0 || listen(fd, 128) != 0) {
		fprintf(stderr, "cannot listen on %s: %s\n", gate.listen, strerror(errno));
		exit(1);
	}
	return fd;
}

/* Loaded and warm in a template, so that a clone need not begin with the start of a program. */
static void gate_wait_keys(int signals)
{
	while (!tls_files_present(&gate.files)) {
		struct pollfd p = { .fd = signals, .events = POLLIN };
		struct signalfd_siginfo s;

		if (poll(&p, 1, -1) > 0 && read(signals, &s, sizeof(s)) > 0 && s.ssi_signo != SIGHUP)
			exit(0);
	}
}

static void gate_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "unix", required_argument, NULL, 'u' },
		{ "ca", required_argument, NULL, 'a' },
		{ "cert", required_argument, NULL, 'c' },
		{ "key", required_argument, NULL, 'k' },
		{ "group", required_argument, NULL, 'g' },
		{ "wait", no_argument, NULL, 'w' },
		{ "handshake-ms", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'l':
			gate.listen = optarg;
			break;
		case 'u':
			gate.engine = optarg;
			break;
		case 'a':
			gate.files.ca = optarg;
			break;
		case 'c':
			gate.files.cert = optarg;
			break;
		case 'k':
			gate.files.key = optarg;
			break;
		case 'g':
			gate.group = optarg;
			break;
		case 'w':
			gate.wait = true;
			break;
		case 'm':
			gate.handshake_ms = atoi(optarg);
			break;
		default:
			exit(2);
		}
	}
	if (optind < argc)
		gate.sshd = argv + optind;
	if (gate.listen && gate.sshd)
		return;
	if (!gate.listen || !gate.engine || !gate.files.ca || !gate.files.cert || !gate.files.key) {
		fprintf(stderr, "usage: gate --listen ADDRESS:PORT --unix PATH --ca FILE --cert "
				"FILE --key FILE "
				"[--group NAME] [--wait] [--handshake-ms N]\n"
				"       gate --listen ADDRESS:PORT -- SSHD WORD...\n");
		exit(2);
	}
}

static int gate_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 4 * GATE_CONNECTIONS, 4 * GATE_CONNECTIONS };
	char why[256];
	int signals, listener;

	gate_options(argc, argv);
	if (gate.sshd) {
		listener = gate_bind();
		if (listener >= 0)
			door_run(listener, (const char *const *)gate.sshd);
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	signals = gate_signals();
	OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (gate.group && !privilege_drop(gate.group)) {
		fprintf(stderr, "cannot become nobody in group '%s'\n", gate.group);
		return 1;
	}
	if (gate.wait)
		gate_wait_keys(signals);
	gate_context = tls_context(&gate.files, why, sizeof(why));
	if (!gate_context) {
		fprintf(stderr, "cannot load keys: %s\n", why);
		return 1;
	}
	listener = gate_bind();
	if (listener < 0) {
		fprintf(stderr, "'%s' is no address and port\n", gate.listen);
		return 2;
	}
	gate_say("listening");
	gate_serve(listener, signals);
}
