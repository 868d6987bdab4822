/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/channel.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define CHANNEL_CHUNK 16384
#define CHANNEL_BUFFER (1024 * 1024)

/*
 * Works in the event loop's thread between a stream of libvirt's and a socket whose other end is the reader's. libvirt 9 never
 * says that it is done with a stream's data (it forgets to call the function that frees it), so these few bytes stay; descriptor
 * and buffer do not.
 */
struct pump {
	pthread_mutex_t mutex; /* held while an event is worked on: who closes waits for that */
	virStreamPtr stream;
	int fd;	   /* -1: over */
	int watch; /* of fd; -1: none */
	char *out; /* CHANNEL_CHUNK bytes, on their way to the stream; NULL: none yet */
	size_t out_len;
};

struct channel {
	virStreamPtr stream;
	struct pump *pump;
	int fd; /* -1: taken */
};

static void pump_end(struct pump *p)
{
	if (p->watch >= 0)
		virt.virEventRemoveHandle(p->watch);
	p->watch = -1;
	mem_closep(&p->fd);
	if (p->out)
		mem_wipe(p->out, CHANNEL_CHUNK);
	mem_freep(&p->out);
	p->out_len = 0;
}

/* What waits to be sent keeps more from being read. false: the stream is over. */
static bool pump_send(struct pump *p)
{
	const int events = VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP;

	while (p->out_len) {
		int n = virt.virStreamSend(p->stream, p->out, p->out_len);

		if (n == -2)
			break;
		if (n < 0)
			return false;
		memmove(p->out, p->out + n, p->out_len - (size_t)n);
		p->out_len -= (size_t)n;
	}
	if (p->out)
		mem_wipe(p->out + p->out_len, CHANNEL_CHUNK - p->out_len);
	virt.virStreamEventUpdateCallback(p->stream, events | (p->out_len ? VIR_STREAM_EVENT_WRITABLE : 0));
	virt.virEventUpdateHandle(p->watch, p->out_len ? 0 : VIR_EVENT_HANDLE_READABLE);
	return true;
}

/* Never blocks. A reader that lets a whole buffer pile up has lost the stream. false: it is over. */
static bool pump_receive(struct pump *p)
{
	char buf[CHANNEL_CHUNK];
	bool over = false;
	int n;

	while (!over && (n = virt.virStreamRecv(p->stream, buf, sizeof(buf))) > 0)
		over = send(p->fd, buf, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n;
	mem_wipe(buf, sizeof(buf));
	return !over && n == -2; /* only nothing more for now */
}

static void pump_stream_event(virStreamPtr stream, int events, void *data)
{
	struct pump *p = data;

	pthread_mutex_lock(&p->mutex);
	/* Closed meanwhile: the stream is not to be touched. */
	bool open = p->fd >= 0;
	if (open && (events & VIR_STREAM_EVENT_WRITABLE))
		open = pump_send(p);
	if (open && (events & ~VIR_STREAM_EVENT_WRITABLE))
		open = pump_receive(p);
	if (!open && p->fd >= 0) {
		pump_end(p);
		virt.virStreamEventUpdateCallback(stream, 0);
	}
	pthread_mutex_unlock(&p->mutex);
}

static void pump_reader_event(int watch, int fd, int events, void *data)
{
	struct pump *p = data;

	(void)events;
	pthread_mutex_lock(&p->mutex);
	if (p->fd == fd && p->watch == watch && !p->out_len) {
		p->out = p->out ? p->out : xcalloc(1, CHANNEL_CHUNK);
		ssize_t n = recv(fd, p->out, CHANNEL_CHUNK, MSG_DONTWAIT);

		p->out_len = n > 0 ? (size_t)n : 0;
		if (n == 0) /* closed on that side: who did so closes the channel too */
			virt.virEventUpdateHandle(watch, 0);
		else if (n > 0 && !pump_send(p))
			pump_end(p);
	}
	pthread_mutex_unlock(&p->mutex);
}

static void pump_free(void *data)
{
	struct pump *p = data;

	pump_end(p);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}

void channel_closep(struct channel **c)
{
	if (!*c)
		return;
	if ((*c)->pump) {
		pthread_mutex_lock(&(*c)->pump->mutex);
		pump_end((*c)->pump);
		pthread_mutex_unlock(&(*c)->pump->mutex);
		virt.virStreamEventRemoveCallback((*c)->stream);
	}
	virt.virStreamAbort((*c)->stream);
	virt.virStreamFree((*c)->stream);
	mem_closep(&(*c)->fd);
	free(*c);
	*c = NULL;
}

static struct err *channel_watch(struct channel *c)
{
	const int events = VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP;
	const int size = CHANNEL_BUFFER;
	struct pump *p = xcalloc(1, sizeof(*p));
	int ends[2];

	pthread_mutex_init(&p->mutex, NULL);
	p->watch = p->fd = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		free(p);
		return err_errno(ERR_FAILED, "cannot make a socket");
	}
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	p->stream = c->stream;
	p->fd = ends[0];
	c->fd = ends[1];
	/* The mutex keeps the first event of the one from what the other has not set yet. */
	pthread_mutex_lock(&p->mutex);
	bool works = virt.virStreamEventAddCallback(c->stream, events, pump_stream_event, p, pump_free) == 0;
	if (works)
		p->watch = virt.virEventAddHandle(p->fd, VIR_EVENT_HANDLE_READABLE, pump_reader_event, p, NULL);
	pthread_mutex_unlock(&p->mutex);
	if (!works) {
		struct err *e = virt_error("cannot follow a channel of the domain");
		pump_free(p);
		return e;
	}
	c->pump = p;
	return NULL;
}

struct err *channel_open(virDomainPtr domain, const char *port, bool force, struct channel **ret)
{
	auto_channel *c = xcalloc(1, sizeof(*c));
	int r;

	c->fd = -1;
	c->stream = virt.virStreamNew(virt.virDomainGetConnect(domain), VIR_STREAM_NONBLOCK);
	if (!c->stream) {
		free(TAKE(c));
		return virt_error("cannot make a stream");
	}
	if (port)
		r = virt.virDomainOpenChannel(domain, port, c->stream, force ? VIR_DOMAIN_CHANNEL_FORCE : 0);
	else
		r = virt.virDomainOpenConsole(domain, NULL, c->stream, force ? VIR_DOMAIN_CONSOLE_FORCE : 0);
	VIRT_TRY(r, "cannot open the domain's %s", port ? "channel" : "console");
	TRY(channel_watch(c));
	*ret = TAKE(c);
	return NULL;
}

int channel_take_fd(struct channel *c)
{
	int fd = c->fd;

	c->fd = -1;
	return fd;
}
