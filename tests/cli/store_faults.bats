# SPDX-License-Identifier: Apache-2.0
# Stores that moved, that have two names, that are full or another user's; and what killed commands left in them.
load helper

# QEMU's command line of the machine that runs in a store
qemu_line() { pgrep -af "fake_qemu.py.*machine-$1,process.*$HOME/"; }
has_mac() { qemu_line "$1" | grep -q "mac=$2,"; }
seed_mac() { grep -a -o '"mac": "[^"]*"' "$HOME/store/machines/$1/seed.iso" | cut -d'"' -f4; }

@test "a store by another name, then moved: the machine starts, and its address stays" {
	machines_run
	fakes
	machine create dev
	is_status 0
	mac=$(seed_mac dev)
	[ "$("$MACHINE" inspect -f '{{.Driver.MACAddress}}' dev)" = "$mac" ]
	address=$("$MACHINE" ip dev)
	machine stop dev
	ln -s "$HOME/store" "$HOME/link"
	MACHINE_STORAGE_PATH=$HOME/link machine start dev
	is_status 0
	has_mac dev "$mac"
	machine stop dev
	mv "$HOME/store" "$HOME/moved"
	MACHINE_STORAGE_PATH=$HOME/moved machine start dev
	is_status 0
	has_mac dev "$mac"
	[ "$(MACHINE_STORAGE_PATH=$HOME/moved "$MACHINE" ip dev)" = "$address" ]
	MACHINE_STORAGE_PATH=$HOME/moved machine rm -y dev
	is_status 0
	[ -z "$(ls -A "$HOME/moved/.state/addresses")" ]
	no_process
}

@test "a record of an earlier version, whose MAC was computed from a path that is no more" {
	machines_run
	fakes
	machine create dev
	machine stop dev
	mac=$(seed_mac dev)
	sed -i '/"MACAddress"/d;/"Subnet"/d' "$HOME/store/machines/dev/config.json"
	mv "$HOME/store" "$HOME/moved"
	export MACHINE_STORAGE_PATH=$HOME/moved
	machine start dev
	is_status 0
	has_mac dev "$mac"
	[ "$("$MACHINE" inspect -f '{{.Driver.MACAddress}}' dev)" = "$mac" ]
	qemu_line dev | grep -q "net=10.0.2.0/24,"
	machine rm -f dev
	no_process
}

@test "the context of a store that has another name, or was moved; a copy is another store" {
	machines_run
	fakes
	unset DOCKER_CONFIG DOCKER_CONTEXT
	machine create dev
	machine use dev
	is_status 0
	meta=$HOME/.docker/contexts/meta/$(printf dev | sha256sum | cut -d' ' -f1)
	ln -s "$HOME/store" "$HOME/link"
	MACHINE_STORAGE_PATH=$HOME/link machine use dev
	is_status 0
	machine stop dev
	cp -r "$HOME/store" "$HOME/copy"
	MACHINE_STORAGE_PATH=$HOME/copy machine rm -f dev
	is_status 0
	[ -e "$meta/meta.json" ]
	rm -r "$HOME/copy"
	mv "$HOME/store" "$HOME/moved"
	rm "$HOME/link"
	export MACHINE_STORAGE_PATH=$HOME/moved
	machine start dev
	machine use dev
	is_status 0
	grep -F "\"Store\":\"$HOME/moved\"" "$meta/meta.json"
	machine rm -f dev
	[ ! -e "$meta" ]
}

@test "a network behind QEMU: named, kept, refused" {
	machines_run
	fakes
	fails 2 "'10.0.2.0' is no network" create --qemu-subnet 10.0.2.0 dev
	fails 2 "is too large or too small" create --qemu-subnet 10.0.2.0/29 dev
	machine create --qemu-subnet 10.99.8.0/24 dev
	is_status 0
	qemu_line dev | grep -q "net=10.99.8.0/24,host=10.99.8.2,dns=10.99.8.3,dhcpstart=10.99.8.15,.*-10.99.8.15:2376"
	grep -a -F '"address": "10.99.8.15/24"' "$HOME/store/machines/dev/seed.iso"
	machine stop dev
	machine start dev
	qemu_line dev | grep -q "net=10.99.8.0/24,"
}

