# SPDX-License-Identifier: Apache-2.0
# What works on a machine of every driver. One machine for the whole file: it is booted once and much is done with it.
# Tests run in order. DRIVER is the driver, VM the machine's name; for kvm, KVM_URI says where. What is peculiar to a driver is in driver.bash.
load ../common
load driver

setup_file() {
	driver_setup
	machine create -d "$DRIVER" "${driver_options[@]}" "--$DRIVER-memory" 1200 "--$DRIVER-disk-size" 30000 \
		--engine-label place=test --tls-san machine.example $VM >"$HOME/create.out" 2>"$HOME/create.err" || {
		cat "$HOME/create.out" "$HOME/create.err"
		return 1
	}
	machine env --shell bash $VM >"$HOME/env"
	. "$HOME/env"
	"$BATS_TEST_DIRNAME/../busybox-image.sh" "$BATS_TEST_DIRNAME/udp_echo" | docker import - bb >"$HOME/import"
}

teardown_file() {
	machine rm -f $VM
	[ -z "$(ls -A "$HOME/.docker/machine/machines")" ]
	[ -z "$(ls -A "$HOME/.docker/machine/.state/locks")" ]
	driver_nothing_left $VM
	rm -f "$HOME/env"
}

setup() {
	[ ! -f "$HOME/env" ] || . "$HOME/env"
	address=$(machine ip $VM 2>/dev/null || true)
}

@test "create says what docker-machine says" {
	grep -qx "Running pre-create checks..." "$HOME/create.out"
	grep -qx "Docker is up and running!" "$HOME/create.out"
	grep -q "run: machine env $VM" "$HOME/create.out"
}

@test "address, url, status, ls" {
	# shellcheck disable=SC2053 # a pattern
	[[ $address == $(driver_address) ]]
	[ "$(machine url $VM)" = "tcp://$address:2376" ]
	[ "$(machine status $VM)" = Running ]
	machine ls | grep -E "^$VM +\* +$DRIVER +Running +tcp://$address:2376 +v[0-9]"
	[ "$(machine active)" = $VM ]
	[ "$(machine version $VM)" = "$(docker version --format '{{.Server.Version}}')" ]
}

@test "options: memory, disk, label, SAN" {
	memory=$(docker info --format '{{.MemTotal}}')
	[ "$memory" -gt $((1100 << 20)) ]
	[ "$memory" -lt $((1200 << 20)) ]
	size=$(machine ssh $VM df -m /var/lib/docker | awk 'NR == 2 { print $2 }')
	[ "$size" -gt 28000 ]
	docker info --format '{{.Labels}}' | grep -F place=test
	docker info --format '{{.Labels}}' | grep -F "provider=$DRIVER"
	curl -s --max-time 20 --cacert "$DOCKER_CERT_PATH/ca.pem" --cert "$DOCKER_CERT_PATH/cert.pem" \
		--key "$DOCKER_CERT_PATH/key.pem" --resolve "machine.example:2376:$address" https://machine.example:2376/_ping
}

@test "options: shared folder" {
	! driver_is_behind_ssh || skip "no folder of this host can be shared with another"
	[ "$DRIVER" != virtualbox ] || skip "the double has no VirtualBox device for folders; make check-virtualbox shows it"
	[ "$(docker run --rm -v /shared:/s:ro bb cat /s/file)" = "from the host" ]
	refuse docker run --rm -v /shared:/s bb touch /s/new
}

@test "options: forward" {
	[ "$DRIVER" = qemu ] || skip "the driver $DRIVER has no such option"
	docker run -d --name fwd --network host bb sh -c 'mkdir /w; echo forwarded >/w/index.html; exec httpd -f -p 9001 -h /w'
	until_true 15 sh -c "[ \"\$(curl -s --max-time 5 http://$address:9000/)\" = forwarded ]"
	docker rm -f fwd
	[ "$(machine ports $VM)" = "9001/tcp -> $address:9000" ]
}

