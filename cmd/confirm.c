/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/confirm.h"

#include <stdio.h>

enum confirm confirm(const char *question)
{
	char answer[16] = "";

	fputs(question, stdout);
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin))
		return CONFIRM_END;
	return answer[0] == 'y' || answer[0] == 'Y' ? CONFIRM_YES : CONFIRM_NO;
}
