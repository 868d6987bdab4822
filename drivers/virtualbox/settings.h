/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVERS_VIRTUALBOX_SETTINGS_H
#define DRIVERS_VIRTUALBOX_SETTINGS_H

/*
 * The machine's UUID in the text of a NAME.vbox: <Machine uuid="{...}" ...>. Pure; the caller frees, NULL: none. Read as text,
 * for a file that was cut off too.
 */
char *settings_uuid(const char *text);

/* That of dir/NAME/NAME.vbox. The caller frees; NULL: none. */
char *settings_read_uuid(const char *dir, const char *name);

#endif
