# SPDX-License-Identifier: Apache-2.0
# What is the virtualbox driver's own, on the double of VBoxManage (tests/virtualbox/double). Tests run in order: the first
# ones share a machine that is booted once; those after them have machines in which no guest ever does anything.
load ../common

setup_file() {
	mkdir -p "$HOME/faults"
	# Somebody listens on all addresses where the machine's engine would: it takes another port.
	python3 -c 'import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("0.0.0.0", 2376)); s.listen(); time.sleep(900)' 3>&- &
	echo $! >"$HOME/listener"
	until_true 5 sh -c "grep -q ':0948 00000000:0000 0A' /proc/net/tcp"
	VBOX_DOUBLE_LOG=$HOME/calls machine create -d virtualbox "${quick[@]}" vb >"$HOME/create.out" 2>"$HOME/create.err" || {
		cat "$HOME/create.out" "$HOME/create.err"
		return 1
	}
	machine env --shell bash vb >"$HOME/env"
	. "$HOME/env"
	"$BATS_TEST_DIRNAME/../busybox-image.sh" | docker import - bb >"$HOME/import"
}

teardown_file() {
	rm -rf "$HOME/faults"
	kill "$(cat "$HOME/listener")" 2>/dev/null || true
	for m in $(machine ls -q); do machine rm -f "$m"; done
	[ -z "$(VBoxManage list vms)" ]
	[ -z "$(ls -A "$HOME/.docker/machine/machines" "$HOME/.docker/machine/.state/locks" | grep -v :)" ]
}

quick=(--virtualbox-no-share --virtualbox-no-vtx-check)

