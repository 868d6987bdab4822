#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Replays recorded calls of a real VBoxManage against the double, and compares exit status, stdout and stderr.

usage: replay.py [-v] [RECORDINGS-FOLDER]

All calls run in a folder of its own, into which the recordings' paths are mapped. UUIDs and addresses that VirtualBox made
up must be used alike, times are left out. QEMU is replaced by a process that only is there. Prints TAP, and ends with 1 if
any answer differs.
"""
import difflib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import replay_steps as steps

HERE = os.path.dirname(os.path.realpath(__file__))
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
MADE_UP = re.compile(r"(?!f0000000)%s|080027[0-9A-F]{6}" % UUID)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d[:-]\d\d[:-]\d\d[.-]\d+Z?")
PATHS = ("/home/user", "/home/other", "/tmp/vuh4", "/tmp/vuh", "/srv/")


class Recording:
    def __init__(self, path):
        self.label = os.path.basename(path)[:-4]
        with open(path, encoding="utf-8") as f:
            text = f.read()
        head, _, rest = text.partition("=== stdout\n")
        self.valid = head.startswith("command: ")
        if not self.valid:
            m = re.match(r'name="(\w+)"\n', text)
            if m:       # the output of showvminfo alone
                self.valid, self.number, self.user, self.status = True, steps.GURU, "user", 0
                self.command = "VBoxManage showvminfo %s --machinereadable" % m.group(1)
                self.stdout, self.stderr = text, ""
            return
        self.number = int(self.label[:3])
        self.command = head.split("\n")[0][len("command: "):]
        m = re.search(r"^user: (\S+)\s+exit: (\d+)", head, re.M)
        self.user, self.status = m.group(1), int(m.group(2))
        stdout, _, stderr = rest.rpartition("=== stderr\n")
        self.stdout, self.stderr = self.stream(stdout), self.stream(stderr.rpartition("=== end")[0])

    @staticmethod
    def stream(text):
        return text.replace("<no newline at end>\n", "").replace("<no newline at end>", "")


class Replay:
    def __init__(self, folder):
        self.root = folder
        self.bin = os.path.join(folder, "bin")
        os.makedirs(self.bin)
        os.symlink(os.path.join(HERE, "VBoxManage"), os.path.join(self.bin, "VBoxManage"))
        for d in ("home/user/m/d", "home/user/share", "home/other", "srv", "tmp", "net", "faults"):
            os.makedirs(os.path.join(folder, d))
        self.write("/srv/tiny.iso", 13989888)
        self.to_double, self.to_recorded = {}, {}
        self.said = []      # of calls that only bridge

    # Paths, and what was made up

    def path(self, text):
        for p in PATHS:
            end = "" if p.endswith("/") else r"(?![\w-])"
            text = re.sub(r"(?<![\w.-])" + re.escape(p) + end, lambda m: self.root + m.group(0), text)
        return text

    def names(self, text):
        return MADE_UP.sub(lambda m: self.to_double.get(m.group(0), m.group(0)), text)

    def alike(self, recorded, ours):
        """Whether a line says the same. Learns what stands for what."""
        a, b = TIME.sub("<time>", recorded), TIME.sub("<time>", ours)
        x, y = MADE_UP.findall(a), MADE_UP.findall(b)
        if len(x) != len(y) or MADE_UP.sub("<id>", a) != MADE_UP.sub("<id>", b):
            return False
        for p, q in zip(x, y):
            if self.to_double.setdefault(p, q) != q or self.to_recorded.setdefault(q, p) != p:
                return False
        return True

    def back(self, text):
        text = MADE_UP.sub(lambda m: self.to_recorded.get(m.group(0), m.group(0)), text)
        return text.replace(self.root, "")

    def same(self, recorded, ours):
        a, b = self.path(recorded).split("\n"), ours.split("\n")
        return len(a) == len(b) and all([self.alike(x, y) for x, y in zip(a, b)])

    # Calls

    def env(self, user, **more):
        home = os.path.join(self.root, "home", user)
        env = {"PATH": "%s:%s" % (self.bin, os.environ["PATH"]), "HOME": home, "LC_ALL": "C.UTF-8",
               "VBOX_USER_HOME": os.path.join(self.root, "homes", user), "VBOX_DOUBLE_VM": "stub",
               "VBOX_DOUBLE_NET": os.path.join(self.root, "net"), "VBOX_DOUBLE_FAULTS": os.path.join(self.root, "faults"),
               "VBOX_DOUBLE_NETWORKS_CONF": os.path.join(self.root, "networks.conf"),
               "VBOX_DOUBLE_LOG": os.path.join(self.root, "calls.log")}
        env.update(more)
        return env

    def start(self, command, user, **more):
        return subprocess.Popen(["bash", "-c", self.names(self.path(command))], env=self.env(user, **more), cwd=self.root,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def call(self, command, user):
        p = self.start(command, user)
        stdout, stderr = p.communicate()
        return p.returncode, stdout.decode("utf-8", "replace"), stderr.decode("utf-8", "replace")

    def bridge(self, text):
        user, colon, words = text.partition(":")
        if not colon or " " in user or not user.isalnum():
            user, words = "user", text
        return self.call("VBoxManage " + words, user)

    def steps(self, wanted):
        for s in wanted:
            if isinstance(s, str):
                status, stdout, stderr = self.bridge(s)
                self.said.append("%s: %d %s" % (s, status, (stderr + stdout).split("\n")[0]))
            else:
                getattr(self, s[0])(*s[1:])

    # The world around

    def write(self, path, size):
        path = self.path(path)
        with open(path, "wb") as f:
            f.truncate(size)

    def copy(self, source, path):
        shutil.copy(self.path(source), self.path(path))

    def remove(self, path):
        os.unlink(self.path(path))

    def folder(self, path):
        os.makedirs(self.path(path), exist_ok=True)

    def surroundings(self, r):
        """What the label of a recording says about the host; and the service that was not there in some."""
        for start, kind in steps.FAULTS.items():
            if r.label[4:].startswith(start):
                self.fault(kind)
        if "Failed to create the VirtualBox object!" in r.stderr:
            self.fault("svc")
        path = os.path.join(self.root, "networks.conf")
        if os.path.exists(path):
            os.unlink(path)
        for start, text in steps.CONFS.items():
            if r.label[4:].startswith(start):
                with open(path, "w", encoding="ascii") as f:
                    f.write(text)

    def no_interfaces(self):
        for n in os.listdir(os.path.join(self.root, "net")):
            os.rmdir(os.path.join(self.root, "net", n))

    def service_ends(self):
        os.utime(os.path.join(self.root, "homes/user/lock"), (0, 0))

    def fault(self, kind):
        with open(os.path.join(self.root, "faults", kind), "w", encoding="ascii"):
            pass

    def no_faults(self):
        for name in os.listdir(os.path.join(self.root, "faults")):
            os.unlink(os.path.join(self.root, "faults", name))

    def kill_vm(self, name):
        for pid in self.machines():
            with open("/proc/%d/cmdline" % pid, encoding="utf-8", errors="replace") as f:
                if " -name %s " % name in f.read():
                    os.kill(pid, signal.SIGKILL)

    def machines(self):
        """Processes in the place of QEMU that belong to this replay."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, encoding="utf-8", errors="replace") as f:
                    if f.read().startswith("qemu-stub ") and os.readlink("/proc/%s/cwd" % pid).startswith(self.root):
                        found.append(int(pid))
            except OSError:
                pass
        return found

    def close(self):
        for pid in self.machines():
            os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + 5
        while self.machines() and time.monotonic() < end:
            time.sleep(0.02)