@test "this host is in 10.0.2.0/24 itself: a machine gets another network" {
	machines_run
	[ "$(id -u)" = 0 ] || skip "not root: no network of its own"
	fakes
	cat >"$HOME/inside" <<-'end'
		set -e
		ip link set lo up
		ip link add lan0 type veth peer name lan1
		ip addr add 10.0.2.77/24 dev lan0
		ip link set lan0 up
		# A VPN's default route.
		ip route add 0.0.0.0/1 dev lan0
		ip route add 128.0.0.0/1 dev lan0
		"$MACHINE" create dev
		"$MACHINE" inspect -f '{{.Driver.Subnet}}' dev >"$HOME/subnet"
		pgrep -af "fake_qemu.py.*machine-dev,process.*$HOME/" >"$HOME/line"
		"$MACHINE" stop dev
		sed -i 's|"Subnet": ".*"|"Subnet": "10.0.2.0/24"|' "$HOME/store/machines/dev/config.json"
		"$MACHINE" start dev 2>"$HOME/warned"
		"$MACHINE" rm -f dev
	end
	PATH=$PATH:/sbin:/usr/sbin unshare -n bash "$HOME/inside"
	[ "$(cat "$HOME/subnet")" = 10.160.47.0/24 ]
	grep -q "net=10.160.47.0/24," "$HOME/line"
	grep "10.0.2.0/24 is the machine's own network, and one of this host's too" "$HOME/warned"
}

@test "name servers and search list of this host reach the seed" {
	machines_run
	[ "$(id -u)" = 0 ] || skip "not root: no /etc/resolv.conf of its own"
	fakes
	printf 'search corp.test lab.test\nnameserver 192.0.2.1\nnameserver 127.0.0.53\nnameserver 192.0.2.3\n' >"$HOME/resolv.conf"
	cat >"$HOME/inside" <<-'end'
		set -e
		mount --bind "$HOME/resolv.conf" "$(readlink -f /etc/resolv.conf)"
		"$MACHINE" create dev
		"$MACHINE" create --qemu-isolated alone
	end
	unshare -m bash "$HOME/inside"
	seed=$(tr -d '\0' <"$HOME/store/machines/dev/seed.iso" | tr -d '\n' | sed 's/  */ /g' | grep -a -o '"dns": .*"closed"')
	[ "$seed" = '"dns": [ "10.0.2.3", "192.0.2.3" ], "search": [ "corp.test", "lab.test" ], "closed"' ] || [ "$seed" = '"dns": ["10.0.2.3", "192.0.2.3"], "search": ["corp.test", "lab.test"], "closed"' ] || fail_with "$seed"
	refuse grep -a -F '192.0.2.3' "$HOME/store/machines/alone/seed.iso"
}

@test "a killed rm leaves a hidden folder: whoever comes next for that name clears it" {
	m=$HOME/store/machines
	left() {
		mkdir -p "$m/.dev.removed"
		echo key >"$m/.dev.removed/key.pem"
	}
	left
	machine rm -f dev
	is_status 0
	out_has "Successfully removed dev"
	nothing_left
	left
	machine rm -y dev
	is_status 0
	nothing_left
	left
	mkdir "$m/.dev.new"
	machine create -d none --url tcp://127.0.0.1:1 dev
	is_status 0
	nothing_left dev
	left
	machine regenerate-certs -f dev
	nothing_left dev
	machine rm -f dev
	machine rm -f dev
	is_status 0
	err_has 'Docker machine "dev" does not exist'
	machine rm -y dev
	is_status 1
}

@test "a killed use: the next one and rm clear the keys that it left" {
	machines_run
	fakes
	unset DOCKER_CONFIG DOCKER_CONTEXT
	machine create dev
	tls=$HOME/.docker/contexts/tls/$(printf dev | sha256sum | cut -d' ' -f1)
	mkdir -p "$tls/docker"
	echo key >"$tls/docker/.tmp-Killed"
	echo '{"auths":{}}' >"$HOME/.docker/.tmp-Killed"
	touch -d '1 minute ago' "$tls/docker/.tmp-Killed" "$HOME/.docker/.tmp-Killed"
	echo another >"$HOME/.docker/.tmp-of-somebody-else"
	touch -d '1 minute ago' "$HOME/.docker/.tmp-of-somebody-else"
	machine use dev
	is_status 0
	[ ! -e "$tls/docker/.tmp-Killed" ]
	[ ! -e "$HOME/.docker/.tmp-Killed" ]
	[ -e "$HOME/.docker/.tmp-of-somebody-else" ]
	# Killed between the keys and the entry: rm knows of them.
	rm -r "$HOME/.docker/contexts/meta"
	[ -e "$tls/docker/key.pem" ]
	machine rm -f dev
	is_status 0
	[ ! -e "$tls" ]
}