@test "nothing of ours listens beyond loopback" {
	refuse grep -E ' (00000000|0{32}):(0948|08AE) [0-9A-F:]+ 0A ' /proc/net/tcp /proc/net/tcp6
}

@test "run, and a pipe through run -i with half-close" {
	[ "$(docker run --rm bb echo hello)" = hello ]
	[ "$(head -c 300000 /dev/zero | docker run --rm -i bb wc -c)" -eq 300000 ]
}

@test "exec, logs, attach to a running container" {
	docker run -d --name loop bb sh -c 'echo started; sleep 1000'
	[ "$(docker exec loop echo inside)" = inside ]
	[ "$(echo fed | docker exec -i loop cat)" = fed ]
	[ "$(docker logs loop)" = started ]
	docker rm -f loop
}

@test "build, by the classic builder and by BuildKit, whose session is an upgraded connection" {
	mkdir -p "$HOME/ctx"
	printf 'FROM bb\nRUN echo built >/result\nCMD ["cat","/result"]\n' >"$HOME/ctx/Dockerfile"
	DOCKER_BUILDKIT=0 docker build -q -t built "$HOME/ctx"
	[ "$(docker run --rm built)" = built ]
	head -c 3000000 /dev/zero >"$HOME/ctx/data"
	printf 'FROM bb\nCOPY data /\nRUN wc -c </data >/result\nCMD ["cat","/result"]\n' >"$HOME/ctx/Dockerfile"
	DOCKER_BUILDKIT=1 docker build --progress plain -t kit "$HOME/ctx" 2>"$HOME/build.log" || {
		cat "$HOME/build.log"
		return 1
	}
	[ "$(docker run --rm kit)" -eq 3000000 ]
	DOCKER_BUILDKIT=1 docker build -q --output "type=local,dest=$HOME/from-build" "$HOME/ctx"
	cmp "$HOME/ctx/data" "$HOME/from-build/data"
}

@test "a published TCP port answers on the machine's address and goes away again" {
	docker run -d --name web -p 8080:80 bb sh -c 'mkdir /w; echo page >/w/index.html; exec httpd -f -p 80 -h /w'
	until_true 15 sh -c "[ \"\$(curl -s --max-time 5 http://$address:8080/)\" = page ]"
	until_true 5 sh -c "machine ports $VM | grep -F '8080/tcp -> $address:8080'"
	docker rm -f web
	until_true 5 sh -c "! curl -s --max-time 2 http://$address:8080/"
	until_true 5 sh -c "! machine ports $VM | grep -F 8080"
}

@test "a published UDP port answers" {
	[ "$QEMU_ISOLATED" = false ] || skip "not root: the guest must be isolated, and QEMU drops its UDP answers"
	if driver_is_behind_ssh; then
		docker run -d --name udp -p 5353:5300/udp bb udp_echo 5300
		until_true 10 sh -c "machine ports $VM | grep -F '5353/udp -> not reachable: the machine is reached through ssh'"
		docker rm -f udp
		skip "ssh carries no UDP, which machine ports says"
	fi
	docker run -d --name udp -p 5353:5300/udp bb udp_echo 5300
	until_true 20 python3 "$BATS_TEST_DIRNAME/udp_ask.py" "$address" 5353
	until_true 5 sh -c "machine ports $VM | grep -F '5353/udp -> $address:5353'"
	docker rm -f udp
}

@test "a port that cannot be bound is named with reason and cure" {
	[[ $address == 127.* ]] || skip "a machine with an address of its own has port 80"
	[ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 80 ] || skip "this host lets users bind port 80"
	docker run -d --name low -p 80:80 bb sleep 1000
	until_true 10 sh -c "machine ports $VM | grep -E '80/tcp -> not reachable: .*1024'"
	docker rm -f low
}

@test "networks: host, none, one of the user's own with name lookup" {
	[ "$(docker run --rm --network none bb ls /sys/class/net)" = lo ]
	docker run --rm --network host bb ip addr | grep -qF " $(driver_guest_address $VM)/"
	docker network create mine
	docker run -d --name peer --network mine bb sleep 1000
	docker run --rm --network mine bb ping -c 1 -w 10 peer
	docker rm -f peer
	docker network rm mine
}

