# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For the scripts of this folder, on the host: reaching the outer machine (outer.sh) of the folder $work.

# One connection carries all commands of a user: a handshake takes seconds in an emulated machine.
outer_options() {
	printf '%s\n' -i "$work/id" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR -o ConnectTimeout=20 -o ControlMaster=auto -o ControlPersist=60 -o "ControlPath=$work/mux-%r"
}

# outer_run USER COMMAND...: the words go through a shell there, as with ssh
outer_run() {
	local user=$1 options
	shift
	mapfile -t options < <(outer_options)
	ssh "${options[@]}" -p "$(cat "$work/port")" "$user@127.0.0.1" "$@"
}

# outer_put USER FOLDER FILE...: copies files and folders into FOLDER there, only what changed
outer_put() {
	local user=$1 folder=$2 options
	shift 2
	mapfile -t options < <(outer_options)
	rsync -rlt --chmod=go+rX -e "ssh -p $(cat "$work/port") $(printf '%q ' "${options[@]}")" "$@" \
		"$user@127.0.0.1:$folder/"
}

# outer_alive: the process of the pid file runs, and is the one of this folder
outer_alive() {
	local pid
	pid=$(cat "$work/qemu.pid" 2>/dev/null) && [ -n "$pid" ] &&
		tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "file=$work/disk.img,"
}
