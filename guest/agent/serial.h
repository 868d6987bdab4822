/* SPDX-License-Identifier: Apache-2.0 */
/* A serial line as the channel: eight bits, nothing between the two sides. */
#ifndef GUEST_AGENT_SERIAL_H
#define GUEST_AGENT_SERIAL_H

#include <stdbool.h>

/* Raw, 115200 baud, no echo, no flow control, no modem lines. False with errno when the terminal does not take it. */
bool serial_raw(int fd);

#endif
