#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An sshd for tests of the door before it: takes its socket as systemd gives it, greets, and echoes lines. `login` makes the
line of sshd's log that says so; `echo N` begins N bytes that come back; `count` tells how many have come and are here;
`flood` sends until some of it stays unread at the door, logs how much that was, and closes."""
import os
import socket
import sys
import threading
import time

assert os.environ["LISTEN_FDS"] == "1" and os.environ["LISTEN_PID"] == str(os.getpid()), "no socket was given"
listener = socket.socket(fileno=3)
come = here = most = 0
lock = threading.Lock()


def unread(port):
    """How many bytes wait at the socket of that port."""
    with open("/proc/net/tcp") as f:
        for line in f:
            fields = line.split()
            if fields[1].endswith(":%04X" % port) and not fields[2].endswith(":0000"):
                return int(fields[4].split(":")[1], 16)
    return 0


def flood(c, port):
    sent = 0
    while not all(time.sleep(0.02) or unread(port) for _ in range(10)):
        c.sendall(b"x" * 65536)
        sent += 65536
    os.write(2, b"flooded %d\n" % sent)


def talk(c, port):
    global here, most
    with lock:
        here += 1
        most = max(most, here)
    try:
        c.sendall(b"SSH-2.0-double\r\n")
        stream = c.makefile("rb")
        while True:
            line = stream.readline()
            if not line:
                break
            word, _, rest = line.decode().strip().partition(" ")
            if word == "login":
                os.write(2, b"Accepted publickey for docker from 127.0.0.1 port %d ssh2: ED25519 SHA256:x\n" % port)
                c.sendall(b"in\n")
            elif word == "count":
                c.sendall(b"%d %d\n" % (come, most))
            elif word == "echo":
                left = int(rest)
                while left:
                    data = stream.read1(min(left, 65536))
                    left -= len(data)
                    c.sendall(data)
            elif word == "flood":
                flood(c, port)
                break
            elif word == "end":
                os._exit(3)
            elif not word.startswith("SSH-"):
                c.sendall(line)
    except OSError:
        pass
    with lock:
        here -= 1
    c.close()


while True:
    connection, address = listener.accept()
    come += 1
    threading.Thread(target=talk, args=(connection, address[1]), daemon=True).start()
