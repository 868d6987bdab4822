#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The gate between a TLS client and a unix socket server, both in this process. Only loopback is used."""
import grp
import hashlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import check
from check import until

GATE = os.environ.get("GATE", "build/guest/gate")
DIR = tempfile.mkdtemp(prefix="gate-test.")
HANDSHAKE_MS = 700


def openssl(*args):
    subprocess.run(("openssl",) + args, check=True, cwd=DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_ca(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=" + name, "-keyout", name + "-key.pem", "-out", name + ".pem")


def times(ended):
    """Options of openssl x509. OpenSSL 3.0 knows no dates, 3.5 no days below 0."""
    if not ended:
        return "-days", "2"
    text = subprocess.run(("openssl", "x509", "-help"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    if b"-not_after" in text:
        return "-not_before", "20200101000000Z", "-not_after", "20200102000000Z"
    return "-days", "-1"


def make_leaf(name, ca, usage, ended=False, san="IP:127.0.0.1"):
    with open(os.path.join(DIR, name + ".ext"), "w") as f:
        f.write("subjectAltName=%s\nkeyUsage=digitalSignature\n" % san)
        if usage:
            f.write("extendedKeyUsage=%s\n" % usage)
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
            "-keyout", name + "-key.pem", "-out", name + ".csr")
    openssl("x509", "-req", "-in", name + ".csr", "-CA", ca + ".pem", "-CAkey", ca + "-key.pem", "-set_serial",
            str(abs(hash(name)) % 10**9 + 1), *times(ended), "-extfile", name + ".ext", "-out", name + ".pem")


def path(name):
    return os.path.join(DIR, name)


def make_keys():
    make_ca("ca")
    make_ca("other")
    make_leaf("server", "ca", "serverAuth")
    make_leaf("server2", "ca", "serverAuth", san="IP:127.0.0.1,DNS:second")
    make_leaf("client", "ca", "clientAuth")
    make_leaf("stranger", "other", "clientAuth")
    make_leaf("wrong-usage", "ca", "serverAuth")
    make_leaf("no-usage", "ca", None)
    make_leaf("ended", "ca", "clientAuth", ended=True)


class Engine:
    """A unix socket server; `talk(connection)` in a thread for each."""

    def __init__(self, name, talk):
        self.path = path(name)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(256)
        self.talk = talk
        self.count = 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            self.count += 1
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        try:
            self.talk(connection)
        except OSError:
            pass
        connection.close()


class Gate:
    processes = []

    def __init__(self, engine, keys=("ca", "server"), extra=(), env=None):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        for name, source in (("ca", keys[0]), ("cert", keys[1]), ("key", keys[1] + "-key")):
            shutil.copy(path(source + ".pem"), path("live-%d-%s.pem" % (self.port, name)))
        self.files = {n: path("live-%d-%s.pem" % (self.port, n)) for n in ("ca", "cert", "key")}
        self.log = open(path("gate-%d.log" % self.port), "w+b")
        self.process = subprocess.Popen(
            [GATE, "--listen", "127.0.0.1:%d" % self.port, "--unix", engine, "--ca", self.files["ca"], "--cert",
             self.files["cert"], "--key", self.files["key"], "--handshake-ms", str(HANDSHAKE_MS), *extra],
            stdout=self.log, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})
        Gate.processes.append(self.process)
        if "--wait" not in extra:
            self.wait_line("listening")

    def text(self):
        with open(self.log.name, "rb") as f:
            return f.read().decode(errors="replace")

    def wait_line(self, text, count=1):
        def there():
            assert self.process.poll() is None, "the gate ended: " + self.text()
            return self.text().count(text) >= count
        until(there, 10, "'%s' from the gate" % text)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(10)
        assert "Sanitizer" not in self.text() and "runtime error" not in self.text(), self.text()
        assert status == 0, "status %d: %s" % (status, self.text())


class Client:
    """TLS over memory buffers, because the socket class cannot close half."""

    def __init__(self, port, name="client", version=None, context=None):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.context = context or client_context(name, version)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self.context.wrap_bio(self.incoming, self.outgoing, server_hostname="127.0.0.1")
        self.do(self.tls.do_handshake)

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.socket.sendall(data)

    def do(self, call, *args):
        while True:
            try:
                result = call(*args)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.socket.recv(262144)
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()

    def send(self, data):
        view = memoryview(data)
        while view:
            n = self.tls.write(view[:65536])
            view = view[n:]
            self.flush()

    def recv(self, size=65536):
        """b"" at a clean end; an exception when it was cut off."""
        try:
            return self.do(self.tls.read, size)
        except ssl.SSLZeroReturnError:
            return b""

    def recv_all(self):
        parts = []
        while True:
            data = self.recv()
            if not data:
                return b"".join(parts)
            parts.append(data)

    def close_write(self):
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()

    def close(self):
        self.socket.close()


def client_context(name, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(path("ca.pem"))
    if name:
        context.load_cert_chain(path(name + ".pem"), path(name + "-key.pem"))
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def echo(connection):
    while True:
        data = connection.recv(65536)
        if not data:
            connection.shutdown(socket.SHUT_WR)
            return
        connection.sendall(data)


def swallow_then_answer(connection):
    digest, total = hashlib.sha256(), 0
    while True:
        data = connection.recv(262144)
        if not data:
            break
        digest.update(data)
        total += len(data)
    connection.sendall(("%s %d" % (digest.hexdigest(), total)).encode())


def refused(port, name, version=None):
    """True when no byte of the engine's comes: TLS 1.3 tells a refusal only at the first read."""
    try:
        c = Client(port, name, version)
        c.send(b"hello")
        return c.recv() == b""
    except (ssl.SSLError, OSError):
        return True


ECHO = None


def echo_gate(**kw):
    global ECHO
    ECHO = ECHO or Engine("echo.sock", echo)
    return Gate(ECHO.path, **kw)


def test_bytes_pass_in_both_versions():
    g = echo_gate()
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        c = Client(g.port, version=version)
        c.send(b"hello")
        assert c.recv() == b"hello"
        c.close()
    g.close()


def test_strangers_are_refused():
    g = echo_gate()
    before = ECHO.count
    for name in (None, "stranger", "ended", "wrong-usage", "no-usage"):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            assert refused(g.port, name, version), "%s %s was let in" % (name, version)
    assert ECHO.count == before, "the engine saw a stranger"
    g.close()


def test_old_versions_are_refused():
    g = echo_gate()
    for flag in ("-tls1", "-tls1_1"):
        r = subprocess.run(["openssl", "s_client", flag, "-cipher", "ALL:@SECLEVEL=0", "-connect",
                            "127.0.0.1:%d" % g.port, "-cert", path("client.pem"), "-key", path("client-key.pem")],
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
        assert r.returncode != 0, flag + " was accepted"
    g.close()


def test_plain_http_is_refused():
    g = echo_gate()
    before = ECHO.count
    with socket.create_connection(("127.0.0.1", g.port), 5) as s:
        s.sendall(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            while s.recv(4096):
                pass
        except ConnectionResetError:
            pass
    assert ECHO.count == before
    g.close()


def test_client_ends_first():
    e = Engine("swallow.sock", swallow_then_answer)
    g = Gate(e.path)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        data = os.urandom(300000)
        c = Client(g.port, version=version)
        c.send(data)
        c.close_write()
        assert c.recv_all() == ("%s %d" % (hashlib.sha256(data).hexdigest(), len(data))).encode()
        c.close()
    g.close()


def test_engine_ends_first():
    got, done = [], threading.Event()

    def speak_then_listen(connection):
        connection.sendall(b"x" * 200000)
        connection.shutdown(socket.SHUT_WR)
        while True:
            data = connection.recv(65536)
            if not data:
                break
            got.append(data)
        done.set()

    e = Engine("speak.sock", speak_then_listen)
    g = Gate(e.path)
    c = Client(g.port)
    assert c.recv_all() == b"x" * 200000
    c.send(b"still here" * 10000)
    c.close_write()
    assert done.wait(5)
    assert b"".join(got) == b"still here" * 10000
    c.close()
    g.close()


def test_engine_closes_whole():
    def speak_and_go(connection):
        connection.sendall(b"y" * 500000)

    e = Engine("go.sock", speak_and_go)
    g = Gate(e.path)
    c = Client(g.port)
    time.sleep(0.2)  # its whole answer waits in buffers when the engine is gone already
    assert c.recv_all() == b"y" * 500000
    c.socket.settimeout(5)
    assert c.socket.recv(1) == b"", "the connection stays open"
    c.close()
    g.close()


def test_client_vanishes():
    ended = threading.Event()

    def wait_for_end(connection):
        try:
            while connection.recv(65536):
                pass
        except OSError:
            pass
        ended.set()

    e = Engine("vanish.sock", wait_for_end)
    g = Gate(e.path)
    c = Client(g.port)
    c.send(b"hello")
    c.close()
    assert ended.wait(5), "the engine was not told"
    g.close()


def test_fifty_megabytes_both_ways():
    g = echo_gate()
    c = Client(g.port)
    total = 50 * 1024 * 1024
    block = os.urandom(1024 * 1024)
    sent = hashlib.sha256()
    for _ in range(50):
        sent.update(block)
    received, count = hashlib.sha256(), 0
    # One thread: a duplex pump over memory buffers, sockets that do not block.
    c.socket.setblocking(False)
    left = [memoryview(block)] * 50
    import select
    pending = b""
    end = time.monotonic() + 60
    while count < total:
        assert time.monotonic() < end, "only %d bytes came" % count
        if left and not pending:
            n = c.tls.write(left[0][:262144])
            left[0] = left[0][n:]
            if not left[0]:
                left.pop(0)
            pending = c.outgoing.read()
        r, w, _ = select.select([c.socket], [c.socket] if pending else [], [], 10)
        if w:
            pending = pending[c.socket.send(pending):]
        if r:
            data = c.socket.recv(1048576)
            assert data, "cut off after %d" % count
            c.incoming.write(data)
        try:
            while True:
                data = c.tls.read(1048576)
                if not data:
                    break
                received.update(data)
                count += len(data)
        except ssl.SSLWantReadError:
            pass
    assert received.digest() == sent.digest()
    c.close()
    g.close()


def test_slow_reader_holds_back_the_engine():
    sent = [0]

    def flood(connection):
        while True:
            sent[0] += connection.send(b"z" * 65536)

    e = Engine("flood.sock", flood)
    g = Gate(e.path)
    c = Client(g.port)
    time.sleep(1.0)
    before = sent[0]
    time.sleep(0.5)
    assert sent[0] == before, "nothing holds the engine back"
    ticks = cpu_ticks(g.process.pid)
    time.sleep(0.5)
    assert cpu_ticks(g.process.pid) - ticks <= 5, "the gate is busy while it waits"
    c.close()
    until(lambda: thread_count(g.process.pid) == 1, 5, "the connection's thread to end")
    g.close()


def cpu_ticks(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def thread_count(pid):
    return len(os.listdir("/proc/%d/task" % pid))


def test_idle_connections_cost_nothing():
    g = echo_gate()
    clients = [Client(g.port) for _ in range(10)]
    for c in clients[:5]:
        c.close_write()  # half closed
    ticks = cpu_ticks(g.process.pid)
    time.sleep(0.5)
    assert cpu_ticks(g.process.pid) - ticks <= 3
    for c in clients:
        c.close()
    g.close()


def test_idle_handshake_is_dropped():
    g = echo_gate()
    with socket.create_connection(("127.0.0.1", g.port), 5) as s:
        begun = time.monotonic()
        try:
            assert s.recv(100) == b""
        except ConnectionResetError:
            pass
        took = time.monotonic() - begun
        assert HANDSHAKE_MS / 1000 - 0.1 < took < HANDSHAKE_MS / 1000 + 3, took
    g.close()


def test_strangers_cannot_hold_the_door():
    g = echo_gate()
    idle = [socket.create_connection(("127.0.0.1", g.port), 5) for _ in range(200)]
    c = Client(g.port)
    c.send(b"in")
    assert c.recv() == b"in"
    for s in idle:
        s.close()
    c.close()
    g.close()


def test_reload_keeps_connections():
    g = echo_gate()
    old = Client(g.port)
    old.send(b"before")
    assert old.recv() == b"before"
    serial = old.tls.getpeercert()["serialNumber"]
    shutil.copy(path("server2.pem"), g.files["cert"])
    shutil.copy(path("server2-key.pem"), g.files["key"])
    g.process.send_signal(signal.SIGHUP)
    g.wait_line("reloaded")
    old.send(b"after")
    assert old.recv() == b"after"
    new = Client(g.port)
    assert new.tls.getpeercert()["serialNumber"] != serial
    new.send(b"new")
    assert new.recv() == b"new"
    old.close()
    new.close()
    g.close()


def test_reload_of_another_ca():
    g = echo_gate()
    shutil.copy(path("other.pem"), g.files["ca"])
    g.process.send_signal(signal.SIGHUP)
    g.wait_line("reloaded")
    assert refused(g.port, "client")
    assert not refused(g.port, "stranger")
    g.close()


def test_failed_reload_keeps_the_old():
    g = echo_gate()
    with open(g.files["cert"], "w") as f:
        f.write("nonsense")
    g.process.send_signal(signal.SIGHUP)
    g.wait_line("cannot reload")
    c = Client(g.port)
    c.send(b"still")
    assert c.recv() == b"still"
    shutil.copy(path("server2.pem"), g.files["cert"])  # a certificate that does not fit the key
    g.process.send_signal(signal.SIGHUP)
    g.wait_line("cannot reload", 2)
    c.close()
    g.close()


def test_waits_for_keys():
    g = echo_gate(extra=("--wait",))
    g.wait_line("listening")
    g.close()
    os.unlink(g.files["key"])
    late = echo_gate(extra=("--wait",))
    late.process.send_signal(signal.SIGTERM)
    late.process.wait(5)
    os.unlink(late.files["key"])
    arguments = late.process.args
    with open(path("late.log"), "w+b") as log:
        p = subprocess.Popen(arguments, stdout=log, stderr=subprocess.STDOUT)
        time.sleep(0.3)
        with socket.socket() as s:
            assert s.connect_ex(("127.0.0.1", late.port)) != 0, "it listens without keys"
        shutil.copy(path("server-key.pem"), late.files["key"])
        p.send_signal(signal.SIGHUP)
        until(lambda: b"listening" in open(log.name, "rb").read(), 5, "the late gate to listen")
        p.terminate()
        assert p.wait(5) == 0


def thread_powers(pid):
    """Of each thread, the main one first: its user, group and effective capabilities."""
    result = []
    for task in sorted(os.listdir("/proc/%d/task" % pid), key=int):
        with open("/proc/%d/task/%s/status" % (pid, task)) as f:
            fields = dict(line.split(":", 1) for line in f)
        result.append((fields["Uid"].split()[1], fields["Gid"].split()[1], int(fields["CapEff"], 16),
                       fields["NoNewPrivs"].strip(), fields["Groups"].split()))
    return result


def test_is_nobody_in_the_group():
    if os.geteuid() != 0:
        raise check.Skip("only root can become somebody else")
    try:
        group = grp.getgrnam("nogroup").gr_gid
    except KeyError:
        raise check.Skip("there is no group 'nogroup' here") from None
    folder = tempfile.mkdtemp(prefix="gate-test.")
    try:
        os.chmod(folder, 0o711)
        e = Engine(os.path.join(folder, "engine.sock"), echo)
        os.chown(e.path, 0, group)
        os.chmod(e.path, 0o660)
        # The keys stay root's, in a folder that only root may enter; sanitizers cannot look for leaks as nobody.
        g = Gate(e.path, extra=("--group", "nogroup", "--wait"), env={"ASAN_OPTIONS": "detect_leaks=0"})
        g.wait_line("listening")
        c = Client(g.port)
        c.send(b"in")
        assert c.recv() == b"in"
        read_files = 1 << 2  # CAP_DAC_READ_SEARCH
        powers = thread_powers(g.process.pid)
        assert powers[0] == ("65534", str(group), read_files, "1", []), powers
        assert powers[1] == ("65534", str(group), 0, "1", []), powers
        shutil.copy(path("server2.pem"), g.files["cert"])
        shutil.copy(path("server2-key.pem"), g.files["key"])
        os.chmod(g.files["key"], 0o600)
        g.process.send_signal(signal.SIGHUP)
        g.wait_line("reloaded")
        os.chown(e.path, 0, 0)
        refused_by_engine = Client(g.port)
        assert refused_by_engine.recv() == b"", "it is in root's group"
        c.close()
        refused_by_engine.close()
        g.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_unknown_group_is_an_error():
    g = echo_gate()
    g.close()
    r = subprocess.run(g.process.args + ["--group", "nosuchgroup"], capture_output=True, timeout=10)
    assert r.returncode == 1 and b"nosuchgroup" in r.stderr, r.stderr


def test_bad_files_are_an_error():
    e = Engine("bad.sock", echo)
    r = subprocess.run([GATE, "--listen", "127.0.0.1:1", "--unix", e.path, "--ca", "/dev/null", "--cert",
                        path("server.pem"), "--key", path("server-key.pem")], capture_output=True, timeout=10)
    assert r.returncode == 1 and b"cannot load keys" in r.stderr, r.stderr
    assert subprocess.run([GATE, "--listen", "x"], capture_output=True, timeout=10).returncode == 2


def test_engine_is_away():
    g = Gate(path("nobody.sock"))
    c = Client(g.port)
    assert c.recv() == b""
    g.close()


def test_many_connections():
    # All at once, on a host that may be busy with other tests: that strangers have little time is another test's matter.
    g = echo_gate(extra=("--handshake-ms", "60000"))
    errors = []

    def one(n):
        try:
            c = Client(g.port)
            for i in range(3):
                data = b"%d-%d" % (n, i)
                c.send(data)
                assert c.recv() == data
            held.wait(60)
            c.send(b"end")
            assert c.recv() == b"end"
            c.close_write()
            c.close()
        except Exception as why:
            errors.append(repr(why))

    count = 200
    held = threading.Barrier(count)
    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(100)
    assert not errors, errors[:3]
    until(lambda: thread_count(g.process.pid) == 1, 10, "threads to end")
    until(lambda: len(os.listdir("/proc/%d/fd" % g.process.pid)) < 12, 5, "descriptors to be closed")
    g.close()


def test_sessions_are_resumed():
    g = echo_gate()
    context = client_context("client")
    c = Client(g.port, context=context)
    c.send(b"1")
    assert c.recv() == b"1"
    session = c.tls.session
    second = socket.create_connection(("127.0.0.1", g.port), 5)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    d = Client.__new__(Client)
    d.socket, d.context, d.incoming, d.outgoing = second, context, incoming, outgoing
    d.tls = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1", session=session)
    d.do(d.tls.do_handshake)
    d.send(b"2")
    assert d.recv() == b"2"
    assert d.tls.session_reused
    c.close()
    d.close()
    g.close()


if __name__ == "__main__":
    make_keys()
    status = check.main(sys.modules[__name__])
    for process in Gate.processes:  # of tests that failed
        if process.poll() is None:
            process.kill()
    shutil.rmtree(DIR, ignore_errors=True)
    os._exit(status)  # threads of the doubles may still wait
