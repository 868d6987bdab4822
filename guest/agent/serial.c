/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/serial.h"

#include <errno.h>
#include <linux/serial.h>
#include <sys/ioctl.h>
#include <termios.h>

/* Hundredths of a second that the end of the agent waits for a line that does not move; else 30 s. */
#define SERIAL_CLOSING 50

static void serial_closing(int fd)
{
	struct serial_struct s;

	if (ioctl(fd, TIOCGSERIAL, &s) != 0)
		return; /* a terminal without hardware */
	s.closing_wait = SERIAL_CLOSING;
	ioctl(fd, TIOCSSERIAL, &s);
}

bool serial_raw(int fd)
{
	struct termios t, have;

	if (tcgetattr(fd, &t) != 0)
		return false;
	cfmakeraw(&t);
	t.c_iflag = IGNBRK | IGNPAR;
	t.c_cflag = CS8 | CREAD | CLOCAL;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	cfsetspeed(&t, B115200);
	if (tcsetattr(fd, TCSANOW, &t) != 0 || tcgetattr(fd, &have) != 0)
		return false;
	/* It succeeds when any of it could be set. With an echo both sides would answer each other for ever. */
	if (have.c_lflag != t.c_lflag || have.c_iflag != t.c_iflag || have.c_oflag != t.c_oflag) {
		errno = EINVAL;
		return false;
	}
	serial_closing(fd);
	return true;
}
