/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/kvm/channel.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define CHANNEL_CHUNK 16384
#define CHANNEL_BUFFER (1024 * 1024)

/*
 * What the event loop's thread works with. libvirt 9 never says that it is done with it (it forgets to call the function that
 * frees it), so these few bytes stay; the descriptor does not.
 */
struct inlet {
	pthread_mutex_t mutex; /* held while an event is worked on: who closes waits for that */
	int fd;		       /* what came from the stream is written here; -1: over */
};

struct channel {
	virStreamPtr stream;
	struct inlet *inlet;
	int fd; /* -1: taken */
};

static void inlet_end(struct inlet *i)
{
	mem_closep(&i->fd);
}

/* In the event loop's thread: never blocks. A reader that lets a whole buffer pile up has lost the stream. */
static void inlet_event(virStreamPtr stream, int events, void *data)
{
	struct inlet *i = data;
	char buf[CHANNEL_CHUNK];
	int n = 0;

	(void)events;
	pthread_mutex_lock(&i->mutex);
	if (i->fd < 0) { /* closed meanwhile: the stream is not to be touched */
		pthread_mutex_unlock(&i->mutex);
		return;
	}
	while (i->fd >= 0 && (n = virt.virStreamRecv(stream, buf, sizeof(buf))) > 0)
		if (send(i->fd, buf, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
			inlet_end(i);
	mem_wipe(buf, sizeof(buf));
	if (n != -2) { /* not only nothing more for now */
		inlet_end(i);
		virt.virStreamEventUpdateCallback(stream, 0);
	}
	pthread_mutex_unlock(&i->mutex);
}

static void inlet_free(void *data)
{
	struct inlet *i = data;

	inlet_end(i);
	pthread_mutex_destroy(&i->mutex);
	free(i);
}

void channel_closep(struct channel **c)
{
	if (!*c)
		return;
	if ((*c)->inlet) {
		pthread_mutex_lock(&(*c)->inlet->mutex);
		inlet_end((*c)->inlet);
		pthread_mutex_unlock(&(*c)->inlet->mutex);
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
	struct inlet *i = xcalloc(1, sizeof(*i));
	int ends[2];

	pthread_mutex_init(&i->mutex, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		free(i);
		return err_errno(ERR_FAILED, "cannot make a socket");
	}
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	i->fd = ends[0];
	c->fd = ends[1];
	if (virt.virStreamEventAddCallback(c->stream, events, inlet_event, i, inlet_free) < 0) {
		struct err *e = virt_error("cannot follow a channel of the domain");
		inlet_free(i);
		return e;
	}
	c->inlet = i;
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

struct sending {
	struct channel *c;
	const char *text;
	size_t len;
};

static struct err *channel_send_some(void *data, bool *done)
{
	struct sending *s = data;
	int n = s->len ? virt.virStreamSend(s->c->stream, s->text, s->len) : 0;

	if (n == -1)
		return virt_error("cannot write to the domain's channel");
	if (n > 0) {
		s->text += n;
		s->len -= (size_t)n;
	}
	*done = s->len == 0;
	return NULL;
}

struct err *channel_send(struct channel *c, const char *text, size_t len, struct deadline d)
{
	struct sending s = { c, text, len };

	return retry_until(d, 2, "the guest to take a message", channel_send_some, &s);
}
