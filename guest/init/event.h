/* SPDX-License-Identifier: Apache-2.0 */
/* What init tells: a line on the console and a datagram to the agent. Any thread may call these. */
#ifndef GUEST_INIT_EVENT_H
#define GUEST_INIT_EVENT_H

/* Makes the socket pair; returns init's end. */
int event_init(void);

/* The end that the agent gets as descriptor 3. */
int event_agent_end(void);

/* A new agent missed what was told before it lived. */
void event_replay(void);

void event_stage(const char *name);
void event_ready(void);
void event_failed(const char *stage, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void event_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The address that a DHCP server gave; the last one counts. */
void event_address(const char *address);

/* To the agent alone: it goes down, let go of the engine. */
void event_closing(void);

/* One datagram to the agent alone: answers to its words. */
void event_answer(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
