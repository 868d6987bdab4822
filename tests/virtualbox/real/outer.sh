#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# outer.sh WORK [start|stop|status]: a QEMU machine, without KVM, in which a real VirtualBox works: it uses the AMD SVM
# that QEMU emulates. Debian sid with Debian's VirtualBox. start makes what is missing below WORK, starts it and waits for
# ssh; stop powers it off; status says whether it runs, and how to reach it. What was made stays, so a second start takes
# half a minute; to make it anew remove WORK. It needs root (a Debian is installed in a folder) and Debian 12 or newer.
#
# Its users: root; user, who is in vboxusers and may sudo; other, who is in no group. All of them by ssh with WORK/id on
# 127.0.0.1, the port is in WORK/port. It has no way out.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.bash
. "$here/lib.bash"

[ $# -ge 1 ] || {
	echo "usage: outer.sh WORK [start|stop|status]" >&2
	exit 2
}
mkdir -p "$1"
work=$(cd "$1" && pwd)
tree=$work/tree
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { echo "outer machine: $*" >&2; }
die() {
	say "$@"
	exit 1
}

# logged NAME COMMAND...: its words into WORK/NAME.log, which is shown where it fails
logged() {
	local log=$work/$1.log
	shift
	"$@" >>"$log" 2>&1 </dev/null || {
		tail -20 "$log" >&2
		die "$1 failed; all of it is in $log"
	}
}

# once NAME: runs make_NAME, unless it was done
once() {
	[ ! -e "$work/made-$1" ] || return 0
	say "making: $1"
	rm -f "$work/$1.log"
	"make_$1"
	touch "$work/made-$1"
}

in_tree() { chroot "$tree" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }

make_host() {
	logged host apt-get update
	logged host apt-get install -y --no-install-recommends debootstrap qemu-system-x86 e2fsprogs openssh-client rsync
}

# The archive that the host's apt uses, without the one of security updates.
mirror() {
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(ORIGIN)' |
		awk '$3 == "Debian" && $2 !~ /security/ && $1 ~ /^http/ && !found {sub("/$", "", $1); print $1; found = 1}'
}

make_debian() {
	rm -rf "$tree"
	logged debian debootstrap --variant=minbase --keyring="$keyring" sid "$tree" "$(mirror)"
}

# VirtualBox is in contrib of sid. The kernel is the one of Debian 13: a released one, for which the modules build.
sources() {
	rm -f "$tree/etc/apt/sources.list"
	local mirror
	mirror=$(mirror)
	printf 'deb [signed-by=%s] %s %s\n' "$keyring" "$mirror" "sid main contrib" "$keyring" "$mirror" "trixie main" \
		>"$tree/etc/apt/sources.list"
	printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' >"$tree/etc/apt/preferences.d/trixie"
	# How the host reaches its archive, and which dates it accepts, holds here too.
	apt-config dump | grep -E '^Acquire::(Check-|http|https|ForceIPv4)' >"$tree/etc/apt/apt.conf.d/00host" || true
	cp /etc/resolv.conf "$tree/etc/resolv.conf"
}

# What outer, its tests and our program need; the modules are built for the kernel while they are installed.
make_packages() {
	sources
	# Nothing is started while it is installed.
	printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
	chmod 755 "$tree/usr/sbin/policy-rc.d"
	# A small initrd, for unpacking is slow under emulation.
	mkdir -p "$tree/etc/initramfs-tools/conf.d"
	echo MODULES=list >"$tree/etc/initramfs-tools/conf.d/small"
	printf '%s\n' virtio_pci virtio_blk ext4 >"$tree/etc/initramfs-tools/modules"
	mountpoint -q "$tree/proc" || mount -t proc proc "$tree/proc"
	logged packages in_tree apt-get update
	local kernel
	kernel=$(in_tree apt-cache show linux-image-amd64 |
		sed -nE '/^Depends:/s/.*linux-image-(6\.12[^ ,]*amd64).*/\1/p' | head -1)
	[ -n "$kernel" ] || die "no kernel of Debian 13 in the archive"
	echo "$kernel" >"$work/kernel"
	logged packages in_tree apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io \
		-o Dpkg::Options::=--force-confold -o APT::Keep-Downloaded-Packages=false \
		systemd-sysv systemd-timesyncd- udev dbus iproute2 procps psmisc kmod initramfs-tools zstd make patch \
		"linux-image-$kernel" "linux-headers-$kernel" virtualbox virtualbox-dkms \
		openssh-server openssh-client sudo rsync curl socat python3-minimal bats jq less strace busybox-static \
		libcjson1 libssl3t64 libcurl4t64 libarchive13t64
	local module
	for module in vboxdrv vboxnetflt vboxnetadp; do
		ls "$tree/lib/modules/$kernel"/updates/dkms/$module.ko* >/dev/null || die "the module $module was not built"
	done
	cp "$tree/boot/vmlinuz-$kernel" "$work/vmlinuz"
	logged packages in_tree update-initramfs -c -k "$kernel"
	cp "$tree/boot/initrd.img-$kernel" "$work/initrd"
	umount "$tree/proc"
	rm "$tree/usr/sbin/policy-rc.d"
}

users() {
	local user
	in_tree passwd -q -d root
	in_tree useradd -m -s /bin/bash -G vboxusers user
	in_tree useradd -m -s /bin/bash other
	echo 'user ALL=(ALL) NOPASSWD: ALL' >"$tree/etc/sudoers.d/user"
	for user in root user other; do
		# shellcheck disable=SC2016
		in_tree sh -c 'mkdir -m 700 -p ~'$user'/.ssh && cat >~'$user'/.ssh/authorized_keys && chown -R '$user': ~'$user/.ssh \
			<"$work/id.pub"
	done
}

