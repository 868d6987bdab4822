# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For tests that run inside run-in-host.sh (`. lib.bash`, or in bats `load ../libvirt/lib`).
#
# The test is root on the host h1, where a system libvirtd runs (qemu:///system); HOME and TMPDIR are new and empty.
# All of /run, /var/lib/libvirt, /var/cache/libvirt and /var/log/libvirt is memory, so mind the size of disks.
# A second host, h2, can be started: it has its own processes, libvirtd, network, homes, /run and /tmp, and is reached
# only over the link, as qemu+ssh://root@$HOST2/system and "qemu+tls://$HOST2/system?pkipath=$HOST2_PKI".
libvirt_tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../common.bash
. "$libvirt_tests/../common.bash"

WORLD=/run/libvirt-test
LIBVIRTD_PID=$WORLD/libvirtd.pid
HOST1=10.139.20.1
HOST2=10.139.20.2
HOST2_PKI=$WORLD/pki
daemon_path=/usr/sbin:/usr/bin:/sbin:/bin

# A host in the network of the caller: "${host[@]}" NAME DISK COMMAND..., see host.sh. The outer tini keeps the pid and
# passes signals on; the inner one is process 1, reaps at once, and dies with the outer one; with it the kernel ends all
# processes of the host.
host=(unshare --mount --uts --ipc --pid tini -s -- tini -p SIGKILL -- "$libvirt_tests/host.sh")

# as_user [--session] COMMAND...: as nobody, in the group libvirt, which may use qemu:///system; with --session without
# any group, to whom only qemu:///session is open
as_user() {
	local groups
	groups=--groups=$(getent group libvirt | cut -d: -f3)
	if [ "$1" = --session ]; then
		groups=--clear-groups
		shift
	fi
	setpriv --reuid=65534 --regid=65534 "$groups" env HOME="$WORLD/home/nobody" XDG_RUNTIME_DIR=/run/user/65534 \
		USER=nobody LOGNAME=nobody "$@"
}

libvirtd_answers() { virsh -c qemu:///system uri >/dev/null 2>&1; }

# libvirtd_start: the one of this host; returns when it answers
libvirtd_start() {
	# As a daemon it belongs to process 1 and not to the test; bats waits for whoever holds its descriptor 3.
	env -i PATH="$daemon_path" libvirtd -d --listen -p "$LIBVIRTD_PID" 3>&- || true
	until_true 30 libvirtd_answers || {
		echo "libvirtd does not answer:"
		tail -20 /var/log/libvirt/libvirtd.log
		return 1
	} >&2
}

libvirtd_gone() { ! kill -0 "$1" 2>/dev/null; }

# libvirtd_kill [SIGNAL]: by default KILL; returns when it is gone. Its guests and networks stay.
libvirtd_kill() {
	local pid
	pid=$(cat "$LIBVIRTD_PID")
	kill -s "${1:-KILL}" "$pid"
	until_true 30 libvirtd_gone "$pid"
}

# certificate FOLDER NAME EXTENSIONS: FOLDER/NAMEkey.pem and NAMEcert.pem, by the authority FOLDER/ca{key,cert}.pem
certificate() {
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1/$2key.pem" -subj "/CN=$2" \
		-out "$1/$2.csr" 2>/dev/null
	openssl x509 -req -in "$1/$2.csr" -CA "$1/cacert.pem" -CAkey "$1/cakey.pem" -days 2 \
		-extfile <(printf '%b\nkeyUsage=critical,digitalSignature,keyEncipherment\n' "$3") \
		-out "$1/$2cert.pem" 2>/dev/null
	rm "$1/$2.csr"
}

# authority FOLDER: a new one, with the certificate and key of a client
authority() {
	mkdir -p "$1"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=libvirt test" \
		-addext keyUsage=critical,keyCertSign -keyout "$1/cakey.pem" -out "$1/cacert.pem" 2>/dev/null
	certificate "$1" client "extendedKeyUsage=clientAuth"
	chown -R 65534:65534 "$1"
}

# ssh_client FOLDER OWNER: the .ssh of one who may log in to h2
ssh_client() {
	install -d -m 700 "$1"
	cp "$WORLD/h2/ssh/id_ed25519" "$1/"
	echo "$HOST2 $(cut -d' ' -f1,2 "$WORLD/h2/ssh/host_key.pub")" >"$1/known_hosts"
	printf 'StrictHostKeyChecking yes\nBatchMode yes\n' >"$1/config"
	chown -R "$2:$2" "$1"
}

# host2_make: its disk, with its keys, and the keys of its clients
host2_make() {
	local disk=$WORLD/h2
	mkdir -p "$disk"/{ssh,pki}
	ssh-keygen -q -t ed25519 -N '' -C host -f "$disk/ssh/host_key"
	ssh-keygen -q -t ed25519 -N '' -C test -f "$disk/ssh/id_ed25519"
	cat >"$disk/ssh/sshd_config" <<-end
		ListenAddress $HOST2
		HostKey $WORLD/disk/ssh/host_key
		AuthorizedKeysFile $WORLD/disk/ssh/id_ed25519.pub
		PasswordAuthentication no
		UseDNS no
	end
	ssh_client "$WORLD/home/root/.ssh" 0
	ssh_client "$WORLD/home/nobody/.ssh" 65534
	authority "$HOST2_PKI"
	certificate "$HOST2_PKI" server "subjectAltName=IP:$HOST2\nextendedKeyUsage=serverAuth"
	cp "$HOST2_PKI/cacert.pem" "$disk/pki/"
	mv "$HOST2_PKI"/server*.pem "$disk/pki/"
	mkdir "$disk/capabilities"
	cp -a /var/cache/libvirt/. "$disk/capabilities/"
}

host2_answers() {
	virsh -c "qemu+tls://$HOST2/system?pkipath=$HOST2_PKI" uri >/dev/null 2>&1
}

# host2_start: switches h2 on, with the disk that it had before; returns when it answers
host2_start() {
	[ -d "$WORLD/h2" ] || host2_make
	# The network too is new: what is left of old connections must not speak for a host that knows nothing of them.
	[ ! -e /run/netns/h2 ] || {
		ip link del to-h2
		ip netns del h2
	}
	ip netns add h2
	ip link add to-h2 type veth peer name eth0 netns h2
	ip addr add "$HOST1/24" dev to-h2
	ip link set to-h2 up
	ip -n h2 addr add "$HOST2/24" dev eth0
	ip -n h2 link set eth0 up
	(
		exec nsenter --net=/run/netns/h2 "${host[@]}" h2 "$WORLD/h2" sleep infinity \
			</dev/null >"$WORLD/h2.log" 2>&1 3>&- &
		echo $! >"$WORLD/h2.pid"
	)
	until_true 30 host2_answers || {
		echo "h2 does not answer:"
		cat "$WORLD/h2.log" "$WORLD/h2/log/libvirtd.log"
		return 1
	} >&2
}

# host2_run COMMAND...: as root on h2
host2_run() { nsenter --target "$(pgrep -P "$(cat "$WORLD/h2.pid")")" --all --wd=/ "$@"; }

# host2_cut, host2_heal: the link to h2, at its end: here the address and the route stay, and nothing answers
host2_cut() { ip -n h2 link set eth0 down; }
host2_heal() { ip -n h2 link set eth0 up; }

host2_dead() { [ -z "$(ip netns pids h2)" ]; }

# host2_stop: as in a power cut; first the link, or the kernel would close the connections for the dead
host2_stop() {
	host2_cut
	kill -KILL "$(cat "$WORLD/h2.pid")"
	until_true 30 host2_dead
}