setup() {
	store=$HOME/.docker/machine
	export VBOX_DOUBLE_FAULTS=$HOME/faults
	rm -f "$HOME"/faults/*
}

uuid() { machine inspect -f '{{.Driver.UUID}}' "${1:-vb}"; }
# fault NAME [LINE]...
fault() {
	local file=$HOME/faults/$1
	shift
	printf '%s\n' "$@" >"$file"
}
on_vb() {
	# shellcheck disable=SC2046
	docker $(machine config vb) "$@"
}
errors() { refuse machine "$@" 2>"$HOME/err"; }
# nothing_left NAME: neither with us nor with VirtualBox
nothing_left() {
	[ ! -e "$store/machines/$1" ]
	refuse sh -c 'VBoxManage list vms | grep -F "\"$1\""' sh "$1"
	refuse grep -rqx "$store/machines/$1" "$store/.state/addresses"
	refuse pgrep -f -- "-name $1( |,|\$)|__driver virtualbox keep $1\$"
}

@test "a taken port: another one, in record, URL and known hosts; few calls" {
	port=$(machine url vb | sed 's/.*://')
	[ "$port" != 2376 ]
	[ "$(machine inspect -f '{{.Driver.EnginePort}}' vb)" = "$port" ]
	[ "$(on_vb version --format '{{.Server.Os}}')" = linux ]
	[ "$(machine ssh vb id -un)" = docker ]
	grep -qx "(vb) Creating VirtualBox VM..." "$HOME/create.out"
	# docker-machine makes 29.
	[ "$(grep -vc showvminfo "$HOME/calls")" -le 11 ]
	[ "$(wc -l <"$HOME/calls")" -le 14 ]
}

@test "its files are private, and in VirtualBox nothing is ours but the machine" {
	[ "$(stat -c %a "$store/machines/vb")" = 700 ]
	[ "$(stat -c %a "$store/machines/vb/seed.iso")" = 600 ]
	[ "$(stat -c %a "$store/machines/vb/disk-flat.vmdk")" = 600 ]
	[ "$(VBoxManage list hostonlyifs)" = "" ]
	VBoxManage getextradata "$(uuid)" "VBoxInternal/Devices/e1000/0/LUN#0/Config/LocalhostReachable" | grep -x "Value: 0"
	[ "$(VBoxManage list vms)" = "\"vb\" {$(uuid)}" ]
	# The disk takes the room that is used.
	[ "$(du -m "$store/machines/vb/disk-flat.vmdk" | cut -f1)" -lt 2000 ]
}

@test "a copy of its folder has not the machine: told, and rm forgets the copy alone" {
	mkdir "$store/machines/twin"
	tar -C "$store/machines/vb" --exclude=disk-flat.vmdk --exclude='*.sock' -c . | tar -C "$store/machines/twin" -x
	for command in start stop kill; do
		errors $command twin
		grep "machine 'twin' is a copy: VirtualBox's machine is the one of '$store/machines/vb'" "$HOME/err"
		grep "^hint: " "$HOME/err"
	done
	[ "$(machine ls -f '{{.Name}} {{.State}}' | sort | tr '\n' ' ')" = "twin Error vb Running " ]
	machine rm -y twin 2>"$HOME/err"
	grep "VirtualBox's machine stays" "$HOME/err"
	[ ! -e "$store/machines/twin" ]
	[ "$(machine status vb)" = Running ]
	on_vb version >/dev/null
}

@test "a record of docker-machine's without its settings: another's machine of that name is left alone" {
	VBoxManage createvm --name old --register >/dev/null
	mkdir -p "$store/machines/old"
	jq '.Name = "old" | .Driver.MachineName = "old" | del(.Driver.UUID, .Driver.Boot2Docker)' "$store/machines/vb/config.json" \
		>"$store/machines/old/config.json"
	for command in start stop kill; do
		errors $command old
		grep "which of VirtualBox's machines it is" "$HOME/err"
	done
	machine rm -f old
	VBoxManage list vms | grep '^"old"'
	VBoxManage unregistervm old --delete
}

@test "a keeper that was killed: ports stay, and the next command brings another" {
	address=$(machine ip vb)
	on_vb run -d --name web -p 8080:80 bb sh -c 'mkdir /w; echo page >/w/index.html; exec httpd -f -p 80 -h /w'
	until_true 15 sh -c "[ \"\$(curl -s --max-time 5 http://$address:8080/)\" = page ]"
	pkill -KILL -f "__driver virtualbox keep vb\$"
	[ "$(curl -s --max-time 5 "http://$address:8080/")" = page ]
	until_true 10 sh -c "machine ports vb | grep -F '8080/tcp -> $address:8080'"
	pgrep -f "__driver virtualbox keep vb\$"
	on_vb rm -f web
	until_true 10 sh -c "! curl -s --max-time 2 http://$address:8080/"
}

@test "paused by somebody else: shown, and woken by start" {
	on_vb run -d --name stays bb sleep 100000
	VBoxManage controlvm "$(uuid)" pause
	[ "$(machine status vb)" = Paused ]
	machine ls | grep -E "^vb .*Paused"
	machine start vb
	[ "$(machine status vb)" = Running ]
	[ "$(on_vb inspect -f '{{.State.Running}}' stays)" = true ]
}

@test "paused by VirtualBox, for a full disk: ls, status, env, stop and start say it, and start goes on once there is room" {
	fault diskfull
	why="this host's disk is full where '$store/machines/vb' lies: VirtualBox paused the machine"
	VBoxManage controlvm "$(uuid)" pause
	[ "$(machine status vb 2>"$HOME/err")" = Paused ]
	grep -F "$why" "$HOME/err"
	machine ls -f '{{.Name}} {{.State}} {{.Error}}' | grep -F "vb Paused $why"
	errors env vb
	grep -F "Host is not running: $why" "$HOME/err"
	for command in stop start; do
		began=$SECONDS
		errors $command vb
		[ $((SECONDS - began)) -le 10 ]
		grep -F "$why" "$HOME/err"
		grep "^hint: .*machine kill vb" "$HOME/err"
	done
	rm "$HOME"/faults/diskfull
	machine start vb
	[ "$(machine status vb 2>&1)" = Running ]
	on_vb version >/dev/null
	# Paused by somebody else afterwards, it has no such reason.
	VBoxManage controlvm "$(uuid)" pause
	[ "$(machine status vb 2>&1)" = Paused ]
	machine start vb
}

@test "saved: shown, woken by start with its containers, its ports and the right time" {
	began=$(on_vb inspect -f '{{.State.StartedAt}}' stays)
	# VirtualBox's CD drive tells a guest that goes on that its medium was changed, which ends all reads.
	machine ssh vb "echo 3 | sudo tee /proc/sys/vm/drop_caches" >/dev/null
	VBoxManage controlvm "$(uuid)" savestate
	[ "$(machine status vb)" = Saved ]
	until_true 10 refuse pgrep -f "__driver virtualbox keep vb\$"
	sleep 3	# so that its clock is behind
	machine start vb
	[ "$(machine status vb)" = Running ]
	[ "$(on_vb inspect -f '{{.State.StartedAt}} {{.State.Running}}' stays)" = "$began true" ]
	now=$(machine ssh vb date +%s)
	[ $((now - $(date +%s))) -ge -1 ]
	machine ssh vb "busybox md5sum /usr/sbin/dockerd /usr/bin/containerd" >/dev/null
}

@test "a port that is taken while the machine is off, one that VirtualBox does not set up: others" {
	machine stop vb
	ssh=$(machine inspect -f '{{.Driver.SSHPort}}' vb)
	python3 -c "import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('$(machine inspect -f '{{.Driver.IPAddress}}' vb)', $ssh)); s.listen(); time.sleep(300)" 3>&- &
	listener=$!
	until_true 5 sh -c "grep -qi ':$(printf %04x "$ssh") 00000000:0000 0A' /proc/net/tcp"
	fault natfail=engine "match startvm *" "count 1"
	engine=$(machine inspect -f '{{.Driver.EnginePort}}' vb)
	machine start vb 2>"$HOME/err"
	kill "$listener"
	grep "VirtualBox does not answer on port $engine" "$HOME/err"
	[ "$(machine inspect -f '{{.Driver.SSHPort}}' vb)" != "$ssh" ]
	[ "$(machine inspect -f '{{.Driver.EnginePort}}' vb)" != "$engine" ]
	[ "$(machine ssh vb id -un)" = docker ]
	on_vb version >/dev/null
}

@test "aborted: VirtualBox's process was killed" {
	pkill -KILL -f -- "-name vb( |,)"
	until_true 5 sh -c '[ "$(machine status vb)" = Stopped ]'
	machine ls | grep -E "^vb .*Stopped"
}

@test "a guru meditation is shown, and left by start, which boots anew" {
	fault guru "match startvm *" "count 1"
	# It never becomes ready: the wait sees what has become of it.
	errors start --timeout 60 vb
	grep "VirtualBox stopped the machine after .* (guru meditation)" "$HOME/err"
	[ "$(machine status vb)" = Error ]
	machine start vb
	on_vb version >/dev/null
}

@test "a start that is killed while the guest boots: ls, status and the next start agree" {
	machine kill vb
	machine start vb >/dev/null 2>&1 3>&- &
	pid=$!
	until_true 60 sh -c "[ \"\$(VBoxManage showvminfo $(uuid) --machinereadable | sed -n 's/^VMState=//p')\" = '\"running\"' ]"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || true
	[ "$(machine status vb)" = Starting ]
	[ "$(machine ls -f '{{.Name}} {{.State}}')" = "vb Starting" ]
	machine start vb
	[ "$(machine status vb)" = Running ]
	on_vb version >/dev/null
}

@test "stop refuses a saved machine, kill drops what it had in memory" {
	VBoxManage controlvm "$(uuid)" savestate
	errors stop vb
	grep "machine 'vb' is saved: it does not run" "$HOME/err"
	grep "hint: Drop what it has in memory: machine kill vb" "$HOME/err"
	machine kill vb
	[ "$(machine status vb)" = Stopped ]
}

@test "VirtualBox is busy, its service begins or ends, an object is not ready: asked again" {
	fault busy "count 2"
	[ "$(machine status vb)" = Stopped ]
	fault svc "count 3"
	[ "$(machine status vb)" = Stopped ]
	fault notready "count 2"
	[ "$(machine status vb)" = Stopped ]
}

@test "VBoxManage hangs, or talks nonsense: ls does not" {
	fault hang "match showvminfo *"
	began=$SECONDS
	machine ls -t 2 >"$HOME/out"
	grep -E "^vb +. +virtualbox +Timeout" "$HOME/out" || {
		cat "$HOME/out"
		false
	}
	[ $((SECONDS - began)) -le 6 ]
	rm "$HOME/faults/hang"
	fault garbage
	errors status vb
	grep "VBoxManage showvminfo tells no state" "$HOME/err"
}

@test "settings that cannot be read are named, and rm removes the machine all the same" {
	fault "inaccessible=$(uuid)"
	[ "$(machine status vb)" = Error ]
	errors start vb
	grep "The object functionality is limited" "$HOME/err"
	grep "hint: VirtualBox cannot read its settings in '$store/machines/vb/vb'" "$HOME/err"
	machine rm -f vb
	nothing_left vb
}

# A machine without a guest: create fails at its deadline and keeps it.
half_made() {
	fault noguest
	refuse machine create -d virtualbox "${quick[@]}" --timeout 1 --keep-on-failure "$@" 2>"$HOME/err"
}

@test "the deadline says how far it came; nothing is left" {
	fault noguest
	errors create -d virtualbox "${quick[@]}" --timeout 1 half
	grep "did not become ready in time; the last stage it reached is" "$HOME/err"
	grep "^hint: " "$HOME/err"
	nothing_left half
}

@test "a kernel panic ends the wait at once, and is quoted" {
	fault noguest
	machine create -d virtualbox "${quick[@]}" --timeout 100 half >"$HOME/out" 2>"$HOME/err" 3>&- &
	pid=$!
	until_true 30 sh -c "VBoxManage list runningvms | grep -F '\"half\"'"
	until_true 5 pgrep -f "__driver virtualbox keep half\$"
	began=$SECONDS
	printf 'machine: stage root 1.002\nKernel panic - not syncing: Attempted to kill init!\n' >>"$store/machines/half/console.log"
	refuse wait "$pid"
	# Undoing what was made takes calls of its own.
	[ $((SECONDS - began)) -le 15 ]
	grep "the guest failed at 'kernel': Kernel panic - not syncing: Attempted to kill init!" "$HOME/err"
	nothing_left half
}

@test "a boot that fails after a port has moved: the record has the port that the machine runs with" {
	fault natfail=engine "match startvm *" "count 1"
	half_made half
	port=$(machine inspect -f '{{.Driver.EnginePort}}' half)
	VBoxManage showvminfo "$(uuid half)" --machinereadable | grep "^Forwarding.*=\"engine,tcp,[0-9.]*,$port,10.0.2.15,2376\""
	[ "$port" != 2376 ]
	machine rm -f half
	nothing_left half
}

@test "rm leaves a disk of the user's alone, and removes from every state" {
	half_made half
	machine kill half 2>/dev/null || VBoxManage controlvm "$(uuid half)" poweroff
	VBoxManage createmedium disk --filename "$HOME/mine.vdi" --size 10
	VBoxManage storageattach "$(uuid half)" --storagectl SATA --port 1 --device 0 --type hdd --medium none
	VBoxManage storageattach "$(uuid half)" --storagectl SATA --port 1 --device 0 --type hdd --medium "$HOME/mine.vdi"
	machine rm -f half
	nothing_left half
	[ -s "$HOME/mine.vdi" ]
	rm "$HOME/mine.vdi"
	for state in running pause; do
		half_made half
		[ "$state" = running ] || VBoxManage controlvm "$(uuid half)" $state
		machine rm -f half
		nothing_left half
	done
	# A settings file that is left over of a machine that VirtualBox has forgotten, one that is gone, one in rags.
	half_made half
	VBoxManage controlvm "$(uuid half)" poweroff
	VBoxManage unregistervm "$(uuid half)"
	machine rm -f half
	nothing_left half
	half_made half
	id=$(uuid half)
	VBoxManage controlvm "$id" poweroff
	rm -r "$store/machines/half/half"
	machine rm -f half
	nothing_left half
	half_made half
	head -c 60 "$store/machines/half/config.json" >"$HOME/cut"
	cp "$HOME/cut" "$store/machines/half/config.json"
	machine rm -f half
	# Its address is free by itself when the folder is gone.
	rm "$(grep -lx "$store/machines/half" "$store"/.state/addresses/*)"
	nothing_left half
}

@test "each call of create fails half-way: nothing is left" {
	for call in createvm modifyvm storagectl "storageattach * --port 0" "storageattach * --port 2" startvm; do
		fault half "match $call *" "count 1"
		fault noguest
		errors create -d virtualbox "${quick[@]}" --timeout 5 half
		[ "$(cat "$HOME"/faults/half 2>/dev/null | grep -c "count 1")" = 0 ] || {
			echo "$call was never made"
			return 1
		}
		nothing_left half
	done
}

@test "create is killed in each call: ls says so, rm cleans up" {
	for call in createvm modifyvm "storageattach * --port 2" startvm; do
		fault noguest
		fault hang "match $call *" "count 1"
		machine create -d virtualbox "${quick[@]}" half >/dev/null 2>&1 3>&- &
		pid=$!
		until_true 20 sh -c "! grep -q 'count 1' '$HOME/faults/hang'"
		kill -KILL "$pid"
		wait "$pid" 2>/dev/null || true
		machine ls | grep -E "^half .*Error"
		machine rm -f half
		nothing_left half
	done
}

@test "Ctrl-C in a call that hangs" {
	fault hang "match modifyvm *" "count 1"
	env --default-signal=INT machine create -d virtualbox "${quick[@]}" half >"$HOME/out" 2>&1 3>&- &
	pid=$!
	until_true 20 sh -c "! grep -q 'count 1' '$HOME/faults/hang'"
	kill -INT "$pid"
	rc=0
	wait "$pid" || rc=$?
	[ "$rc" = 130 ]
	nothing_left half
}

@test "four at once do not meet" {
	fault noguest
	for i in 1 2 3 4; do
		machine create -d virtualbox "${quick[@]}" --timeout 2 --keep-on-failure "many$i" >"$HOME/many$i" 2>&1 3>&- &
	done
	wait
	[ "$(VBoxManage list runningvms | wc -l)" = 4 ]
	for i in 1 2 3 4; do grep "last stage it reached is 'start'" "$HOME/many$i"; done
	[ "$(machine ls -q | xargs -n1 machine inspect -f '{{.Driver.IPAddress}}' | sort -u | wc -l)" = 4 ]
	machine rm -f many1 many2 many3 many4
	[ -z "$(VBoxManage list vms)" ]
}

@test "what VirtualBox refuses at the start is told with its cure" {
	fault noguest
	fault svm
	errors create -d virtualbox "${quick[@]}" half
	grep "AMD-V is being used by another hypervisor" "$HOME/err"
	grep "hint: End what uses KVM" "$HOME/err"
	nothing_left half
	rm "$HOME"/faults/svm
	fault svm=none
	errors create -d virtualbox "${quick[@]}" half
	grep "hint: Switch on VT-x or AMD-V" "$HOME/err"
	rm "$HOME"/faults/svm=none
	fault nosetuid "match startvm *"
	errors create -d virtualbox "${quick[@]}" half
	grep "terminated unexpectedly during startup" "$HOME/err"
	rm "$HOME"/faults/nosetuid
	fault nospace "match startvm *"
	errors create -d virtualbox "${quick[@]}" half
	grep "VERR_DISK_FULL" "$HOME/err"
	grep "hint: Make room" "$HOME/err"
	rm "$HOME"/faults/nospace
	fault denied "match createvm *"
	errors create -d virtualbox "${quick[@]}" half
	grep "Access denied" "$HOME/err"
	nothing_left half
}

@test "the checks before create" {
	fault noguest
	rc=0
	env PATH="$(dirname "$(command -v machine)"):/usr/bin:/bin" machine create -d virtualbox "${quick[@]}" pre 2>"$HOME/err" || rc=$?
	[ "$rc" = 3 ]
	grep "program 'VBoxManage' is not installed" "$HOME/err"
	grep "hint: Install it[:;] .*virtualbox" "$HOME/err"
	fault version=5.2.44r139111
	errors create -d virtualbox "${quick[@]}" pre
	grep "VirtualBox 5.2.44r139111 is too old" "$HOME/err"
	rm "$HOME"/faults/version*
	fault nomodule
	errors create -d virtualbox "${quick[@]}" pre
	grep "VirtualBox's kernel driver is not" "$HOME/err"
	grep "hint: " "$HOME/err"
	rm "$HOME"/faults/nomodule
	VBoxManage createvm --name pre --basefolder "$HOME/other" --register
	errors create -d virtualbox "${quick[@]}" pre
	grep "VirtualBox has a machine 'pre' already, which is not ours" "$HOME/err"
	VBoxManage showvminfo pre >/dev/null
	VBoxManage unregistervm pre --delete
	errors create -d virtualbox "${quick[@]}" --virtualbox-hostonly-cidr 10.99.0.1/24 pre
	grep "VirtualBox lets no host-only interface have the address" "$HOME/err"
	grep "networks.conf" "$HOME/err"
	errors create -d virtualbox "${quick[@]}" --virtualbox-boot2docker-url "$HOME/none.iso" pre
	grep "there is no ISO" "$HOME/err"
	errors create -d virtualbox --virtualbox-no-vtx-check --virtualbox-share-folder /nonexistent:x pre
	grep "shared folder '/nonexistent' is not there" "$HOME/err"
	[ ! -e "$store/machines/pre" ]
}

@test "older versions, with their words" {
	for version in 6.1.50r161033 7.0.20r163906 7.1.4r165100; do
		fault "version=$version"
		half_made "${quick[@]}" half
		grep "did not become ready" "$HOME/err"
		machine rm -f half
		rm "$HOME"/faults/version*
	done
}

# Ours behaves as boot2docker's where no seed is there. An ISO with boot2docker's name in it; the double boots what the name
# was given back.
@test "an ISO of boot2docker: the first key by its disk, the rest over SSH" {
	iso=$HOME/b2d.iso
	cp "$MACHINE_IMAGE/machine.iso" "$iso"
	printf '%-32s' Boot2Docker-v19.03.12 | dd of="$iso" bs=1 seek=$((16 * 2048 + 40)) conv=notrunc status=none
	mkdir -p "$HOME/wrap"
	cat >"$HOME/wrap/VBoxManage" <<-end
		#!/bin/sh
		[ "\$1" != startvm ] || printf '%-32s' MACHINE_ISO |
			dd of="$store/machines/old/boot2docker.iso" bs=1 seek=$((16 * 2048 + 40)) conv=notrunc status=none
		exec $(command -v VBoxManage) "\$@"
	end
	chmod +x "$HOME/wrap/VBoxManage"
	PATH=$HOME/wrap:$PATH machine create -d virtualbox "${quick[@]}" --virtualbox-boot2docker-url "$iso" \
		--engine-label place=here --engine-env FOO=bar old >"$HOME/out" 2>"$HOME/err" || {
		cat "$HOME/out" "$HOME/err"
		return 1
	}
	grep -q "taken for boot2docker's" "$HOME/err"
	# In the order in which the engine's map gives them, which is none.
	# shellcheck disable=SC2046
	docker $(machine config old) info --format '{{.Labels}}' >"$HOME/labels"
	grep -Fw place=here "$HOME/labels"
	grep -Fw provider=virtualbox "$HOME/labels"
	[ "$(machine ssh old hostname)" = old ]
	[ ! -e "$store/machines/old/agent.sock" ]
	refuse sh -c 'VBoxManage showvminfo "$1" --machinereadable | grep -F seed.iso' sh "$(uuid old)"
	refuse grep -rF "BEGIN PRIVATE KEY" "$HOME/out" "$HOME/err"
	machine stop old
	machine start old
	# shellcheck disable=SC2046
	docker $(machine config old) version >/dev/null
	machine rm -f old
	nothing_left old
}
