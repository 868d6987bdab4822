/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's handle, and names of what belongs to a machine. */
#ifndef DRIVERS_VIRTUALBOX_HANDLE_H
#define DRIVERS_VIRTUALBOX_HANDLE_H

#include "drivers/driver.h"
#include "drivers/virtualbox/config.h"
#include "drivers/virtualbox/output.h"

/* In the machine's folder. VirtualBox's own files are below NAME/ there. */
#define VBOX_FILE_DISK "disk.vmdk"
#define VBOX_FILE_EXTENT "disk-flat.vmdk"
#define VBOX_FILE_ISO "boot2docker.iso" /* docker-machine's name */
#define VBOX_FILE_AGENT "agent.sock"
#define VBOX_FILE_CALL_LOCK "VBoxManage.lock" /* held during each call for this machine */
#define VBOX_FILE_LOCK "keeper.lock"
#define VBOX_FILE_LOG "keeper.log"

/* What the keeper writes into its lock of the guest's boot, once that is over. */
#define VBOX_PHASE_READY "running"
#define VBOX_PHASE_FAILED "failed"

struct vbox {
	const struct driver_env *env;
	struct vbox_config config;
	char *console, *lock;
	char *old_uuid;		     /* of a record of docker-machine's: what NAME.vbox in the folder says; NULL */
	struct vbox_version version; /* by precheck; major 0: not asked */
	bool made;		     /* create made it just now: it is off, with the rules that it should have */
	bool woken;		     /* start found it paused or saved */
	bool started;		     /* by start of this handle, from being off */
	bool paused;		     /* when its state was last asked */
	int seen_engine, seen_ssh;   /* ports that state found the running machine's rules with; 0: not asked */
};

/* A handle without a configuration, for env, which is borrowed. End it with vbox_close, which takes NULL too. */
struct vbox *vbox_new(const struct driver_env *env);
void vbox_close(void *self);

/* VirtualBox's folder of the machine, with NAME.vbox and Logs/. The caller frees. */
char *vbox_settings_dir(const struct vbox *v);
/* By which VBoxManage finds it: the UUID. "" for a record that has none, and no settings in its folder. Borrowed. */
const char *vbox_id(const struct vbox *v);
/* ERR_WRONG_STATE when info (of showvminfo) names another machine's folder, of which this one is a copy. */
struct err *vbox_is_here(const struct vbox *v, const char *info) MUST_USE;
/*
 * Where its second serial port ends on this host; NULL: its system has no agent, or no path is short enough for a socket.
 * The caller frees.
 */
char *vbox_agent_path(const struct vbox *v);

#endif