def host_dependent(text):
    """What differs from host to host in "list hostinfo": the facts, not the lines."""
    if not re.search(r"^Host Information:", text, re.M):
        return text
    lines = []
    for line in text.split("\n"):
        line = re.sub(r"^(Processor#)\d+", r"\1N", line)
        line = re.sub(r"^(Processor.*|Memory.*|Operating system version): .*", r"\1: <fact>", line)
        if line not in lines or not line:
            lines.append(line)
    return "\n".join(lines)


def differences(replay, r, got):
    """For people: what the double made up is called as in the recording where that is known."""
    status, stdout, stderr = got[0], replay.back(got[1]), replay.back(got[2])
    lines = []
    if status != r.status:
        lines.append("exit %d, recorded %d" % (status, r.status))
    for name, want, have in (("stdout", r.stdout, stdout), ("stderr", r.stderr, stderr)):
        if want != have:
            lines += list(difflib.unified_diff(want.split("\n"), have.split("\n"), "recorded " + name, name, lineterm="", n=1))
    return lines


def compare(replay, r, got):
    status, stdout, stderr = got
    return (status == r.status and replay.same(host_dependent(r.stdout), host_dependent(stdout))
            and replay.same(r.stderr, stderr))


def order(by_number):
    """The numbers as they are replayed: in order, but of those at once the winner first."""
    numbers = list(range(1, max(by_number) + 1))
    for first, last in steps.AT_ONCE:
        part = range(first, last + 1)
        numbers[first - 1:last] = sorted(part, key=lambda n: n in by_number and by_number[n].status != 0)
    return numbers


