#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a machine, with the quick guest (quick-iso.sh). Each test says what it begins with, and may be run alone.
load inside

@test "create: the guest boots, and its engine answers over TLS" {
	begin
	create_booting vm "${quick[@]}"
	vbox_is vm running
	[[ "$(engine vm /version)" == *quick* ]]
	[ "$(machine version vm)" = 0.0.0-quick ]
}

@test "what is told of it" {
	begin vm
	[ "$(machine status vm)" = Running ]
	[[ "$(machine ip vm)" == 127.* ]]
	[ "$(machine url vm)" = "tcp://$(machine ip vm):2376" ]
	run machine ls
	[[ "$output" == *vm*virtualbox*Running*tcp://127.* ]]
	[[ "$(machine env vm)" == *DOCKER_HOST=* ]]
	[[ "$(machine config vm)" == *tlsverify* ]]
	[ "$(machine inspect -f '{{.DriverName}}' vm)" = virtualbox ]
}

@test "ssh" {
	begin vm
	[ "$(machine ssh vm id -un)" = docker ]
	# The disk of 2000 MiB was formatted, and is the one in use.
	machine ssh vm df -k /var/lib/docker | awk 'END {exit !($2 > 1500000 && $2 < 2100000)}'
}

@test "a published port answers on the machine's address" {
	begin vm
	until_true 60 curl -sf "http://$(machine ip vm):8080/_ping"
	[[ "$(machine ports vm)" == *8080* ]]
}

@test "the guest does not reach what listens on this host's loopback" {
	begin vm
	socat TCP-LISTEN:9099,bind=127.0.0.1,fork SYSTEM:'echo reached' 3>&- &
	local program=$!
	run machine ssh vm busybox timeout 10 busybox nc 10.0.2.2 9099 </dev/null
	echo "$output"
	[[ "$output" != *reached* ]]
	[ "$(socat - TCP:127.0.0.1:9099)" = reached ]
	[[ "$(machine ssh vm busybox)" == *", nc,"* ]]
	kill $program
}

@test "a machine of VirtualBox's that is not ours is left alone" {
	begin vm
	vbox createvm --name stranger --register
	run machine ls -q
	vbox unregistervm stranger --delete
	[ "$output" = vm ]
}

@test "stop by the power button, and start" {
	begin vm
	machine stop vm
	[ "$(machine status vm)" = Stopped ]
	vbox_is vm poweroff
	start_booting vm
	[[ "$(engine vm /version)" == *quick* ]]
}

@test "stopped: another program has the port" {
	begin vm
	machine stop vm
	socat "TCP-LISTEN:2376,bind=$(machine inspect -f "{{.Driver.IPAddress}}" vm),fork" SYSTEM:true 3>&- &
	local program=$!
	start_booting vm
	kill $program
	[ "$(machine url vm)" != "tcp://$(machine ip vm):2376" ]
	[[ "$(engine vm /version)" == *quick* ]]
}

@test "restart" {
	begin vm
	start_booting vm restart
	[[ "$(engine vm /version)" == *quick* ]]
	[ "$(machine url vm)" = "tcp://$(machine ip vm):2376" ] || echo "# the port stays another: $(machine url vm)" >&3
}

@test "paused by VirtualBox's own hand, and started" {
	begin vm
	vbox controlvm vm pause
	[ "$(machine status vm)" = Paused ]
	start_booting vm
	[[ "$(engine vm /version)" == *quick* ]]
}

@test "saved by VirtualBox's own hand, and started" {
	begin vm
	# What it reads from its CD then must be there still: VirtualBox tells it that the medium was changed.
	machine ssh vm "echo 3 | sudo tee /proc/sys/vm/drop_caches"
	vbox controlvm vm savestate
	[ "$(machine status vm)" = Saved ]
	start_booting vm
	[[ "$(engine vm /version)" == *quick* ]]
	# The agent is reached again.
	until_true 60 curl -sf "http://$(machine ip vm):8080/_ping"
	# The clock stood still with it. SSH's handshake may take longer here than its client waits.
	local i now=
	for ((i = 0; i < 6 && !now; i++)); do now=$(machine ssh vm date +%s) || true; done
	echo "the guest's clock: ${now:-unknown}, the host's: $(date +%s)"
	[ "$now" ] && [ $(($(date +%s) - now)) -lt 60 ]
}

@test "saved, and killed" {
	begin vm
	vbox controlvm vm savestate
	run machine stop vm
	says "is saved: it does not run"
	machine kill vm
	vbox_is vm poweroff
	start_booting vm
	[[ "$(engine vm /version)" == *quick* ]]
}

@test "VirtualBox's process is killed" {
	begin vm
	pkill -KILL -f 'VBoxHeadless --comment vm '
	until_true 60 vbox_is vm aborted
	[ "$(machine status vm)" = Stopped ]
	start_booting vm
	[[ "$(engine vm /version)" == *quick* ]]
}

@test "kill, while VirtualBox's service hangs" {
	begin vm
	pkill -STOP -x VBoxSVC
	machine kill vm 3>&- &
	local pid=$! ended=1
	until_true 120 refuse pgrep -f 'VBoxHeadless --comment vm ' >/dev/null || ended=
	pkill -CONT -x VBoxSVC
	wait $pid || true
	[ $ended ]
	until_true 60 vbox_is vm aborted
	start_booting vm
}

@test "kill" {
	begin vm
	machine kill vm
	[ "$(machine status vm)" = Stopped ]
	refuse engine vm /version
}

@test "a start that fails says why, and what helps" {
	begin vm
	machine kill vm
	modules out
	run machine start vm
	modules in
	says modprobe
	sudo modprobe kvm enable_virt_at_load=1
	sudo modprobe kvm_amd
	run machine start vm
	sudo modprobe -r kvm_amd kvm
	says "modprobe -r"
}

@test "rm leaves a disk of the user's, and nothing of the machine's" {
	begin vm
	local disk=$HOME/mine.vdi
	vbox createmedium disk --filename "$disk" --size 10
	vbox storagectl vm --name IDE --add ide
	vbox storageattach vm --storagectl IDE --port 0 --device 0 --type hdd --medium "$disk"
	machine rm -f vm
	nothing_left vm
	ls "$disk"
	refuse grep -F mine.vdi <(vbox list hdds)
	rm "$disk"
}

@test "rm where the machine's settings are gone" {
	begin
	machine create "${quick[@]}" --keep-on-failure --timeout 1 vm || true
	vbox controlvm vm poweroff
	until_true 30 vbox_is vm poweroff
	rm -r "$MACHINE_STORAGE_PATH/machines/vm/vm"
	machine rm -f vm
	nothing_left vm
}

@test "four at once" {
	begin
	local i why pids=()
	for i in 1 2 3 4; do
		machine create "${quick[@]}" --keep-on-failure --timeout 20 "vm$i" >"$BATS_TEST_TMPDIR/$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || true; done
	# Each was made and started; that none of them was ready so soon is the emulation's, and so is one that stopped.
	cat "$BATS_TEST_TMPDIR"/[1-4]
	for i in 1 2 3 4; do
		vbox_is "vm$i" running || {
			why=$(why_emulation "vm$i")
			[ "$why" ]
			prevented "vm$i: $why"
		}
	done
	[ "$(for i in 1 2 3 4; do machine inspect -f "{{.Driver.IPAddress}}" vm$i; done | sort -u | wc -l)" = 4 ]
	for i in 1 2 3 4; do machine rm -f "vm$i" 3>&- & done
	wait
	for i in 1 2 3 4; do nothing_left "vm$i"; done
}

@test "a host-only network, and a shared folder" {
	begin
	local folder=$HOME/shared
	mkdir -p "$folder"
	echo "from the host" >"$folder/file"
	create_booting net -d virtualbox --image "$real/quick" --virtualbox-memory 512 \
		--virtualbox-hostonly-cidr 192.168.56.1/24 --virtualbox-share-folder "$folder:shared"
	[[ "$(machine ip net)" == 192.168.56.* ]]
	[ "$(machine url net)" = "tcp://$(machine ip net):2376" ]
	until_true 120 engine net /version
	[[ "$(engine net /version)" == *quick* ]]
	curl -sf "http://$(machine ip net):8080/_ping"
	[ "$(machine ssh net cat /shared/file)" = "from the host" ]
	machine ssh net "echo from the machine >/shared/answer"
	[ "$(cat "$folder/answer")" = "from the machine" ]
	machine rm -f net
	nothing_left net
	[ -z "$(vbox list hostonlyifs)" ]
}

@test "a user outside vboxusers" {
	begin
	local try ready=
	for try in 1 2 3; do
		! sudo -iu other env PATH="$real:/usr/bin:/bin" machine create "${quick[@]}" --timeout 300 theirs || {
			ready=1
			break
		}
		prevented "boot $try: the guest did not get ready"
	done
	[ $ready ]
	[[ "$(sudo -iu other VBoxManage list runningvms)" == *theirs* ]]
	[ "$(vbox list vms)" = "" ]
	sudo -iu other "$real/machine" rm -f theirs
}
