/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands for containerd and for the engine in the quick guest (quick-iso.sh), by the name that it is started with:
 * the socket of the one, and of the other as much HTTP as a machine is asked for before it counts as ready. It says that
 * it has one container, which publishes port 8080, and answers there too; nothing else ever happens in it.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CONTAINERD "/run/containerd/containerd.sock"
#define ENGINE "/var/run/docker.sock"
#define PUBLISHED 8080
#define CONTAINERS                                                                                                     \
	"[{\"Id\":\"c0\",\"Ports\":[{\"IP\":\"0.0.0.0\",\"PrivatePort\":80,\"PublicPort\":8080,\"Type\":\"tcp\"}]}]\n"
#define VERSION                                                                                                        \
	"{\"Version\":\"0.0.0-quick\",\"ApiVersion\":\"1.45\",\"MinAPIVersion\":\"1.24\",\"Os\":\"linux\",\"Arch\":"   \
	"\"amd64\"}\n"

static int listen_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
		return -1;
	chmod(path, 0666);
	return fd;
}

static int listen_tcp(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
		return -1;
	return fd;
}

/* One request; those that the agent and the host send fit in one packet. */
static void serve_request(int fd)
{
	static char request[65536];
	ssize_t n = read(fd, request, sizeof(request) - 1);
	const char *type = "application/json", *body = "{}\n";

	if (n <= 0)
		return;
	if (strstr(request, "/events")) {
		dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
		while (read(fd, request, sizeof(request)) > 0) {
		}
		return;
	}
	if (strstr(request, "/_ping")) {
		type = "text/plain";
		body = "OK";
	} else if (strstr(request, "/version")) {
		body = VERSION;
	} else if (strstr(request, "/containers/json")) {
		body = CONTAINERS;
	} else if (strstr(request, "/json")) {
		body = "[]\n";
	}
	dprintf(fd,
		"HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: "
		"close\r\n\r\n%s",
		type, strlen(body), body);
}

static int serve(int fd)
{
	int client;

	while (fd >= 0 && (client = accept(fd, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			close(fd);
			serve_request(client);
			_exit(0);
		}
		close(client);
	}
	return 1;
}

int main(int argc, char **argv)
{
	(void)argc;
	signal(SIGCHLD, SIG_IGN);
	if (strstr(argv[0], "containerd")) {
		mkdir("/run/containerd", 0711);
		return serve(listen_unix(CONTAINERD));
	}
	if (fork() == 0)
		return serve(listen_tcp(PUBLISHED));
	return serve(listen_unix(ENGINE));
}