def main():
    words = sys.argv[1:]
    verbose = "-v" in words
    words = [w for w in words if w != "-v"]
    folder = words[0] if words else os.path.join(HERE, "../recordings")
    recordings = [Recording(os.path.join(folder, n)) for n in sorted(os.listdir(folder)) if n.endswith(".txt")]
    unreadable = [r.label for r in recordings if not r.valid]
    by_number = {r.number: r for r in recordings if r.valid}
    root = tempfile.mkdtemp(prefix="replay.")
    replay = Replay(root)
    results = []        # (label, differences) and (label, None, reason)
    behind = {}
    try:
        for number in order(by_number):
            r = by_number.get(number)
            replay.no_faults()
            replay.steps(steps.WORLD.get(number, []))
            for own, first, last, call, ms in steps.BEHIND:
                if number == first:
                    behind[own, last] = replay.start("VBoxManage " + call, "user", VBOX_DOUBLE_SLOW=str(ms))
                    time.sleep(0.6)
            own_behind = [k for k in behind if k[0] == number]
            if r is None:
                if not own_behind:
                    replay.steps(steps.BRIDGES.get(number, []))
            elif own_behind:
                pass        # is compared when it ends
            elif number in steps.SKIP:
                results.append((r.label, None, steps.SKIP[number]))
            elif "VBoxManage" not in r.command or "/VBoxManage" in r.command or r.command.startswith("bash -c ls"):
                results.append((r.label, None, "no call of VBoxManage"))
            else:
                replay.surroundings(r)
                got = replay.call(r.command, steps.USERS.get(number, r.user))
                results.append((r.label, None if compare(replay, r, got) else differences(replay, r, got), ""))
            for key in [k for k in behind if k[1] == number]:
                p = behind.pop(key)
                stdout, stderr = p.communicate()
                if key[0] in by_number:
                    r = by_number[key[0]]
                    got = (p.returncode, stdout.decode(), stderr.decode())
                    results.append((r.label, None if compare(replay, r, got) else differences(replay, r, got), ""))
    finally:
        replay.close()
        remove(root)
    report(results, unreadable, replay, verbose)


def remove(root):
    """What the double left running may still write its last file."""
    for _ in range(50):
        shutil.rmtree(root, ignore_errors=True)
        if not os.path.exists(root):
            return
        time.sleep(0.1)
    shutil.rmtree(root)


def report(results, unreadable, replay, verbose):
    skipped = [r for r in results if r[1] is None and r[2]] + [(u, None, "not one call") for u in unreadable]
    compared = [r for r in results if not (r[1] is None and r[2])]
    wrong = [r for r in compared if r[1] is not None]
    print("1..%d" % (len(compared) + len(skipped)))
    for i, (label, diff, _) in enumerate(compared):
        print("%sok %d - %s" % ("not " if diff is not None else "", i + 1, label))
        for line in diff or []:
            print("# " + line)
    for i, (label, _, reason) in enumerate(skipped):
        print("ok %d - %s # SKIP %s" % (len(compared) + i + 1, label, reason))
    if verbose:
        for line in replay.said:
            print("# bridge: " + line)
    print("# %d recordings: %d compared, %d alike, %d not; %d skipped" % (
        len(compared) + len(skipped), len(compared), len(compared) - len(wrong), len(wrong), len(skipped)))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
