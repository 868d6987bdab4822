# SPDX-License-Identifier: Apache-2.0
"""The life of one machine's process, from inside headless.py. The session lock is open as the descriptor in job.json."""
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time

from . import dhcp, machine, networks, qemu, qmp, snapshots, state, vm

PR_SET_PDEATHSIG = 1
STATE_LOAD_S = 120


def die_with_parent():
    """QEMU does not outlive its watcher, as a machine does not outlive VBoxHeadless."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Job:
    def __init__(self):
        with open("job.json", encoding="utf-8", errors="surrogateescape") as f:
            self.__dict__.update(json.load(f))
        self.servers = []
        self.home = state.Home(self.user_home)
        with self.home.locked():
            self.m = machine.lookup(self.home, self.uuid)[1]

    def tell(self, kind, text=""):
        """The outcome of the start, for the VBoxManage that waits."""
        state.write_file("outcome.json", json.dumps({"kind": kind, "text": text}))

    def state(self, name, **more):
        with self.home.locked():
            v = vm.read(self.home, self.uuid) or {}
            v.update(more, state=name)
            vm.write(self.home, self.uuid, v)
            self.m = machine.lookup(self.home, self.uuid)[1]
            self.m["since"], self.m["seen"] = time.time_ns(), self.home.reg["service"]
            self.m.save()

    def spawn(self, args):
        with open("qemu.log", "wb") as log:
            p = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        self.state("restoring" if self.statefile else "starting", pid=p.pid, start=vm.start_time(p.pid), stub=self.stub)
        return p

    def qemu_words(self):
        with open("qemu.log", encoding="utf-8", errors="replace") as f:
            return f.read().strip()

    def start_qemu(self):
        with self.home.locked():
            args, taps, served = qemu.command(self.home, self.m, self.statefile)
        vm.log(self.m, "Command line: " + " ".join(args))
        for name in ("ctl", "own"):
            if os.path.exists(name):
                os.unlink(name)
        for name, path, format_ in served:
            self.serve(name, path, format_)
        p = self.spawn(args)
        q = self.connect(p)
        try:
            for tap, bridge, mac in taps:
                networks.join(self.home, tap, bridge)
                self.dhcp(bridge, mac)
            if self.statefile:
                self.load_state(q)
            for i, n in enumerate(self.m["nics"]):
                if n["attach"] == "nat":
                    for rule in n["rules"]:
                        refuse = self.natfail is not None and self.natfail in ("", rule["name"])
                        vm.add_forward(q, self.m, i + 1, rule, refuse)
                if n["attach"] != "none" and not n["cable"]:
                    q.do("set_link", name="dev%d" % (i + 1), up=False)
            if self.guru is None and self.noguest is None:
                q.do("cont")
        finally:
            q.close()
        return p

    def serve(self, name, path, format_):
        """A disk over a socket in this folder, which qemu-nbd wants to have an absolute name."""
        if os.path.exists(name):
            os.unlink(name)
        p = subprocess.Popen(["qemu-nbd", "--persistent", "--shared=4", "--socket=/proc/self/cwd/" + name,
                              "--format=" + format_, "--cache=writeback", path],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             preexec_fn=die_with_parent)
        self.servers.append(p.pid)
        end = time.monotonic() + 10
        while not os.path.exists(name):
            if p.poll() is not None or time.monotonic() > end:
                raise OSError(5, "qemu-nbd did not start")
            time.sleep(0.005)

    def dhcp(self, bridge, mac):
        for server in self.home.reg["dhcp"]:
            if server["net"] == "HostInterfaceNetworking-" + bridge and server["enabled"]:
                self.servers.append(dhcp.fork(self.user_home, server, bridge, mac, die_with_parent))

    def end_servers(self):
        for pid in self.servers:
            os.kill(pid, signal.SIGTERM)
        for pid in self.servers:
            os.waitpid(pid, 0)

    def connect(self, p):
        end = time.monotonic() + 30
        while True:
            if p.poll() is not None:
                raise qemu.Missing("The virtual machine '%s' has terminated unexpectedly during startup with exit code 1 (0x1)"
                                   % self.m.name)
            try:
                return qmp.Qmp(".", "own", timeout=0.2 if time.monotonic() < end else 5)
            except OSError:
                if time.monotonic() > end:
                    raise

    def load_state(self, q):
        q.do("migrate-incoming", uri="exec:cat '%s'" % self.statefile.replace("'", "'\\''"))
        end = time.monotonic() + STATE_LOAD_S
        while q.do("query-status")["status"] == "inmigrate":
            if time.monotonic() > end:
                raise qemu.Missing("Failed to load unit 'qemu' (VERR_TIMEOUT)")
            time.sleep(0.02)
        # Measured with 7.2.22: the guest's next read ends with "Not ready to ready change, medium may have changed".
        for name, path in qemu.cds(self.home, self.m):
            q.do("eject", id=name, force=True)
            q.do("blockdev-change-medium", id=name, filename=path, format="raw")

    def stub_process(self):
        with self.home.locked():
            qemu.command(self.home, self.m, "")     # for its checks
        name = "qemu-stub -name %s -uuid %s" % (self.m.name, self.uuid)
        return self.spawn(["/bin/bash", "-c", "exec -a \"$1\" sleep 1000000", "-", name])


def end_state(status):
    """subprocess's return code: negative for a signal."""
    return "poweroff" if status == 0 else "aborted"