@test "volumes, read-only containers, memory limits" {
	docker run --rm -v keep:/data bb sh -c 'echo kept >/data/file'
	[ "$(docker run --rm -v keep:/data bb cat /data/file)" = kept ]
	refuse docker run --rm --read-only bb touch /file
	[ "$(docker run --rm -m 64m bb cat /sys/fs/cgroup/memory.max)" = 67108864 ]
}

@test "ssh: the pinned key, the remote status" {
	[ "$(machine ssh $VM id -un)" = docker ]
	[ "$(machine ssh $VM sudo id -un)" = root ]
	rc=0
	machine ssh $VM exit 7 || rc=$?
	[ "$rc" = 7 ]
	machine ssh $VM . /etc/os-release '&&' echo '$ID' | grep -qx boot2docker
}

@test "the guest's own client: over ssh, dial-stdio and DOCKER_HOST=ssh://" {
	id=$(docker info --format '{{.ID}}')
	[ -n "$id" ]
	machine ssh $VM docker ps | grep -q '^CONTAINER ID'
	[ "$(machine ssh $VM "docker info --format '{{.ID}}'")" = "$id" ]
	printf 'GET /_ping HTTP/1.0\r\n\r\n' | machine ssh $VM docker system dial-stdio | grep -qx OK
	machine ssh-config $VM >"$BATS_TEST_TMPDIR/config"
	printf '#!/bin/sh\nexec %s -F %s/config "$@"\n' "$(command -v ssh)" "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/ssh"
	chmod 755 "$BATS_TEST_TMPDIR/ssh"
	[ "$(env -u DOCKER_TLS_VERIFY -u DOCKER_CERT_PATH PATH="$BATS_TEST_TMPDIR:$PATH" DOCKER_HOST="ssh://$VM" \
		docker info --format '{{.ID}}')" = "$id" ]
}

@test "the guest's tools, as boot2docker's: pgrep, openssl" {
	machine ssh $VM pgrep -x dockerd | grep -Eqx '[0-9]+'
	machine ssh $VM sudo openssl x509 -in /run/machine/identity/tls/server.pem -text | grep -q 'Subject Alternative Name'
}

@test "scp: there and back" {
	echo "to the machine" >"$HOME/note"
	machine scp "$HOME/note" $VM:/home/docker/note
	machine scp -q $VM:/home/docker/note "$HOME/note.back"
	cmp "$HOME/note" "$HOME/note.back"
}

@test "logs: what the console said" {
	machine logs $VM | grep -F "machine: ready"
}

@test "use: the client needs no environment" {
	machine use $VM 2>/dev/null
	[ "$(env -u DOCKER_HOST -u DOCKER_TLS_VERIFY -u DOCKER_CERT_PATH docker version --format '{{.Server.Version}}')" = \
		"$(machine version $VM)" ]
	machine use -u
	refuse env -u DOCKER_HOST -u DOCKER_TLS_VERIFY -u DOCKER_CERT_PATH docker version
}

@test "regenerate-certs: other keys, the same engine, no connection ends" {
	docker run -d --name follows bb sh -c 'while :; do echo tick; sleep 1; done'
	began=$(docker inspect -f '{{.State.StartedAt}}' follows)
	docker logs -f follows >"$HOME/follows" 2>&1 3>&- &
	follower=$!
	serial=$(openssl x509 -in "$DOCKER_CERT_PATH/server.pem" -noout -serial)
	machine regenerate-certs -f $VM
	[ "$(openssl x509 -in "$DOCKER_CERT_PATH/server.pem" -noout -serial)" != "$serial" ]
	[ "$(openssl s_client -connect "$address:2376" </dev/null 2>/dev/null | openssl x509 -noout -serial)" = \
		"$(openssl x509 -in "$DOCKER_CERT_PATH/server.pem" -noout -serial)" ]
	[ "$(docker inspect -f '{{.State.StartedAt}}' follows)" = "$began" ]
	lines=$(wc -l <"$HOME/follows")
	until_true 20 sh -c "[ \"\$(wc -l <'$HOME/follows')\" -gt $lines ]"
	kill $follower
	docker rm -f follows
}

