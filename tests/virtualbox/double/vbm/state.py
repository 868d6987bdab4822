# SPDX-License-Identifier: Apache-2.0
"""What VirtualBox remembers of a user, below $VBOX_USER_HOME.

registry.json    machines (UUID and settings file), media, host-only interfaces, DHCP servers, NAT networks
lock             held while any of it is read and written: calls come one after the other, as behind VBoxSVC
run/UUID/        of a machine that has been started: see vm.py
run/UUID.lock    the session lock of a machine
"""
import contextlib
import fcntl
import json
import os
import re
import time

from . import out

UUID_RE = re.compile(r"^\{?([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\}?$")
IDLE_S = 8      # so long after the last call VBoxSVC has ended, when no machine runs


def new_uuid():
    x = os.urandom(16).hex()
    return "%s-%s-4%s-%x%s-%s" % (x[:8], x[8:12], x[13:16], 8 + int(x[16], 16) % 4, x[17:20], x[20:])


def new_mac():
    return "080027" + os.urandom(3).hex().upper()


def as_uuid(text):
    m = UUID_RE.match(text)
    return m.group(1).lower() if m else None


def write_file(path, text, mode=0o600):
    """Whole or not at all."""
    tmp = "%s.%d.tmp" % (path, os.getpid())
    fd = os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(fd, "wb") as f:
            f.write(os.fsencode(text))
        os.rename(tmp, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(tmp)
        raise


def user_home():
    return os.environ.get("VBOX_USER_HOME") or os.path.join(os.environ.get("HOME", "/"), ".config/VirtualBox")


class Home:
    def __init__(self, path=None):
        self.path = os.path.abspath(path or user_home())
        self.depth = 0
        self.fd = -1
        self.reg = None

    def join(self, *names):
        return os.path.join(self.path, *names)

    @contextlib.contextmanager
    def locked(self):
        """The registry may be read and changed inside; it is written at the outermost end."""
        if self.depth == 0:
            os.makedirs(self.join("run"), 0o700, exist_ok=True)
            self.fd = os.open(self.join("lock"), os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self.fd, fcntl.LOCK_EX)
            self.load()
        self.depth += 1
        try:
            yield self
        finally:
            self.depth -= 1
            if self.depth == 0:
                self.save()
                os.close(self.fd)

    def load(self):
        try:
            with open(self.join("registry.json"), encoding="utf-8", errors="surrogateescape") as f:
                text = f.read()
        except FileNotFoundError:
            text = ""
        self.before = text
        self.reg = json.loads(text) if text else {
            "service": 1, "machines": [], "media": [], "hostonly": [], "natnets": [], "extra": {},
            # One exists from the first run on, before any interface does.
            "dhcp": [{"net": "HostInterfaceNetworking-vboxnet0", "ip": "192.168.56.100", "mask": "255.255.255.0",
                      "lower": "192.168.56.101", "upper": "192.168.56.254", "enabled": True}]}
        self.service_age()

    def service_age(self):
        """VBoxSVC ends when it is not used; what it had not written is forgotten then."""
        try:
            idle = time.time() - os.stat(self.join("lock")).st_mtime
        except FileNotFoundError:
            return
        if idle > IDLE_S and not any(self.vm_there(m["uuid"]) for m in self.reg["machines"]):
            self.reg["service"] += 1
        os.utime(self.join("lock"))

    def vm_there(self, uuid):
        return os.path.exists(self.join("run", uuid, "vm.json"))

    def save(self):
        text = json.dumps(self.reg, indent=1)
        if text != self.before:
            write_file(self.join("registry.json"), text)
            self.before = text

    # Session locks. The lock of a machine that runs is held by the process that watches over it.

    def session(self, uuid):
        """The descriptor of the machine's session lock; None when another one holds it. Close it to release."""
        fd = os.open(self.join("run", uuid + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        return fd


def hold():
    """With $VBOX_DOUBLE_SLOW (ms) a call keeps its session as long as the real one would."""
    ms = int(os.environ.get("VBOX_DOUBLE_SLOW") or 0)
    if ms:
        out.flush()
        time.sleep(ms / 1000)
