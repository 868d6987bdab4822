#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The door before sshd (the gate's second role), with a double of sshd behind it. Only loopback is used."""
import hashlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import check
from check import until

GATE = os.environ.get("GATE", "build/guest/gate")
HERE = os.path.dirname(os.path.abspath(__file__))
GREETING = b"SSH-2.0-double\r\n"
MANY = 1000


class Door:
    all = []

    def __init__(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [GATE, "--listen", "127.0.0.1:%d" % self.port, "--", sys.executable, os.path.join(HERE, "door_sshd.py")],
            stdout=self.log, stderr=subprocess.STDOUT)
        Door.all.append(self)
        until(lambda: self.process.poll() is not None or "Server listening" in self.text(), 10, "the door")
        assert self.process.poll() is None, self.text()

    def text(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def idle(self, say=b""):
        s = socket.create_connection(("127.0.0.1", self.port), 20)
        if say:
            s.sendall(say)
        return s

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        assert "Sanitizer" not in self.text() and "runtime error" not in self.text(), self.text()


class Owner:
    def __init__(self, door, login=True, buffer=0):
        self.socket = door.idle()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.stream = self.socket.makefile("rb")
        self.greeting = self.stream.readline()
        self.socket.sendall(b"SSH-2.0-client\r\nhello\n")
        assert self.stream.readline() == b"hello\n", "the greeting was not taken out"
        if login:
            assert self.ask(b"login\n") == b"in\n"

    def ask(self, line):
        self.socket.sendall(line)
        return self.stream.readline()

    def close(self):
        self.stream.close()
        self.socket.close()


door = None


def ended(connections):
    """How many the other side has closed."""
    count = 0
    for c in connections:
        c.setblocking(False)
        try:
            while True:
                data = c.recv(4096)
                if not data:
                    count += 1
                    break
        except BlockingIOError:
            pass
        except OSError:
            count += 1
    return count


def owner_within(seconds):
    begun = time.monotonic()
    owner = Owner(door)
    took = time.monotonic() - begun
    assert took < seconds, "the owner needed %.1f s" % took
    return owner


def test_everybody_is_greeted_once():
    for _ in range(3):
        owner = Owner(door)
        assert owner.greeting == GREETING, owner.greeting
        assert owner.ask(b"still here\n") == b"still here\n"
        owner.close()


def test_bytes_pass_both_ways():
    owner = Owner(door)
    data = os.urandom(8 << 20)
    owner.socket.sendall(b"echo %d\n" % len(data))
    threading.Thread(target=owner.socket.sendall, args=(data,), daemon=True).start()
    back = owner.stream.read(len(data))
    assert hashlib.sha256(back).digest() == hashlib.sha256(data).digest(), "%d bytes came back" % len(back)
    owner.close()


def test_silent_ones_cost_no_process():
    owner = Owner(door)
    come = int(owner.ask(b"count\n").split()[0])
    silent = [door.idle() for _ in range(100)]
    for c in silent:
        assert c.recv(100) == GREETING
    assert int(owner.ask(b"count\n").split()[0]) == come, "sshd was asked for those who say nothing"
    owner.close()
    for c in silent:
        c.close()


def strangers(say):
    before = owner_within(10)
    many = [door.idle(say) for _ in range(MANY)]
    for c in many:
        c.settimeout(20)
    until(lambda: ended(many) >= MANY - 192, 20, "the end of those beyond the bound")
    for _ in range(3):
        owner_within(10).close()
    assert before.ask(b"who is in stays in\n") == b"who is in stays in\n"
    most = int(before.ask(b"count\n").split()[1])
    assert most <= 60, "%d at once reached sshd" % most
    before.close()
    for c in many:
        c.close()


def test_a_thousand_silent_strangers():
    strangers(b"")


def test_silent_ones_who_come_first_cost_one_process():
    cold = Door()
    many = [cold.idle() for _ in range(MANY)]
    for c in many[-100:]:
        c.settimeout(20)
        assert c.recv(100) == GREETING, "who waits for the greeting gets none"
    until(lambda: ended(many) >= MANY - 192, 20, "the end of those beyond the bound")
    owner = Owner(cold)
    come = int(owner.ask(b"count\n").split()[0])
    assert come <= 2, "sshd was asked %d times" % come
    owner.close()
    for c in many:
        c.close()
    cold.close()


def test_who_speaks_first_costs_one_process():
    cold = Door()
    c = cold.idle(b"SSH-2.0-client\r\ncount\n")
    with c.makefile("rb") as stream:
        assert stream.readline() == GREETING
        assert stream.readline() == b"1 1\n"
        time.sleep(0.4)
        c.sendall(b"count\n")
        assert stream.readline() == b"1 1\n"
    c.close()
    cold.close()


def test_greetings_alone_who_come_first():
    cold = Door()
    many = [cold.idle(b"SSH-2.0-stranger\r\n") for _ in range(100)]
    for c in many:
        c.settimeout(20)
        assert c.recv(100) == GREETING, "who waits for the greeting gets none"
    owner = Owner(cold)
    most = int(owner.ask(b"count\n").split()[1])
    assert most <= 6, "%d at once reached sshd" % most
    owner.close()
    for c in many:
        c.close()
    cold.close()


def test_a_thousand_strangers_who_greet():
    strangers(b"SSH-2.0-stranger\r\n")


def test_a_thousand_strangers_who_go_on():
    strangers(b"SSH-2.0-stranger\r\nx")


def test_strangers_who_come_again_and_again():
    stop = threading.Event()

    def come():
        while not stop.is_set():
            try:
                some = [door.idle(b"SSH-2.0-stranger\r\n") for _ in range(50)]
                for c in some:
                    c.close()
            except OSError:
                pass
    threads = [threading.Thread(target=come, daemon=True) for _ in range(4)]
    for t in threads:
        t.start()
    try:
        for _ in range(5):
            owner_within(10).close()
    finally:
        stop.set()
        for t in threads:
            t.join(20)


def test_many_who_are_in_stay():
    owners = [Owner(door) for _ in range(120)]
    many = [door.idle() for _ in range(300)]
    for o in owners:
        assert o.ask(b"here\n") == b"here\n"
    for o in owners + many:
        o.close()


def test_what_is_no_greeting():
    c = door.idle(b"x" * 100000)
    c.settimeout(20)
    try:
        while c.recv(4096):
            pass
    except ConnectionError:
        pass
    c.close()
    owner_within(10).close()


def test_half_a_connection_is_answered():
    owner = Owner(door)
    owner.socket.sendall(b"last\n")
    owner.socket.shutdown(socket.SHUT_WR)
    assert owner.stream.read() == b"last\n"
    owner.close()


def rests():
    """The door sleeps, and did all of a moment long."""
    def look():
        with open("/proc/%d/stat" % door.process.pid) as f:
            state = f.read().rsplit(")", 1)[1].split()[0]
        with open("/proc/%d/schedstat" % door.process.pid) as f:
            return state, f.read().split()[0]
    before = look()
    time.sleep(0.02)
    return before[0] == "S" and look() == before


def test_a_slow_reader_of_what_sshd_left():
    """sshd has closed, and what it said waits in the door for a client who has ended and reads when he likes."""
    owner = Owner(door, buffer=16384)
    owner.socket.sendall(b"flood\n")
    owner.socket.shutdown(socket.SHUT_WR)
    until(lambda: "flooded" in door.text(), 30, "the end of what sshd says")
    total = int(re.search("flooded ([0-9]+)", door.text()).group(1))
    got = 0
    while got < total:
        until(rests, 10, "rest in the door, %d bytes of %d read" % (got, total))
        data = owner.stream.read(min(total - got, 1 << 17))
        assert data, "%d bytes of %d came" % (got, total)
        got += len(data)
    assert owner.stream.read() == b""
    owner.close()


def test_nobody_is_left():
    time.sleep(0.2)
    fds = len(os.listdir("/proc/%d/fd" % door.process.pid))
    assert fds < 30, "the door has %d descriptors" % fds


def test_ends_together():
    other = Door()
    children = open("/proc/%d/task/%d/children" % (other.process.pid, other.process.pid)).read().split()
    other.close()
    until(lambda: not os.path.exists("/proc/" + children[0]), 10, "the end of sshd")
    other = Door()
    Owner(other).socket.sendall(b"end\n")
    other.process.wait(10)
    other.close()


def test_a_sshd_that_cannot_be_started():
    p = subprocess.run([GATE, "--listen", "127.0.0.1:0", "--", "/nonexistent/sshd"], timeout=20, capture_output=True)
    assert p.returncode == 1, p


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    door = Door()
    status = check.main(sys.modules[__name__])
    for d in Door.all:
        d.close()
    os._exit(status)  # threads of tests that failed may still wait
