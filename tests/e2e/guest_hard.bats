# SPDX-License-Identifier: Apache-2.0
# A guest on hostile days: containers that go for the host's loopback, for memory and for the processor; strangers at the
# SSH port; a full data disk. One machine for the whole file, tests run in order.
load ../common

VM=hostile

setup_file() {
	machine create --qemu-memory 1100 $VM >"$HOME/create.out" 2>&1 || {
		cat "$HOME/create.out"
		return 1
	}
	machine env --shell bash $VM >"$HOME/env"
	. "$HOME/env"
	${CC:-gcc} -O2 -static -o "$HOME/raw_syn" "$BATS_TEST_DIRNAME/raw_syn.c"
	"$BATS_TEST_DIRNAME/../busybox-image.sh" "$HOME/raw_syn" | docker import - bb
	python3 "$BATS_TEST_DIRNAME/listener.py" 7777 "$HOME/hits" 3>&- &
	echo $! >"$HOME/listener.pid"
}

teardown_file() {
	kill "$(cat "$HOME/listener.pid")" || true
	machine rm -f $VM
	rm -f "$HOME/env"
}

setup() {
	. "$HOME/env"
	address=$(machine ip $VM)
	root="sudo sh -c"
}

teardown() {
	[ ! -e "$HOME/strangers.pid" ] || kill "$(cat "$HOME/strangers.pid")"
	rm -f "$HOME/strangers.pid"
}

# root_does TEXT: in the guest
root_does() { machine ssh $VM "$root '$1'"; }

score() { root_does "for p in /proc/[0-9]*; do [ \"\$(cat \$p/comm 2>/dev/null)\" = $1 ] && cat \$p/oom_score_adj && break; done"; }

no_hits() { [ ! -s "$HOME/hits" ] || { cat "$HOME/hits"; return 1; }; }

@test "the listener on the host's loopback hears this host" {
	until_true 20 sh -c 'echo | nc -w 5 127.0.0.1 7777 | grep -q heard || busybox nc -w 5 127.0.0.1 7777 </dev/null | grep -q heard'
	[ -s "$HOME/hits" ]
	: >"$HOME/hits"
}

@test "closed: bridge, macvlan and ipvlan networks" {
	docker network create -d macvlan -o parent=eth0 --subnet 10.0.2.0/24 --gateway 10.0.2.2 mv
	docker run --rm --network mv --ip 10.0.2.77 bb nc -w 5 10.0.2.2 7777 </dev/null || true
	docker network rm mv
	docker network create -d ipvlan -o parent=eth0 --subnet 10.0.2.0/24 --gateway 10.0.2.2 iv
	docker run --rm --network iv --ip 10.0.2.78 bb nc -w 5 10.0.2.2 7777 </dev/null || true
	docker network rm iv
	docker run --rm bb nc -w 5 10.0.2.2 7777 </dev/null || true
	no_hits
}

@test "closed: frames of a container's own making" {
	for to in 10.0.2.2 127.0.0.1 10.0.2.99; do
		docker run --rm --network host bb raw_syn eth0 10.0.2.15 $to 7777
	done
	rc=0
	docker run --rm --network host bb raw_syn eth0 10.0.2.15 10.0.2.2 7777 bypass || rc=$?
	[ "$rc" = 3 ]
	sleep 2
	no_hits
}

@test "a published port answers when docker run returns" {
	docker run -d --name web -p 8088:80 bb sh -c 'exec httpd -f -p 80 -h /etc'
	python3 -c 'import socket, sys; socket.create_connection((sys.argv[1], 8088), 5)' "$address"
	docker rm -f web
}

@test "who ends first when memory ends" {
	[ "$(score sshd)" = -1000 ]
	[ "$(score containerd)" = -999 ]
	[ "$(score dockerd)" = -500 ]
	[ "$(score agent)" = -950 ]
	[ "$(docker run --rm bb cat /proc/self/oom_score_adj)" = 0 ]
	[ "$(machine ssh $VM cat /proc/self/oom_score_adj)" = 0 ]
}

