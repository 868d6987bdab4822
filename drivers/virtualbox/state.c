/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/virtualbox/state.h"

#include "base/mem.h"
#include "drivers/virtualbox/manage.h"
#include "drivers/virtualbox/nat.h"
#include "drivers/virtualbox/output.h"

struct err *vbox_state_of(void *self, enum machine_state *ret)
{
	struct vbox *v = self;
	auto_manage_result r = MANAGE_RESULT_INIT;

	TRY(manage_ask_info(v, MANAGE_ASK_MS, &r));
	if (r.trouble == VBOX_INACCESSIBLE) {
		*ret = STATE_ERROR;
		return NULL;
	}
	if (r.trouble != VBOX_NO_TROUBLE)
		return manage_error(v, "showvminfo", &r);
	TRY(vbox_is_here(v, r.out.buf));
	auto_free char *word = vbox_info(r.out.buf, "VMState");
	*ret = vbox_state(word);
	v->paused = *ret == STATE_PAUSED;
	/* A start that was killed may have moved a port, and have told nobody. */
	if (*ret == STATE_RUNNING && *v->config.uuid && !vbox_is_hostonly(&v->config))
		nat_read(&v->config, r.out.buf);
	if (*ret == STATE_NONE)
		return err_new(ERR_FAILED, "VBoxManage showvminfo tells no state that is known%s%s", word ? ": " : "",
			       word ? word : "");
	return NULL;
}
