#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""type.py SETUP TYPED EXPECTED SHELL...: start an interactive shell on a terminal of its own, let it run SETUP, type TYPED (a
tab is a tab) and Enter, and wait for EXPECTED on its screen. What was on the screen is printed when it does not come."""
import os
import pty
import re
import select
import sys
import time


def main():
    setup, typed, expected, shell = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "dumb" if shell[0] != "fish" else "xterm"
        os.execvp(shell[0], shell)
    screen, end = b"", time.time() + 30

    def read():
        nonlocal screen
        try:
            data = os.read(fd, 65536)
        except OSError:
            return False
        # fish asks what kind of terminal this is, and waits for it.
        if b"\x1b[c" in data or b"\x1b[0c" in data:
            os.write(fd, b"\x1b[?6c")
        screen += data
        return True

    def wait_for(text):
        while not re.search(text, screen):
            left = end - time.time()
            if left <= 0 or not select.select([fd], [], [], left)[0] or not read():
                return False
        return True

    os.write(fd, setup.encode() + b"; printf 'RE''ADY\\n'\r")
    fine = wait_for(b"READY")
    screen = b""
    os.write(fd, typed.encode())
    # The shell says nothing more when it has completed; Enter before that would be taken with the tab.
    while select.select([fd], [], [], 0.5)[0]:
        if not read():
            break
    os.write(fd, b"\r")
    fine = fine and wait_for(expected.encode())
    # The shell ends once the command has: a terminal that is closed before would take both by a signal.
    os.write(fd, b"exit\r")
    while time.time() < end and select.select([fd], [], [], 1)[0] and read():
        pass
    os.close(fd)
    os.waitpid(pid, 0)
    if not fine:
        print("the screen:", repr(screen))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
