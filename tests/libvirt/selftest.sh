#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whether the hosts of lib.bash are what they claim: run-in-host.sh selftest.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.bash
. "$here/lib.bash"
system=qemu:///system
ssh=qemu+ssh://root@$HOST2/system
tls="qemu+tls://$HOST2/system?pkipath=$HOST2_PKI"
out=$TMPDIR/out

# check TEXT COMMAND...: one line
check() {
	local text=$1 began=${EPOCHREALTIME/.} status
	shift
	# In a condition bash would go on after what fails within COMMAND.
	set +e
	(
		set -e
		"$@"
	) >"$out" 2>&1
	status=$?
	set -e
	if [ $status != 0 ]; then
		echo "not ok - $text: $*"
		cat "$out"
		exit 1
	fi
	printf 'ok - %s (%d ms)\n' "$text" $(((${EPOCHREALTIME/.} - began) / 1000))
}

# fails_with WORDS COMMAND...
fails_with() {
	local words=$1
	shift
	if ! refuse "$@" >"$out.fails" 2>&1 || ! grep -q -- "$words" "$out.fails"; then
		cat "$out.fails"
		return 1
	fi
}

network() {
	cat <<-end
		<network><name>$1</name><forward mode='nat'/><bridge name='$1' stp='off' delay='0'/><dns enable='no'/>
		<ip address='192.168.139.1' netmask='255.255.255.0'>
		<dhcp><range start='192.168.139.10' end='192.168.139.250'/></dhcp></ip></network>
	end
}

# A guest with firmware only: it finds nothing to boot, and runs.
guest() {
	cat <<-end
		<domain type='qemu'><name>$1</name><memory unit='MiB'>64</memory><os><type machine='pc'>hvm</type></os>
		<devices><memballoon model='none'/></devices></domain>
	end
}

network_lives() {
	virsh -c "$1" net-define <(network nat)
	virsh -c "$1" net-start nat
	virsh -c "$1" net-destroy nat
	virsh -c "$1" net-undefine nat
}

# By QEMU's own word. A new libvirtd says "running" while it still looks for its guests, and then a destroy both works
# and fails with "domain is not running".
is_running() { [[ "$(virsh -c "$1" qemu-monitor-command vm --hmp info status)" = *running* ]]; }
is_off() { [ "$(virsh -c "$1" domstate vm)" = "shut off" ]; }

alone() {
	[ "$(ip -o link | wc -l)" = 1 ]
	[ -z "$(ip route)" ]
	# The processes of the real host are not here.
	[ "$(pgrep -c tini)" = 1 ]
}

starts() {
	virsh -c "$1" define <(guest vm)
	virsh -c "$1" start vm
	is_running "$1"
}

# survives_its_libvirtd: on the host where it is called
survives_its_libvirtd() {
	local before
	before=$(pgrep -f guest=vm)
	libvirtd_kill KILL
	fails_with "Failed to connect socket" virsh -c "$system" uri
	libvirtd_start
	is_running "$system"
	[ "$(pgrep -f guest=vm)" = "$before" ]
}

survives_its_libvirtd_on_h2() {
	host2_run bash -euc "system=$system out=\$(mktemp); . '$here/lib.bash'; $(declare -f survives_its_libvirtd \
		is_running fails_with); survives_its_libvirtd"
}

session_lives() {
	local uri=qemu:///session
	guest vm >"$TMPDIR/vm.xml"
	as_user --session virsh -c "$uri" define "$TMPDIR/vm.xml"
	as_user --session virsh -c "$uri" start vm
	[ "$(as_user --session virsh -c "$uri" domstate vm)" = running ]
	# root sees neither
	[ -z "$(virsh -c "$system" list --all --name)" ]
	as_user --session virsh -c "$uri" destroy vm
}

wrong_host_key() {
	local known=$HOME/.ssh/known_hosts
	cp "$known" "$known.right"
	ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/other"
	echo "$HOST2 $(cut -d' ' -f1,2 "$TMPDIR/other.pub")" >"$known"
	fails_with "Host key verification failed" virsh -c "$ssh" uri
	mv "$known.right" "$known"
}

other_certificates() {
	local foreign=$TMPDIR/foreign
	authority "$foreign"
	fails_with "Failed to verify peer's certificate" virsh -c "qemu+tls://$HOST2/system?pkipath=$foreign" uri
	# A client that trusts h2, and which h2 does not know; then one without a certificate.
	cat "$HOST2_PKI/cacert.pem" >>"$foreign/cacert.pem"
	fails_with "TLS confirmation" virsh -c "qemu+tls://$HOST2/system?pkipath=$foreign" uri
	rm "$foreign"/client*
	fails_with "TLS confirmation" virsh -c "qemu+tls://$HOST2/system?pkipath=$foreign" uri
}

tcp_closed() { fails_with "Connection refused" virsh -c "qemu+tcp://$HOST2/system" uri; }

user_reaches_h2() {
	as_user virsh -c "$1" list
	as_user --session virsh -c "$1" list
}

# What virsh takes for granted of h1 must not be there.
apart() {
	[ "$(host2_run hostname)" = h2 ]
	[ "$(virsh -c "$system" net-list --name)" = "" ]
	touch "$HOME/here" "$TMPDIR/here" /tmp/libvirt-selftest.$$
	refuse host2_run sh -c "ls $HOME/here || ls $TMPDIR/here || ls /tmp/libvirt-selftest.$$"
	rm /tmp/libvirt-selftest.$$
}

silent() {
	fails_with "No route to host\|timed out" timeout 20 virsh -c "$tls" uri
	refuse timeout 20 virsh -c "$ssh" uri
}

cut_and_healed() {
	host2_cut
	silent
	host2_heal
	virsh -c "$tls" list
	is_running "$ssh"
}

check "h1 has only loopback, and no process but its own" alone
check "root uses the system libvirtd" virsh -c "$system" list
# shellcheck disable=SC2016
check "its user is the one of the password file" as_user sh -c '[ "$HOME" = "$(getent passwd nobody | cut -d: -f6)" ]'
check "a user in the group uses it" as_user virsh -c "$system" net-info default
check "a user not in the group is refused" \
	fails_with "Permission denied" as_user --session virsh -c "$system" list
check "that user has a session, with a guest of its own" session_lives
check "a NAT network lives and dies" network_lives "$system"
check "a guest starts" starts "$system"
check "the guest survives a killed libvirtd" survives_its_libvirtd
check "the guest is destroyed" virsh -c "$system" destroy vm
check "h2 starts" host2_start
check "h2 is another host" apart
check "h2 over ssh" virsh -c "$ssh" list
check "h2 over TLS" virsh -c "$tls" list
check "h2 for users" user_reaches_h2 "$ssh"
check "h2 for users over TLS" user_reaches_h2 "$tls"
check "plain TCP is closed" tcp_closed
check "a wrong host key is refused" wrong_host_key
check "certificates of another authority are refused" other_certificates
check "a NAT network on h2" network_lives "$ssh"
check "a guest starts on h2" starts "$tls"
check "the guest survives a killed libvirtd on h2" survives_its_libvirtd_on_h2
check "a cut link: silence, and all as before when it is healed" cut_and_healed
check "power cut" host2_stop
check "no process of h2 is left" refuse pgrep -f guest=vm
check "silence" silent
check "power is back" host2_start
check "the guest is known, and off" is_off "$ssh"
check "it starts again" virsh -c "$tls" start vm
