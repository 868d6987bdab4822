/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that host and guest agree on, and the table of an identity's files. docs/guest.md says what they mean; host
 * code may include this file too.
 */
#ifndef GUEST_CONTRACT_H
#define GUEST_CONTRACT_H

#include <stdbool.h>

/* The control channel: name of the virtio-serial port, its version, the longest line either side
 * may write. Where there is no such port, member GUEST_CHANNEL of machine.json names a serial line. */
#define GUEST_PORT_NAME "org.machine.agent.0"
#define GUEST_CHANNEL "channel"
#define GUEST_PROTOCOL 1
#define GUEST_LINE_MAX (256 * 1024)

/* How disks are known. */
#define GUEST_ROOT_VOLUME "machine-root"
#define GUEST_ISO_VOLUME "MACHINE_ISO"
#define GUEST_ISO_ROOT "machine/root.squashfs"
#define GUEST_SEED_VOLUME "MACHINE_SEED"
#define GUEST_DATA_LABEL "machine-data"
#define GUEST_FORMAT_ME "boot2docker, please format-me"

/* The files of an identity, in the seed and below GUEST_IDENTITY_DIR. Where a path is put together, these are its words; what
 * is done with all files or with all of a kind goes through the table below. */
#define GUEST_FILE_MACHINE "machine.json"
#define GUEST_FILE_DAEMON "daemon.json"
#define GUEST_FILE_AUTHORIZED_KEYS "ssh/authorized_keys"
#define GUEST_FILE_HOST_KEY "ssh/ssh_host_ed25519_key"
#define GUEST_FILE_HOST_KEY_PUB "ssh/ssh_host_ed25519_key.pub"
#define GUEST_FILE_CA "tls/ca.pem"
#define GUEST_FILE_CERT "tls/server.pem"
#define GUEST_FILE_KEY "tls/server-key.pem"

/* Each may be left out, but for the last: it is written last, and where it is, there is an identity. */
enum guest_file {
	GUEST_DAEMON,
	GUEST_AUTHORIZED_KEYS,
	GUEST_HOST_KEY,
	GUEST_HOST_KEY_PUB,
	GUEST_CA,
	GUEST_CERT, /* the server's */
	GUEST_KEY,
	GUEST_MACHINE,
	GUEST_FILES /* their number */
};

enum guest_kind {
	GUEST_SETTINGS,	  /* an object of JSON; in the message `identity` a member of its own */
	GUEST_SSH,	  /* text, in the message's member `files` under its name */
	GUEST_CERTIFICATE /* the same, and one of those that the message `certificates` brings, all at once */
};

struct guest_file_facts {
	const char *name;
	enum guest_kind kind;
	bool secret;   /* a private key: its copies in memory are wiped */
	unsigned mode; /* in the seed; below GUEST_IDENTITY_DIR all have 0600 */
};

static inline const struct guest_file_facts *guest_file(enum guest_file file)
{
	static const struct guest_file_facts files[GUEST_FILES] = {
		[GUEST_DAEMON] = { .name = GUEST_FILE_DAEMON, .kind = GUEST_SETTINGS, .mode = 0444 },
		[GUEST_AUTHORIZED_KEYS] = { .name = GUEST_FILE_AUTHORIZED_KEYS, .kind = GUEST_SSH, .mode = 0444 },
		[GUEST_HOST_KEY] = { .name = GUEST_FILE_HOST_KEY, .kind = GUEST_SSH, .secret = true, .mode = 0400 },
		[GUEST_HOST_KEY_PUB] = { .name = GUEST_FILE_HOST_KEY_PUB, .kind = GUEST_SSH, .mode = 0444 },
		[GUEST_CA] = { .name = GUEST_FILE_CA, .kind = GUEST_CERTIFICATE, .mode = 0444 },
		[GUEST_CERT] = { .name = GUEST_FILE_CERT, .kind = GUEST_CERTIFICATE, .mode = 0444 },
		[GUEST_KEY] = { .name = GUEST_FILE_KEY, .kind = GUEST_CERTIFICATE, .secret = true, .mode = 0400 },
		[GUEST_MACHINE] = { .name = GUEST_FILE_MACHINE, .kind = GUEST_SETTINGS, .mode = 0444 },
	};

	return &files[file];
}

/* Services. */
#define GUEST_ENGINE_PORT 2376
#define GUEST_SSH_PORT 22
#define GUEST_SSH_USER "docker"

/* A word on the kernel's command line: print GUEST_PROBE_OK and power off. */
#define GUEST_PROBE_WORD "machine.probe"
#define GUEST_PROBE_OK "machine: probe ok"

/* What begins every line that init prints on the console. */
#define GUEST_CONSOLE_PREFIX "machine: "

/* In the event `failed` when the engine cannot start for want of room. */
#define GUEST_DISK_FULL "the data disk is full"

/* Inside the guest. */
#define GUEST_RUN_DIR "/run/machine"
#define GUEST_IDENTITY_DIR "/run/machine/identity"
#define GUEST_CHANNEL_FILE "/run/machine/channel"
#define GUEST_CONTROL_SOCKET "/run/machine/init.sock"
#define GUEST_LIB_DIR "/usr/lib/machine"
#define GUEST_ENGINE_SOCKET "/var/run/docker.sock"

#endif
