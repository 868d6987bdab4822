#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tree.sh BASE WORK COMMAND...: runs it as root in a copy of the tree BASE that takes its changes to WORK, with mounts,
# processes and devices of its own (the network is the host's). It is the root of everything there (no chroot: an ordinary
# user may make namespaces). Whatever was started inside ends with it, or when this process is killed.
#
#     SHARE=DIR      the host's folder that is /share inside
#     TMP_SIZE=64m   /tmp is a file system in memory of that size
#     KVM=1          /dev/kvm is there, as the host has it
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin
if [ "$1" != --inside ]; then
	exec unshare --mount --pid --fork --kill-child --uts --ipc --propagation private "$0" --inside "$@"
fi
base=$2
work=$3
shift 3

device() { mknod -m "$2" "$root/dev/$1" c "$3" "$4"; }

devices() {
	mount -t tmpfs -o mode=755,size=64k dev "$root/dev"
	mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/net"
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
	mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
	device null 666 1 3
	device zero 666 1 5
	device full 666 1 7
	device random 666 1 8
	device urandom 666 1 9
	device tty 666 5 0
	device net/tun 666 10 200
	[ -z "${KVM:-}" ] || cp -a /dev/kvm "$root/dev/kvm"
	ln -s pts/ptmx "$root/dev/ptmx"
	ln -s /proc/self/fd "$root/dev/fd"
	for n in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${n%:*}" "$root/dev/${n#*:}"; done
}

root=$work/root
mkdir -p "$root" "$work/upper" "$work/over"
mount -t overlay -o "lowerdir=$base,upperdir=$work/upper,workdir=$work/over" tree "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
devices
mount -t tmpfs -o mode=755 run "$root/run"
[ -z "${TMP_SIZE:-}" ] || mount -t tmpfs -o "mode=1777,size=$TMP_SIZE" tmp "$root/tmp"
if [ -n "${SHARE:-}" ]; then
	mkdir -p "$root/share"
	mount --bind "$SHARE" "$root/share"
fi
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
mkdir -p "$root/old"
cd "$root"
pivot_root . old
umount -l /old
rmdir /old
hostname bare
echo 127.0.1.1 bare >>/etc/hosts
cd /
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb HOME=/root USER=root "$@"
