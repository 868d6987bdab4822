# SPDX-License-Identifier: Apache-2.0
"""listener.py PORT FILE: a harmless service of the host's loopback; each connection is a line in FILE."""
import socket
import sys

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(64)
while True:
    c, _ = s.accept()
    with open(sys.argv[2], "a") as f:
        f.write("heard\n")
    try:
        c.sendall(b"heard\n")
    except OSError:
        pass
    c.close()
