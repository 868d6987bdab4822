/* SPDX-License-Identifier: Apache-2.0 */
/* The files of keys, in certs/ and in a machine's folder; and pairs of them by name, so that a caller sees which is which. */
#ifndef CERTS_FILES_H
#define CERTS_FILES_H

#define CERTS_FILE_CA "ca.pem"
#define CERTS_FILE_CA_KEY "ca-key.pem"
#define CERTS_FILE_CERT "cert.pem" /* the client's */
#define CERTS_FILE_KEY "key.pem"
#define CERTS_FILE_SERVER "server.pem"
#define CERTS_FILE_SERVER_KEY "server-key.pem"
#define CERTS_CERT_MODE 0644
#define CERTS_KEY_MODE 0600

/* Paths of a certificate and its key. */
struct certs_pair {
	const char *cert, *key;
};

/* Where a certificate and its key are to be put, and the same of a pair for SSH. */
struct certs_slots {
	char **cert, **key;
};
struct certs_ssh_slots {
	char **private_key, **public_line;
};

#endif
