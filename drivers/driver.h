/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract between core and the code that makes, starts, stops and removes machines in one kind of place.
 *
 * A driver is an instance (struct driver): its members, a const struct driver_ops, with the options and the data that are
 * its own. drivers/registry.h finds it. core/driver_call.c is the only caller of members; it fills in for optional ones,
 * words the "cannot" errors, and says which member may wait for how long. Drivers include only base/ and the rooms that
 * drivers share: what they need from elsewhere (image files, the seed, a way to report) comes in as parameters.
 *
 * No member prints. Every member that waits has a deadline. Ctrl-C is seen through base/clock.h. A member that is called
 * like a question (state, endpoint, problem, limit) starts nothing and changes nothing that save would write.
 */
#ifndef DRIVERS_DRIVER_H
#define DRIVERS_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/list.h"
#include "base/opt.h"
#include "base/str.h"

/* docker-machine's states, in its order: their names are what `status` prints. */
enum machine_state {
	STATE_NONE,
	STATE_RUNNING,
	STATE_PAUSED,
	STATE_SAVED,
	STATE_STOPPED,
	STATE_STOPPING,
	STATE_STARTING,
	STATE_ERROR,
	STATE_TIMEOUT
};

/* What system a machine runs: core chooses by it how the machine becomes a Docker host (core/provisioner.h). */
enum driver_system {
	DRIVER_SYSTEM_FOREIGN, /* somebody else's: only its engine is known */
	DRIVER_SYSTEM_OURS,    /* our image, whose identity comes with a seed */
	DRIVER_SYSTEM_OTHER    /* another one, which is set up over SSH */
};

enum driver_caps {
	DRIVER_NEEDS_IMAGE = 1 << 0, /* makes machines of files of our image: core finds it */
	DRIVER_NO_POWER = 1 << 1,    /* cannot start, stop, kill (none) */
	DRIVER_NO_SSH = 1 << 2,	     /* there is no SSH endpoint of ours */
	DRIVER_KEEPS_IMAGE = 1 << 3, /* create copies the image: start is given none (NULL) */
	DRIVER_NEEDS_ISO = 1 << 4    /* what it boots of the image is the ISO: core holds that against its digest too */
};

/* What the driver may use of its surroundings. All borrowed; lives as long as the handle. */
struct driver_env {
	const char *name;      /* of the machine, already checked */
	const char *store;     /* storage path, absolute */
	const char *dir;       /* folder of the machine: the driver may keep files there */
	const char *state_dir; /* per-user folder for what drivers share (0700): caches of probes, locks */
	/* One line of progress or of warning for the user; never NULL. */
	void (*report)(void *data, const char *text);
	void (*warn)(void *data, const char *text);
	void *data;
	/* How long reaching the hypervisor may take, in ms: `ls` asks many and waits for none too long. 0: as it needs. */
	int patience_ms;
	const void *instance; /* the data of struct driver, for drivers that share their members */
};

/* Files of the guest image, see docs/guest.md. All absolute; NULL members: not there. */
struct driver_image {
	const char *dir;
	const char *vmlinux, *vmlinuz, *initrd, *root, *disk, *iso;
	const char *digest;  /* names its content: hex */
	const char *cmdline; /* what every boot of it passes */
};

/* Where the machine will be reached. Strings are the caller's to free with driver_endpoint_release. */
struct driver_endpoint {
	char *address; /* "127.70.3.9"; what `ip` prints. "", and so are the others: not known before it runs */
	char *url;     /* "tcp://127.70.3.9:2376" */
	char *ssh_host;
	int ssh_port;
	char *ssh_user;
};
void driver_endpoint_release(struct driver_endpoint *e);
#define auto_endpoint __attribute__((cleanup(driver_endpoint_release))) struct driver_endpoint

/* How large a machine is; 0: as it is. */
struct driver_sizes {
	int cpus;
	int64_t memory_mib, disk_mib;
};

/* One published port, and where it answers. */
struct driver_port {
	char proto[4]; /* tcp or udp */
	int guest_port;
	char *host_address; /* where it answers on this host */
	int host_port;
	char *problem; /* NULL, or why it cannot answer, with the cure */
};

/* What the guest says of its boot. */
struct driver_boot_event {
	const char *stage;   /* "kernel", "root", "data", "network", "containerd", "engine", "gate", "ready" */
	int64_t guest_ms;    /* since the guest's kernel began, -1: unknown */
	const char *warning; /* NULL, or something to tell the user */
};

struct driver_ops {
	/* Of a built-in driver, for its instance; NULL where instances share these members and have their own. */
	const char *name;
	const char *summary;
	const struct opt *opts;
	unsigned caps;

	/* A handle from create's options, or from the saved "Driver" object of the record. *ret_self only on success. */
	struct err *(*from_opts)(const struct driver_env *env, const struct opts *opts, void **ret_self);
	struct err *(*from_record)(const struct driver_env *env, const cJSON *driver, void **ret_self);
	void (*close)(void *self);
	/* Write into the "Driver" object what from_record needs; members of others stay. docker-machine's names first. */
	struct err *(*save)(void *self, cJSON *into);

	struct err *(*precheck)(void *self); /* optional; changes nothing */
	/* optional: what machines lack with the hypervisor as it is here, in words, for doctor. NULL: nothing. The caller frees. */
	char *(*limit)(void *self);

