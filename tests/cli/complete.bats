# SPDX-License-Identifier: Apache-2.0
# Completion: what is offered, and the three shells themselves, on a terminal.
load helper

begin() {
	for name in alpha alpine beta; do
		machine create -d none --url tcp://127.0.0.1:1 $name
		is_status 0
	done
}

# offers WORD... -- CANDIDATE...: exactly these, without their meanings
offers() {
	local words=() wanted
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	machine __complete "${words[@]}"
	is_status 0
	wanted=$(printf '%s\n' "$@")
	[ "$(cut -f1 <<<"$out" | sort)" = "$(sort <<<"$wanted")" ] || fail_with "expected $*"
}

@test "commands, options, machines, values" {
	begin
	offers reg -- regenerate-certs
	offers start al -- alpha alpine
	offers rm -f alpha be -- beta
	offers ls --filter state=S -- state=Saved state=Stopped state=Stopping state=Starting
	offers ls --filter=name=al -- --filter=name=alpha --filter=name=alpine
	offers ls --qui -- --quiet
	offers ls -qui -- -quiet
	offers create -d no -- none
	offers create --driver=no -- --driver=none
	offers create -d none --ur -- --url
	offers create --ur --
	offers create --qemu-mem -- --qemu-memory
	offers create --driver virtualbox --virtualbox-no-v -- --virtualbox-no-vtx-check
	offers create --storage-driver "" --
	offers create --engine-storage-driver "" -- :files
	offers create "" --
	offers scp be -- beta: :files
	offers scp beta:x -- :files
	offers help stat -- status
	offers doctor vi -- virtualbox
	offers completion b -- bash
	offers env --shell po -- powershell
	offers --storage- -- --storage-path
	offers -s "" -- :files
	offers bogus "" --
	machine __complete
	is_status 0
	out_lacks "__"
	mkdir "$HOME/empty"
	offers -s "$HOME/empty" start "" --
	offers "--storage-path=$HOME/empty" start "" --
	offers -D start be -- beta
	machine completion tcsh
	is_status 2
}

# typing SHELL...: "machine status alph<tab>" runs it for alpha. setup is what a user has in the start file
typing() {
	local setup=$1
	shift
	mkdir -p "$HOME/bin"
	[ -e "$HOME/bin/machine" ] || ln -s "$(realpath "$MACHINE")" "$HOME/bin/machine"
	PATH=$HOME/bin:$PATH python3 "$BATS_TEST_DIRNAME/type.py" "$setup" $'machine url alph\t' 'tcp://127.0.0.1:1' "$@"
}

@test "bash completes on a terminal" {
	[ "${MACHINE##*/}" != valgrind.sh ] || skip "valgrind is no shell's matter"
	begin
	typing 'source <(machine completion bash)' bash --norc --noprofile -i
	# Words that bash would cut at = and :.
	run bash -c 'source <("$1" completion bash); COMP_LINE="$1 ls --filter state=Sa"; COMP_POINT=${#COMP_LINE}; _machine 2>/dev/null; echo "${COMPREPLY[*]}"' x "$MACHINE"
	[ "$output" = Saved ]
}

@test "zsh completes on a terminal" {
	[ "${MACHINE##*/}" != valgrind.sh ] || skip "valgrind is no shell's matter"
	command -v zsh >/dev/null || skip "no zsh"
	begin
	typing 'autoload -Uz compinit; compinit -u -D; source <(machine completion zsh)' zsh -f -i
}

@test "fish completes on a terminal" {
	[ "${MACHINE##*/}" != valgrind.sh ] || skip "valgrind is no shell's matter"
	command -v fish >/dev/null || skip "no fish"
	begin
	typing 'machine completion fish | source' fish --no-config -i
}