@test "use notes the context before it writes a key" {
	machines_run
	fakes
	unset DOCKER_CONFIG DOCKER_CONTEXT
	machine create dev
	mkdir -p "$HOME/.docker"
	: >"$HOME/.docker/contexts"	# where a folder is wanted
	machine use dev
	is_status 1
	[ "$("$MACHINE" inspect -f '{{.Machine.Context}}' dev)" = dev ]
}

@test "the Docker client's file: a link that leads nowhere is not overwritten, a mode stays" {
	machines_run
	fakes
	unset DOCKER_CONFIG DOCKER_CONTEXT
	machine create dev
	mkdir -p "$HOME/.docker"
	ln -s "$HOME/nowhere/config.json" "$HOME/.docker/config.json"
	fails 1 "a link that leads nowhere" use dev
	[ -L "$HOME/.docker/config.json" ]
	rm "$HOME/.docker/config.json"
	echo '{}' >"$HOME/.docker/config.json"
	chmod 640 "$HOME/.docker/config.json"
	machine use dev
	is_status 0
	[ "$(stat -c %a "$HOME/.docker/config.json")" = 640 ]
}

@test "one command as root in a user's store: all in it stays the user's" {
	machines_run
	[ "$(id -u)" = 0 ] || skip "not root"
	fakes
	cp "$MACHINE" "$HOME/machine"
	cp "$BATS_TEST_DIRNAME/fake_qemu.py" "$HOME/fake_qemu.py"
	printf '#!/bin/sh\nHOME="%s" exec /usr/bin/python3 "%s" "$@"\n' "$HOME" "$HOME/fake_qemu.py" >"$HOME/qemu"
	: >"$HOME/marks"
	chown -R 65534:65534 "$HOME"
	user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$HOME/machine" "$@" >"$HOME/.out" 2>"$HOME/.err" </dev/null; }
	foreign() { find "$HOME/store" "$HOME/.docker" ! -user 65534 2>/dev/null; }
	# Root alone makes all of it, the store too.
	machine create dev
	is_status 0
	machine use dev
	is_status 0
	machine regenerate-certs -f dev
	is_status 0
	[ -z "$(foreign)" ] || fail_with "$(foreign)"
	pid=$(cut -d' ' -f1 "$HOME/store/machines/dev/supervisor.lock")
	[ "$(stat -c %u "/proc/$pid")" = 65534 ] || [ "$(awk '/^Uid/ { print $2 }' "/proc/$pid/status")" = 65534 ]
	user stop dev
	user start dev
	machine stop dev
	machine start dev
	user restart dev
	[ -z "$(foreign)" ] || fail_with "$(foreign)"
	user rm -y dev
	no_process
	[ ! -e "$HOME/store/machines/dev" ]
}

@test "what cannot be ended is not called removed" {
	machines_run
	[ "$(id -u)" = 0 ] || skip "not root: no process of another user"
	fakes
	machine create dev
	# A supervisor of root's in a user's store, as earlier versions left it.
	cp "$MACHINE" "$HOME/machine"
	chown -R 65534:65534 "$HOME"
	status=0
	setpriv --reuid=65534 --regid=65534 --clear-groups "$HOME/machine" rm -f dev >"$HOME/.out" 2>"$HOME/.err" || status=$?
	out=$(cat "$HOME/.out") err=$(cat "$HOME/.err")
	is_status 1
	out_lacks "Successfully removed"
	err_has "machine 'dev' stays: something of it still runs"
	err_has "hint: "
	[ -e "$HOME/store/machines/dev/config.json" ]
	machine rm -f dev
	is_status 0
	no_process
}

# In a mount namespace: a store on a file system of its own, which can be made full. $1: a script that gets it as $store
in_full_store() {
	[ "$(id -u)" = 0 ] || skip "not root: cannot mount"
	mkdir -p "$HOME/store"
	cat >"$HOME/inside" - <<-'end'
		mount -t tmpfs -o size=1100m none "$HOME/store"
		full() { mount -o "remount,size=$(($(df -k --output=used "$HOME/store" | tail -1)))k" "$HOME/store"; }
		room() { mount -o remount,size=1100m "$HOME/store"; }
	end
	cat >>"$HOME/inside"
	unshare -m bash -e "$HOME/inside" >"$HOME/.out" 2>&1 || fail_with "$(cat "$HOME/.out")"
	cat "$HOME/.out"
}

