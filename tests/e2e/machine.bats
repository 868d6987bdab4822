# SPDX-License-Identifier: Apache-2.0
# One machine for the whole file: it is booted once and much is done with it. Tests run in order.
load ../common

setup_file() {
	mkdir "$HOME/shared"
	echo "from the host" >"$HOME/shared/file"
	machine create --qemu-share "$HOME/shared:/shared:ro" --qemu-forward tcp:9000:9001 --qemu-memory 1200 \
		--qemu-disk-size 30000 --engine-label place=test --tls-san machine.example e2e >"$HOME/create.out" 2>"$HOME/create.err" || {
		cat "$HOME/create.out" "$HOME/create.err"
		return 1
	}
	machine env --shell bash e2e >"$HOME/env"
	. "$HOME/env"
	"$BATS_TEST_DIRNAME/../busybox-image.sh" "$BATS_TEST_DIRNAME/udp_echo" | docker import - bb >"$HOME/import"
}

teardown_file() {
	machine rm -f e2e
	[ -z "$(ls -A "$HOME/.docker/machine/machines")" ]
	[ -z "$(ls -A "$HOME/.docker/machine/.state/locks")" ]
}

setup() {
	[ ! -f "$HOME/env" ] || . "$HOME/env"
	address=$(machine ip e2e 2>/dev/null || true)
}

@test "create says what docker-machine says" {
	grep -qx "Running pre-create checks..." "$HOME/create.out"
	grep -qx "Docker is up and running!" "$HOME/create.out"
	grep -q "run: machine env e2e" "$HOME/create.out"
}

@test "address, url, status, ls" {
	[[ $address == 127.* ]]
	[ "$(machine url e2e)" = "tcp://$address:2376" ]
	[ "$(machine status e2e)" = Running ]
	machine ls | grep -E "^e2e +\* +qemu +Running +tcp://$address:2376 +v[0-9]"
	[ "$(machine active)" = e2e ]
	[ "$(machine version e2e)" = "$(docker version --format '{{.Server.Version}}')" ]
}

@test "options: memory, disk, share, label, SAN, forward" {
	memory=$(docker info --format '{{.MemTotal}}')
	[ "$memory" -gt $((1100 << 20)) ]
	[ "$memory" -lt $((1200 << 20)) ]
	size=$(machine ssh e2e df -m /var/lib/docker | awk 'NR == 2 { print $2 }')
	[ "$size" -gt 28000 ]
	[ "$(docker run --rm -v /shared:/s:ro bb cat /s/file)" = "from the host" ]
	refuse docker run --rm -v /shared:/s bb touch /s/new
	docker info --format '{{.Labels}}' | grep -F place=test
	docker info --format '{{.Labels}}' | grep -F provider=qemu
	curl -s --max-time 20 --cacert "$DOCKER_CERT_PATH/ca.pem" --cert "$DOCKER_CERT_PATH/cert.pem" \
		--key "$DOCKER_CERT_PATH/key.pem" --resolve "machine.example:2376:$address" https://machine.example:2376/_ping
	docker run -d --name fwd --network host bb sh -c 'mkdir /w; echo forwarded >/w/index.html; exec httpd -f -p 9001 -h /w'
	until_true 15 sh -c "[ \"\$(curl -s --max-time 5 http://$address:9000/)\" = forwarded ]"
	docker rm -f fwd
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
	machine ports e2e | grep -F "8080/tcp -> $address:8080"
	docker rm -f web
	until_true 5 sh -c "! curl -s --max-time 2 http://$address:8080/"
	[ "$(machine ports e2e)" = "9001/tcp -> $address:9000" ]	# the forward that was asked for
}

@test "a published UDP port answers" {
	[ "$QEMU_ISOLATED" = false ] || skip "not root: the guest must be isolated, and QEMU drops its UDP answers"
	docker run -d --name udp -p 5353:5300/udp bb udp_echo 5300
	until_true 20 python3 "$BATS_TEST_DIRNAME/udp_ask.py" "$address" 5353
	machine ports e2e | grep -F "5353/udp -> $address:5353"
	docker rm -f udp
}

@test "a port that cannot be bound is named with reason and cure" {
	[ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 80 ] || skip "this host lets users bind port 80"
	docker run -d --name low -p 80:80 bb sleep 1000
	until_true 10 sh -c "machine ports e2e | grep -E '80/tcp -> not reachable: .*1024'"
	docker rm -f low
}

@test "networks: host, none, one of the user's own with name lookup" {
	[ "$(docker run --rm --network none bb ls /sys/class/net)" = lo ]
	docker run --rm --network host bb ip addr | grep -q 10.0.2.15
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
	[ "$(machine ssh e2e id -un)" = docker ]
	[ "$(machine ssh e2e sudo id -un)" = root ]
	rc=0
	machine ssh e2e exit 7 || rc=$?
	[ "$rc" = 7 ]
	machine ssh e2e . /etc/os-release '&&' echo '$ID' | grep -qx boot2docker
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
	for days in 1 0; do
		openssl x509 -req -in "$HOME/c.csr" -CA "$certs/ca.pem" -CAkey "$certs/ca-key.pem" -set_serial 77 -days $days \
			-extfile <(echo extendedKeyUsage=clientAuth) -out "$HOME/c$days.pem" 2>/dev/null
	done
	until_true 5 refuse openssl x509 -in "$HOME/c0.pem" -noout -checkend 0 >/dev/null
	curl -s --max-time 20 --cacert "$ca" --cert "$HOME/c1.pem" --key "$certs/key.pem" "https://$address:2376/_ping" | grep -q OK
	refuse curl -s --max-time 20 --cacert "$ca" --cert "$HOME/c0.pem" --key "$certs/key.pem" "https://$address:2376/_ping"
}

@test "stop, start: the same disk, identity and address" {
	before=$(machine ssh e2e cat /etc/machine-id)
	machine stop e2e
	[ "$(machine status e2e)" = Stopped ]
	rc=0
	machine url e2e 2>"$HOME/err" || rc=$?
	[ "$rc" = 1 ]
	grep -q "Host is not running" "$HOME/err"
	machine start e2e
	[ "$(machine ip e2e)" = "$address" ]
	[ "$(machine ssh e2e cat /etc/machine-id)" = "$before" ]
	[ "$(docker run --rm -v keep:/data bb cat /data/file)" = kept ]
}

@test "kill: the disk survives, a second kill says so" {
	machine kill e2e
	[ "$(machine status e2e)" = Stopped ]
	refuse machine kill e2e 2>"$HOME/err"
	grep -q 'Machine "e2e" is already stopped.' "$HOME/err"
	machine start e2e
	[ "$(docker run --rm -v keep:/data bb cat /data/file)" = kept ]
}

@test "rm -f ends a running machine whose record was cut off" {
	record=$HOME/.docker/machine/machines/e2e/config.json
	cut=$(head -c 100 "$record")
	echo "$cut" >"$record"
	refuse machine status e2e
	machine rm -f e2e
	[ ! -e "$HOME/.docker/machine/machines/e2e" ]
	refuse pgrep -f "machine-e2e,process"
}
