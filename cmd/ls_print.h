/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as `ls` prints them. */
#ifndef CMD_LS_PRINT_H
#define CMD_LS_PRINT_H

#include <cjson/cJSON.h>

#include "core/survey.h"

/* One row in the shape of docker-machine's HostListItem, the response time in nanoseconds. The caller frees. */
cJSON *ls_row(const struct survey *s, size_t i);
/* format: "table ..." for columns, "" for the default table, else a line for each row. Its errors are Go's. */
struct err *ls_print(const struct survey *s, const char *format) MUST_USE;

#endif
