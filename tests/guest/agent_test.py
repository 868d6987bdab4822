#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The agent between doubles of the host, the engine and init, all in this process: unix sockets, and a pseudo terminal
for a serial line."""
import json
import fcntl
import os
import pty
import random
import select
import shutil
import signal
import socket
import stat
import sys
import tempfile
import termios
import threading
import time

import check
from check import until

AGENT = os.environ.get("AGENT", "build/guest/agent")
DIR = tempfile.mkdtemp(prefix="agent-test.")
LINE_MAX = 256 * 1024
FILES = ("ssh/authorized_keys", "ssh/ssh_host_ed25519_key", "ssh/ssh_host_ed25519_key.pub", "tls/ca.pem",
         "tls/server.pem", "tls/server-key.pem")
numbers = iter(range(1000))


def path(name):
    return os.path.join(DIR, name)


def port(number, kind="tcp", ip="0.0.0.0"):
    return {"IP": ip, "PrivatePort": 80, "PublicPort": number, "Type": kind}


class Engine:
    """GET /containers/json and /events over a unix socket; `containers` is what it lists."""

    def __init__(self):
        self.path = path("engine-%d/docker.sock" % next(numbers))
        os.mkdir(os.path.dirname(self.path))
        self.containers = []
        self.streams = []
        self.lists = 0
        self.listener = None
        self.garbage = None
        self.refuse = False

    def start(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(16)
        threading.Thread(target=self.run, args=(self.listener,), daemon=True).start()
        return self

    def run(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            data = connection.recv(4096)
            if not data:
                connection.close()
                return
            request += data
        if self.garbage is not None:
            connection.sendall(self.garbage)
            connection.close()
        elif self.refuse:
            connection.sendall(b"HTTP/1.0 503 Service Unavailable\r\n\r\n{}")
            connection.close()
        elif request.startswith(b"GET /containers/json "):
            self.lists += 1
            body = json.dumps(self.containers).encode()
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + body)
            connection.close()
        elif request.startswith(b"GET /events?"):
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n")
            self.streams.append(connection)
        else:
            connection.sendall(b"HTTP/1.0 404 Not Found\r\n\r\n")
            connection.close()

    def event(self, text=b'{"Type":"container","Action":"start"}\n'):
        for s in self.streams:
            s.sendall(text)

    def publish(self, *ports):
        self.containers = [{"Id": "c%d" % n, "Ports": [p]} for n, p in enumerate(ports)]

    def stop(self):
        # shutdown() wakes accept(), which close() alone does not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        os.unlink(self.path)
        for s in self.streams:
            s.close()
        self.streams = []


class Line:
    """The host's end of a serial line, with what the tests need of a socket. Our own hold on the guest's end is the
    hardware: it stays when the agent ends."""

    def __init__(self):
        self.host, self.guest = pty.openpty()
        self.name = os.ttyname(self.guest)
        self.seconds = None

    def settimeout(self, seconds):
        self.seconds = seconds

    def recv(self, size):
        if not select.select([self.host], [], [], self.seconds)[0]:
            raise socket.timeout
        return os.read(self.host, size)

    def sendall(self, data):
        while data:
            if not select.select([], [self.host], [], self.seconds)[1]:
                raise socket.timeout
            data = data[os.write(self.host, data[:1024]):]

    def close(self):
        os.close(self.host)
        os.close(self.guest)


class Agent:
    def __init__(self, engine=None, init=True, serial=False):
        n = next(numbers)
        self.dir = path("identity-%d" % n)
        self.log = path("agent-%d.log" % n)
        port = path("port-%d" % n)
        if serial:
            self.socket = Line()
            port = self.socket.name
        else:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(port)
            listener.listen(1)
            listener.settimeout(10)
        actions = [(os.POSIX_SPAWN_OPEN, 2, self.log, os.O_WRONLY | os.O_CREAT, 0o600)]
        self.init, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.init.settimeout(5)
        if init:
            actions.append((os.POSIX_SPAWN_DUP2, theirs.fileno(), 3))
        arguments = [AGENT, "--port", port, "--engine", engine.path if engine else path("none/sock"),
                     "--dir", self.dir]
        self.pid = os.posix_spawn(AGENT, arguments, os.environ, file_actions=actions)
        theirs.close()
        if not serial:
            self.socket, _ = listener.accept()
            listener.close()
        self.socket.settimeout(5)
        self.buffer = b""
        self.seen = []
        if serial:
            assert self.raw_line() == b"", "what a hypervisor cut is ended"
        assert self.line() == {"event": "hello", "version": 1}

    def raw_line(self, seconds=5.0):
        end = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("no line in %gs" % seconds)
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                continue
            assert data, "the agent went away: " + self.text()
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        assert len(line) < LINE_MAX
        return line

    def line(self, seconds=5.0):
        return json.loads(self.raw_line(seconds))

    def silent(self, seconds=0.3):
        try:
            line = self.line(seconds)
        except AssertionError:
            return
        raise AssertionError("it says %s" % line)

    def send(self, message):
        self.send_raw(json.dumps(message).encode() + b"\n")

    def send_raw(self, data):
        self.socket.settimeout(10)
        self.socket.sendall(data)

    def ask(self, message):
        self.send(message)
        return self.line()

    def alive(self):
        n = random.randrange(1, 1 << 30)
        assert self.ask({"id": n, "do": "ping"}) == {"id": n, "ok": True}

    def ports(self, seconds=1.0):
        line = self.line(seconds)
        assert line["event"] == "ports", line
        return [(p["proto"], p["address"], p["port"]) for p in line["ports"]]

    def told(self):
        """What init was told."""
        return self.init.recv(4096).decode()

    def file(self, name):
        with open(os.path.join(self.dir, name)) as f:
            return f.read()

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def ticks(self):
        with open("/proc/%d/stat" % self.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def close(self):
        self.socket.close()
        status = []

        def ended():
            pid, how = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                status.append(how)
            return pid != 0
        try:
            until(ended, 10, "the agent to end with its port")
        except AssertionError:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            raise
        self.init.close()
        assert status == [0], "status %s: %s" % (status, self.text())
        assert "Sanitizer" not in self.text() and "runtime error" not in self.text(), self.text()


def identity(n, **more):
    message = {"id": n, "do": "identity", "machine": {"version": 1, "hostname": "dev", "network": {"mode": "dhcp"}},
               "daemon": {"debug": True}, "files": {name: "text of %s\n" % name for name in FILES}}
    message.update(more)
    return message


def modes(folder):
    return {stat.S_IMODE(os.lstat(os.path.join(at, n)).st_mode) for at, _, names in os.walk(folder) for n in names}


def test_ping():
    a = Agent()
    assert a.ask({"id": 1, "do": "ping"}) == {"id": 1, "ok": True}
    assert a.ask({"id": 0, "do": "ping"}) == {"id": 0, "ok": True}
    assert a.ask({"id": 4294967297, "do": "ping", "more": [1]}) == {"id": 4294967297, "ok": True}
    a.send_raw(b'\n\r\n{"id":2,"do":"ping"}\r\n')
    assert a.line() == {"id": 2, "ok": True}
    a.send_raw(b'{"id":3,"do":"ping"}\n{"id":4,"do":"ping"}\n{"id":5,')
    assert [a.line()["id"], a.line()["id"]] == [3, 4]
    a.send_raw(b'"do":"ping"}\n')
    assert a.line() == {"id": 5, "ok": True}
    a.close()


def test_identity_is_stored_and_told():
    a = Agent()
    before = time.time()
    a.send(identity(7))
    assert a.told() == "identity"
    a.silent(0.2)  # it is done when init says so
    a.init.send(b"done identity")
    assert a.line() == {"id": 7, "ok": True}
    for name in FILES:
        assert a.file(name) == "text of %s\n" % name
    assert json.loads(a.file("machine.json"))["hostname"] == "dev"
    assert json.loads(a.file("daemon.json")) == {"debug": True}
    assert modes(a.dir) == {0o600}, modes(a.dir)
    for folder in ("", "ssh", "tls"):
        assert stat.S_IMODE(os.stat(os.path.join(a.dir, folder)).st_mode) == 0o700
    assert time.time() - before < 5
    a.close()


def test_identity_replaces_the_whole():
    a = Agent()
    a.send(identity(1))
    a.told()
    a.init.send(b"done identity")
    a.line()
    message = identity(2, files={"tls/ca.pem": "new"})
    del message["daemon"]
    a.send(message)
    a.told()
    a.init.send(b"error identity it is no good")
    assert a.line() == {"id": 2, "ok": False, "error": "it is no good"}
    found = sorted(os.path.relpath(os.path.join(at, n), a.dir) for at, _, names in os.walk(a.dir) for n in names)
    assert found == ["machine.json", "tls/ca.pem"], found
    assert a.file("tls/ca.pem") == "new"
    a.close()


def test_identity_one_at_a_time():
    a = Agent()
    a.send(identity(1))
    a.told()
    answer = a.ask(identity(2))
    assert answer["id"] == 2 and not answer["ok"], answer
    a.init.send(b"done identity")
    assert a.line() == {"id": 1, "ok": True}
    a.init.send(b"done identity")  # nobody asked
    a.silent()
    a.close()


def test_identity_that_is_wrong():
    a = Agent()
    for more in ({"machine": None}, {"machine": []}, {"machine": "x"}, {"daemon": []}, {"daemon": "{}"},
                 {"files": []}, {"files": 7}):
        answer = a.ask(identity(1, **more))
        assert answer["id"] == 1 and not answer["ok"] and answer["error"], (more, answer)
    assert not os.path.exists(os.path.join(a.dir, "machine.json"))
    a.init.settimeout(0.2)
    try:
        raise AssertionError("init was told " + a.told())
    except socket.timeout:
        pass
    a.close()


def test_names_cannot_lead_out():
    a = Agent()
    files = {"../escape": "x", "/" + path("escape"): "x", "tls/../../escape": "x", "machine.json": "x", "": "x",
             "ssh": "x", "tls/ca.pem": ["no text"], "ssh/authorized_keys": "k"}
    a.send(identity(1, files=files))
    assert a.told() == "identity"
    a.init.send(b"done identity")
    assert a.line() == {"id": 1, "ok": True}
    assert not os.path.exists(path("escape"))
    assert json.loads(a.file("machine.json"))["hostname"] == "dev"
    found = sorted(os.path.relpath(os.path.join(at, n), a.dir) for at, _, names in os.walk(a.dir) for n in names)
    assert found == ["daemon.json", "machine.json", "ssh/authorized_keys"], found
    a.close()


def test_certificates():
    a = Agent()
    tls = {name: "new " + name for name in FILES if name.startswith("tls/")}
    for missing in tls:
        answer = a.ask({"id": 1, "do": "certificates", "files": {k: v for k, v in tls.items() if k != missing}})
        assert answer["id"] == 1 and not answer["ok"], answer
    assert not os.path.exists(os.path.join(a.dir, "tls/server-key.pem"))
    a.send({"id": 2, "do": "certificates", "files": {**tls, "ssh/authorized_keys": "not now"}})
    assert a.told() == "certificates"
    a.init.send(b"done certificates")
    assert a.line() == {"id": 2, "ok": True}
    for name, text in tls.items():
        assert a.file(name) == text
    assert not os.path.exists(os.path.join(a.dir, "ssh/authorized_keys"))
    a.close()


def test_power_words():
    a = Agent()
    for word in ("poweroff", "reboot"):
        a.send({"id": 3, "do": word})
        assert a.told() == word
        a.init.send(("done " + word).encode())
        assert a.line() == {"id": 3, "ok": True}
    a.close()


def test_without_init():
    a = Agent(init=False)
    answer = a.ask({"id": 3, "do": "poweroff"})
    assert not answer["ok"] and answer["error"], answer
    a.alive()
    a.close()


def test_time_that_is_none():
    """A good one would set this machine's clock."""
    a = Agent()
    for unix in (None, "1795323834", -1, 0, 999, 1e300, [], True):
        answer = a.ask({"id": 1, "do": "time", "unix": unix})
        assert answer["id"] == 1 and not answer["ok"], (unix, answer)
    a.close()


