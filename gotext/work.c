/* SPDX-License-Identifier: Apache-2.0 */
/* The bounds of a run. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "gotext/work.h"

#define GOTEXT_MAX_MEMORY (8u << 20) /* of values that are made while it runs */
#define GOTEXT_MAX_STEPS 1000000

void gotext_work_release(struct gotext_work *w)
{
	list_release(&w->made);
	json_freep(&w->made_nodes);
}

struct err *gotext_work_step(struct gotext_work *w, size_t n)
{
	w->steps += n > GOTEXT_MAX_STEPS ? GOTEXT_MAX_STEPS : (int)n;
	if (w->steps > GOTEXT_MAX_STEPS || w->out->len > GOTEXT_MAX_OUTPUT)
		return err_new(ERR_FAILED, "template: it prints or works too much");
	return NULL;
}

struct err *gotext_work_keep(struct gotext_work *w, char *text, struct gotext_value *ret)
{
	list_take(&w->made, text);
	*ret = gotext_value_of_text(text);
	w->memory += strlen(text);
	if (w->memory > GOTEXT_MAX_MEMORY)
		return err_new(ERR_FAILED, "it makes too much text");
	return gotext_work_step(w, 1);
}

void gotext_work_keep_list(struct gotext_work *w, cJSON *list, struct gotext_value *ret)
{
	if (!w->made_nodes)
		w->made_nodes = json_array();
	cJSON_AddItemToArray(w->made_nodes, list);
	*ret = gotext_value_from(list, w->typed);
}
