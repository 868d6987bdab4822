# SPDX-License-Identifier: Apache-2.0
# Bad input and a bad host: the error names the thing, a hint says what to do, the status is right, nothing is left.
load helper

# usage TEXT ARGS...: refused with status 2 before anything is touched
usage() {
	local text=$1
	shift
	fails 2 "$text" create "$@" dev
	[ -z "$(find "$HOME/store" -type f)" ] || fail_with "touched: $(find "$HOME/store")"
}

# precheck TEXT ARGS...: refused with status 3, no key and no machine made
precheck() {
	local text=$1
	shift
	fails 3 "Error with pre-create check: " create "$@" dev
	err_has "$text"
	[ ! -e "$HOME/store/certs" ] || fail_with "keys were made"
	nothing_left
}

as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }

@test "no QEMU: by path, by name, no program, no QEMU, too old" {
	fakes
	precheck "program '/nonexistent' is not installed" --qemu-binary /nonexistent
	err_has "apt install qemu-system-x86"
	unset QEMU_BINARY
	printf '#!/bin/sh\nPATH=/nonexistent exec "%s" "$@"\n' "$MACHINE" >"$HOME/no_path"
	chmod +x "$HOME/no_path"
	MACHINE=$HOME/no_path precheck "program 'qemu-system-x86_64' is not installed"
	precheck "'$HOME' is no program that can be run" --qemu-binary "$HOME"
	precheck "'$HOME/image/initrd' is no program that can be run" --qemu-binary "$HOME/image/initrd"
	precheck "'/bin/true' cannot be used: it does not say which version of QEMU it is" --qemu-binary /bin/true
	printf '#!/bin/sh\necho QEMU emulator version 5.2.0\n' >"$HOME/old"
	printf '#!/bin/sh\necho broken library >&2; exit 127\n' >"$HOME/broken"
	chmod +x "$HOME/old" "$HOME/broken"
	precheck "QEMU 5.2 is too old" --qemu-binary "$HOME/old"
	machine create --qemu-binary "$HOME/broken" dev
	is_status 3
	err_has "broken library"
}

@test "no image: none at all, an empty folder by variable and by option" {
	fakes
	unset MACHINE_IMAGE
	mkdir "$HOME/empty" "$HOME/bin"
	# Away from the image that lies beside the built program.
	cp "${PROGRAM:-$MACHINE}" "$HOME/bin/machine"
	if [ -n "${PROGRAM:-}" ]; then
		PROGRAM=$HOME/bin/machine
	else
		MACHINE=$HOME/bin/machine
	fi
	[ -e /usr/local/share/machine/image ] || [ -e /usr/share/machine/image ] || precheck "found no guest image in '$HOME/store/image', "
	MACHINE_IMAGE=$HOME/empty precheck "there is no image in '$HOME/empty', which MACHINE_IMAGE names"
	precheck "there is no image in '$HOME/empty', which the option names" --image "$HOME/empty"
	precheck "there is no image in '$HOME/nowhere'" --image "$HOME/nowhere"
	precheck "there is no image in '/etc/passwd'" --image /etc/passwd
}

@test "an image that is not what its digests say" {
	fakes
	bad=$HOME/bad
	for f in vmlinux initrd root.erofs data.qcow2 image.json; do
		rm -rf "$bad"
		cp -r "$HOME/image" "$bad"
		printf 'X' | dd of="$bad/$f" bs=1 count=1 conv=notrunc status=none
		precheck "'$bad/$f' is not what SHA256SUMS says" --image "$bad"
		err_has "make image"
	done
	cp "$HOME/image/image.json" "$bad/"
	rm "$bad/vmlinux"
	precheck "'$bad/vmlinux' is missing" --image "$bad"
	mkfifo "$bad/vmlinux"
	precheck "cannot read '$bad/vmlinux': not a regular file" --image "$bad"
	echo junk >"$bad/SHA256SUMS"
	precheck "cannot use '$bad/SHA256SUMS': line 1" --image "$bad"
	: >"$bad/SHA256SUMS"
	precheck "'$bad/image.json' is not listed in SHA256SUMS" --image "$bad"
}

@test "a digest that was right once is not believed after a change" {
	fakes
	FAKE_QEMU=die machine create dev
	is_status 1
	printf 'X' | dd of="$HOME/image/initrd" bs=1 count=1 conv=notrunc status=none
	fails 3 "'$HOME/image/initrd' is not what SHA256SUMS says" create dev
}