def main():
    job = Job()
    vm.new_log(job.m)
    p = None
    try:
        p = job.stub_process() if job.stub else job.start_qemu()
    except qemu.Missing as e:
        fail(job, p, str(e))
    except (OSError, qmp.Refused, ValueError, KeyError) as e:
        words = job.qemu_words() if os.path.exists("qemu.log") else ""
        vm.log(job.m, "Starting failed: %r %s" % (e, words))
        fail(job, p, "The virtual machine '%s' has terminated unexpectedly during startup with exit code 1 (0x1)" % job.m.name)
    started(job)
    job.state("gurumeditation" if job.guru is not None else "running")
    job.tell("ok")
    status = p.wait()
    job.end_servers()
    vm.log(job.m, "The process ended with %d. %s" % (status, job.qemu_words()))
    with job.home.locked():
        v = vm.read(job.home, job.uuid)
        last = "saved" if v and v["state"] == "saved" else end_state(status)
        if job.stub and v and v["state"] == "stopping":
            last = "poweroff"
        vm.over(job.home, job.uuid, last)
        # At the same moment the machine is free for others: who sees it off may start it.
        fcntl.flock(job.session, fcntl.LOCK_UN)


def started(job):
    """The saved state is used up, and the properties of a process begin."""
    with job.home.locked():
        job.m = machine.lookup(job.home, job.uuid)[1]
        snapshots.drop_state(job.m)
        job.m["state"] = "poweroff"
        now = time.time_ns()
        for key, text in (("HostGuest/SysprepArgs", ""), ("HostGuest/SysprepExec", ""), ("HostInfo/VBoxRev", "175245"),
                          ("HostInfo/VBoxVer", "7.2.22"), ("HostInfo/VBoxVerExt", "7.2.22_Debian"),
                          ("VMInfo/ResetCounter", "0"), ("VMInfo/ResumeCounter", "0")):
            job.m["properties"]["/VirtualBox/" + key] = {"value": text, "time": now, "flags": "TRANSIENT, RDONLYGUEST"}
        job.m.save()


def fail(job, p, text):
    if p and p.poll() is None:
        p.kill()
        p.wait()
    job.end_servers()
    with job.home.locked():
        vm.over(job.home, job.uuid, "saved" if job.statefile else "poweroff")
        job.tell("failed", text)
        fcntl.flock(job.session, fcntl.LOCK_UN)
    sys.exit(1)
