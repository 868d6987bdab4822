#!/bin/sh
# What busybox udhcpc calls: the lease's address, route and name servers. A line that begins with "bound" tells init that
# the network is there, one with "no lease" that nobody answers. FURTHER is set for an interface beside the machine's
# first: its lease makes an address alone.
# shellcheck disable=SC2154 # udhcpc sets these variables
case $1 in
deconfig)
	ip -4 addr flush dev "$interface"
	ip link set "$interface" up
	;;
bound | renew)
	# Not flushed first: a renewal must not drop the route for a moment.
	ip addr replace "$ip/${mask:-24}" broadcast + dev "$interface"
	if [ -n "${FURTHER:-}" ]; then
		echo "further interface $interface has $ip"
		exit 0
	fi
	# The first interface that has a router keeps the default route.
	for gateway in $router; do
		ip route | grep -q '^default ' || ip route add default via "$gateway" dev "$interface"
		break
	done
	if [ -n "$dns" ]; then
		{
			# the search list (option 119), that of the identity, or the one domain (15)
			[ -n "${search:-}" ] || read -r search </run/machine/search || [ -n "$search" ] || search=$domain
			[ -z "$search" ] || echo "search $search"
			for server in $dns; do echo "nameserver $server"; done
		} >/etc/resolv.conf.new
		mv /etc/resolv.conf.new /etc/resolv.conf
	fi
	echo "bound $ip on $interface"
	;;
leasefail)
	echo "no lease on $interface"
	;;
esac