@test "an image of another version, one whose description is no JSON, one that lacks files" {
	fakes
	cd "$HOME/image"
	echo '{"version":2,"cmdline":""}' >image.json
	fake_sums .
	precheck "the image is of version 2, this program knows version 1"
	echo 'none' >image.json
	fake_sums .
	precheck "cannot use '$HOME/image/image.json'"
	printf '{"version":1,"cmdline":"a\\u000ab"}' >image.json
	fake_sums .
	precheck "holds a character that cannot be printed"
	fake_image .
	rm initrd
	fake_sums .
	fails 1 "the guest image lacks vmlinux, initrd or root.erofs" create dev
	fake_image .
	echo junk >data.qcow2
	fake_sums .
	fails 1 "'$HOME/image/data.qcow2' is no qcow2 image" create dev
	nothing_left
}

@test "memory, disk and processors out of range" {
	fakes
	usage "memory of 0 MiB is too small" --qemu-memory 0
	usage "memory of 255 MiB is too small" --qemu-memory 255
	usage "is more than 16 TiB" --qemu-memory 99999999
	for bad in -1 abc 1e3 "" 1.5 99999999999999999999 0x100; do
		usage "invalid value \"$bad\" for flag -qemu-memory" --qemu-memory "$bad"
		usage "invalid value \"$bad\" for flag -qemu-disk-size" --qemu-disk-size "$bad"
	done
	usage "disk of 0 MiB is too small" --qemu-disk-size 0
	usage "disk of 99999999 MiB is more than 16 TiB" --qemu-disk-size 99999999
	usage "cannot give -1 processors" --qemu-cpu-count -1
	usage "cannot give 256 processors" --qemu-cpu-count 256
	usage "processors" --qemu-cpu-count 4294967297
	usage "invalid value \"two\" for flag -qemu-cpu-count" --qemu-cpu-count two
	QEMU_MEMORY=lots usage "invalid value of QEMU_MEMORY for --qemu-memory"
	precheck "memory of 15000000 MiB is more than the" --qemu-memory 15000000
	# Of another driver it is nobody's business.
	QEMU_MEMORY=lots VIRTUALBOX_MEMORY_SIZE=lots machine create -d none --url tcp://127.0.0.1:1 other
	is_status 0
}

@test "malformed forwards" {
	fakes
	for bad in "" tcp tcp:1 tcp:1:2:3 sctp:1:2 TCP:1:2 ":1:2" "tcp:80:80,tcp:81:81"; do
		usage "forward '$bad' is not tcp:HOSTPORT:GUESTPORT" --qemu-forward "$bad"
	done
	for bad in 0 65536 99999 -1 +1 a "" " 1" 1e1 000001; do
		usage "port '$bad' of forward 'tcp:$bad:80'" --qemu-forward "tcp:$bad:80"
		usage "port '$bad' of forward 'tcp:8080:$bad'" --qemu-forward "tcp:8080:$bad"
	done
	usage "port 2376 of forward 'tcp:2376:80' is the machine's own" --qemu-forward tcp:2376:80
	usage "port 2222 of forward 'tcp:2222:80' is the machine's own" --qemu-forward tcp:2222:80
	usage "port 8080 is forwarded twice" --qemu-forward tcp:8080:80 --qemu-forward tcp:8080:81
}

@test "malformed shares" {
	fakes
	cd "$HOME"
	mkdir src
	: >file
	usage "share '' is not HOSTDIR[:GUESTDIR][:ro]" --qemu-share ""
	usage "share ':/x' is not HOSTDIR" --qemu-share :/x
	usage "share ':ro' is not HOSTDIR" --qemu-share :ro
	for bad in "$HOME/src:/" "$HOME/src:/../etc" "$HOME/src:/x/.." "$HOME/src:/a"$'\n'"b"; do
		usage "has a path that cannot be used" --qemu-share "$bad"
	done
	usage "two shares want the guest's folder '/x'" --qemu-share "$HOME/src:/x" --qemu-share "$HOME:/x"
	precheck "shared folder '$HOME/gone' is not there" --qemu-share "$HOME/gone:/x"
	err_has "mkdir -p $HOME/gone"
	precheck "'$HOME/file' is no folder" --qemu-share "$HOME/file:/x"
}