def test_stages_are_passed_on():
    a = Agent()
    a.init.send(b"stage root 1234")
    assert a.line() == {"event": "stage", "name": "root", "ms": 1234}
    a.init.send(b"ready 7210")
    assert a.line() == {"event": "ready", "ms": 7210}
    a.init.send(b"failed data it is \"broken\" \x1b[1m")
    assert a.line() == {"event": "failed", "stage": "data", "message": "it is \"broken\" \x1b[1m"}
    a.init.send(b"warning many words here")
    assert a.line() == {"event": "warning", "message": "many words here"}
    for nonsense in (b"hello", b" ", b"stage", b"done nothing", b"x" * 1023):
        a.init.send(nonsense)
    a.alive()
    a.close()


def test_ends_with_init():
    a = Agent()
    a.init.close()
    until(lambda: os.waitid(os.P_PID, a.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None, 5, "its end")
    a.close()


def test_ports_come_and_go():
    e = Engine().start()
    a = Agent(e)
    until(lambda: e.streams, 5, "the agent to follow the engine")
    assert a.ask({"id": 1, "do": "ports"}) == {"id": 1, "ok": True, "ports": []}
    e.publish(port(8080), port(8080, ip="::"), port(53, "udp"), port(53, "udp", "::"), port(53))
    begun = time.monotonic()
    e.event()
    want = [("tcp", "0.0.0.0", 53), ("tcp", "0.0.0.0", 8080), ("udp", "0.0.0.0", 53)]
    assert a.ports() == want
    assert time.monotonic() - begun < 1
    answer = a.ask({"id": 2, "do": "ports"})
    assert [(p["proto"], p["address"], p["port"]) for p in answer["ports"]] == want
    e.publish(port(53, "udp", "127.0.0.1"), port(9, "sctp"), {"PrivatePort": 80, "Type": "tcp"})
    e.event()
    assert a.ports() == [("udp", "127.0.0.1", 53)]
    e.publish()
    e.event()
    assert a.ports() == []
    a.close()


def test_ports_that_are_there_already():
    e = Engine()
    e.publish(port(80))
    e.start()
    a = Agent(e)
    assert a.ports(5) == [("tcp", "0.0.0.0", 80)]
    a.close()


def test_ports_only_when_they_change():
    e = Engine().start()
    a = Agent(e)
    until(lambda: e.streams, 5, "the agent to follow the engine")
    e.publish(port(80))
    e.event()
    assert a.ports() == [("tcp", "0.0.0.0", 80)]
    e.publish(port(80, ip="::"), port(80))
    e.event()
    a.silent(0.5)
    before = e.lists
    for _ in range(200):
        e.event()
    time.sleep(0.5)
    assert 0 < e.lists - before < 60, "%d lists for 200 events" % (e.lists - before)
    a.alive()
    a.close()


def test_engine_begins_late():
    e = Engine()
    a = Agent(e)
    time.sleep(0.3)
    e.publish(port(80))
    e.start()
    assert a.ports(3) == [("tcp", "0.0.0.0", 80)]
    a.close()


def test_engine_restarts():
    e = Engine().start()
    e.publish(port(80), port(81))
    a = Agent(e)
    assert len(a.ports(5)) == 2
    for number in (90, 91):
        e.stop()
        a.silent(0.3)
        a.alive()
        e.publish(port(number))
        e.start()
        assert a.ports(3) == [("tcp", "0.0.0.0", number)]
        until(lambda: e.streams, 5, "the agent to follow the engine again")
        e.publish(port(number), port(7, "udp"))
        e.event()
        assert a.ports() == [("tcp", "0.0.0.0", number), ("udp", "0.0.0.0", 7)]
    a.close()


def test_engine_that_answers_nonsense():
    e = Engine().start()
    e.publish(port(80))
    a = Agent(e)
    assert a.ports(5) == [("tcp", "0.0.0.0", 80)]
    for garbage in (b"", b"HTTP/1.0 200 OK\r\n", b"SSH-2.0-x\r\n\r\n", b"\0" * 5000, b"x" * 100000):
        e.garbage = garbage
        e.stop()
        e.start()
        time.sleep(0.3)
        a.alive()
    e.garbage, e.refuse = None, True
    ticks = a.ticks()
    time.sleep(0.7)
    assert a.ticks() - ticks < 20, "it is busy with an engine that refuses"
    e.refuse = False
    e.publish(port(81))
    assert a.ports(3) == [("tcp", "0.0.0.0", 81)]
    e.containers = {"message": "this is no list"}
    e.event()
    a.silent()  # what cannot be read changes nothing
    e.containers = [{"Ports": [{"IP": "x" * 500, "PublicPort": 1, "Type": "tcp"}, port(70000), port(0), 7]}, None, 7]
    e.event()
    assert a.ports() == []
    a.close()


def test_many_ports_fit():
    e = Engine().start()
    a = Agent(e)
    until(lambda: e.streams, 5, "the agent to follow the engine")
    e.containers = [{"Ports": [port(n, ip="255.255.255.%d" % (n % 3)) for n in range(20000, 26000)]}]
    e.event()
    assert len(a.ports(3)) == 4096
    a.alive()
    a.close()


def test_hostile_lines():
    a = Agent()
    lines = [b"x", b"{", b"}", b"[]", b"7", b"null", b'"ping"', b"{}", b'{"id":1}', b'{"do":"ping"}',
             b'{"id":"1","do":"ping"}', b'{"id":1,"do":7}', b'{"id":null,"do":"ping"}', b'{"id":1,"do":"ping"} {}',
             b'{"id":1,"do":"ping"}x', b"\xff\xfe\xfd", b"\0\0\0", b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
             b'{"id":1,"do":"\\ud800"}', b'{"id":1,"do":"' + b"A" * 100000 + b'"}', b'{"ID":1,"DO":"ping"}']
    for line in lines:
        a.send_raw(line + b"\n")
        answer = a.line()
        assert answer["ok"] is False and answer["error"], (line[:40], answer)
        assert len(json.dumps(answer)) < 300, answer
    a.alive()
    a.close()


def test_random_lines():
    a = Agent()
    r = random.Random(4)
    words = [b'"id"', b":", b"1", b",", b'"do"', b'"ping"', b"{", b"}", b"[", b"]", b"\\u0000", b'"', b"\n", b"\0",
             b"1e999", b"-", b'"files"', b'"machine"', b'"certificates"']
    data = b"".join(r.choice(words) if r.random() < 0.9 else bytes([r.randrange(256)]) for _ in range(60000))
    sender = threading.Thread(target=a.send_raw, args=(data + b"\n",))
    sender.start()
    sender_done = False
    while not sender_done:
        try:
            a.line(0.5)
        except AssertionError:
            sender_done = not sender.is_alive()
    sender.join()
    a.alive()
    a.close()


def test_long_lines():
    a = Agent()
    frame = b'{"id":1,"do":"ping","x":"%s"}'
    room = LINE_MAX - len(frame % b"")
    a.send_raw(frame % (b"A" * room) + b"\n")
    assert a.line() == {"id": 1, "ok": True}, "the longest line that the contract allows"
    for extra in (1, 2, 100000, 3000000):
        a.send_raw(frame % (b"A" * (room + extra)) + b"\n")
        answer = a.line()
        assert answer["id"] is None and not answer["ok"], answer
        a.alive()
    a.close()


def test_host_that_does_not_read():
    """Answers that nobody takes are dropped whole; those that come are lines."""
    a = Agent()
    word = b"w" * 200
    for n in range(40000):
        a.send_raw(b'{"id":%d,"do":"%s"}\n' % (n, word))
    got = 0
    try:
        while True:
            answer = a.line(0.5)
            assert answer["ok"] is False
            got += 1
    except AssertionError:
        pass
    assert 1000 < got < 40000, got
    a.alive()
    a.close()


def story(a):
    """Ask to be told everything; what comes until the answer, behind what was on its way."""
    a.send({"id": 77, "do": "hello"})
    lines = [a.raw_line()]
    while lines[-1] != b'{"id":77,"ok":true}':
        lines.append(a.raw_line())
    assert b"" in lines, lines
    return [json.loads(line) for line in lines[len(lines) - lines[::-1].index(b""):]]


def test_serial_line():
    a = Agent(serial=True)
    t = termios.tcgetattr(a.socket.guest)
    assert t[0] == termios.IGNBRK | termios.IGNPAR and t[1] & termios.OPOST == 0, t
    assert t[3] & (termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN) == 0, t
    assert t[2] & termios.CLOCAL and not t[2] & (termios.CRTSCTS | termios.HUPCL), t
    assert t[4] == t[5] == termios.B115200, t
    a.alive()
    a.send_raw(b'{"id":3,"do":"ping","x":"\x03\x04\x11\x13\x1a\x7f"}\r\n')
    assert a.line() == {"id": 3, "ok": True}  # nothing stopped, ended or changed it
    a.alive()
    a.silent()
    a.close()


def test_serial_tells_again():
    e = Engine().start()
    e.publish(port(80))
    a = Agent(e, serial=True)
    a.ports(5)
    a.init.send(b"stage root 1234")
    a.line()
    a.init.send(b"ready 7210")
    a.line()
    for _ in range(3):
        assert story(a) == [
            {"event": "hello", "version": 1}, {"event": "stage", "name": "root", "ms": 1234},
            {"event": "ready", "ms": 7210},
            {"event": "ports", "ports": [{"proto": "tcp", "address": "0.0.0.0", "port": 80}]}, {"id": 77, "ok": True}]
    a.close()


def test_serial_large_messages():
    a = Agent(serial=True)
    text = "".join(random.choice("ABCDEF\n") for _ in range(2700))
    for n in range(20):
        a.send({"id": n, "do": "certificates", "files": {name: "%d%s" % (n, text) for name in FILES if "tls/" in name}})
        assert a.told() == "certificates"
        a.init.send(b"done certificates")
        assert a.line() == {"id": n, "ok": True}
        assert a.file("tls/ca.pem") == "%d%s" % (n, text)
    a.send_raw(b'{"id":1,"do":"ping","x":"%s"}\n' % (b"A" * 200000))
    assert a.line() == {"id": 1, "ok": True}
    a.close()


def fill(a):
    """More answers than there is room for, unread."""
    word = b"w" * 200
    for n in range(20000):
        a.send_raw(b'{"id":%d,"do":"%s"}\n' % (n, word))


def test_serial_host_that_sleeps():
    """Whole lines are dropped, the others are in order; asked to tell again, it does not tell stale news first."""
    a = Agent(serial=True)
    a.init.send(b"ready 7210")
    a.line()
    fill(a)
    got = []
    try:
        while True:
            got.append(a.line(0.5)["id"])
    except AssertionError:
        pass
    assert 1000 < len(got) < 20000 and got == sorted(got), len(got)
    a.alive()
    fill(a)
    told = story(a)
    assert [line.get("event") for line in told] == ["hello", "ready", None], told
    assert len(a.buffer) == 0
    a.alive()
    a.close()


def test_serial_story_is_short():
    """What waits is dropped when the story is asked for: a slow line would spend half a minute on it."""
    a = Agent(serial=True)
    fill(a)
    a.send({"id": 77, "do": "hello"})
    time.sleep(0.3)  # it takes the word before we make room
    size = 0
    while True:
        line = a.raw_line()
        size += len(line) + 1
        if b'"hello"' in line:
            break
    assert size < 150000, size
    assert a.line() == {"id": 77, "ok": True}
    a.close()


def test_ports_that_did_not_fit():
    """The list is told once there is room for it, on any kind of port."""
    for serial in (False, True):
        e = Engine().start()
        a = Agent(e, serial=serial)
        until(lambda: e.streams, 5, "the agent to follow the engine")
        fill(a)
        e.publish(port(8080))
        e.event()
        time.sleep(0.5)
        line = {}
        while "event" not in line:
            line = a.line(3)
        assert line == {"event": "ports", "ports": [{"proto": "tcp", "address": "0.0.0.0", "port": 8080}]}, line
        a.alive()
        a.close()


def test_serial_garbage():
    a = Agent(serial=True)
    r = random.Random(7)
    a.send_raw(b'"tail of a line"}\n')
    assert a.line()["id"] is None
    a.send_raw(b'{"id":1,"do":"pi')  # the host went away
    a.send_raw(b'\n{"id":2,"do":"ping"}\n')
    assert [a.line()["id"], a.line()["id"]] == [None, 2]
    for _ in range(200):
        a.send_raw(bytes(r.randrange(256) for _ in range(200)))
    a.send_raw(b"\n")
    for _ in range(3):
        termios.tcsendbreak(a.socket.host, 0)
    try:
        while True:
            assert a.line(0.5)["id"] is None
    except AssertionError as end:
        assert "no line" in str(end), end
    a.alive()
    a.close()


def test_serial_loop():
    """Whatever it says comes back: it must not answer itself for ever."""
    a = Agent(serial=True)
    a.init.send(b"warning something")
    a.line()
    a.send_raw(b'x\n{"id":1,"do":"nothing"}\n{"id":2,"do":"hello"}\n{"x":1}\n')
    size = 0
    try:
        while size < 100000:
            a.socket.settimeout(0.5)
            data = a.socket.recv(4096)
            size += len(data)
            a.send_raw(data)
    except socket.timeout:
        pass
    assert 100 < size < 2000, size
    a.alive()
    a.close()


def test_serial_hangup():
    a = Agent(serial=True)
    if os.geteuid() == 0:
        fcntl.ioctl(a.socket.guest, 0x5437)  # TIOCVHANGUP
        until(lambda: os.waitid(os.P_PID, a.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None, 5, "its end")
    a.close()  # the last hold on the host's end is a hangup too
    assert "serial line is gone" in a.text(), a.text()


def test_idle_costs_nothing():
    for serial in (False, True):
        e = Engine().start()
        a = Agent(e, serial=serial)
        until(lambda: e.streams, 5, "the agent to follow the engine")
        time.sleep(0.2)
        ticks = a.ticks()
        time.sleep(1)
        assert a.ticks() - ticks <= 1
        a.close()


if __name__ == "__main__":
    status = check.main(sys.modules[__name__])
    shutil.rmtree(DIR, ignore_errors=True)
    sys.stdout.flush()
    os._exit(status)  # threads of the doubles may still wait
