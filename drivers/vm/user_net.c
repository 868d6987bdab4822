/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/vm/user_net.h"

#include "base/json.h"
#include "base/mem.h"
#include "drivers/vm/names.h"
#include "guest/contract.h"

void user_net_option(struct str *s, const char *id, bool isolated)
{
	str_addf(s, "user,id=%s,ipv6=off,net=" USER_NET ",host=" USER_NET_GATEWAY ",dns=" USER_NET_DNS
		    ",dhcpstart=" USER_NET_ADDRESS "%s", id, isolated ? ",restrict=on" : "");
}

void user_net_forward(struct str *s, const char *proto, const char *address, int host_port, int guest_port)
{
	str_addf(s, ",hostfwd=%s:%s:%d-" USER_NET_ADDRESS ":%d", proto, address, host_port, guest_port);
}

void user_net_own_forwards(struct str *s, const char *address)
{
	user_net_forward(s, "tcp", address, VM_ENGINE_PORT, GUEST_ENGINE_PORT);
	user_net_forward(s, "tcp", address, VM_LOOPBACK_SSH_PORT, GUEST_SSH_PORT);
}

void user_net_seed(cJSON *network, const char *mac, bool closed_to_host)
{
	auto_list dns = { 0 }, closed = { 0 };

	list_add(&dns, USER_NET_DNS);
	if (closed_to_host)
		list_add(&closed, USER_NET);
	json_set_str(network, "mode", "static");
	json_set_str(network, "mac", mac);
	json_set_str(network, "address", USER_NET_ADDRESS "/24");
	json_set_str(network, "gateway", USER_NET_GATEWAY);
	json_set_strings(network, "dns", &dns);
	json_set_strings(network, "closed", &closed);
}
