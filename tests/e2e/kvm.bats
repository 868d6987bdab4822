# SPDX-License-Identifier: Apache-2.0
# What is the kvm driver's own, on the hypervisor of kvm.sh: root here, the user of the driver by `machine`.
load ../libvirt/lib

setup_file() {
	export MY_HOME=$WORLD/home/nobody/own
	install -d -m 700 -o 65534 -g 65534 "$MY_HOME"
	mkdir "$MY_HOME/.docker"
	cp -r "$E2E/home/.docker/cli-plugins" "$MY_HOME/.docker/"
	chown -R 65534:65534 "$MY_HOME"
}

# machine ARGS...: as a user in the group libvirt
machine() { as_user env HOME="$MY_HOME" KVM_URI="${KVM_URI:-qemu:///system}" "$E2E/bin/machine" "$@"; }

v() { virsh -q -c "${KVM_URI:-qemu:///system}" "$@"; }

teardown() {
	libvirtd_answers || libvirtd_start
	if [ -d "$MY_HOME/.docker/machine/machines" ]; then
		(cd "$MY_HOME/.docker/machine/machines" && for m in *; do
			[ ! -d "$m" ] || machine rm -f "$m"
		done)
	fi
	v destroy foreign 2>/dev/null || true
	v undefine foreign 2>/dev/null || true
	clean_network t-user
	[ ! -e "$WORLD/dhcp.pid" ] || dhcp_stop
	ip link del t-br 2>/dev/null || true
	ip link del t-taken 2>/dev/null || true
} >/dev/null 2>&1

clean_network() {
	v net-destroy "$1" 2>/dev/null || true
	v net-undefine "$1" 2>/dev/null || true
}

