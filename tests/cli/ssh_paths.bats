# SPDX-License-Identifier: Apache-2.0
# ssh, scp, rsync and ssh-config where the store's path has signs that OpenSSH's configuration has its own meaning for, and for
# a user whom the password database does not know.
load helper

user=$(id -un)

# A server in the place of the machine's own, with the keys that its seed brought.
server() {
	local seed=$HOME/seed
	xorriso -osirrox on -indev "$MACHINE_STORAGE_PATH/machines/dev/seed.iso" -extract /ssh "$seed" >/dev/null 2>&1
	chmod -R u+w "$seed"
	chmod 700 "$seed" && chmod 600 "$seed"/*
	cat >"$seed/config" <<-end
		ListenAddress $("$MACHINE" inspect -f '{{.Driver.IPAddress}}:{{.Driver.SSHPort}}' dev)
		HostKey $seed/ssh_host_ed25519_key
		AuthorizedKeysFile $seed/authorized_keys
		Subsystem sftp internal-sftp
		StrictModes no
		UsePAM no
		PidFile $seed/pid
		SetEnv WHERE=dev
	end
	/usr/sbin/sshd -f "$seed/config" -E "$seed/log"
	until_true 10 test -s "$seed/pid"
}

teardown() {
	[ -n "${OWN_HOME:-}" ] || return 0
	[ ! -e "$HOME/seed/pid" ] || kill "$(cat "$HOME/seed/pid")"
	[ ! -d "$MACHINE_STORAGE_PATH/machines" ] || "$MACHINE" rm -f dev >/dev/null 2>&1 || true
	remove_home
}

@test "a store whose path has quotes, per cent and dollar signs, backslashes and blanks" {
	machines_run
	[ -x /usr/sbin/sshd ] || skip "no sshd"
	mkdir -p /run/sshd 2>/dev/null || true
	for signs in 'a"b' '100%h %% %' '$HOME $c' "it's" 'back\slash\"' 'a b # c = d'; do
		export MACHINE_STORAGE_PATH="$HOME/$signs"
		fakes
		machine create dev
		is_status 0
		server
		machine ssh-config dev
		is_status 0
		echo "$out" >"$HOME/ssh_config"
		ssh -F "$HOME/ssh_config" "$user@dev" 'echo "$WHERE"' >"$HOME/answer"
		[ "$(cat "$HOME/answer")" = dev ] || fail_with "ssh -F with '$signs'"
		echo "$signs" >"$HOME/from"
		machine scp "$user@dev:$HOME/from" "$HOME/to"
		is_status 0
		cmp "$HOME/from" "$HOME/to"
		if command -v rsync >/dev/null; then
			machine scp -d -q "$user@dev:$HOME/from" "$HOME/delta"
			is_status 0
			cmp "$HOME/from" "$HOME/delta"
		fi
		# This host has no user of the guest's name; that the host's key was found is said by what fails.
		machine ssh dev true
		is_status 255
		err_lacks "verification"
		err_has "docker@"
		kill "$(cat "$HOME/seed/pid")"
		until_true 5 refuse test -e "$HOME/seed/pid"
		machine rm -f dev
		is_status 0
		rm -rf "$HOME/seed" "$HOME/to" "$HOME/delta"
	done
}

@test "a store whose path OpenSSH cannot be told: said so, with the way out" {
	machines_run
	export MACHINE_STORAGE_PATH="$HOME/a\${HOME}b"
	fakes
	machine create dev
	is_status 0
	for c in "ssh dev true" "ssh-config dev" "scp dev:/x $HOME/y"; do
		# shellcheck disable=SC2086
		fails 1 "OpenSSH's configuration cannot name the store" $c
	done
	ln -s "$MACHINE_STORAGE_PATH" "$HOME/plain"
	MACHINE_STORAGE_PATH=$HOME/plain machine ssh-config dev
	is_status 0
}

@test "a user without an entry in the password database" {
	machines_run
	[ "$(id -u)" = 0 ] || skip "not root: cannot become such a user"
	fakes
	cp "$MACHINE" "$HOME/machine"
	cp "$BATS_TEST_DIRNAME/fake_qemu.py" "$HOME/fake_qemu.py"
	printf '#!/bin/sh\nexec /usr/bin/python3 "%s" "$@"\n' "$HOME/fake_qemu.py" >"$HOME/qemu"
	chown -R 54321:54321 "$HOME"
	printf '#!/bin/sh\nexec setpriv --reuid=54321 --regid=54321 --clear-groups "%s/machine" "$@"\n' "$HOME" >"$HOME/as"
	chmod 755 "$HOME/as"
	real=$MACHINE
	MACHINE=$HOME/as
	machine create dev
	is_status 0
	for c in "ssh dev true" "scp dev:/x $HOME/y" "mount dev:/home $HOME"; do
		# shellcheck disable=SC2086
		fails 1 "user 54321 has no entry in the password database, which OpenSSH needs" $c
	done
	machine ssh-config dev
	is_status 0
	machine rm -f dev
	is_status 0
	MACHINE=$real
}
