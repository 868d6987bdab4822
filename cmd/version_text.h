/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the program, which make knows and one file only is told. */
#ifndef CMD_VERSION_TEXT_H
#define CMD_VERSION_TEXT_H

extern const char version_text[];   /* "0.1.0" */
extern const char version_commit[]; /* "d97b826" */

#endif
