# SPDX-License-Identifier: Apache-2.0
# ssh, scp, mount, ssh-config: the user's own OpenSSH against real servers, which have the keys that the seeds brought.
load helper

user=$(id -un)

# A server in the place of a machine's own: with its host key, at its address and port.
server() {
	local name=$1 seed=$HOME/seed-$1
	xorriso -osirrox on -indev "$HOME/store/machines/$name/seed.iso" -extract /ssh "$seed" >/dev/null 2>&1
	chmod -R u+w "$seed"
	chmod 700 "$seed" && chmod 600 "$seed"/*
	cat >"$seed/config" <<-end
		ListenAddress $("$MACHINE" inspect -f '{{.Driver.IPAddress}}:{{.Driver.SSHPort}}' "$name")
		HostKey $seed/$(cd "$seed" && ls | grep -v '\.pub$\|authorized\|config')
		AuthorizedKeysFile $seed/authorized_keys
		Subsystem sftp internal-sftp
		StrictModes no
		UsePAM no
		PidFile $seed/pid
		SetEnv WHERE=$name
	end
	/usr/sbin/sshd -f "$seed/config" -E "$seed/log"
	until_true 10 test -s "$seed/pid"
}

begin() {
	machines_run
	[ -x /usr/sbin/sshd ] || skip "no sshd"
	mkdir -p /run/sshd 2>/dev/null || true
	fakes
	for name in "$@"; do
		machine create "$name"
		is_status 0
		server "$name"
	done
}

teardown() {
	[ -n "${OWN_HOME:-}" ] || return 0
	local pid
	for pid in "$HOME"/seed-*/pid; do
		[ ! -e "$pid" ] || kill "$(cat "$pid")"
	done
	[ ! -d "$HOME/store/machines" ] || (cd "$HOME/store/machines" && "$MACHINE" rm -f -- *) >/dev/null 2>&1 || true
	remove_home
}

@test "ssh and ssh-config: no other key than the pinned one is believed" {
	begin dev
	# This host has no user of the guest's name: ssh's own status for that.
	machine ssh dev -C true
	is_status 255
	err_has "docker@"
	machine ssh-config dev
	is_status 0
	echo "$out" >"$HOME/ssh_config"
	ssh -F "$HOME/ssh_config" "$user@dev" 'echo "$WHERE"' >"$HOME/answer"
	[ "$(cat "$HOME/answer")" = dev ]
	# Another key at its place.
	echo "$(cut -d' ' -f1 "$HOME/store/machines/dev/known_hosts") $(ssh-keygen -q -t ed25519 -N '' -f "$HOME/k" && cut -d' ' -f1,2 "$HOME/k.pub")" \
		>"$HOME/store/machines/dev/known_hosts"
	machine scp "$user@dev:/etc/hostname" "$HOME/"
	is_status 1
	err_has "Host key verification failed"
	err_has "exit status "
}

@test "scp: from, to, recursive, quiet; names with blanks and signs" {
	begin dev
	mkdir -p "$HOME/a b/sub%d" && echo one >"$HOME/a b/sub%d/f"
	machine scp -r "$HOME/a b" "$user@dev:$HOME/there"
	is_status 0
	[ "$(cat "$HOME/there/sub%d/f")" = one ]
	(cd "$HOME" && echo dash >-name && machine scp -q -- -name "$user@dev:$HOME/dash")
	[ "$(cat "$HOME/dash")" = dash ]
	machine scp "$user@dev:$HOME/dash" "localhost:$HOME/back"
	is_status 0
	[ "$(cat "$HOME/back")" = dash ]
	(cd "$HOME" && echo colon >a:b && machine scp localhost:a:b "$user@dev:$HOME/colon")
	[ "$(cat "$HOME/colon")" = colon ]
	machine scp "$user@dev:$HOME/none" "$HOME/x"
	is_status 1
	err_has "No such file"
	err_has "exit status 1"
}