@test "who has no certificate of ours is refused, and so is plain HTTP" {
	ca=$DOCKER_CERT_PATH/ca.pem
	curl -s --max-time 20 --cacert "$ca" --cert "$DOCKER_CERT_PATH/cert.pem" --key "$DOCKER_CERT_PATH/key.pem" \
		"https://$address:2376/_ping" | grep -q OK
	refuse curl -s --max-time 20 --cacert "$ca" "https://$address:2376/_ping"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /O=other \
		-keyout "$HOME/o.key" -out "$HOME/o.pem" 2>/dev/null
	refuse curl -s --max-time 20 --cacert "$ca" --cert "$HOME/o.pem" --key "$HOME/o.key" "https://$address:2376/_ping"
	refuse curl -s --max-time 20 "http://$address:2376/_ping"
	# Two certificates of our own CA, which differ in one thing: the time of the one is over.
	certs=$HOME/.docker/machine/certs
	openssl req -new -key "$certs/key.pem" -subj /CN=client -out "$HOME/c.csr"
	for time in "1 -days 1" "0 $(ended)"; do
		# shellcheck disable=SC2086 # words
		openssl x509 -req -in "$HOME/c.csr" -CA "$certs/ca.pem" -CAkey "$certs/ca-key.pem" -set_serial 77 ${time#* } \
			-extfile <(echo extendedKeyUsage=clientAuth) -out "$HOME/c${time%% *}.pem" 2>/dev/null
	done
	refuse openssl x509 -in "$HOME/c0.pem" -noout -checkend 0 >/dev/null
	# The machine's clock may be a second behind.
	until_true 5 curl -sf --max-time 20 -o /dev/null --cacert "$ca" --cert "$HOME/c1.pem" --key "$certs/key.pem" \
		"https://$address:2376/_ping"
	refuse curl -s --max-time 20 --cacert "$ca" --cert "$HOME/c0.pem" --key "$certs/key.pem" "https://$address:2376/_ping"
}

@test "stop, start: the same disk, identity and address" {
	before=$(machine ssh $VM cat /etc/machine-id)
	machine stop $VM
	[ "$(machine status $VM)" = Stopped ]
	rc=0
	machine url $VM 2>"$HOME/err" || rc=$?
	[ "$rc" = 1 ]
	grep -q "Host is not running" "$HOME/err"
	memory=$(machine inspect -f '{{.Driver.Memory}}' $VM)
	machine set --memory $((memory + 200)) $VM
	# Only a driver that is given its image anew, or copies it, can boot another; upgrade starts what is off.
	if [ "$DRIVER" = kvm ]; then
		refuse machine upgrade $VM 2>"$HOME/err"
		machine start $VM
	else
		machine upgrade $VM
		[ "$(machine status $VM)" = Running ]
	fi
	[ "$(docker info --format '{{.MemTotal}}')" -gt $((memory << 20)) ]
	[ "$(machine ip $VM)" = "$address" ]
	[ "$(machine ssh $VM cat /etc/machine-id)" = "$before" ]
	[ "$(docker run --rm -v keep:/data bb cat /data/file)" = kept ]
}

@test "kill: the disk survives, a second kill says so" {
	machine kill $VM
	[ "$(machine status $VM)" = Stopped ]
	refuse machine kill $VM 2>"$HOME/err"
	grep -q "Machine \"$VM\" is already stopped." "$HOME/err"
	machine start $VM
	[ "$(docker run --rm -v keep:/data bb cat /data/file)" = kept ]
}

@test "rm -f ends a running machine whose record was cut off" {
	record=$HOME/.docker/machine/machines/$VM/config.json
	cut=$(head -c 100 "$record")
	echo "$cut" >"$record"
	refuse machine status $VM
	machine rm -f $VM
	[ ! -e "$HOME/.docker/machine/machines/$VM" ]
	driver_nothing_left $VM
}
