/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be asked of a keeper through its control socket:
 *   {"do":"status"}  {"do":"ports"}  {"do":"stop"}  {"do":"kill"}  {"do":"agent","request":{"do":"ping"}}
 * are answered with {"ok":true,...} or {"ok":false,"error":"...","hint":"..."}; {"do":"wait"} is answered with the events of the
 * boot so far and then with each as it comes, until {"event":"ready"}, {"event":"failed"} or {"event":"died"}.
 */
#ifndef DRIVERS_KEEPER_REQUEST_H
#define DRIVERS_KEEPER_REQUEST_H

#include "drivers/keeper/keeper.h"

void request_take(struct keeper *k, struct control_client *c, const char *word, const cJSON *request);

#endif
