#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# host.sh NAME DISK COMMAND...: the first process in the namespaces of a hypervisor (lib.bash says how it is started).
# It makes the host's view of the file system, starts the daemons and becomes COMMAND. DISK is a folder with what the
# host keeps over a power cut; empty: it keeps nothing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.bash
. "$here/lib.bash"
name=$1
kept=$2
shift 2
disk=$WORLD/disk

# A new /sys shows the interfaces of this network, and has no control groups: libvirt then does without. Its groups
# would lie in the real host's /sys/fs/cgroup, outlive it, and be the same ones for two hosts.
file_systems() {
	mount -t proc proc /proc
	umount --lazy /sys
	mount -t sysfs sysfs /sys
	# Put together aside, as DISK lies below the /run that it covers.
	mount -t tmpfs -o mode=755 tmpfs /mnt
	mkdir -p "/mnt/${disk#/run/}"
	[ -z "$kept" ] || mount --bind "$kept" "/mnt/${disk#/run/}"
	mount --no-mtab --move /mnt /run # its table would be below /run
	mkdir -p /run/user /run/sshd /run/lock "$WORLD"/{tmp,home}
	chmod 1777 /run/lock "$WORLD/tmp"
	# A path of the one host that is handed to the other must not happen to work.
	[ -z "$kept" ] || { mount -t tmpfs -o mode=1777 tmpfs /tmp && mount -t tmpfs -o mode=1777 tmpfs /var/tmp; }
}

# A /dev/kvm that root may open and libvirt-qemu may not, as containers have it, makes libvirt ask QEMU anew, for 5 s,
# whenever a guest is defined or started. So it is either a device of no use, and only emulation is offered, or with
# HOST_KVM=real the one of this machine with the rights that it has elsewhere, whether guests boot with it or not.
kvm() {
	[ -e /dev/kvm ] || return 0
	if [ "${HOST_KVM:-none}" = real ]; then
		mknod -m 660 "$WORLD/kvm" c 10 232
		chgrp kvm "$WORLD/kvm"
	else
		mknod -m 600 "$WORLD/kvm" c 1 3
	fi
	mount --bind "$WORLD/kvm" /dev/kvm
}

# ssh asks the password file, not $HOME, for the folder with the keys. libvirt asks for its own host's name, which takes
# seconds without an answer.
names() {
	install -d -m 700 "$WORLD/home/root"
	install -d -m 700 -o 65534 -g 65534 "$WORLD/home/nobody" /run/user/65534
	sed -E "s|^((root\|nobody):([^:]*:){4})[^:]*|\1$WORLD/home/\2|" /etc/passwd >"$WORLD/passwd"
	printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$WORLD/hosts"
	local file
	for file in passwd hosts; do
		mount --bind "$WORLD/$file" "/etc/$file"
	done
	hostname "$name"
}

configuration() {
	# No polkit: the group alone decides.
	cat <<-end
		unix_sock_group = "libvirt"
		unix_sock_rw_perms = "0770"
		auth_unix_ro = "none"
		auth_unix_rw = "none"
		log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
		listen_tcp = 0
	end
	if [ -d "$disk/pki" ]; then
		cat <<-end
			listen_tls = 1
			listen_addr = "$HOST2"
			ca_file = "$disk/pki/cacert.pem"
			cert_file = "$disk/pki/servercert.pem"
			key_file = "$disk/pki/serverkey.pem"
		end
	else
		echo "listen_tls = 0"
	fi
}

# Folders as the packages leave them, without anything of the real host's libvirt.
libvirt_folders() {
	if [ ! -d "$disk/etc" ]; then
		mkdir -p "$disk"/{etc/qemu/networks,lib,cache,log}
		chmod 711 "$disk/cache"
		install -d -m 711 "$disk"/lib/{boot,images}
		install -d -m 750 -o libvirt-qemu -g libvirt-qemu "$disk/lib/qemu"
		cp -a /etc/libvirt/nwfilter "$disk/etc/"
		cp /usr/share/libvirt/networks/default.xml "$disk/etc/qemu/networks/"
		configuration >"$disk/etc/libvirtd.conf"
		# What QEMU can do takes a second to find out; a second host on this machine may know it from the first.
		[ ! -d "$disk/capabilities" ] || cp -a "$disk/capabilities/." "$disk/cache/"
	fi
	mount --bind "$disk/etc" /etc/libvirt
	local folder
	for folder in lib cache log; do
		mount --bind "$disk/$folder" "/var/$folder/libvirt"
	done
}

file_systems
kvm
names
libvirt_folders
ip link set lo up
export HOME=$WORLD/home/root TMPDIR=$WORLD/tmp
unset XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME SSH_AUTH_SOCK LIBVIRT_DEFAULT_URI \
	VIRSH_DEFAULT_CONNECT_URI
[ ! -d "$disk/ssh" ] || "$(command -v sshd)" -f "$disk/ssh/sshd_config" -E /var/log/libvirt/sshd.log
env -i PATH="$daemon_path" virtlogd -d
libvirtd_start
exec "$@"
