/* SPDX-License-Identifier: Apache-2.0 */
/* After dockerd 26.1: `dockerd --help` and the members of daemon/config.Config. */
#include "provision/engine_flags.h"

#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

#define OURS_TLS "the gate in front of the engine does TLS, with the machine's own certificate"
#define OURS_PLACE "the image has a fixed place for it"

static const struct engine_flag engine_flags[] = {
	{ "add-runtime", NULL, ENGINE_RUNTIME, "runtimes" },
	{ "allow-nondistributable-artifacts", NULL, ENGINE_LIST, NULL },
	{ "api-cors-header", NULL, ENGINE_TEXT, NULL },
	{ "authorization-plugin", NULL, ENGINE_LIST, "authorization-plugins" },
	{ "bip", NULL, ENGINE_TEXT, NULL },
	{ "bridge", "b", ENGINE_TEXT, NULL },
	{ "cdi-spec-dir", NULL, ENGINE_LIST, "cdi-spec-dirs" },
	{ "cgroup-parent", NULL, ENGINE_TEXT, NULL },
	{ "config-file", NULL, ENGINE_REFUSED, OURS_PLACE },
	{ "containerd", NULL, ENGINE_REFUSED, OURS_PLACE },
	{ "containerd-namespace", NULL, ENGINE_TEXT, NULL },
	{ "containerd-plugins-namespace", NULL, ENGINE_REFUSED, "the engine takes it in its file and then ignores it" },
	{ "cpu-rt-period", NULL, ENGINE_NUMBER, NULL },
	{ "cpu-rt-runtime", NULL, ENGINE_NUMBER, NULL },
	{ "cri-containerd", NULL, ENGINE_BOOL, NULL },
	{ "data-root", NULL, ENGINE_REFUSED, OURS_PLACE },
	{ "debug", "D", ENGINE_BOOL, NULL },
	{ "default-address-pool", NULL, ENGINE_POOL, "default-address-pools" },
	{ "default-cgroupns-mode", NULL, ENGINE_TEXT, NULL },
	{ "default-gateway", NULL, ENGINE_TEXT, NULL },
	{ "default-gateway-v6", NULL, ENGINE_TEXT, NULL },
	{ "default-ipc-mode", NULL, ENGINE_TEXT, NULL },
	{ "default-network-opt", NULL, ENGINE_MAP_MAP, "default-network-opts" },
	{ "default-runtime", NULL, ENGINE_TEXT, NULL },
	{ "default-shm-size", NULL, ENGINE_TEXT, NULL },
	{ "default-ulimit", NULL, ENGINE_ULIMIT, "default-ulimits" },
	{ "dns", NULL, ENGINE_LIST, NULL },
	{ "dns-opt", NULL, ENGINE_LIST, "dns-opts" },
	{ "dns-search", NULL, ENGINE_LIST, NULL },
	{ "exec-opt", NULL, ENGINE_LIST, "exec-opts" },
	{ "exec-root", NULL, ENGINE_REFUSED, OURS_PLACE },
	{ "experimental", NULL, ENGINE_BOOL, NULL },
	{ "fixed-cidr", NULL, ENGINE_TEXT, NULL },
	{ "fixed-cidr-v6", NULL, ENGINE_TEXT, NULL },
	{ "graph", "g", ENGINE_REFUSED, OURS_PLACE },
	{ "group", "G", ENGINE_TEXT, NULL },
	{ "host", "H", ENGINE_REFUSED, "the engine listens on its unix socket alone and the gate on port 2376" },
	{ "host-gateway-ip", NULL, ENGINE_TEXT, NULL },
	{ "http-proxy", NULL, ENGINE_PROXY, NULL },
	{ "https-proxy", NULL, ENGINE_PROXY, NULL },
	{ "icc", NULL, ENGINE_BOOL, NULL },
	{ "init", NULL, ENGINE_BOOL, NULL },
	{ "init-path", NULL, ENGINE_TEXT, NULL },
	{ "insecure-registry", NULL, ENGINE_LIST, "insecure-registries" },
	{ "ip", NULL, ENGINE_TEXT, NULL },
	{ "ip-forward", NULL, ENGINE_BOOL, NULL },
	{ "ip-masq", NULL, ENGINE_BOOL, NULL },
	{ "ip6tables", NULL, ENGINE_BOOL, NULL },
	{ "iptables", NULL, ENGINE_BOOL, NULL },
	{ "ipv6", NULL, ENGINE_BOOL, NULL },
	{ "label", NULL, ENGINE_LABEL, "labels" },
	{ "live-restore", NULL, ENGINE_BOOL, NULL },
	{ "log-driver", NULL, ENGINE_TEXT, NULL },
	{ "log-format", NULL, ENGINE_TEXT, NULL },
	{ "log-level", "l", ENGINE_TEXT, NULL },
	{ "log-opt", NULL, ENGINE_MAP, "log-opts" },
	{ "max-concurrent-downloads", NULL, ENGINE_NUMBER, NULL },
	{ "max-concurrent-uploads", NULL, ENGINE_NUMBER, NULL },
	{ "max-download-attempts", NULL, ENGINE_NUMBER, NULL },
	{ "metrics-addr", NULL, ENGINE_TEXT, NULL },
	{ "mtu", NULL, ENGINE_NUMBER, NULL },
	{ "network-control-plane-mtu", NULL, ENGINE_NUMBER, NULL },
	{ "network-diagnostic-port", NULL, ENGINE_NUMBER, NULL },
	{ "no-new-privileges", NULL, ENGINE_BOOL, NULL },
	{ "no-proxy", NULL, ENGINE_PROXY, NULL },
	{ "node-generic-resource", NULL, ENGINE_LIST, "node-generic-resources" },
	{ "pidfile", "p", ENGINE_REFUSED, OURS_PLACE },
	{ "raw-logs", NULL, ENGINE_BOOL, NULL },
	{ "registry-mirror", NULL, ENGINE_LIST, "registry-mirrors" },
	{ "rootless", NULL, ENGINE_BOOL, NULL },
	{ "seccomp-profile", NULL, ENGINE_TEXT, NULL },
	{ "selinux-enabled", NULL, ENGINE_BOOL, NULL },
	{ "shutdown-timeout", NULL, ENGINE_NUMBER, NULL },
	{ "storage-driver", "s", ENGINE_TEXT, NULL },
	{ "storage-opt", NULL, ENGINE_LIST, "storage-opts" },
	{ "swarm-default-advertise-addr", NULL, ENGINE_TEXT, NULL },
	{ "tls", NULL, ENGINE_REFUSED, OURS_TLS },
	{ "tlscacert", NULL, ENGINE_REFUSED, OURS_TLS },
	{ "tlscert", NULL, ENGINE_REFUSED, OURS_TLS },
	{ "tlskey", NULL, ENGINE_REFUSED, OURS_TLS },
	{ "tlsverify", NULL, ENGINE_REFUSED, OURS_TLS },
	{ "userland-proxy", NULL, ENGINE_BOOL, NULL },
	{ "userland-proxy-path", NULL, ENGINE_TEXT, NULL },
	{ "userns-remap", NULL, ENGINE_TEXT, NULL },
	{ "validate", NULL, ENGINE_REFUSED, "the engine would check its settings and end" },
};

const struct engine_flag *engine_flag_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(engine_flags); i++)
		if (str_eq(engine_flags[i].name, name) || str_eq(engine_flags[i].letter, name))
			return &engine_flags[i];
	return NULL;
}

const struct engine_flag *engine_flag_at(unsigned i)
{
	return i < ARRAY_SIZE(engine_flags) ? &engine_flags[i] : NULL;
}
