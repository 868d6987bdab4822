# SPDX-License-Identifier: Apache-2.0
# On a hypervisor that has this host's /dev/kvm: what libvirt says of KVM is not believed, a guest decides.
load ../libvirt/lib

@test "KVM is used where a guest runs under it, else it says why not" {
	[ -e /dev/kvm ] || skip "this host has no /dev/kvm"
	v() { virsh -q -c qemu:///system "$@"; }
	v domcapabilities --virttype kvm >/dev/null || skip "libvirt does not offer KVM here"
	as_user env --default-signal=INT "$E2E/bin/machine" --debug create -d kvm probed >"$WORLD/out" 2>&1 </dev/null 3>&- &
	until_true 60 grep -q "starting the domain" "$WORLD/out"
	type=$(v dumpxml probed | sed -n "s/^<domain type='\([a-z]*\)'.*/\1/p")
	pkill -INT -f "^$E2E/bin/machine --debug"
	wait $! || true
	echo "the domain's type is $type"
	if grep "KVM cannot be used on this host (..*): emulating" "$WORLD/out"; then
		[ "$type" = qemu ]
	else
		[ "$type" = kvm ]
	fi
	grep -q "probing KVM" "$WORLD/out"
	[ -z "$(v list --all --name | tr -d '\n')" ]	# neither the probe's guest nor the machine
}