	/*
	 * Choose where the machine will be reached, before it exists. Known for life from now on: saved in the record.
	 * May reserve (recorded in state_dir, undone by remove). optional: then endpoint() is fixed by the options.
	 */
	struct err *(*plan)(void *self);
	/*
	 * The network part of the seed's machine.json ("network" object and "mounts"), see docs/guest.md. Only with
	 * DRIVER_NEEDS_IMAGE; called after plan.
	 */
	struct err *(*seed_machine)(void *self, cJSON *machine);

	/*
	 * Make what is outside (disks, VM definition), powered off. seed: path of the seed volume in the machine's
	 * folder, NULL unless its system is ours. May leave a half-made machine: remove copes. image is NULL without
	 * DRIVER_NEEDS_IMAGE.
	 */
	struct err *(*create)(void *self, const struct driver_image *image, const char *seed);
	struct err *(*remove)(void *self); /* from any state; half-made and already gone are success */

	/* Unless DRIVER_NO_POWER: such a machine is on already. start returns when the VM runs, not when the guest is ready. */
	struct err *(*start)(void *self, const struct driver_image *image);
	struct err *(*stop)(void *self, int timeout_ms); /* asks; returns when off, ERR_TIMEOUT when it did not obey */
	struct err *(*kill)(void *self);		 /* does not ask; returns when off */
	struct err *(*restart)(void *self, int timeout_ms); /* optional: core stops and starts */

	/*
	 * Wait until the guest says that it is ready; event is called for each stage. ERR_WRONG_STATE when the VM died,
	 * ERR_TIMEOUT past the deadline; both quote the end of the console. optional: core probes the endpoint alone.
	 */
	struct err *(*wait_ready)(void *self, struct deadline deadline,
				  void (*event)(void *data, const struct driver_boot_event *e), void *data);

	struct err *(*state)(void *self, enum machine_state *ret); /* cheap: `ls` calls it for all */
	/*
	 * Where it answers, as far as is known; waits for nothing. May differ from last time where nobody promises addresses:
	 * core then mends the certificate. ERR_WRONG_STATE "Host is not running" where it is only known while it runs.
	 */
	struct err *(*endpoint)(void *self, struct driver_endpoint *ret);
	/*
	 * optional: have a machine that runs answer where endpoint says: start the process that carries its ports where that
	 * was killed, learn an address that nobody promised. Core calls it before endpoint wherever somebody wants to connect.
	 * Nothing to do for a machine that is off.
	 */
	struct err *(*reach)(void *self);
	/* optional: what containers publish and where it answers. *ret is an array of n, the caller frees with driver_ports_free. */
	struct err *(*ports)(void *self, struct driver_port **ret, size_t *ret_n);
	/*
	 * optional: hand the running guest other certificates: "files" of docs/guest.md, section 4. No connection and no
	 * container ends by it. Without this member they only come with the next seed.
	 */
	struct err *(*certificates)(void *self, const cJSON *files);
	/* optional: take another seed volume, for the next boot. Without it the file in the folder is what is booted with. */
	struct err *(*reseed)(void *self, const char *seed);
	/* optional: did start find a guest that was there already, paused or saved? Then an interrupted start leaves it. */
	bool (*was_woken)(void *self);
	/*
	 * optional: what system it runs; precheck may still find that out. Without it: ours with DRIVER_NEEDS_IMAGE, else
	 * a foreign one.
	 */
	enum driver_system (*system)(const void *self);
	/*
	 * optional: boot this image from the next start on; the machine is off, its disk stays. Without it a driver that is
	 * given the image at each start needs nothing, and one that keeps its own (DRIVER_KEEPS_IMAGE) cannot.
	 */
	struct err *(*upgrade)(void *self, const struct driver_image *image);
	/*
	 * optional: have these sizes from the next start on; the machine is off. ERR_USAGE for what makes no sense,
	 * ERR_UNSUPPORTED for what cannot be changed here; nothing has changed then.
	 */
	struct err *(*resize)(void *self, const struct driver_sizes *sizes);
	/*
	 * optional: why a machine that is on stands still or loses what it writes, as far as is known without waiting (this host's
	 * disk is full, say). NULL: nothing. The caller frees.
	 */
	char *(*problem)(void *self);
	/* optional: path of the console log, fetched where it lies elsewhere; borrowed. */
	const char *(*fetch_console)(void *self);

	/*
	 * optional: `rm -f` of a machine whose record cannot be read. End and free what env->dir alone shows to be this
	 * driver's, as remove would; succeed when there is nothing.
	 */
	struct err *(*sweep)(const struct driver_env *env);

	/* optional: a process of its own that the driver starts as `machine __driver NAME ARGS...` (the supervisor). */
	int (*helper_main)(int argc, char *const *argv);
};

/* A driver as it is used: built in, or found at run time (plugins), when its options are known only then. */
struct driver {
	const char *name;    /* the word after --driver; matched exactly */
	const char *summary; /* one line for help */
	const struct driver_ops *ops;
	const struct opt
		*opts;	  /* create's options; ends with {0}. Names begin with the driver's name ("qemu-memory") */
	const void *data; /* which instance it is, handed to members as env->instance; NULL: built in */
};

void driver_ports_free(struct driver_port *ports, size_t n);

/* "Running" ... as docker-machine prints them; "" for STATE_NONE. */
const char *machine_state_name(enum machine_state s);

/* Which rule of this page a driver breaks, NULL when none. A test loops over all. */
const char *driver_broken_rule(const struct driver *d);

#endif
