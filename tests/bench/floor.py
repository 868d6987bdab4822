#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""floor.py FOLDER: the least time in which QEMU can give an engine that answers over TLS.

FOLDER holds what `create` made for a machine, with its disk as it was before the first boot: argv (QEMU's command line,
as in /proc/PID/cmdline), disk.qcow2, seed.iso, ca.pem, cert.pem, key.pem. QEMU is started as it stands there and nothing
else is done until the guest says that it is ready; then the engine is asked. Prints the milliseconds from the start to the
answer and those that the guest counted until it was ready, then waits for a line on stdin (or its end), and ends QEMU.
"""
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

DEADLINE_S = 300


def die(text):
    sys.exit(f"floor: error: {text}")


def drain(sock):
    """The console: read and thrown away, or the guest would wait for us."""
    while sock.recv(65536):
        pass


def start(argv, log):
    """QEMU with sockets of ours in place of the inherited ones. Returns it and our ends by name."""
    ours, theirs, words = {}, [], []
    for word in argv:
        found = re.fullmatch(r"socket,id=(\w+),fd=\d+", word)
        if found:
            ours[found[1]], end = socket.socketpair()
            theirs.append(end)
            word = f"socket,id={found[1]},fd={end.fileno()}"
        words.append(word)
    if sorted(ours) != ["agent", "console", "qmp"]:
        die(f"these sockets are in the command line: {sorted(ours)}")
    qemu = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                            pass_fds=[end.fileno() for end in theirs])
    for end in theirs:
        end.close()
    return qemu, ours


def wait_ready(agent, qemu, until):
    text = b""
    while not re.search(rb'"event":"ready".*\n', text):
        if not select.select([agent], [], [], max(0, until - time.monotonic()))[0]:
            die("the guest did not become ready in time")
        more = agent.recv(65536)
        if not more:
            die(f"QEMU ended with status {qemu.wait()}")
        text += more
        if b'"event":"failed"' in text:
            die(f"the guest failed: {text!r}")
    return int(re.search(rb'"event":"ready","ms":(\d+)', text)[1])


def ping(context, address, until):
    raw = socket.create_connection((address, 2376), timeout=max(1, until - time.monotonic()))
    with context.wrap_socket(raw, server_hostname=address) as tls:
        tls.sendall(f"GET /_ping HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        if not tls.recv(4096).startswith(b"HTTP/1.1 200"):
            die("the engine does not answer as it should")


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "argv"), "rb") as file:
        argv = [word.decode() for word in file.read().split(b"\0")[:-1]]
    address = next(re.search(r"hostfwd=tcp:([\d.]+):2376-", word)[1] for word in argv if "hostfwd=" in word)
    context = ssl.create_default_context(cafile=os.path.join(folder, "ca.pem"))
    context.load_cert_chain(os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with open(os.path.join(folder, "qemu.log"), "wb") as log:
        begin = time.monotonic()
        qemu, ours = start(argv, log)
        try:
            threading.Thread(target=drain, args=[ours["console"]], daemon=True).start()
            ours["qmp"].sendall(b'{"execute":"qmp_capabilities"}\n')
            guest_ms = wait_ready(ours["agent"], qemu, begin + DEADLINE_S)
            ping(context, address, begin + DEADLINE_S)
            print(round((time.monotonic() - begin) * 1000), guest_ms, flush=True)
            sys.stdin.readline()
        finally:
            qemu.kill()
            qemu.wait()


main()