@test "a container that fills memory ends, alone" {
	docker run -d --restart always --name keep bb sleep 100000
	before=$(root_does "pidof dockerd containerd agent")
	docker run --rm --shm-size 4g bb dd if=/dev/zero of=/dev/shm/x bs=1M count=3000 || true
	docker info >/dev/null
	[ "$(root_does "pidof dockerd containerd agent")" = "$before" ]
	until_true 60 sh -c '[ "$(docker inspect -f "{{.State.Running}}" keep)" = true ]'
	docker rm -f keep
}

@test "containers that end while containerd is away start again, others stay" {
	docker run -d --restart always --name ends bb sleep 100001
	docker run -d --name ends_for_good bb sleep 100001
	docker run -d --restart always --name stays bb sleep 100002
	stays=$(docker inspect -f '{{.State.Pid}}' stays)
	root_does "kill -9 \$(pidof containerd) \$(pgrep -f -x \"sleep 100001\")"
	until_true 600 sh -c '[ "$(docker inspect -f "{{.State.Running}}" ends_for_good)" = false ]'
	until_true 120 root_does "pgrep -f -x \"sleep 100001\""
	[ "$(docker exec ends echo in)" = in ]
	[ "$(docker inspect -f '{{.State.Pid}}' stays)" = "$stays" ]
	[ "$(docker exec stays echo in)" = in ]
	docker rm -f ends ends_for_good stays
}

@test "sixty busy processes: ls, ssh and the gate answer" {
	docker run -d --name busy bb sh -c 'i=0; while [ $i -lt 60 ]; do (while :; do :; done) & i=$((i + 1)); done; wait'
	timeout 60 machine ssh $VM true
	timeout 60 docker version >/dev/null
	machine ls --filter "name=$VM" | grep Running | grep -v Unknown
	docker kill busy
	docker rm busy
}

@test "a thousand strangers at the SSH port, and the owner" {
	python3 "$BATS_TEST_DIRNAME/strangers.py" "$address" 2222 1000 "$HOME/left" 3>&- &
	echo $! >"$HOME/strangers.pid"
	# QEMU's network keeps those that the guest did not take for as long as its own tries last.
	until_true 60 test -s "$HOME/left"
	until_true 120 timeout 60 machine ssh $VM true
	[ "$(root_does "ps | grep -c [s]shd")" -lt 80 ]
	docker version >/dev/null
	# A thousand connections that end at once are work for QEMU's network, too.
	kill "$(cat "$HOME/strangers.pid")"
	rm "$HOME/strangers.pid"
	until_true 90 timeout 40 machine ssh $VM true
}

@test "certificates lie where boot2docker had them, and follow a renewal" {
	b=/var/lib/boot2docker
	[ "$(root_does "stat -c %a $b/server-key.pem")" = 600 ]
	root_does "cat $b/server.pem" >"$HOME/before"
	cmp "$HOME/before" "$HOME/.docker/machine/machines/$VM/server.pem"
	machine regenerate-certs -f $VM
	root_does "cat $b/server.pem" | cmp - "$HOME/.docker/machine/machines/$VM/server.pem"
	refuse cmp -s "$HOME/before" "$HOME/.docker/machine/machines/$VM/server.pem"
	root_does "grep -q SERVERKEY=$b/server-key.pem $b/profile"
}

@test "a full data disk is named; it is grown before the engine starts" {
	# Blocks are taken in big pieces without writing them, the rest by writing.
	root_does "cd /var/lib/docker; for m in 16384 4096 1024 256 64 16; do while busybox fallocate -l \${m}M fill.\$m.\$((n=n+1)); do :; done; rm -f fill.\$m.\$n; done; dd if=/dev/zero of=fill bs=1M; sync" 2>/dev/null || true
	root_does "df /var/lib/docker"
	# Whoever else ends there ends for another reason.
	root_does "kill \$(pidof agent)"
	console="$HOME/.docker/machine/machines/$VM/console.log"
	until_true 20 grep -q "agent was ended by signal" "$console"
	refuse grep "failed data" "$console"
	machine stop $VM
	rc=0
	machine start $VM >"$HOME/start.out" 2>&1 || rc=$?
	[ "$rc" = 1 ]
	grep "the data disk is full" "$HOME/start.out"
	# dockerd's own words are a warning, and not the error.
	refuse grep "^cannot start .*overlay2" "$HOME/start.out"
	machine ssh $VM true
	machine stop $VM
	machine set --disk 22g $VM
	machine start $VM
	docker version >/dev/null
}
