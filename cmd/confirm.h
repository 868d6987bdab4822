/* SPDX-License-Identifier: Apache-2.0 */
/* A question on stdout, the answer from stdin. */
#ifndef CMD_CONFIRM_H
#define CMD_CONFIRM_H

enum confirm {
	CONFIRM_NO,
	CONFIRM_YES, /* it begins with y or Y */
	CONFIRM_END  /* there was nothing to read */
};

/* Blocks until a line was read. */
enum confirm confirm(const char *question);

#endif