@test "a full store: stop, kill and rm need no free byte" {
	machines_run
	fakes
	in_full_store <<-'end'
		"$MACHINE" create a b c
		"$MACHINE" create -d none --url tcp://127.0.0.1:1 d
		full
		! echo x >"$HOME/store/x" 2>/dev/null
		"$MACHINE" stop a
		"$MACHINE" kill b
		[ "$("$MACHINE" status a b c 2>/dev/null || "$MACHINE" status c)" = Running ]
		"$MACHINE" rm -y a
		"$MACHINE" rm -f b c d
		[ -z "$(ls -A "$HOME/store/machines")" ]
	end
	no_process
}

@test "a full store without a free name: the same" {
	machines_run
	fakes
	in_full_store <<-'end'
		"$MACHINE" create a b
		mount -o "remount,nr_inodes=$(($(df --output=iused "$HOME/store" | tail -1)))" "$HOME/store"
		! touch "$HOME/store/.state/locks/x" 2>/dev/null
		"$MACHINE" kill a
		"$MACHINE" rm -f a b
		[ -z "$(ls -A "$HOME/store/machines")" ]
	end
	no_process
}

@test "a store that has become read-only: kill works, rm does not call removed what is there" {
	machines_run
	[ "$(id -u)" = 0 ] || skip "not root: cannot mount"
	fakes
	mkdir -p "$HOME/store"
	truncate -s 1500M "$HOME/disk"
	PATH=$PATH:/sbin:/usr/sbin mkfs.ext4 -q -m 0 "$HOME/disk" || skip "no mkfs.ext4"
	cat >"$HOME/inside" <<-'end'
		mount -o loop "$HOME/disk" "$HOME/store" || exit 77
		trap 'umount -l "$HOME/store"' EXIT
		"$MACHINE" create a
		mount -o remount,abort "$HOME/store"
		! echo x >"$HOME/store/x" 2>/dev/null
		"$MACHINE" kill a
		[ "$("$MACHINE" status a)" = Stopped ]
		if "$MACHINE" rm -f a; then echo "rm -f succeeded"; exit 1; fi
	end
	rc=0
	unshare -m bash -e "$HOME/inside" >"$HOME/.out" 2>"$HOME/.err" || rc=$?
	[ $rc != 77 ] || skip "no loop device"
	status=$rc out=$(cat "$HOME/.out") err=$(cat "$HOME/.err")
	is_status 0
	out_lacks "Successfully removed"
	err_has "Read-only file system"
	no_process
}

@test "no core dump of a command or a supervisor" {
	machines_run
	fakes
	cat >"$HOME/crash.py" <<-'end'
		import os, resource, signal, subprocess, sys, time
		hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
		resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
		def dumped(pid):
		    os.kill(pid, signal.SIGABRT)
		    return os.WCOREDUMP(os.waitpid(pid, 0)[1])
		def run(*argv):
		    p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
		    return p, p.stdout.readline()
		os.chdir(os.environ["HOME"])
		p, _ = run("sh", "-c", "echo; exec sleep 60")
		if not dumped(p.pid):
		    print("no dumps here")
		    sys.exit()
		p, _ = run(os.environ["MACHINE"], "rm", "dev")
		time.sleep(0.3)
		print("command", dumped(p.pid))
	end
	machine create -d none --url tcp://127.0.0.1:1 dev
	run python3 "$HOME/crash.py"
	[ "$output" != "no dumps here" ] || skip "this host takes no dumps"
	[ "$output" = "command False" ] || fail_with "$output"
	machine create box
	is_status 0
	pid=$(cut -d' ' -f1 "$HOME/store/machines/box/supervisor.lock")
	[ "$(awk '/core file size/ { print $5 }' "/proc/$pid/limits")" = 0 ]
	# What is not dumpable belongs to root below /proc: seen where the owner is another.
	mkdir "$HOME/dumps" && cd "$HOME/dumps"
	kill -ABRT "$pid"
	no_process
	[ -z "$(find "$HOME" -name 'core*' -newer "$HOME/store/machines/box/config.json" ! -name crash.py)" ]
}

