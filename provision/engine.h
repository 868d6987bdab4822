/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's settings: from docker-machine's --engine-* options to daemon.json. Pure. */
#ifndef PROVISION_ENGINE_H
#define PROVISION_ENGINE_H

#include <cjson/cJSON.h>

#include "base/err.h"

/*
 * daemon.json from the record's EngineOptions object (docker-machine.md 4.2: Labels, InsecureRegistry, RegistryMirror,
 * StorageDriver, ArbitraryFlags "key=value" or "key", Dns, LogLevel ...). Flags of dockerd's command line become the
 * keys of its file (repeated flags become lists, plural names where the file has them: label -> labels, dns -> dns,
 * insecure-registry -> insecure-registries, log-opt -> log-opts object ...). ERR_USAGE names a flag that cannot be
 * set this way (tls*, host/H, data-root, containerd, exec-root, pidfile) and why, one that dockerd does not have, and a
 * value of the wrong form: dockerd would refuse the whole file when the machine boots. A flag may be written with its
 * dashes, by its letter, and with a blank for "=". provider: the label "provider=NAME" that docker-machine always
 * adds, last. engine_options may be NULL. The caller frees *ret.
 */
struct err *engine_daemon_json(const cJSON *engine_options, const char *provider, cJSON **ret) MUST_USE;

/*
 * ERR_USAGE for a storage driver that engines of our image no longer have, by either option: the engine would not start. daemon:
 * what engine_daemon_json made.
 */
struct err *engine_check_storage(const cJSON *daemon) MUST_USE;

/*
 * The "engine" object of machine.json ({"env":{...}}) from Env ("KEY=VALUE" items). ERR_USAGE for an item without "="
 * or with a name that is no variable's. engine_options may be NULL.
 */
struct err *engine_env_json(const cJSON *engine_options, cJSON **ret) MUST_USE;

#endif