@test "scp between two machines, whose ports and keys differ" {
	begin dev other
	echo through >"$HOME/from"
	machine scp "$user@dev:$HOME/from" "$user@other:$HOME/to"
	is_status 0
	[ "$(cat "$HOME/to")" = through ]
	grep -q "Accepted publickey" "$HOME/seed-dev/log"
	grep -q "Accepted publickey" "$HOME/seed-other/log"
	fails 2 "not between two machines" scp -d "dev:$HOME/from" "other:$HOME/to"
}

@test "scp --delta is rsync" {
	command -v rsync >/dev/null || skip "no rsync"
	begin dev
	mkdir "$HOME/tree" && echo x >"$HOME/tree/f"
	machine scp -r -d "$HOME/tree/" "$user@dev:$HOME/tree2"
	is_status 0
	[ "$(cat "$HOME/tree2/f")" = x ]
	out_has "to-chk="
	machine scp -rdq "$HOME/tree/" "$user@dev:$HOME/tree3"
	is_status 2
	machine scp -r -d -q "$HOME/tree/" "$user@dev:$HOME/tree3"
	is_status 0
	out_lacks "to-chk="
}

@test "scp and mount: wrong words" {
	fails 1 "Improper number of arguments" scp one
	fails 1 "Improper number of arguments" scp one two three
	fails 1 "Improper number of arguments" mount
	fails 2 "names no machine" mount ./a:b there
	machine scp nope:x y
	is_status 1
	err_has 'Error loading host: Docker machine "nope" does not exist'
	machine mount /tmp
	is_status 1
	err_has 'Error loading host: Docker machine "default" does not exist'
	machine create -d none --url tcp://127.0.0.1:1 foo
	machine scp foo:x y
	is_status 1
	err_has "machine 'foo' has no SSH server that we know of"
	echo x >"$HOME/y"
	refuse env PATH=/nowhere "$MACHINE" scp "$HOME/y" "$HOME/z" 2>"$HOME/err"
	grep "You must have a copy of the scp binary locally to use the scp feature" "$HOME/err"
	grep "hint: Install it: .*apt install openssh-client" "$HOME/err"
	refuse env PATH=/nowhere "$MACHINE" scp -d "$HOME/y" "$HOME/z" 2>"$HOME/err"
	grep "You must have a copy of the rsync binary locally to use the --delta option" "$HOME/err"
	refuse env PATH=/nowhere "$MACHINE" mount -u foo:x "$HOME/z" 2>"$HOME/err"
	grep "You must have a copy of the fusermount binary locally to use the unmount option" "$HOME/err"
	grep "hint: Install it: .*apt install fuse3" "$HOME/err"
}

@test "mount and unmount" {
	command -v sshfs >/dev/null || skip "no sshfs"
	[ -w /dev/fuse ] || skip "this user may not use /dev/fuse"
	begin dev
	mkdir -p "$HOME/remote" "$HOME/point"
	echo seen >"$HOME/remote/f"
	machine mount "$user@dev:$HOME/remote" "$HOME/point"
	[ "$status" = 0 ] || { [[ "$err" == *"Operation not permitted"* ]] && skip "this host lets nobody mount"; } || fail_with "mount"
	[ "$(cat "$HOME/point/f")" = seen ]
	machine mount -u "$user@dev:$HOME/remote" "$HOME/point"
	is_status 0
	[ ! -e "$HOME/point/f" ]
	# Of a machine that is off too: then it is the more in the way.
	machine mount "$user@dev:$HOME/remote" "$HOME/point"
	machine stop dev
	machine mount -u "$user@dev:$HOME/remote" "$HOME/point"
	is_status 0
	refuse mountpoint -q "$HOME/point"
}

@test "a machine of docker-machine's, whose key nobody pinned: the first key that is seen, and no other" {
	begin dev
	known=$HOME/store/machines/dev/known_hosts
	cp "$known" "$HOME/pinned"
	rm "$known"
	machine scp "$user@dev:/etc/hostname" "$HOME/"
	is_status 0
	[ "$(cut -d' ' -f1-3 "$known")" = "$(cut -d' ' -f1-3 "$HOME/pinned")" ]
}
