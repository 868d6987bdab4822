/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a machine: machines/NAME/config.json in docker-machine's schema, version 3. Members that we do not
 * know survive load and save, and so does every digit of a number.
 *
 * Our own top-level member "Machine" says how far things went: {"Progress": "creating"|"ready"|"removing", "Image": DIR,
 * "CertificatesEnd": SECONDS, "Context": NAME, "Booting": true}. A record without it was made by docker-machine and is ready.
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/opt.h"
#include "core/core.h"

#define RECORD_FILE "config.json"
#define RECORD_OURS "Machine"
#define RECORD_IMAGE_MEMBER "Image" /* folder of the guest image that it boots */
#define RECORD_CERTS_END_MEMBER                                                                                        \
	"CertificatesEnd" /* when the first of the machine's certificates ends: seconds since the epoch */
#define RECORD_CERTS_END RECORD_OURS "." RECORD_CERTS_END_MEMBER
#define RECORD_CONTEXT_MEMBER "Context" /* name of the machine's context in the Docker client's configuration */
#define RECORD_CONTEXT RECORD_OURS "." RECORD_CONTEXT_MEMBER

/* The options of `create` that end up in every record, whichever driver: --engine-*, --swarm-*, --tls-san. */
extern const struct opt record_opts[];

/* ERR_USAGE for values that docker-machine refuses before it makes a record. */
struct err *record_check_opts(const struct opts *o) MUST_USE;
/* A new record from options of the table above. The caller frees. */
cJSON *record_new(const struct core *c, const char *name, const char *driver, const struct opts *opts);

/*
 * ERR_NOT_FOUND when the file is missing; the errors are docker-machine's. The name in it is set to the folder's, paths of a
 * store that was moved are mended, and an older version is made version 3, all in memory: *ret_old is set then.
 */
struct err *record_load(const struct core *c, const char *name, cJSON **ret, bool *ret_old) MUST_USE;
/* Keep the file of an older version as config.json.bak, before the first save. */
struct err *record_keep_old(const struct core *c, const char *name) MUST_USE;
/* Whole or not at all, 0600, 4 blanks of indent. The folder must be there. */
struct err *record_save(const struct core *c, const char *name, const cJSON *record) MUST_USE;
/* The first save: folder and record appear together. ERR_EXISTS when the name is taken. */
struct err *record_save_first(const struct core *c, const char *name, const cJSON *record) MUST_USE;

/* The hint for a record that cannot be used: mend it or remove the machine. NULL in, NULL out. */
struct err *record_damaged(const struct core *c, const char *name, struct err *e) MUST_USE;

/* Was it started and has not been seen ready since? Then `start` waits for that boot, whatever became of whoever began it. */
bool record_is_booting(const cJSON *record);
void record_set_booting(cJSON *record, bool booting);

const char *record_progress(const cJSON *record); /* "ready" when there is no such member */
void record_set_progress(cJSON *record, const char *progress);

#endif
