#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In the outer machine: no machine is left, ours or a stranger's, whatever state a test left it in, and what a test changed
# of the host is as it was. Its last words are why something of that could not be done.
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$here:$PATH"
machines=${MACHINE_STORAGE_PATH:-$HOME/machines}

# The host: a processor that was hidden, modules that were moved or that have the processor, ranges that were forbidden.
mountpoint -q /proc/cpuinfo && sudo umount /proc/cpuinfo
away=/lib/modules/$(uname -r)/updates
[ ! -d "$away.away" ] || sudo mv "$away.away" "$away"
sudo modprobe -r kvm_amd kvm 2>/dev/null
sudo rm -f /etc/vbox/networks.conf
pkill -CONT -x VBoxSVC
sudo modprobe -a vboxdrv vboxnetflt vboxnetadp

MACHINE_STORAGE_PATH=$machines machine ls -q 2>/dev/null | MACHINE_STORAGE_PATH=$machines xargs -r machine rm -f
sudo -iu other "$here/machine" ls -q 2>/dev/null | xargs -r sudo -iu other "$here/machine" rm -f
VBoxManage list vms | grep -o '[0-9a-f-]\{36\}}$' | tr -d '}' | while read -r uuid; do
	VBoxManage controlvm "$uuid" poweroff
	VBoxManage discardstate "$uuid"
	VBoxManage unregistervm "$uuid"
done
rm -rf "$machines"
left=$(VBoxManage list vms)
[ -z "$left" ] || {
	echo "nothing.sh: still there: $left" >&2
	exit 1
}