@test "engine options that cannot be set, and other words that make no sense" {
	fakes
	usage "the engine has no option 'foo'" --engine-opt foo=1
	usage "engine option 'host' cannot be set: " --engine-opt H=unix:///x
	usage "the engine has no option ''" --engine-opt ""
	for ours in host=tcp://0.0.0.0:2375 tls tlsverify=false tlscacert=/x data-root=/x pidfile=/x config-file=/x; do
		usage "engine option '${ours%%=*}' cannot be set: " --engine-opt "$ours"
		usage "engine option '${ours%%=*}' cannot be set: " --engine-opt "--$ours"
	done
	usage "engine option 'mtu' does not take 'abc'" --engine-opt mtu=abc
	usage "engine option 'mtu' needs a value" --engine-opt mtu
	usage "engine option 'debug' does not take 'maybe'" --engine-opt debug=maybe
	usage "engine option 'default-ulimit' does not take 'nofile=9:1'" --engine-opt default-ulimit=nofile=9:1
	usage "engine option 'label' does not take 'x'" --engine-label x
	usage "the engine's label 'provider' has two values" --engine-label provider=mine
	for bad in "" "=" "A B=1" 1A=2 NOVALUE "A-B=1"; do
		usage "'$bad' is not a variable of an environment" --engine-env "$bad"
	done
	for bad in "" "a b" "a,b" "DNS:a" "1.2.3.4/8" "$(printf 'a%.0s' {1..300})" $'a\nb'; do
		usage "'${bad//$'\n'/ }' is neither an IP address nor a DNS name" --tls-san "$bad"
	done
}

@test "other drivers, accelerators, times and doubles" {
	fakes
	fails 1 'Driver "nodriver" not found.' create -d nodriver dev
	err_has "Drivers of this build: "
	fails 1 'Driver "" not found.' create -d "" dev
	fails 2 "flag provided but not defined: -qemu-memory" create -d none --url tcp://127.0.0.1:1 --qemu-memory 512 dev
	err_has "--driver qemu"
	usage "flag provided but not defined: -url" --url tcp://127.0.0.1:1
	fails 2 "--url option is required when no driver is selected" create -d none dev
	usage "accelerator 'hvf' is none of auto, kvm, tcg" --qemu-accelerator hvf
	usage "--qemu-isolated and --qemu-host-loopback exclude each other" --qemu-isolated --qemu-host-loopback
	usage "no emulator is named" --qemu-binary ""
	for bad in -1 abc "" 1x 99999999999; do
		usage "invalid value \"$bad\" for flag -timeout" --timeout "$bad"
	done
	fails 1 "Error: No machine name specified" create
	[ -e /dev/kvm ] || precheck "this host has no /dev/kvm" --qemu-accelerator kvm
	[ ! -e "$HOME/store/certs" ]
}

@test "several names in one create: one bad name stops none of the others" {
	machine create -d none --url tcp://127.0.0.1:1 one 'b@d' two
	[ "$status" != 0 ]
	err_has "Invalid hostname specified"
	nothing_left one two
}

