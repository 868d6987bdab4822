#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-in-host.sh COMMAND...: runs it as root on a hypervisor of its own, with a real system libvirtd, and passes its
# status on. The hypervisor has its own processes, network (only loopback, no way out), mounts, /run, homes and libvirt
# folders; all of them end with the command, or when this process (it stays the one with the pid) is killed. What a
# command finds there is in lib.bash. Guests are emulated; HOST_KVM=real passes /dev/kvm on (see host.sh).
# `run-in-host.sh bash -i` is for looking around.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.bash
. "$here/lib.bash"
export PATH="$PATH:/usr/sbin:/sbin"
[ $# -gt 0 ] || {
	echo "usage: run-in-host.sh COMMAND..." >&2
	exit 2
}
[ "$(id -u)" = 0 ] || {
	echo "run-in-host.sh: only root can make a hypervisor" >&2
	exit 1
}
for tool in unshare nsenter setpriv tini libvirtd virtlogd virsh dnsmasq iptables ip sshd ssh-keygen openssl; do
	command -v "$tool" >/dev/null || {
		echo "run-in-host.sh: $tool is missing; install libvirt-daemon-system libvirt-daemon-config-network" \
			"libvirt-clients tini dnsmasq-base iptables iproute2 openssh-server openssl" >&2
		exit 1
	}
done
exec unshare --net "${host[@]}" h1 "" "$@"
