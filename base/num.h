/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers from text, whole and in range, and back. All conversions of units are here. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* A whole decimal number, or 0x and 0 prefixes as Go's ParseInt(s, 0, 64) takes them. ERR_USAGE otherwise. */
struct err *num_int(const char *text, int64_t min, int64_t max, int64_t *ret) MUST_USE;
/* "20000", "20g", "20GiB", "512m": mebibytes; a bare number is mebibytes. */
struct err *num_mib(const char *text, int64_t *ret) MUST_USE;
/* "90" (seconds), "1.5s", "500ms", "2m", "1h": milliseconds. */
struct err *num_duration_ms(const char *text, int *ret) MUST_USE;
/* "1.2 GB", for people; the caller frees. */
char *num_bytes_text(uint64_t bytes);
/* "850 ms", "7.3 s", "2 min 5 s", for people; the caller frees. */
char *num_ms_text(int64_t ms);

/* Go's strconv.ParseBool, and nothing more; ERR_USAGE for all else. */
struct err *num_bool(const char *text, bool *ret) MUST_USE;

#endif