# nothing_left NAME...: neither a domain nor volumes nor reservations nor our network nor files
nothing_left() {
	local name
	for name; do
		refuse v dominfo "$name" 2>/dev/null
		[ ! -e "$MY_HOME/.docker/machine/machines/$name" ]
		refuse pgrep -f "__driver kvm keep $name\$"
	done
	# On the second host the tests of every driver may run beside these.
	if [ "${KVM_URI:-qemu:///system}" = qemu:///system ]; then
		refuse v net-info machine 2>/dev/null
	fi
	v pool-refresh machine
	[ -z "$(v vol-list machine | grep -v 'machine-image-\| *e2e-')" ]
	[ -z "$(ls -A "$MY_HOME/.docker/machine/.state/locks")" ]
	[ -z "$(ls -A "$MY_HOME/.docker/machine/.state/addresses" 2>/dev/null)" ]
}

# keeper_is_small NAME: at most 3 MiB of its own, and fewer than one wake-up in a second
keeper_is_small() {
	local pid private before after
	pid=$(awk '{ print $1 }' "$MY_HOME/.docker/machine/machines/$1/forwarder.lock")
	private=$(awk '/^Private_Dirty:/ { n += $2 } END { print n }' "/proc/$pid/smaps_rollup")
	before=$(awk '/^voluntary/ { n += $2 } END { print n }' "/proc/$pid/task/"*/status)
	sleep 20
	after=$(awk '/^voluntary/ { n += $2 } END { print n }' "/proc/$pid/task/"*/status)
	echo "# the keeper of $1: $private KiB private, $((after - before)) wake-ups in 20 s" >&3
	[ "$private" -le 3072 ]
	[ $((after - before)) -lt 20 ]
}

address_of() { v net-dumpxml "${2:-machine}" | sed -n "s/.*<host .*name='$1' ip='\([^']*\)'.*/\1/p"; }

# docker_on NAME ARGS...: the Docker client of that machine
docker_on() {
	local name=$1
	shift
	as_user env HOME="$MY_HOME" DOCKER_TLS_VERIFY=1 DOCKER_HOST="$(machine url "$name")" \
		DOCKER_CERT_PATH="$MY_HOME/.docker/machine/machines/$name" "$E2E/bin/docker" "$@"
}

busybox_into() { "$E2E/busybox-image.sh" | docker_on "$1" import - bb >/dev/null; }

# begin ARGS...: machine, in the background, its words in $MY_HOME/out
begin() {
	local uri=(KVM_URI="${KVM_URI:-qemu:///system}")
	: >"$MY_HOME/out"	# now: what an earlier one said is looked for, too
	[ "${KVM_URI:-}" != none ] || uri=(-u KVM_URI)
	as_user env --default-signal=INT "${uri[@]}" HOME="$MY_HOME" "$E2E/bin/machine" --debug "$@" \
		>"$MY_HOME/out" 2>&1 </dev/null 3>&- &
	pid=$!
}

# begun_gets SIGNAL: $pid is the shell around it
begun_gets() { pkill "-$1" -f "^$E2E/bin/machine --debug"; }

said() { grep -q "$1" "$MY_HOME/out"; }

# ended: the status of begin's machine
ended() {
	rc=0
	wait "$pid" || rc=$?
}

# A bridge of the user's with a DHCP server that libvirt knows nothing of: bridge_dhcp FIRST LAST
dhcp_start() {
	dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --port=0 --no-ping --interface=t-br --bind-interfaces \
		--except-interface=lo --dhcp-leasefile="$WORLD/dhcp.leases" --dhcp-range="$1,$2,2m" --pid-file="$WORLD/dhcp.pid" \
		--user=root 3>&-
}
dhcp_stop() {
	kill "$(cat "$WORLD/dhcp.pid")"
	rm -f "$WORLD/dhcp.pid" "$WORLD/dhcp.leases"
}
bridge_make() {
	ip link add t-br type bridge
	ip addr add 10.99.1.1/24 dev t-br
	ip link set t-br up
}

@test "two machines on a network of our own that goes with the last; a Swarm overlay joins their containers" {
	machine create -d kvm --kvm-memory 1000 one two
	one=$(machine ip one)
	two=$(machine ip two)
	[ "$one" = "$(address_of one)" ]
	[ "$two" = "$(address_of two)" ]
	[ "$one" != "$two" ]
	machine ssh one sudo ping -c 1 -w 5 "$two"
	machine ssh one sudo ping -c 1 -w 5 two	# by name
	busybox_into one
	busybox_into two
	docker_on one swarm init --advertise-addr "$one" >/dev/null
	docker_on two swarm join --token "$(docker_on one swarm join-token -q worker)" "$one:2377"
	docker_on one network create -d overlay --attachable ov
	docker_on one run -d --name na --network ov bb sleep 1000
	# The worker learns of the network a moment later.
	until_true 60 docker_on two run -d --name nb --network ov bb sh -c 'mkdir -p /w; echo from-two >/w/index.html; exec httpd -f -p 80 -h /w'
	until_true 30 docker_on one exec na ping -c 1 -w 5 nb
	[ "$(docker_on one exec na wget -q -O - http://nb/)" = from-two ]
	docker_on one service create -d --name mesh --no-resolve-image --constraint "node.role==worker" --network ov -p 8080:80 bb \
		sh -c 'mkdir -p /w; echo mesh >/w/index.html; exec httpd -f -p 80 -h /w'
	# Its one task is on two; the routing mesh answers on both.
	until_true 90 sh -c "[ \"\$(curl -s --max-time 5 http://$one:8080/)\" = mesh ]"
	until_true 30 sh -c "[ \"\$(curl -s --max-time 5 http://$two:8080/)\" = mesh ]"
	machine rm -f one
	v net-info machine
	[ "$(machine status two)" = Running ]
	machine rm -f two
	nothing_left one two
}

@test "paused and saved machines are shown, started, stopped and removed; a lost network comes back with its address" {
	machine create -d kvm box
	address=$(machine ip box)
	# A copy of its folder has not the domain: rm forgets the copy alone.
	as_user cp -r "$MY_HOME/.docker/machine/machines/box" "$MY_HOME/.docker/machine/machines/twin"
	refuse machine kill twin 2>"$MY_HOME/out"
	said "machine 'twin' is a copy: libvirt's domain is the one of '$MY_HOME/.docker/machine/machines/box'"
	machine rm -y twin 2>"$MY_HOME/out"
	said "the domain stays"
	[ "$(machine status box)" = Running ]
	[ "$(address_of box)" = "$address" ]
	v suspend box
	[ "$(machine status box)" = Paused ]
	machine start box
	[ "$(machine status box)" = Running ]
	v managedsave box
	[ "$(machine status box)" = Saved ]
	machine start box
	[ "$(machine version box)" ]
	v suspend box
	machine stop box
	[ "$(machine status box)" = Stopped ]
	clean_network machine
	# As a new seed whose upload was cut short.
	seed=$(v vol-list machine | awk '/box-.*seed/ { print $1 }')
	v vol-delete "$seed" machine
	v vol-create-as machine "$seed" 1 --format raw
	machine start box
	[ "$(machine ip box)" = "$address" ]
	[ "$(address_of box)" = "$address" ]
	docker_on box version >/dev/null
	v managedsave box
	# As after a reboot of its host: the network does not run.
	v net-destroy machine
	machine rm -f box
	nothing_left box
}

@test "an isolated machine joins a network without a way out; the pool is made again when it has lost its folder" {
	v pool-destroy machine 2>/dev/null || true	# the first test to run finds none
	rm -rf /var/lib/libvirt/images/machine
	KVM_ACCELERATOR=auto machine create -d kvm --kvm-isolated alone
	v dumpxml alone | grep "network='machine-isolated'"
	v net-dumpxml machine-isolated | grep "name='alone'"
	refuse sh -c "virsh -c qemu:///system net-dumpxml machine-isolated | grep '<forward'"
	refuse v net-info machine 2>/dev/null
	refuse sh -c "echo '$(machine ssh alone ip route)' | grep ^default"
	docker_on alone version >/dev/null
	machine rm -f alone
	refuse v net-info machine-isolated 2>/dev/null
	nothing_left alone
}

@test "a domain of the same name that is not ours is an error and stays as it is" {
	v define /dev/stdin <<<"<domain type='qemu'><name>foreign</name><memory>65536</memory><os><type>hvm</type></os></domain>"
	before=$(v dumpxml foreign)
	rc=0
	machine create -d kvm foreign 2>"$MY_HOME/err" || rc=$?
	[ "$rc" = 3 ]
	grep "already has a domain 'foreign' (.*), which is not this machine's" "$MY_HOME/err"
	grep "^hint: .*virsh" "$MY_HOME/err"
	[ "$(v dumpxml foreign)" = "$before" ]
	nothing_left
}

@test "a range that an interface uses, and one that another network has, are left alone" {
	ip link add t-taken type bridge
	ip link set t-taken up
	ip addr add 10.160.47.9/24 dev t-taken
	v net-define /dev/stdin <<<"<network><name>t-user</name><bridge name='t-user'/><ip address='10.161.47.1' netmask='255.255.255.0'/></network>"
	begin create -d kvm --timeout 90 clash
	until_true 20 said "Made network 'machine' (10.162.47.0/24)"
	begun_gets INT
	ended
	[ "$rc" = 130 ]
	v net-info t-user
	nothing_left clash
}

@test "a network of the user's: what is reserved there stays; without a free address it says so" {
	v net-define /dev/stdin <<<"<network><name>t-user</name><bridge name='t-user'/><ip address='10.161.47.1' prefix='30'><dhcp><range start='10.161.47.2' end='10.161.47.2'/><host mac='52:54:00:aa:bb:cc' ip='10.161.47.2'/></dhcp></ip></network>"
	refuse machine create -d kvm --kvm-network t-user full 2>"$MY_HOME/err"
	grep "network 't-user' does not run" "$MY_HOME/err"
	v net-start t-user
	refuse machine create -d kvm --kvm-network t-user full 2>"$MY_HOME/err"
	grep "network 't-user' has no free address in 10.161.47.0/30" "$MY_HOME/err"
	grep "^hint: " "$MY_HOME/err"
	v net-dumpxml t-user | grep -q 52:54:00:aa:bb:cc
	[ ! -e "$MY_HOME/.docker/machine/machines/full" ]
	refuse machine create -d kvm --kvm-network nowhere full 2>"$MY_HOME/err"
	grep "libvirt has no network 'nowhere'" "$MY_HOME/err"
	nothing_left full
}

@test "a bridge without reservations: the address is found, and followed when it changes, without restarting a container" {
	bridge_make
	dhcp_start 10.99.1.50 10.99.1.59
	machine create -d kvm --kvm-network bridge:t-br found
	first=$(machine ip found)
	[[ $first == 10.99.1.5? ]]
	busybox_into found
	docker_on found run -d --name stays bb sleep 1000
	began=$(docker_on found inspect -f '{{.State.StartedAt}}' stays)
	dhcp_stop
	dhcp_start 10.99.1.70 10.99.1.79
	# Let go of the old one and ask again.
	machine ssh found sudo sh <<-'end'
		client=$(ps | grep '[u]dhcpc -f' | sed 's/^ *//; s/ .*//')
		setsid sh -c "sleep 1; kill -USR2 $client; sleep 1; kill -USR1 $client" >/dev/null 2>&1 </dev/null &
	end
	until_true 20 sh -c "grep -q 10.99.1.7 '$WORLD/dhcp.leases'"
	moved() { machine env --shell sh found | grep -E 'DOCKER_HOST="tcp://10.99.1.7[0-9]:2376"'; }
	until_true 60 moved
	[ "$(docker_on found inspect -f '{{.State.StartedAt}} {{.State.Running}}' stays)" = "$began true" ]
	machine ssh found true
	second=$(machine ip found)
	# The new certificate is in the seed too.
	machine kill found
	machine start found
	[ "$(machine ip found)" = "$second" ]
	docker_on found version >/dev/null
	machine rm -f found
	nothing_left found
}

@test "a lease that never comes: the deadline says how far it came, with the console, and nothing is left" {
	bridge_make
	refuse machine create -d kvm --kvm-network bridge:t-br --timeout 90 silent 2>"$MY_HOME/err"
	cat "$MY_HOME/err"
	grep "no DHCP server answers on eth0" "$MY_HOME/err"
	grep "did not become ready in time; the last stage it reached is" "$MY_HOME/err"
	grep "machine: stage data" "$MY_HOME/err"
	[ -s "$MY_HOME/.docker/machine/logs/silent.console.log" ]
	nothing_left silent
}

@test "a pool that is full before, and one that fills up in the middle" {
	mkdir "$WORLD/small"
	mount -t tmpfs -o size=400m tmpfs "$WORLD/small"
	v pool-define-as small dir --target "$WORLD/small"
	v pool-start small
	refuse machine create -d kvm --kvm-pool small full 2>"$MY_HOME/err"
	grep "the storage pool has .* free, .* are needed" "$MY_HOME/err" || {
		cat "$MY_HOME/err"
		false
	}
	umount "$WORLD/small"
	mount -t tmpfs -o size=700m tmpfs "$WORLD/small"
	begin create -d kvm --kvm-pool small full
	# Stopped while it copies, however fast that goes; the look at the free space is over then.
	for ((i = 0; i < 100000; i++)); do ! said "making volume '.*vmlinux'" || break; done
	begun_gets STOP
	head -c 690M /dev/zero >"$WORLD/small/other" 2>/dev/null || true
	begun_gets CONT
	ended
	[ "$rc" = 1 ] && { said "No space left on device" || said "Disk quota"; } || {
		cat "$MY_HOME/out"
		false
	}
	nothing_left full
	[ -z "$(v vol-list small | grep full-)" ]
	v pool-destroy small
	v pool-undefine small
	umount "$WORLD/small"
}

@test "elements of the user's own are in the domain; its name is not theirs to set" {
	echo "<domain><devices><watchdog model='i6300esb' action='none'/></devices></domain>" >"$MY_HOME/own.xml"
	begin create -d kvm --kvm-xml-file "$MY_HOME/own.xml" own
	until_true 20 said "starting the domain"
	v dumpxml own | grep i6300esb
	machine rm -f own
	ended
	echo "<domain><name>x</name><devices/></domain>" >"$MY_HOME/own.xml"
	refuse machine create -d kvm --kvm-xml-file "$MY_HOME/own.xml" own 2>"$MY_HOME/err"
	grep "sets the domain's name" "$MY_HOME/err"
	echo "<domain><devices><nonsense/></devices></domain>" >"$MY_HOME/own.xml"
	refuse machine create -d kvm --kvm-xml-file "$MY_HOME/own.xml" own 2>"$MY_HOME/err"
	grep "libvirt does not take the machine's definition" "$MY_HOME/err"
	nothing_left own
}

@test "an ISO of ours boots in place of the image; one that is not there is named" {
	KVM_ACCELERATOR=auto machine create -d kvm --kvm-boot2docker-url "file://$MACHINE_IMAGE/machine.iso" disc
	[ "$(machine status disc)" = Running ]
	docker_on disc version >/dev/null
	v dumpxml disc | grep "device='cdrom'"
	keeper_is_small disc
	refuse sh -c "virsh -c qemu:///system dumpxml disc | grep '<kernel>'"
	machine rm -f disc
	refuse machine create -d kvm --kvm-boot2docker-url /nowhere.iso disc 2>"$MY_HOME/err"
	grep "there is no ISO '/nowhere.iso'" "$MY_HOME/err"
	nothing_left disc
}

@test "two stores want the image at once: one copies; a copy whose owner died is done again" {
	local other=$WORLD/home/nobody/other
	install -d -m 700 -o 65534 -g 65534 "$other"
	forget_images() {
		v vol-list machine | awk '/machine-image-/ { print $1 }' | while read -r volume; do
			v vol-delete "$volume" machine >/dev/null
		done
	}
	theirs() { as_user env HOME="$other" KVM_URI=qemu:///system "$E2E/bin/machine" "$@"; }
	forget_images
	theirs create -d kvm second >"$other/out" 2>&1 </dev/null 3>&- &
	second=$!
	begin create -d kvm first
	ended
	[ "$rc" = 0 ]
	wait $second
	[ "$(cat "$MY_HOME/out" "$other/out" | grep -c "Copying the image into")" = 1 ]
	theirs rm -f second
	machine rm -f first
	# Killed in the middle of a copy.
	forget_images
	begin create -d kvm first
	until_true 20 said "filling volume '.*root.erofs'"
	begun_gets KILL
	ended
	machine rm -y first
	began=$SECONDS
	machine create -d kvm first
	[ $((SECONDS - began)) -le 40 ]
	# A kernel that panics ends the wait, and is quoted.
	machine stop first
	v dumpxml --inactive first | sed 's|<cmdline>.*</cmdline>|<cmdline>console=ttyS0 rdinit=/nothing root=/dev/nothing</cmdline>|' |
		v define /dev/stdin
	began=$SECONDS
	refuse machine start first 2>"$MY_HOME/err"
	cat "$MY_HOME/err"
	grep "the guest failed at 'kernel': Kernel panic - " "$MY_HOME/err"
	[ $((SECONDS - began)) -le 60 ]
	machine rm -f first
	nothing_left first
}

# restart_at WORDS: libvirtd dies when create says so, and comes back
restart_at() {
	begin create -d kvm victim
	until_true 30 said "$1"
	libvirtd_kill
	libvirtd_start
	ended
	[ "$rc" = 0 ] || [ "$rc" = 1 ] || return 1
	if [ "$rc" = 0 ]; then
		[ "$(machine status victim)" = Running ]
		docker_on victim version >/dev/null
	else
		grep -E "^hint: " "$MY_HOME/out"
	fi
	machine rm -f victim 2>/dev/null || true
	nothing_left victim
}

@test "libvirtd killed and restarted in each stage: it goes on, or ends with nothing left" {
	restart_at "making network 'machine'"
	restart_at "making volume 'victim-.*disk'"
	restart_at "defining the domain"
	restart_at "starting the domain"
	restart_at "(victim) data"
	[ "$rc" = 0 ]	# a guest that boots is not lost
}

@test "kill -9 of create in each stage: ls says Error, rm cleans up" {
	local at
	for at in "making network 'machine'" "making volume 'victim-.*seed'" "starting the domain" "(victim) data"; do
		# Without a URI: what the program chose must be in the first record.
		KVM_URI=none begin create -d kvm victim
		until_true 30 said "$at"
		begun_gets KILL
		ended
		unset KVM_URI
		[ "$(machine status victim)" = Error ]
		machine rm -y victim
		nothing_left victim
	done
}

@test "a host whose key nobody vouches for is refused; so is a URI that would not look" {
	mv "$WORLD/home/nobody/.ssh/known_hosts" "$WORLD/known_hosts"
	rc=0
	KVM_URI=qemu+ssh://root@$HOST2/system machine create -d kvm far 2>"$MY_HOME/err" || rc=$?
	mv "$WORLD/known_hosts" "$WORLD/home/nobody/.ssh/known_hosts"
	[ "$rc" = 3 ]
	grep "Host key verification failed" "$MY_HOME/err"
	grep "^hint: .*ssh" "$MY_HOME/err"
	refuse machine create -d kvm --kvm-uri "qemu+ssh://root@$HOST2/system?no_verify=1" far 2>"$MY_HOME/err"
	grep "switches off the check of the host's key" "$MY_HOME/err"
}

@test "who may not use the system's libvirt is told how; who asks for none gets a session" {
	rc=0
	as_user --session env HOME="$MY_HOME" "$E2E/bin/machine" create -d kvm --kvm-uri qemu:///system no 2>"$MY_HOME/err" || rc=$?
	[ "$rc" = 3 ]
	grep "^hint: sudo usermod -aG libvirt" "$MY_HOME/err"
}

@test "over TLS, and a keeper or an ssh that dies comes back" {
	KVM_URI="qemu+tls://$HOST2/system?pkipath=$HOST2_PKI"
	machine create -d kvm far
	busybox_into far
	docker_on far run -d --name web -p 8080:80 bb sh -c 'mkdir /w; echo page >/w/index.html; exec httpd -f -p 80 -h /w'
	address=$(machine ip far)
	until_true 15 sh -c "[ \"\$(curl -s --max-time 5 http://$address:8080/)\" = page ]"
	pkill -f "ssh .*-N -M.*$address"
	until_true 15 sh -c "[ \"\$(curl -s --max-time 5 http://$address:8080/)\" = page ]"
	pkill -KILL -f "__driver kvm keep far"
	until_true 5 refuse pgrep -f "ssh .*-N -M.*$address"
	machine env far >/dev/null
	until_true 15 sh -c "[ \"\$(curl -s --max-time 5 http://$address:8080/)\" = page ]"
	KVM_URI="qemu+tls://$HOST2/system?pkipath=$HOST2_PKI" machine rm -f far
	refuse pgrep -f "__driver kvm keep far|ssh .*-N -M.*$address"
}

@test "a network of another host that is routed here: the machine's own address, without a jump" {
	KVM_URI="qemu+ssh://root@$HOST2/system"
	v net-define /dev/stdin <<<"<network><name>t-user</name><forward mode='route'/><bridge name='t-user' stp='off' delay='0'/><ip address='10.163.47.1' prefix='24'><dhcp><range start='10.163.47.2' end='10.163.47.99'/></dhcp></ip></network>"
	v net-start t-user
	ip route add 10.163.47.0/24 via "$HOST2"
	machine create -d kvm --kvm-network t-user routed
	[[ $(machine ip routed) == 10.163.47.* ]]
	docker_on routed version >/dev/null
	refuse pgrep -f "ssh .*-N -M.*:$(machine ip routed):"
	machine rm -f routed
	# Behind NAT no route helps.
	ip route add 10.160.0.0/16 via "$HOST2"
	machine create -d kvm behind
	[[ $(machine ip behind) == 127.* ]]
	docker_on behind version >/dev/null
	machine rm -f behind
	nothing_left routed behind
	ip route del 10.160.0.0/16
	ip route del 10.163.47.0/24
	clean_network t-user
}

@test "a host that goes away in the middle: a clear end, and rm cleans up when it is back" {
	KVM_URI="qemu+ssh://root@$HOST2/system"
	begin create -d kvm --timeout 20 lost
	until_true 60 said "(lost) data"
	host2_cut
	ended
	host2_heal
	[ "$rc" = 1 ]
	said "could not undo everything" || [ ! -e "$MY_HOME/.docker/machine/machines/lost" ]
	grep "^hint: " "$MY_HOME/out"
	until_true 60 machine rm -f lost
	nothing_left lost
	# Not reached: ls waits no longer than it is told, for all of them together.
	machine create -d kvm lost
	host2_cut
	began=$SECONDS
	machine ls -t 3 >"$MY_HOME/out"
	[ $((SECONDS - began)) -le 10 ]
	host2_heal
	grep -E "^lost .* Timeout" "$MY_HOME/out"
	# And a power cut: what ran is gone, what was made is still there.
	host2_stop
	began=$SECONDS
	refuse machine env lost 2>"$MY_HOME/err"
	[ $((SECONDS - began)) -le 70 ]
	grep "^hint: " "$MY_HOME/err"
	host2_start
	[ "$(machine status lost)" = Stopped ]
	machine start lost
	docker_on lost version >/dev/null
	machine rm -f lost
	nothing_left lost
}
