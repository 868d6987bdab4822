# SPDX-License-Identifier: Apache-2.0
"""A machine that runs: QEMU, and headless.py that watches over it in the place of VBoxHeadless.

run/UUID/vm.json   state, pid of QEMU, the command line's parts; there as long as the machine has a process
run/UUID/ctl       QEMU's monitor for commands, one at a time: whoever holds run/UUID/ctl.lock
The session lock is held by headless.py, so that the end of it, whichever way, is the end of the session.
"""
import contextlib
import fcntl
import json
import os
import signal
import time

from . import machine, out, state


def folder(home, uuid):
    return home.join("run", uuid)


def read(home, uuid):
    try:
        with open(os.path.join(folder(home, uuid), "vm.json"), encoding="utf-8") as f:
            return json.load(f)
    except (FileNotFoundError, ValueError):
        return None


def write(home, uuid, data):
    os.makedirs(folder(home, uuid), 0o700, exist_ok=True)
    state.write_file(os.path.join(folder(home, uuid), "vm.json"), json.dumps(data))


def live(home, uuid):
    """What is known of its process; None: it has none. After settle()."""
    return read(home, uuid)


def forget(home, uuid):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(folder(home, uuid), "vm.json"))


def alive(pid, start):
    return pid and start == start_time(pid)


def start_time(pid):
    """Of a process that runs; None: there is none, or only what its parent has not yet seen the end of."""
    try:
        with open("/proc/%d/stat" % pid) as f:
            fields = f.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields[19]


def settle(home):
    """Brings up to date what is known of machines that have a process: it may have ended just now."""
    for entry in home.reg["machines"]:
        uuid = entry["uuid"]
        v = read(home, uuid)
        if not v:
            continue
        fd = home.session(uuid)
        if fd is not None:
            # Its watcher is gone without a word.
            with contextlib.suppress(ProcessLookupError):
                if alive(v.get("pid"), v.get("start")):
                    os.kill(v["pid"], signal.SIGKILL)
            over(home, uuid, "aborted" if v["state"] not in ("starting", "restoring") else "poweroff")
            os.close(fd)
        elif v.get("pid") and not alive(v["pid"], v["start"]):
            wait_over(home, uuid)


def wait_over(home, uuid):
    """QEMU has ended, and its watcher is about to tell how. It needs the lock for that."""
    end = time.monotonic() + 5
    while time.monotonic() < end and read(home, uuid):
        depth, home.depth = home.depth, 0
        home.save()
        fcntl.flock(home.fd, fcntl.LOCK_UN)
        time.sleep(0.005)
        fcntl.flock(home.fd, fcntl.LOCK_EX)
        home.load()
        home.depth = depth


def over(home, uuid, last):
    """It has no process any more."""
    forget(home, uuid)
    found = machine.lookup(home, uuid)
    if found and found[1].accessible:
        m = found[1]
        if last != "saved":
            m.set_state(last)
        transient(m)
        m.save()


def transient(m):
    """Properties that live as long as the process."""
    m["properties"] = {k: p for k, p in m["properties"].items() if "TRANSIENT" not in p["flags"]}


def update(home, uuid, name):
    """A change of state while it runs."""
    v = read(home, uuid)
    if v:
        v["state"] = name
        write(home, uuid, v)
        m = machine.lookup(home, uuid)[1]
        if m.accessible:
            m["since"], m["seen"] = time.time_ns(), home.reg["service"]
            m.save()


