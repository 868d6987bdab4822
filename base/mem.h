/* SPDX-License-Identifier: Apache-2.0 */
/* Memory: allocation that aborts when there is none, owners that free themselves, secrets that are wiped. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
char *xvasprintf(const char *fmt, va_list args) __attribute__((format(printf, 1, 0), returns_nonnull));

/* Overwrite n bytes so that the compiler cannot leave it out. */
void mem_wipe(void *p, size_t n);
/* Wipe a string of ours and free it. NULL is fine. */
void mem_free_secret(char *s);

void mem_freep(void *pp);
void mem_free_secretp(char **s);
void mem_closep(int *fd);

#define auto_free __attribute__((cleanup(mem_freep)))
#define auto_secret __attribute__((cleanup(mem_free_secretp)))
#define auto_close __attribute__((cleanup(mem_closep)))

/* Hand a pointer on: yields it and leaves NULL behind. */
#define TAKE(p)                                                                                                        \
	__extension__({                                                                                                \
		__typeof__(p) take_ = (p);                                                                             \
		(p) = NULL;                                                                                            \
		take_;                                                                                                 \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
