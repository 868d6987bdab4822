# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # work, machine, ...: run.sh
# How often `create` and `start` call VBoxManage, beside docker-machine's calls, and what a call costs besides VBoxManage's own
# time. VirtualBox is the double of tests/virtualbox, whose guests have no way out.
vbox=$work/virtualbox
mkdir -p "$vbox/bin" "$vbox/user"

# vbox_run COMMAND...: with the double, its calls in $vbox/calls
vbox_run() {
	: >"$vbox/calls"
	env PATH="$top/tests/virtualbox/double:$PATH" VBOX_USER_HOME="$vbox/user" VBOX_DOUBLE_LOG="$vbox/calls" \
		VBOX_DOUBLE_ISOLATED=1 "$@"
}

# vbox_row WHAT PEER: calls of the last vbox_run
vbox_row() {
	local calls
	calls=$(wc -l <"$vbox/calls")
	printf '%-28s %3d calls; docker-machine %d; ratio %s (goal 0.5)\n' "$1" "$calls" "$2" "$(ratio "$calls" "$2")"
}

# docker-machine 0.16.2 on a host without an interface, and later with one; its shared folder, as here.
took vbox_run "$machine" create -d virtualbox --virtualbox-no-vtx-check bench-vb
vbox_row "create" 29
took vbox_run "$machine" stop bench-vb
took vbox_run "$machine" start bench-vb
vbox_row "start of a stopped machine" 15
uuid=$("$machine" inspect -f '{{.Driver.UUID}}' bench-vb)
vbox_run VBoxManage showvminfo "$uuid" --machinereadable >"$vbox/answer"

# A VBoxManage that costs next to nothing: what remains is ours.
cat >"$work/answer.c" <<'end'
#include <stdio.h>
int main(void)
{
	static char buf[65536];
	FILE *f = fopen(ANSWER, "r");
	size_t n = f ? fread(buf, 1, sizeof(buf), f) : 0;
	return fwrite(buf, 1, n, stdout) != n;
}
end
${CC:-gcc} -O2 -DANSWER="\"$vbox/answer\"" -o "$vbox/bin/VBoxManage" "$work/answer.c"
more=()
for ((i = 0; i < 20 * rounds; i++)); do
	from=$(now)
	"$machine" inspect bench-vb >/dev/null
	between=$(now)
	PATH="$vbox/bin:$PATH" "$machine" status bench-vb >/dev/null
	to=$(now)
	more+=($(((to - between) - (between - from))))
done
printf '%-28s %s us more than without, its process included (goal 5000)\n' "a command with one call" "$(median "${more[@]}")"
took vbox_run "$machine" rm -f bench-vb
