/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/log.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "drivers/virtualbox/lines.h"

#define WORDS_MAX 400

/* "NAT#0: configuration error: failed to set up redirection of 8082 to 80. Probably a conflict with existing services" */
bool log_refused(const char *log, int host_port)
{
	static const char words[] = "failed to set up redirection of ";
	struct line l;

	for (const char *at = log; line_next(&at, &l);) {
		const char *found = line_find(&l, words);

		if (found && atoi(found + strlen(words)) == host_port)
			return true;
	}
	return false;
}

/* "Changing the VM state from 'RESUMING' to 'RUNNING'": what was wrong before that is over. */
static bool log_runs(const struct line *l)
{
	return line_has(l, "Changing the VM state from '") && line_has(l, " to 'RUNNING'");
}

/* From at on, up to one of the end's characters or the line's end. The caller frees. */
static char *log_cut(const struct line *l, const char *at, const char *end)
{
	size_t len = 0, left = (size_t)(l->text + l->len - at);

	while (len < left && len < WORDS_MAX && !strchr(end, at[len]))
		len++;
	return xstrndup(at, len);
}

/* Console: VM runtime error: fatal=false, errorID=DrvVD_DISKFULL message="Host system reported disk full. ..." */
bool log_error(const char *log, char **ret_id, char **ret_words)
{
	static const char begin[] = "Console: VM runtime error: ", id_key[] = "errorID=", words_key[] = " message=\"";
	struct line l, found = { NULL, 0 };

	for (const char *at = log; line_next(&at, &l);) {
		if (log_runs(&l))
			found.text = NULL;
		else if (line_has(&l, begin) && line_has(&l, id_key))
			found = l;
	}
	if (!found.text)
		return false;
	const char *words = line_find(&found, words_key);
	*ret_id = log_cut(&found, line_find(&found, id_key) + strlen(id_key), " \"");
	*ret_words = words ? log_cut(&found, words + strlen(words_key), "\"") : xstrdup("");
	return true;
}
