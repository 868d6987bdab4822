/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/keeper/client.h"

#include "base/fs.h"
#include "base/json.h"
#include "base/mem.h"
#include "drivers/keeper/keeper.h"
#include "drivers/link/ask.h"
#include "drivers/link/boot_wait.h"

struct err *client_send(const char *dir, const cJSON *request, int timeout_ms, cJSON **ret)
{
	auto_free char *path = fs_join(dir, KEEPER_FILE_CONTROL);

	return ask(path, request, timeout_ms, ret);
}

struct err *client_ask(const char *dir, const char *word, int timeout_ms, cJSON **ret)
{
	auto_json *request = json_object();

	json_set_str(request, "do", word);
	return client_send(dir, request, timeout_ms, ret);
}

struct err *client_ask_agent(const char *dir, const cJSON *request, int timeout_ms, cJSON **ret)
{
	auto_free char *path = fs_join(dir, KEEPER_FILE_CONTROL);

	return ask_agent(path, request, timeout_ms, ret);
}

static struct err *wait_gone(void)
{
	return err_new(ERR_NETWORK, "the process that stays with the machine is gone");
}

static struct err *wait_loop(struct chan *c, struct deadline d, struct boot_wait *w)
{
	bool done = false;

	while (!done) {
		auto_json *tree = NULL;
		struct err *e = ask_next(c, d, &tree);

		if (e && e->code == ERR_TIMEOUT)
			e = boot_wait_timeout(w, e);
		TRY(e);
		if (!tree)
			return wait_gone();
		TRY(boot_wait_take(w, tree, &done));
	}
	return NULL;
}

struct err *client_wait_ready(const char *dir, struct deadline d,
			      void (*event)(void *data, const struct driver_boot_event *e), void *data)
{
	auto_boot_wait w = { .event = event, .data = data, .stage = "start" };
	auto_free char *path = fs_join(dir, KEEPER_FILE_CONTROL);
	auto_chan c = CHAN_CLOSED;
	struct err *e = ask_connect(path, &c);

	if (e && e->code == ERR_WRONG_STATE) {
		err_free(e);
		return wait_gone();
	}
	TRY(e);
	chan_send(&c, "{\"do\":\"wait\"}");
	return wait_loop(&c, d, &w);
}
