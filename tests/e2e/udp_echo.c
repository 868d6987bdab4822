/* SPDX-License-Identifier: Apache-2.0 */
/* Sends every datagram that comes to a port back: udp_echo PORT. Runs in a container of the tests. */
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "0")) };
	struct sockaddr_in from;
	char data[2048];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		return 1;
	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &size);
		if (n >= 0)
			(void)!sendto(fd, data, (size_t)n, 0, (struct sockaddr *)&from, size);
	}
}
