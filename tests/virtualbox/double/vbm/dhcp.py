# SPDX-License-Identifier: Apache-2.0
"""The DHCP server of a host-only network, for one machine's adapter there. A process of its own beside QEMU.

What VirtualBox gives out is an address from the range, a mask, and nothing to route by. Addresses stay with an adapter.
"""
import ipaddress
import os
import socket
import struct
import time

from . import state

MAGIC = b"\x63\x82\x53\x63"
LEASE_S = 600
DISCOVER, OFFER, REQUEST, ACK, NAK = 1, 2, 3, 5, 6
SO_BINDTODEVICE = 25


def lease(home, server, mac):
    """The address of an adapter, for as long as the folder of settings lives."""
    with home.locked():
        leases = home.reg.setdefault("leases", {}).setdefault(server["net"], {})
        low, high = (int(ipaddress.ip_address(server[k])) for k in ("lower", "upper"))
        have = leases.get(mac)
        if have and low <= int(ipaddress.ip_address(have)) <= high:
            return have
        taken = set(leases.values())
        for n in range(low, high + 1):
            address = str(ipaddress.ip_address(n))
            if address not in taken:
                leases[mac] = address
                return address
    return None


def parse(packet):
    """(transaction, flags, MAC, options) of a question; None: it is none."""
    if len(packet) < 240 or packet[0] != 1 or packet[236:240] != MAGIC:
        return None
    options, i = {}, 240
    while i + 1 < len(packet) and packet[i] != 255:
        if packet[i] == 0:
            i += 1
            continue
        size = packet[i + 1]
        options[packet[i]] = packet[i + 2:i + 2 + size]
        i += 2 + size
    return packet[4:8], packet[10:12], packet[28:34], options


def answer(kind, question, address, server):
    xid, flags, mac, _ = question
    own = socket.inet_aton(server["ip"])
    packet = struct.pack("!BBBB4sH2s4s4s4s4s16s64s128s", 2, 1, 6, 0, xid, 0, flags, bytes(4), socket.inet_aton(address), own,
                         bytes(4), mac, b"", b"") + MAGIC
    for code, value in ((53, bytes([kind])), (54, own), (51, struct.pack("!I", LEASE_S)),
                        (1, socket.inet_aton(server["mask"]))):
        packet += bytes([code, len(value)]) + value
    return (packet + b"\xff").ljust(300, b"\0")


def serve(home, server, device, mac):
    """Until it is killed."""
    wanted = bytes.fromhex(mac)
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # Each machine of the network has such a process: a broadcast reaches all, each answers its own.
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, device.encode() + b"\0")
    s.bind(("", 67))
    while True:
        question = parse(s.recv(2048))
        if not question or question[2] != wanted or 53 not in question[3]:
            continue
        kind = question[3][53][0]
        address = lease(home, server, mac)
        if not address or kind not in (DISCOVER, REQUEST):
            continue
        asked = question[3].get(50)
        reply = OFFER if kind == DISCOVER else ACK
        if kind == REQUEST and asked and socket.inet_ntoa(asked) != address:
            reply = NAK
        try:
            s.sendto(answer(reply, question, address, server), ("255.255.255.255", 68))
        except OSError:
            time.sleep(0.1)


def fork(home_path, server, device, mac, before):
    """Starts it; its pid. before: called in the child first."""
    pid = os.fork()
    if pid:
        return pid
    try:
        before()
        serve(state.Home(home_path), server, device, mac)
    finally:
        os._exit(1)
