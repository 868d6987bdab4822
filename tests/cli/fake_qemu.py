#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the program sees of QEMU and of the guest in it, without a virtual machine: QMP, console, agent, and an engine
that answers over mutual TLS with the keys of the machine's folder. FAKE_QEMU says how it misbehaves:

    asleep   does not even say its version
    die      complains and ends at once
    mute     says nothing, not even on QMP
    silent   its guest boots and never becomes ready
    failed   its guest says that it failed
    panic    its guest's kernel panics
    crash    is killed by a signal while the guest boots
    liar     its engine has a certificate that the CA did not sign (as the files $HOME/liar*.pem say)

FAKE_VERSION is what the engine answers about its version, FAKE_MESSAGE what a failed guest says, FAKE_CONSOLE what its console
says first.
"""
import json
import os
import re
import signal
import socket
import ssl
import sys
import tempfile
import threading

MODE = os.environ.get("FAKE_QEMU", "")
ARGS = "\n".join(sys.argv[1:])


def mark(word):
    with open(os.environ["HOME"] + "/marks", "a", encoding="ascii") as marks:
        marks.write(word + "\n")


def chardev(name):
    return socket.socket(fileno=int(re.search(r"socket,id=%s,fd=(\d+)" % name, ARGS).group(1)))


def say(channel, **words):
    channel.sendall(json.dumps(words).encode() + b"\n")


# What the guest has of the files of its seed; the agent brings others.
FILES = {}


def trust():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    lie = os.environ["HOME"] + "/liar"
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            with open(folder + "/" + name, "w", encoding="ascii") as file:
                file.write(text)
        keys = (lie + ".pem", lie + "-key.pem") if MODE == "liar" else (folder + "/server.pem", folder + "/server-key.pem")
        context.load_cert_chain(*keys)
        context.load_verify_locations(folder + "/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def serve(server):
    while True:
        client, _ = server.accept()
        try:
            client.settimeout(5)
            with trust().wrap_socket(client, server_side=True) as tls:
                body = os.environb.get(b"FAKE_VERSION", b'{"Version":"26.1.5"}') if b"/version" in tls.recv(4096) else b"OK"
                tls.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        except OSError:
            client.close()


def listen(folder):
    for name in ("ca.pem", "server.pem", "server-key.pem"):
        with open(folder + "/" + name, encoding="ascii") as file:
            FILES[name] = file.read()
    for address, port in re.findall(r"hostfwd=tcp:([\d.]+):(\d+)-[\d.]*:2376", ARGS):
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, int(port)))
        server.listen(16)
        threading.Thread(target=serve, args=(server,), daemon=True).start()


def boot(console, agent):
    console.sendall(os.environb.get(b"FAKE_CONSOLE", b"") + b"kernel of the fake\r\nmachine: stage root 0.100\r\n")
    if MODE == "panic":
        console.sendall(b"[    0.2] Kernel panic - not syncing: no root\r\n")
    elif MODE == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    else:
        say(agent, event="hello", version=1)
        say(agent, event="stage", name="root", ms=100)
    mark("booted")
    if MODE == "failed":
        say(agent, event="failed", stage="data", message=os.environ.get("FAKE_MESSAGE", "the disk is on fire"))
    elif MODE in ("", "liar"):
        say(agent, event="ready", ms=200)


def main():
    if "--version" in sys.argv:
        mark("version")
        if MODE == "asleep":
            signal.pause()
        print("QEMU emulator version 7.2.0 (a fake)")
        return 0
    mark("start")
    if MODE == "die":
        print("qemu-system-x86_64: the fake does not want to", file=sys.stderr)
        return 1
    qmp, console, agent = chardev("qmp"), chardev("console"), chardev("agent")
    if MODE == "mute":
        signal.pause()
    folder = os.path.dirname(re.search(r"qcow2,.*file\.filename=(.+)", ARGS).group(1).replace(",,", ","))
    listen(folder)
    say(qmp, QMP={})
    for line in qmp.makefile():
        word = json.loads(line)
        if word["execute"] in ("quit", "system_powerdown"):
            say(qmp, event="SHUTDOWN", data={"reason": "guest-shutdown"})
            break
        say(qmp, **{"return": {}, "id": word["id"]})
        if word["execute"] == "qmp_capabilities":
            boot(console, agent)
            threading.Thread(target=answer, args=(agent, qmp), daemon=True).start()
    return 0


def answer(agent, qmp):
    for line in agent.makefile():
        word = json.loads(line)
        for name, text in word.get("files", {}).items():
            FILES[os.path.basename(name)] = text
        say(agent, id=word["id"], ok=True)
        if word["do"] == "poweroff":
            say(qmp, event="SHUTDOWN", data={"reason": "guest-shutdown"})
            os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
