# SPDX-License-Identifier: Apache-2.0
"""strangers.py ADDRESS PORT N FILE: N connections, begun at once, that say nothing. How many were made and are open goes to
FILE every two seconds, for five minutes at most."""
import os
import resource
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


def is_open(s):
    try:
        s.getpeername()
        while s.recv(4096):
            pass
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


for _ in range(150):
    time.sleep(2)
    with open(sys.argv[4] + ".new", "w") as f:
        f.write("%d\n" % sum(map(is_open, some)))
    os.rename(sys.argv[4] + ".new", sys.argv[4])
