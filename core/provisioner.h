/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a machine becomes a Docker host, as a value: chosen once for a machine, and asked wherever create, boot and power would
 * have to know what system it runs. It stands in core, not in provision/, because each member works with a machine: its
 * record, its folder, its driver and its SSH. What provision/ has are the texts and files that the members make.
 *
 *   seed   our image: keys, certificate and settings come with a volume that each boot reads
 *   host   another system that is reached over SSH: boot2docker's
 *   none   somebody else's engine: ours are the client's keys alone
 *
 * Every member is there. Errors that need it have their words and hints; no member takes the machine's lock.
 */
#ifndef CORE_PROVISIONER_H
#define CORE_PROVISIONER_H

#include "core/machine_handle.h"

struct provisioner {
	const char *name;
	bool sets_up;  /* the engine is ours to set up: create and start end when it answers */
	bool needs_on; /* renew and settings change nothing for good on a machine that is off */

	/* Options of create and record that would only fail in the middle. Touches nothing, waits for nothing. */
	struct err *(*check)(const struct machine *m);
	/*
	 * What the machine is made with, in its folder, after the driver's plan and before its create: certificate, keys, and
	 * the seed, whose path is *ret_seed (the caller frees; NULL: this kind has none). Waits for nothing.
	 */
	struct err *(*make)(struct machine *m, char **ret_seed);
	/*
	 * Bring a machine that runs what its system takes no other way: name, certificates, the engine's settings as the record
	 * has them. At the end of the first boot, and after renew. Blocks until the deadline at most.
	 */
	struct err *(*settings)(struct machine *m, struct deadline d);
	/*
	 * A new server certificate for that address, in the folder too, with the client's keys anew. running: a guest that can
	 * be told is told first. Blocks as driver_certificates and driver_reseed do.
	 */
	struct err *(*renew)(struct machine *m, const struct driver_endpoint *end, bool running);
	/* Does renew reach a running machine at once, at no cost for connections and containers? */
	bool (*renews_live)(const struct machine *m);
};

/*
 * The one for a machine whose handle is there, by the system that its driver says it runs. A driver's precheck may find
 * another system on what a user named, so create asks again after it.
 */
const struct provisioner *provisioner_of(const struct machine *m);

#endif
