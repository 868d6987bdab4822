/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names that host and guest agree on. docs/guest.md says what they mean; host code may include
 * this file too.
 */
#ifndef GUEST_CONTRACT_H
#define GUEST_CONTRACT_H

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

/* The files of an identity, in the seed and below GUEST_IDENTITY_DIR. */
#define GUEST_FILE_MACHINE "machine.json"
#define GUEST_FILE_DAEMON "daemon.json"
#define GUEST_FILE_AUTHORIZED_KEYS "ssh/authorized_keys"
#define GUEST_FILE_HOST_KEY "ssh/ssh_host_ed25519_key"
#define GUEST_FILE_HOST_KEY_PUB "ssh/ssh_host_ed25519_key.pub"
#define GUEST_FILE_CA "tls/ca.pem"
#define GUEST_FILE_CERT "tls/server.pem"
#define GUEST_FILE_KEY "tls/server-key.pem"

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
