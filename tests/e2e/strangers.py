# SPDX-License-Identifier: Apache-2.0
"""strangers.py ADDRESS PORT N FILE: N connections that say nothing. How many are open after 10 s goes to FILE; then it waits."""
import os
import select
import socket
import sys
import time

some = [socket.create_connection((sys.argv[1], int(sys.argv[2])), 20) for _ in range(int(sys.argv[3]))]
time.sleep(10)
left = 0
for s in some:
    s.setblocking(False)
    try:
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
