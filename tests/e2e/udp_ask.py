# SPDX-License-Identifier: Apache-2.0
"""udp_ask.py ADDRESS PORT: is a datagram sent back within two seconds?"""
import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(2)
    s.sendto(b"ping", (sys.argv[1], int(sys.argv[2])))
    try:
        sys.exit(0 if s.recv(100) == b"ping" else 1)
    except OSError:
        sys.exit(1)