@test "rm -f still ends a command that nobody may look into" {
	machines_run
	[ "$(id -u)" = 0 ] || skip "not root: cannot be another user"
	fakes
	cp "$MACHINE" "$HOME/machine"
	cp "$BATS_TEST_DIRNAME/fake_qemu.py" "$HOME/fake_qemu.py"
	printf '#!/bin/sh\nHOME="%s" exec /usr/bin/python3 "%s" "$@"\n' "$HOME" "$HOME/fake_qemu.py" >"$HOME/qemu"
	chown -R 65534:65534 "$HOME"
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	FAKE_QEMU=silent "${as[@]}" "$HOME/machine" create dev >"$HOME/.create" 2>&1 </dev/null &
	pid=$!
	until_true 20 marked booted
	began=$SECONDS
	"${as[@]}" "$HOME/machine" rm -f dev
	[ $((SECONDS - began)) -lt 10 ]
	rc=0
	wait "$pid" || rc=$?
	[ $rc = 130 ]
	no_process
}

@test "start that is killed while the guest boots: status, ls and the next start agree" {
	machines_run
	fakes
	machine create dev
	machine stop dev
	rm -f "$HOME/marks"
	FAKE_QEMU=silent "$MACHINE" start dev >"$HOME/.start" 2>&1 </dev/null &
	pid=$!
	until_true 20 marked booted
	kill -9 "$pid"
	wait "$pid" || true
	machine status dev
	out_is Starting
	machine ls -f '{{.State}} {{.Error}}'
	out_is "Starting "
	machine start --timeout 1 dev
	is_status 1
	err_lacks "already running"
	err_has "did not become ready in time"
	machine kill dev
	is_status 0
	machine start dev
	is_status 0
	machine status dev
	out_is Running
}

@test "a boot that failed: status and ls say Error, start begins it anew" {
	machines_run
	fakes
	machine create dev
	machine stop dev
	FAKE_QEMU=failed machine start dev
	is_status 1
	err_has "the disk is on fire"
	machine status dev
	out_is Error
	machine ls -f '{{.State}}'
	out_is Error
	machine start dev
	is_status 0
	machine status dev
	out_is Running
	machine stop dev
	FAKE_QEMU=failed machine restart dev
	is_status 1
	machine restart dev
	is_status 0
}

@test "storage drivers that the engine no longer has are refused before anything is made" {
	fakes
	for gone in aufs overlay devicemapper; do
		fails 2 "the engine has no storage driver '$gone' any more" create --engine-storage-driver $gone dev
		fails 2 "the engine has no storage driver '$gone' any more" create --engine-opt storage-driver=$gone dev
	done
	[ -z "$(find "$HOME/store" -type f)" ]
	machines_run
	machine create --engine-storage-driver overlay2 dev
	is_status 0
}

@test "create of several machines that is interrupted names each" {
	machines_run
	fakes
	FAKE_QEMU=silent env --default-signal=INT "$MACHINE" create --count 3 ci >"$HOME/.out" 2>"$HOME/.err" </dev/null &
	pid=$!
	all_booted() { [ "$(grep -cx booted "$HOME/marks")" = 3 ]; }
	until_true 30 all_booted
	kill -INT "$pid"
	create_end
	is_status 130
	for i in 1 2 3; do
		err_has "(ci-$i) Error creating machine: "
	done
	nothing_left
}

@test "QEMU may open as many files as this host allows" {
	machines_run
	fakes
	(ulimit -S -n 256 && "$MACHINE" create dev) >/dev/null
	pid=$(pgrep -f "fake_qemu.py.*machine-dev,process.*$HOME/")
	[ "$(awk '/open files/ { print $4 }' "/proc/$pid/limits")" = "$(ulimit -H -n)" ]
}

@test "a start that was killed, and whose guest came up by itself: start sees it to its end, once" {
	machines_run
	fakes
	machine create dev
	[ "$("$MACHINE" inspect -f '{{.Machine.Booting}}' dev)" = "<no value>" ]
	jq '.Machine.Booting = true' "$HOME/store/machines/dev/config.json" >"$HOME/record"
	cp "$HOME/record" "$HOME/store/machines/dev/config.json"
	pid=$(cut -d' ' -f1 "$HOME/store/machines/dev/supervisor.lock")
	machine start dev
	is_status 0
	[ "$(cut -d' ' -f1 "$HOME/store/machines/dev/supervisor.lock")" = "$pid" ]
	fails_plain() { machine start dev; is_status 1; err_has 'Machine "dev" is already running.'; }
	fails_plain
	machine stop dev
	FAKE_QEMU=failed machine start dev
	[ "$("$MACHINE" inspect -f '{{.Machine.Booting}}' dev)" = true ]
	machine start dev
	is_status 0
	[ "$("$MACHINE" inspect -f '{{.Machine.Booting}}' dev)" = "<no value>" ]
}
