# SPDX-License-Identifier: Apache-2.0
"""strangers.py ADDRESS PORT N FILE: N connections, begun at once, that say nothing. How many were made and are open after
20 s goes to FILE; then it waits, and keeps what is open."""
import os
import resource
import select
import socket
import sys
import time

resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
some = []
for _ in range(int(sys.argv[3])):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex((sys.argv[1], int(sys.argv[2])))
    some.append(s)
time.sleep(20)
left = 0
for s in some:
    try:
        s.getpeername()
        while s.recv(4096):
            pass
    except BlockingIOError:
        left += 1
    except OSError:
        pass
with open(sys.argv[4] + ".new", "w") as f:
    f.write("%d\n" % left)
os.rename(sys.argv[4] + ".new", sys.argv[4])
select.select([], [], [])