@contextlib.contextmanager
def monitor(home, uuid):
    """The monitor of a machine that runs; None for one that has no QEMU behind it."""
    v = read(home, uuid)
    if not v or v.get("stub"):
        yield None
        return
    fd = os.open(os.path.join(folder(home, uuid), "ctl.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX)
    from . import qmp       # late: most calls need no QEMU
    try:
        q = qmp.Qmp(folder(home, uuid), "ctl")
        try:
            yield q
        finally:
            with contextlib.suppress(OSError):
                q.close()
    finally:
        os.close(fd)


def count(m, name):
    """A counter among the guest properties. The caller saves."""
    p = m["properties"].get("/VirtualBox/VMInfo/" + name)
    if p:
        p["value"], p["time"] = "%d" % (int(p["value"]) + 1), time.time_ns()


def change_dvd(m, c, port, path):
    count(m, "ResumeCounter")       # VirtualBox halts the machine for that
    from . import qmp
    with monitor(m.home, m.uuid) as q:
        if not q:
            return
        device = "%s-%d" % (c["bus"], port)
        try:
            if path:
                q.do("blockdev-change-medium", id=device, filename=path, format="raw")
            else:
                q.do("eject", id=device, force=True)
        except qmp.Refused as e:
            log(m, "Changing the medium of %s failed: %s" % (device, e))


# Logs

def log_path(m):
    return os.path.join(m.folder, "Logs", "VBox.log")


def new_log(m):
    """VBox.log of this run; three older ones are kept."""
    path = log_path(m)
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    for i in (2, 1, 0):
        with contextlib.suppress(FileNotFoundError):
            os.rename(path + (".%d" % i if i else ""), path + ".%d" % (i + 1))
    with open(path, "w", encoding="utf-8") as f:
        f.write("VirtualBox VM %s r%s linux.amd64 (a test double) release log\n"
                "00:00:00.000000 main     Log opened %s\n"
                % (out.VERSION, out.REVISION, time.strftime("%Y-%m-%dT%H:%M:%S.000000000Z", time.gmtime())))


def log(m, text):
    path = log_path(m)
    try:
        born = log_birth(path)
        with open(path, "a", encoding="utf-8", errors="surrogateescape") as f:
            for line in text.split("\n"):
                t = max(0.0, time.time() - born)
                f.write("%02d:%02d:%09.6f %s\n" % (t // 3600, t % 3600 // 60, t % 60, line))
    except OSError:
        pass


def log_birth(path):
    """When it was begun, as it says itself."""
    import calendar
    with open(path, encoding="utf-8", errors="replace") as f:
        f.readline()
        stamp = f.readline().split("Log opened ")[-1]
    try:
        return calendar.timegm(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return time.time()


def log_forward_failed(m, n, rule):
    """In the words in which VirtualBox hides it."""
    log(m, "drvNATNotifyApplyPortForwardCommand: Port forward modify FAIL! Details: fRemove=0, fUdp=%d, pszHostIp=%s, "
        "u16HostPort=%d, pszGuestIp=%s, u16GuestPort=%d\n"
        "VMSetError: /build/reproducible-path/virtualbox-7.2.22-dfsg/src/VBox/Devices/Network/DrvNAT.cpp(991) int "
        "drvNATNotifyApplyPortForwardCommand(PDRVNAT, bool, bool, const char*, uint16_t, const char*, uint16_t); "
        "rc=VERR_NAT_REDIR_SETUP\n"
        "VMSetError: NAT#%d: configuration error: failed to set up redirection of %d to %d. Probably a conflict with existing "
        "services or other rules" % (rule["proto"] == "udp", rule["hip"], rule["hport"], rule["gip"], rule["gport"], n,
                                     rule["hport"], rule["gport"]))


# Forwards

def host_side(rule):
    return "%s:%s:%d" % (rule["proto"], rule["hip"], rule["hport"])


def add_forward(q, m, n, rule, refuse):
    """refuse: a test wants it to be missing although the port is free."""
    if q is None:
        return
    answer = "refused" if refuse else q.human("hostfwd_add nic%d %s-%s:%d" % (n, host_side(rule), rule["gip"], rule["gport"]))
    if answer:
        log_forward_failed(m, n - 1, rule)


def remove_forward(q, n, rule):
    if q is not None:
        q.human("hostfwd_remove nic%d %s" % (n, host_side(rule)))