@test "a certificate that is corrupted, and one without its key" {
	c=$HOME/store/certs
	none=(create -d none --url tcp://127.0.0.1:1)
	machine "${none[@]}" foo
	is_status 0
	cp -r "$c" "$HOME/good"
	for f in ca.pem ca-key.pem cert.pem key.pem; do
		echo junk >"$c/$f"
		fails 1 "'$c/$f' is not a PEM " "${none[@]}" bar
		[ "$(cat "$c/$f")" = junk ]
		: >"$c/$f"
		fails 1 "'$c/$f' is not a PEM " "${none[@]}" bar
		cp "$HOME/good/$f" "$c/$f"
	done
	rm "$c/ca.pem"
	fails 1 "certificate authority key already exists" "${none[@]}" bar
	cp "$HOME/good/ca.pem" "$c/"
	rm "$c/key.pem"
	fails 1 "the client's key '$c/key.pem' is missing" "${none[@]}" bar
	cp "$HOME/good/key.pem" "$c/"
	openssl ecparam -name prime256v1 -genkey -noout -out "$c/ca-key.pem"
	fails 1 "the key '$c/ca-key.pem' does not fit the certificate '$c/ca.pem'" "${none[@]}" bar
	nothing_left foo
}

@test "a CA whose key is kept elsewhere: told when something must be signed" {
	fakes
	machine create -d none --url tcp://127.0.0.1:1 foo
	rm "$HOME/store/certs/ca-key.pem"
	machine create -d none --url tcp://127.0.0.1:1 bar
	is_status 0
	fails 1 "the CA's key '$HOME/store/certs/ca-key.pem' is missing" create dev
	nothing_left bar foo
}

@test "a CA that has ended is made anew, and the client's certificate with it" {
	c=$HOME/store/certs
	machine create -d none --url tcp://127.0.0.1:1 foo
	before=$(cat "$c/cert.pem")
	openssl ecparam -name prime256v1 -genkey -noout -out "$c/ca-key.pem"
	openssl req -x509 -new -key "$c/ca-key.pem" -subj /O=old -days 1 -out "$HOME/ca.csr.pem" 2>/dev/null
	# shellcheck disable=SC2046 # words
	openssl x509 -in "$HOME/ca.csr.pem" -signkey "$c/ca-key.pem" $(ended) -out "$c/ca.pem" 2>/dev/null
	refuse openssl x509 -checkend 0 -noout -in "$c/ca.pem"
	machine create -d none --url tcp://127.0.0.1:1 bar
	is_status 0
	out_has "CA certificate is outdated and needs to be regenerated"
	out_has "Creating CA: $c/ca.pem"
	openssl verify -CAfile "$c/ca.pem" "$c/cert.pem"
	[ "$(cat "$c/cert.pem")" != "$before" ]
}

@test "a CA of somebody else is used as it is, and the client's certificate made for it" {
	c=$HOME/store/certs
	mkdir -p "$c"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3 -subj /O=theirs \
		-addext basicConstraints=critical,CA:TRUE -keyout "$c/ca-key.pem" -out "$c/ca.pem" 2>/dev/null
	before=$(cat "$c/ca.pem")
	machine create -d none --url tcp://127.0.0.1:1 foo
	is_status 0
	[ "$(cat "$c/ca.pem")" = "$before" ]
	openssl verify -CAfile "$c/ca.pem" "$c/cert.pem"
}

@test "records with wrong types" {
	machine create -d none --url tcp://127.0.0.1:1 foo
	r=$HOME/store/machines/foo/config.json
	cp "$r" "$HOME/good.json"
	echo '{"ConfigVersion":3,"Driver":[],"DriverName":7,"HostOptions":"x","Name":{}}' >"$r"
	for c in url status env config ip stop start kill; do
		fails 1 'Driver "" not found.' "$c" foo
	done
	machine ls
	is_status 0
	out_has "foo"
	fails 1 'Driver "" not found.' rm -y foo
	machine inspect foo
	is_status 0
	for bad in '[]' '"x"' '7' 'null' '' 'junk' '{"ConfigVersion":3,' '{"ConfigVersion":3}{}'; do
		echo "$bad" >"$r"
		fails 1 "Error getting migrated host: " url foo
		err_has "$r"
		err_has "machine rm -f foo"
		machine ls
		is_status 0
		out_has "Error getting migrated host: "
	done
	sed 's/"ConfigVersion": 3/"ConfigVersion": "3"/' "$HOME/good.json" >"$r"
	fails 1 "ConfigVersion" url foo
	sed 's/"ConfigVersion": 3/"ConfigVersion": 4/' "$HOME/good.json" >"$r"
	fails 1 "config version is from the future" url foo
	sed 's/"ConfigVersion": 3/"ConfigVersion": 1/' "$HOME/good.json" >"$r"
	machine url foo
	is_status 0
	head -c 20000000 /dev/zero >"$r"
	fails 1 "Error getting migrated host: " url foo
	rm "$r"
	mkfifo "$r"
	fails 1 "not a regular file" url foo
	machine rm -f foo
	is_status 0
	nothing_left
}

@test "a qemu record with values that no machine can have" {
	fakes
	FAKE_QEMU=die machine create --keep-on-failure dev
	is_status 1
	r=$HOME/store/machines/dev/config.json
	cp "$r" "$HOME/good.json"
	for change in 's/"IPAddress": "[^"]*"/"IPAddress": "8.8.8.8"/' 's/"Memory": 1024/"Memory": -5/' \
		's/"CPU": 0/"CPU": 99999/' 's/"Accelerator": "tcg"/"Accelerator": "x"/' \
		's/"Forwards": \[\]/"Forwards": ["tcp:1"]/;s/"Forwards": null/"Forwards": ["tcp:1"]/'; do
		sed "$change" "$HOME/good.json" >"$r"
		cmp -s "$r" "$HOME/good.json" && fail_with "no change: $change"
		fails 1 "cannot read the record of machine 'dev': " start dev
		machine ls
		is_status 0
		out_has "cannot read the record of machine 'dev': "
	done
	machine rm -f dev
	is_status 0
	[ ! -e "$HOME/store/machines/dev" ]
}

@test "a store that another user may not read" {
	[ "$(id -u)" = 0 ] || skip "not root: cannot become another user"
	machine create -d none --url tcp://127.0.0.1:1 foo
	cp "$MACHINE" "$HOME/machine"
	chmod 755 "$HOME" "$HOME/store"
	MACHINE=$HOME/as_nobody
	printf '#!/bin/sh\nexec setpriv --reuid=65534 --regid=65534 --clear-groups "%s/machine" "$@"\n' "$HOME" >"$MACHINE"
	chmod 755 "$MACHINE"
	for c in url status env config ip stop inspect "rm -y"; do
		# shellcheck disable=SC2086
		fails 1 "cannot read '$HOME/store/machines/foo': Permission denied" $c foo
		err_lacks "does not exist"
	done
	fails 1 "cannot list '$HOME/store/machines': Permission denied" ls
	fails 1 "Permission denied" create -d none --url tcp://127.0.0.1:1 bar
	chown -R 65534:65534 "$HOME/store"
	chmod 555 "$HOME/store/machines"
	fails 1 "cannot make folder '$HOME/store/machines/.bar.new': Permission denied" create -d none --url tcp://127.0.0.1:1 bar
	fails 1 "cannot remove '$HOME/store/machines/foo': Permission denied" rm -y foo
	nothing_left foo
}

# in_mounts SCRIPT: with a mount namespace of its own; a skip says why there is none
in_mounts() {
	[ "$(id -u)" = 0 ] || skip "not root: cannot mount"
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	export -f machine fail_with is_status out_has err_has fails nothing_left no_process none_run ours_run until_true
	unshare -m --propagation private bash -euc "$@"
}

@test "a store on a read-only disk: asking works, changes say why not" {
	machine create -d none --url tcp://127.0.0.1:1 foo
	in_mounts '
		mount --bind "$HOME/store" "$HOME/store"
		mount -o remount,ro,bind "$HOME/store"
		"$MACHINE" url foo | grep -qx tcp://127.0.0.1:1
		"$MACHINE" ls | grep -q "^foo"
		for c in "create -d none --url tcp://127.0.0.1:1 bar" "rm -y foo"; do
			fails 1 "Read-only file system" $c
			err_has "$HOME/store"
		done
	'
	nothing_left foo
}

@test "a full disk: named, and nothing half-made stays" {
	mkdir "$HOME/store"
	in_mounts '
		for size in 4k 8k 12k 16k 20k 24k 28k; do
			mount -t tmpfs -o size=$size none "$HOME/store"
			machine create -d none --url tcp://127.0.0.1:1 foo
			if [ "$status" != 0 ]; then
				is_status 1
				err_has "No space left on device"
				err_has "hint: "
				[ ! -e "$HOME/store/machines/foo" ]
				[ -z "$(find "$HOME/store" -name "*.new" -o -name ".tmp-*" -o -name "*.lock" -size +0)" ]
				mount -o remount,size=1m "$HOME/store"
				machine create -d none --url tcp://127.0.0.1:1 foo
				is_status 0
			fi
			umount "$HOME/store"
		done
		mount -t tmpfs -o size=100m none "$HOME/store"
		fails 3 "are free where the store is" create -d qemu --qemu-binary "$0" dev
	' "$BATS_TEST_DIRNAME/fake_qemu.py"
}

@test "a limit for the size of files, at each place where one is written" {
	machines_run
	fakes
	refused=0
	for kib in 0 1 2 3 4 16 40 60; do
		rm -rf "$HOME/store"
		# Through a pipe: the test's own files must not meet the limit.
		{ (
			status=0
			ulimit -f $kib
			"$MACHINE" create dev 2>&1 </dev/null || status=$?
			echo "status $status"
		) | cat; } >"$HOME/.out"
		out=$(cat "$HOME/.out")
		nothing_left_or_ready
	done
	[ $refused -ge 5 ]
}

nothing_left_or_ready() {
	case $out in
	*"status 1")
		refused=$((refused + 1))
		out_has "hint: "
		nothing_left
		;;
	*"status 0")
		"$MACHINE" rm -y dev >/dev/null
		;;
	*) fail_with "neither done nor refused" ;;
	esac
}

# A socket of its own, so that libvirt of this host, which may run, is not met.
@test "libvirt: installed, but it does not run" {
	machine create -d kvm --kvm-uri "qemu+unix:///system?socket=$HOME/none" foo
	is_status 3
	[[ $err != *"'libvirt.so.0' is not installed"* && $err != *"built without libvirt"* ]] || skip "no libvirt"
	if [ -x /usr/sbin/libvirtd ] || [ -x /usr/sbin/virtqemud ]; then
		err_has "libvirt is installed, but does not run: cannot connect to libvirt at"
		[[ $err =~ hint:\ Start\ it:\ (sudo )?systemctl\ start\ (libvirtd|virtqemud.socket)\  ]] || fail_with "hint"
	else
		err_has "libvirt's server is not installed: cannot connect to libvirt at"
		[[ $err =~ hint:\ Install\ it:\ (sudo )?apt\ install\ libvirt-daemon-system ]] || fail_with "hint"
	fi
	machine ls -q
	out_is ""
	[ ! -e "$HOME/store/machines/foo" ]
}
