/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a folder so that what is made or removed in it lies where it seems to lie. */
#ifndef BASE_FS_FOLDER_H
#define BASE_FS_FOLDER_H

/*
 * A descriptor (O_PATH) of the folder at path, for the calls with "at"; -1 with errno. Links on the way are followed; but
 * root is led by a link of another user to that user's own folders alone (ELOOP), as the kernel's protected_symlinks does it
 * in /tmp: else a user's link in place of, say, the folder of locks would have root make files in any folder. Each step is
 * taken from a folder that is held, so that nobody swaps one between the look and the step.
 */
int fs_folder(const char *path);

#endif
