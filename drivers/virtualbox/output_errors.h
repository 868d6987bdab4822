/* SPDX-License-Identifier: Apache-2.0 */
/* What VBoxManage says on stderr when it refuses, and what helps. Pure. */
#ifndef DRIVERS_VIRTUALBOX_OUTPUT_ERRORS_H
#define DRIVERS_VIRTUALBOX_OUTPUT_ERRORS_H

/* What an error on stderr means for us. */
enum vbox_trouble {
	VBOX_NO_TROUBLE, /* nothing that looks like an error */
	VBOX_AGAIN,	 /* nothing was done: the service starts or ends, a lock is held, an object is not ready */
	VBOX_NOT_FOUND,	 /* no such machine */
	VBOX_EXISTS,	 /* a settings file, a medium, a rule, a server of that name */
	VBOX_NOT_RUNNING,
	VBOX_INACCESSIBLE, /* its settings cannot be read */
	VBOX_DENIED,
	VBOX_FAILED
};
enum vbox_trouble vbox_trouble(const char *errout);
/* What went wrong in VirtualBox's words, without "VBoxManage: error:", codes and places in its source. The caller frees. */
char *vbox_complaint(const char *errout);
/* What helps against a start that failed with that; NULL: nothing is known. */
const char *vbox_cure(const char *complaint);

#endif
