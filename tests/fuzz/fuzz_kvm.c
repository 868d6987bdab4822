/* SPDX-License-Identifier: Apache-2.0 */
/* What the kvm driver reads of libvirt and of the user: URIs, networks' XML, the routing table. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "drivers/kvm/network_facts.h"
#include "drivers/kvm/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *text = xstrndup((const char *)data, size);
	auto_uri u = { 0 };
	auto_list argv = { 0 };
	auto_facts f = { 0 };
	struct subnet routes[8];

	auto_err *bad_uri = kvm_uri_parse(text, &u);
	if (!bad_uri) {
		kvm_ssh_args(&u, "", &argv);
		list_take(&argv, kvm_ssh_host(&u, ""));
		/* Whatever the URI says: nothing of it is an option. */
		if (argv.items[argv.n - 1][0] == '-')
			abort();
	}
	auto_err *bad_jump = kvm_jump_check(text);
	auto_err *bad_network = network_facts_parse(text, &f);
	subnet_routes(text, false, routes, 8);
	free(network_facts_reserved(text, "52:54:00:00:00:01"));
	return 0;
}
