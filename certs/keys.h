/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may talk to whom: CA, client and server certificates (P-256, docker-machine's file names, places and modes) and
 * SSH keys (Ed25519). All of OpenSSL's key code is in this folder.
 *
 * Certificates start a day early; the CA lives ten years, client and server certificates 825 days and never longer
 * than the CA. Subject O=, key usages and order of SANs are docker-machine's, without keyEncipherment, which RFC 8813
 * forbids for keys on curves; plus a CN and key identifiers. RSA keys and PKCS#1 files of docker-machine go on working.
 */
#ifndef CERTS_KEYS_H
#define CERTS_KEYS_H

#include "certs/bootstrap.h"
#include "certs/check.h"
#include "certs/files.h"
#include "certs/sans.h"
#include "certs/ssh.h"

#endif