make_settings() {
	[ -e "$work/id" ] || ssh-keygen -q -t ed25519 -N '' -C test -f "$work/id"
	users
	echo vboxhost >"$tree/etc/hostname"
	echo '127.0.0.1 localhost vboxhost' >"$tree/etc/hosts"
	echo '/dev/vda / ext4 noatime 0 1' >"$tree/etc/fstab"
	: >"$tree/etc/resolv.conf"
	# By driver: VirtualBox's own interfaces have the alternative name enx...
	mkdir -p "$tree/etc/systemd/network"
	printf '[Match]\nDriver=virtio_net\n[Network]\nAddress=10.0.2.15/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' \
		>"$tree/etc/systemd/network/10-net.network"
	printf 'UseDNS no\nPermitRootLogin prohibit-password\nMaxStartups 50\nMaxSessions 50\n' \
		>"$tree/etc/ssh/sshd_config.d/test.conf"
	# Only one of them can use the processor's virtualization.
	printf 'blacklist kvm_amd\nblacklist kvm\n' >"$tree/etc/modprobe.d/no-kvm.conf"
	# What the emulated processor needs, kept per user; "global" are the settings of all machines, so a test makes its
	# machines as it does elsewhere. RDTSC would cost an exit each, and user space dies with XSAVE.
	cat >"$tree/usr/local/bin/vbox-emulated" <<-'end'
		#!/bin/sh
		VBoxManage setextradata global VBoxInternal/TM/TSCMode RealTSCOffset &&
		VBoxManage setextradata global VBoxInternal/CPUM/IsaExts/XSAVE 0
	end
	chmod 755 "$tree/usr/local/bin/vbox-emulated"
	logged settings in_tree systemctl enable systemd-networkd ssh
	logged settings in_tree systemctl mask systemd-networkd-wait-online.service apt-daily.timer apt-daily-upgrade.timer \
		e2scrub_all.timer fstrim.timer
}

make_disk() {
	rm -f "$work/disk.img"
	logged disk mke2fs -q -t ext4 -O ^metadata_csum,^has_journal -m 0 -d "$tree" "$work/disk.img" 16G
}

free_port() {
	local port=2222
	while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
	echo $port
}

# highres=off: VirtualBox sets timers by the microsecond, which come thousands of times a second then, each an exit of the
# emulated processor: a guest was ready after 57 s in place of 319.
# Without AVX and XSAVE: the emulation of SVM loses their state. QEMU warns of features that it lacks; these do no harm.
boot() {
	free_port >"$work/port"
	rm -f "$work/qemu.pid"
	# Not -daemonize: how it ended must be known where it does so by itself.
	# shellcheck disable=SC2016
	setsid sh -c 'log=$1; shift; "$@" >"$log" 2>&1; echo "QEMU ended with $?" >>"$log"' sh "$work/qemu.log" \
		qemu-system-x86_64 -machine q35 -accel tcg,thread=multi,tb-size=1024 -smp 2 -m 8192 -no-reboot -display none \
		-cpu EPYC,+svm,+npt,-xsave,-xsaveopt,-xsavec,-xgetbv1,-avx,-avx2,-f16c,-fma \
		-kernel "$work/vmlinuz" -initrd "$work/initrd" \
		-append "root=/dev/vda rw console=ttyS0 no_timer_check mitigations=off highres=off quiet panic=-1" \
		-drive "file=$work/disk.img,if=virtio,format=raw,cache=unsafe" -device virtio-rng-pci \
		-netdev "user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:$(cat "$work/port")-:22" -device virtio-net-pci,netdev=n \
		-serial "file:$work/console.log" -pidfile "$work/qemu.pid" </dev/null >/dev/null 2>&1 &
	for ((i = 0; i < 100; i++)); do
		! outer_alive || return 0
		sleep 0.1
	done
	cat "$work/qemu.log" >&2
	die "QEMU does not start"
}

start() {
	local began=$SECONDS user
	[ "$(id -u)" = 0 ] || die "needs root"
	for step in host debian packages settings disk; do
		once $step
	done
	outer_alive || boot
	until outer_run root test -c /dev/vboxdrv 2>/dev/null; do
		outer_alive || die "it ended; see $work/console.log and qemu.log"
		[ $((SECONDS - began)) -lt 900 ] || die "no answer, or no VirtualBox in it; see $work/console.log"
		sleep 2
	done
	for user in user other; do
		outer_run $user "test -e .config/VirtualBox/VirtualBox.xml || vbox-emulated" >/dev/null
	done
	say "runs, after $((SECONDS - began)) s"
}

stop() {
	local user
	outer_alive || return 0
	outer_run root systemctl poweroff >/dev/null 2>&1 || true
	for ((i = 0; i < 60; i++)); do
		outer_alive || break
		sleep 1
	done
	! outer_alive || kill -KILL "$(cat "$work/qemu.pid")"
	for user in root user other; do
		[ ! -e "$work/mux-$user" ] || ssh -o "ControlPath=$work/mux-$user" -O exit "$user@127.0.0.1" 2>/dev/null || true
	done
	rm -f "$work/qemu.pid"
	say "stopped"
}

status() {
	outer_alive || {
		say "does not run"
		return 1
	}
	say "runs: ssh -i $work/id -p $(cat "$work/port") user@127.0.0.1"
}

case ${2:-start} in
start | stop | status) "${2:-start}" ;;
*) die "unknown: $2" ;;
esac
