/* SPDX-License-Identifier: Apache-2.0 */
/* Names in the certificate of a server that libcurl has accepted, as those clients see them that look nowhere else. */
#ifndef BASE_HTTP_NAMES_H
#define BASE_HTTP_NAMES_H

#include "base/err.h"

struct curl_slist;

/*
 * libcurl goes by the subject's CN where a certificate names nothing else; Go's clients, docker among them, do not. leaf: what
 * CURLINFO_CERTINFO says of the server's certificate, NULL: nothing, which is none that counts. ERR_AUTH with Go's words when none of its names counts.
 */
struct err *http_names_check(const struct curl_slist *leaf, const char *url) MUST_USE;

/*
 * Can that be checked with this library of libcurl's (curl_version_info's ssl_version, NULL: none)? Only OpenSSL and what
 * descends from it says in CURLINFO_CERTINFO what http_names_check looks for. ERR_UNSUPPORTED: with another one a server
 * would have to be taken, or refused, unseen.
 */
struct err *http_names_can_check(const char *library) MUST_USE;

#endif
