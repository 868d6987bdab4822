/* SPDX-License-Identifier: Apache-2.0 */
/* raw_syn INTERFACE FROM TO PORT [bypass]: sends frames of its own making that ask for a TCP connection, as a container may
 * that has the right to raw sockets. bypass: past the kernel's queues. Status 0 when they were taken, 3 when it may not. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint16_t sum(const unsigned char *p, size_t n, uint32_t s)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		s += (uint32_t)p[i] << 8 | p[i + 1];
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

int main(int argc, char **argv)
{
	unsigned char f[54] = { 0x52, 0x55, 0,	  0, 0, 0,  0x52, 0x54, 0,    0, 0,  1,
				8,    0,    0x45, 0, 0, 40, 0,	  1,	0x40, 0, 64, 6 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(0x0800), .sll_halen = 6 };
	int fd = socket(AF_PACKET, SOCK_RAW, 0), one = 1;
	uint16_t s;

	if (argc < 5 || fd < 0)
		return perror("raw_syn"), 2;
	if (argc > 5 && setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) != 0)
		return perror("raw_syn: bypass"), 3;
	inet_pton(AF_INET, argv[2], f + 26);
	inet_pton(AF_INET, argv[3], f + 30);
	memcpy(f + 2, f + 30, 4); /* as QEMU's network makes its address */
	memcpy(to.sll_addr, f, 6);
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	s = sum(f + 14, 20, 0);
	f[24] = (unsigned char)(s >> 8), f[25] = (unsigned char)s;
	f[36] = (unsigned char)(atoi(argv[4]) >> 8), f[37] = (unsigned char)atoi(argv[4]);
	f[46] = 0x50, f[47] = 0x02, f[48] = 0xfa;
	for (int i = 0; i < 5; i++) {
		f[34] = 0x90, f[35] = (unsigned char)(getpid() + i);
		f[50] = f[51] = 0;
		s = sum(f + 34, 20, (uint32_t)(sum(f + 26, 8, 0) ^ 0xffff) + 6 + 20);
		f[50] = (unsigned char)(s >> 8), f[51] = (unsigned char)s;
		/* ENOBUFS: the kernel threw it away. */
		if (sendto(fd, f, sizeof(f), 0, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != ENOBUFS)
			return perror("raw_syn: send"), 2;
	}
	return 0;
}
