# SPDX-License-Identifier: Apache-2.0
"""startvm, controlvm, discardstate."""
import contextlib
import json
import os
import subprocess
import sys
import time

from . import faults, machine, nat, options, out, qmp, snapshots, state, vm

SOURCE = "VBoxManageMisc.cpp"
CONTROL = "VBoxManageControlVM.cpp"
LAUNCH = ("LaunchVMProcess(a->session, sessionType.raw(), ComSafeArrayAsInParam(aBstrEnv), progress.asOutParam())",
          SOURCE + ":920")
START_OPTIONS = {"--type": 1, "-type": 1, "--putenv": 1, "-E": 1, "--environment": 1, "--password": 1, "--password-id": 1}
# No graphical frontend is installed where only the command line is wanted.
NOT_INSTALLED = ("gui", "sdl", "separate", "")


def startvm(words, _):
    names, kind = [], None
    for key, value in options.parse(words, START_OPTIONS, "startvm", word="unknown"):
        if key is None:
            names.append(value)
        elif key.endswith("-type"):
            kind = value
    if not names:
        out.usage("startvm", "at least one VM name or uuid required")
    status = 0
    for name in names:
        try:
            start(name, kind)
        except out.Exit as e:
            status = e.status
    return status


def start(name, kind):
    home = state.Home()
    with home.locked():
        vm.settle(home)
        uuid, m = machine.find(home, name, "a->argv[i]", SOURCE + ":840")
        if not m.accessible:
            machine.limited(*LAUNCH)
        kind = m["frontend"] if kind is None else kind
        if kind not in NOT_INSTALLED + ("headless", "vrdp", "capture", "emergencystop"):
            out.com_fail("Invalid frontend name: '%s'" % kind, "NS_ERROR_INVALID_ARG", "MachineWrap", "IMachine", *LAUNCH)
        fd = home.session(uuid)
        if fd is None:
            out.com_fail("The machine '%s' is already locked by a session (or being locked or unlocked)" % m.name,
                         "VBOX_E_INVALID_OBJECT_STATE", "MachineWrap", "IMachine", *LAUNCH)
        if kind in NOT_INSTALLED:
            out.com_fail("Could not launch the VM process for the machine '%s' (VERR_FILE_NOT_FOUND)" % m.name,
                         "VBOX_E_IPRT_ERROR", "MachineWrap", "IMachine", *LAUNCH)
        out.put('Waiting for VM "%s" to power on...\n' % m.name)
        out.flush()
        refused(m)
        launch(home, m, fd)
    os.close(fd)
    faults.half()
    wait_started(home, m)
    out.put('VM "%s" has been successfully started.\n' % m.name)


def refused(m):
    """Hosts on which no machine starts."""
    if faults.hit("nomodule") is not None or faults.hit("nosetuid") is not None:
        m.set_state("poweroff" if m["state"] != "saved" else "saved")
        m.save()
        out.com_fail("The virtual machine '%s' has terminated unexpectedly during startup with exit code 1 (0x1)" % m.name,
                     "NS_ERROR_FAILURE", "MachineWrap", "IMachine", callee=False)
    svm = faults.hit("svm")
    if svm is not None:
        if svm == "none":
            text = "AMD-V is not available (VERR_SVM_NO_SVM)"
        else:
            text = ("AMD-V is being used by another hypervisor (VERR_SVM_IN_USE).\nVirtualBox can't enable the AMD-V extension. "
                    "Please disable the KVM kernel extension, recompile your kernel and reboot (VERR_SVM_IN_USE)")
        console_fail(m, text)
    if faults.hit("nospace") is not None:
        path = vm.log_path(m)
        console_fail(m, "Failed to open release log '%s' (VERR_DISK_FULL)" % path)


def console_fail(m, text):
    m.set_state("poweroff" if m["state"] != "saved" else "saved")
    m.save()
    out.com_fail(text, "NS_ERROR_FAILURE", "ConsoleWrap", "IConsole", callee=False)


def launch(home, m, fd):
    """Leaves the machine to its watcher, which holds the session from now on."""
    where = vm.folder(home, m.uuid)
    os.makedirs(where, 0o700, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(where, "outcome.json"))
    saved = m["state"] == "saved"
    job = {"user_home": home.path, "uuid": m.uuid, "session": fd, "statefile": m["statefile"] if saved else "",
           "stub": os.environ.get("VBOX_DOUBLE_VM") == "stub", "guru": faults.hit("guru"), "noguest": faults.hit("noguest"),
           "natfail": faults.hit("natfail")}
    state.write_file(os.path.join(where, "job.json"), json.dumps(job))
    vm.write(home, m.uuid, {"state": "restoring" if saved else "starting", "stub": job["stub"]})
    m["since"], m["seen"] = time.time_ns(), home.reg["service"]
    m.save()
    program = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "headless.py")
    cache = ["-X", "pycache_prefix=" + sys.pycache_prefix] if sys.pycache_prefix else []
    subprocess.Popen([sys.executable, "-S", "-E"] + cache + [program], cwd=where, stdin=subprocess.DEVNULL,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, pass_fds=(fd,))


def wait_started(home, m):
    path = os.path.join(vm.folder(home, m.uuid), "outcome.json")
    while True:
        try:
            with open(path, encoding="utf-8") as f:
                outcome = json.load(f)
            break
        except FileNotFoundError:
            pass
        fd = home.session(m.uuid)
        if fd is not None:      # the watcher is gone
            os.close(fd)
            if not os.path.exists(path):
                outcome = {"kind": "failed", "text": "The virtual machine '%s' has terminated unexpectedly during startup "
                           "because of signal 9" % m.name}
                break
        time.sleep(0.01)
    if outcome["kind"] != "ok":
        who = ("MachineWrap", "IMachine") if "terminated unexpectedly" in outcome["text"] else ("ConsoleWrap", "IConsole")
        out.com_fail(outcome["text"], "NS_ERROR_FAILURE", *who, callee=False)


# controlvm

def not_running(name):
    out.fail("Machine '%s' is not currently running." % name)


def invalid_state(text, call, line):
    out.com_fail(text, "VBOX_E_INVALID_VM_STATE", "ConsoleWrap", "IConsole", call, "%s:%d" % (CONTROL, line))


NAMES = {"running": "Running", "paused": "Paused", "starting": "Starting", "stopping": "Stopping", "saving": "Saving",
         "restoring": "Restoring", "gurumeditation": "GuruMeditation"}


def state_path(where):
    ns = time.time_ns()
    return os.path.join(where, time.strftime("%Y-%m-%dT%H-%M-%S", time.gmtime(ns // 10**9)) + "-%09dZ.sav" % (ns % 10**9))


class Call:
    """controlvm on a machine that runs. The methods are its subcommands."""

    def __init__(self, home, m, live):
        self.home, self.m, self.uuid, self.live = home, m, m.uuid, live
        self.state = live["state"]

    def set(self, name):
        with self.home.locked():
            vm.update(self.home, self.uuid, name)

    def pause(self, words):
        if self.state == "paused":
            invalid_state("Already paused", "Pause()", 388)
        if self.state != "running":
            invalid_state("Invalid machine state: %s" % NAMES[self.state], "Pause()", 388)
        with vm.monitor(self.home, self.uuid) as q:
            if q:
                q.do("stop")
        if faults.hit("diskfull") is not None:
            self.disk_full()
        self.step("RUNNING", "SUSPENDING", "SUSPENDED")
        self.set("paused")

    def step(self, *states):
        for before, after in zip(states, states[1:]):
            vm.log(self.m, "Changing the VM state from '%s' to '%s'" % (before, after))

    def disk_full(self):
        """What DrvVD.cpp, VM.cpp and ConsoleImpl.cpp write when a disk of the host is full and the machine is suspended."""
        name = "DrvVD_DISKFULL"
        vm.log(self.m, "VD#0: Host disk full\nVM: Raising runtime error '%s' (fFlags=0x6)\n"
               "Console: VM runtime error: fatal=false, errorID=%s message=\"Host system reported disk full. VM execution is "
               "suspended. You can resume after freeing some space\"" % (name, name))

    def resume(self, words):
        if self.state != "paused":
            invalid_state("Cannot resume the machine as it is not paused (machine state: %s)" % NAMES[self.state],
                          "Resume()", 393)
        with vm.monitor(self.home, self.uuid) as q:
            if q:
                q.do("cont")
        self.step("SUSPENDED", "RESUMING", "RUNNING")
        self.set("running")
        self.count("ResumeCounter")
        if faults.hit("diskfull") is not None:
            self.state = "running"
            self.pause(words)

    def count(self, name):
        with self.home.locked():
            m = machine.lookup(self.home, self.uuid)[1]
            vm.count(m, name)
            m.save()

    def reset(self, words):
        if self.state not in ("running", "paused", "gurumeditation"):
            invalid_state("Invalid machine state: %s" % NAMES[self.state], "Reset()", 398)
        with vm.monitor(self.home, self.uuid) as q:
            if q:
                q.do("system_reset")
        self.count("ResetCounter")

    def acpipowerbutton(self, words):
        if self.state != "running":
            invalid_state("Invalid machine state: %s" % NAMES[self.state], "PowerButton()", 451)
        with vm.monitor(self.home, self.uuid) as q:
            if q:
                q.do("system_powerdown")

    def acpisleepbutton(self, words):
        if self.state != "running":
            invalid_state("Invalid machine state: %s" % NAMES[self.state], "SleepButton()", 456)

    def poweroff(self, words):
        self.set("stopping")
        self.end()
        out.progress()

    def end(self):
        """The process goes, and its watcher with it: what is said afterwards is final."""
        v = vm.read(self.home, self.uuid)
        if not v:
            return
        if v.get("stub"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(v["pid"], 15)
        else:
            with contextlib.suppress(OSError, qmp.Refused, ConnectionResetError):
                with vm.monitor(self.home, self.uuid) as q:
                    q.do("quit")
        faults.half()
        end = time.monotonic() + 20
        while True:
            fd = self.home.session(self.uuid)
            if fd is not None:
                os.close(fd)
                return
            if time.monotonic() > end:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(v["pid"], 9)
                end += 20
            time.sleep(0.005)

    def savestate(self, words):
        if self.state not in ("running", "paused"):
            invalid_state("Cannot save the execution state as the machine is not running or paused (machine state: %s)"
                          % NAMES[self.state], "SaveState(progress.asOutParam())", 437)
        before = self.state
        where = os.path.join(self.m.folder, "Snapshots")
        os.makedirs(where, 0o700, exist_ok=True)
        path = state_path(where)
        self.set("saving")
        try:
            if faults.hit("nospace") is not None:
                raise OSError(28, "No space left on device")
            self.write_state(path)
        except (OSError, qmp.Refused) as e:
            vm.log(self.m, "Saving the state failed: %r" % e)
            with contextlib.suppress(OSError):
                os.unlink(path)
            with vm.monitor(self.home, self.uuid) as q:
                if q and before == "running":
                    q.do("cont")
            self.set(before)
            out.err("0%...NS_ERROR_FAILURE\n")
            out.fail("Failed to save machine state")
        faults.half()
        with self.home.locked():
            vm.update(self.home, self.uuid, "saved")
            m = machine.lookup(self.home, self.uuid)[1]
            m["statefile"] = path
            m.set_state("saved")
            m.save()
        self.end()
        out.progress()

    def write_state(self, path):
        with vm.monitor(self.home, self.uuid) as q:
            if not q:
                with open(path, "w", encoding="utf-8") as f:
                    f.write("stub\n")
                return
            q.do("stop")
            q.do("migrate-set-parameters", **{"max-bandwidth": 1 << 36})
            q.do("migrate", uri="exec:cat > '%s'" % path.replace("'", "'\\''"))
            while True:
                status = q.do("query-migrate").get("status")
                if status == "completed":
                    return
                if status in ("failed", "cancelled"):
                    raise OSError(5, "migration " + status)
                time.sleep(0.02)

    def numbered(self, word, words):
        """Words that end in the number of an adapter. false: it is none of them."""
        head = word.rstrip("0123456789")
        number = word[len(head):]
        if not number or not 1 <= int(number) <= machine.NICS:
            return False
        n = int(number)
        if head == "setlinkstate":
            self.link(n, words)
        elif head in ("natpf", "natpfdelete"):
            self.natpf(n, (["delete"] if head == "natpfdelete" else []) + words)
        elif head in ("nic", "nictrace", "nicpromisc", "nictracefile", "nicproperty", "changeuartmode"):
            pass
        else:
            return False
        return True

    def link(self, n, words):
        if not words:
            out.usage("controlvm", "Missing argument to 'setlinkstate%d'" % n)
        if words[0] not in ("on", "off"):
            out.usage("controlvm", "Invalid link state '%s'." % words[0], status=1)
        with self.home.locked():
            m = machine.lookup(self.home, self.uuid)[1]
            if m["nics"][n - 1]["attach"] == "none":
                return
            m["nics"][n - 1]["cable"] = words[0] == "on"
            m.save()
        with vm.monitor(self.home, self.uuid) as q:
            if q:
                q.do("set_link", name="dev%d" % n, up=words[0] == "on")

    def natpf(self, n, words):
        with self.home.locked():
            m = machine.lookup(self.home, self.uuid)[1]
            a = m["nics"][n - 1]
            if not words or (words[0] == "delete" and len(words) < 2):
                out.usage("controlvm", "Missing argument to 'natpf%d'" % n)
            if words[0] == "delete":
                call = "RemoveRedirect(Bstr(a->argv[3]).raw())"
                rule, add = nat.delete(a["rules"], words[1], call, CONTROL + ":1022"), False
            else:
                rule, add = nat.parse(words[0], n, "controlvm", "natpf%d" % n), True
                nat.add(a["rules"], rule, CONTROL + ":1010")
            m.save()
        with vm.monitor(self.home, self.uuid) as q:
            if add:
                natfail = faults.hit("natfail")
                vm.add_forward(q, m, n, rule, natfail is not None and natfail in ("", rule["name"]))
            else:
                vm.remove_forward(q, n, rule)


PLAIN = ("pause", "resume", "reset", "acpipowerbutton", "acpisleepbutton", "poweroff", "savestate")
ACCEPTED = ("keyboardputscancode", "keyboardputstring", "guestmemoryballoon", "cpuexecutioncap", "vrde", "clipboard",
            "draganddrop", "audioin", "audioout", "recording", "setvideomodehint", "screenshotpng", "vm-process-priority")


def controlvm(words, _):
    if len(words) < 2:
        out.usage("controlvm", "Not enough parameters.")
    home = state.Home()
    with home.locked():
        vm.settle(home)
        uuid, m = machine.find(home, words[0], "a->argv[0]", CONTROL + ":363")
        if not m.accessible:
            machine.limited("LockMachine(a->session, LockType_Shared)", CONTROL + ":366")
        live = vm.live(home, uuid)
        if not live:
            not_running(m.name)
    call = Call(home, m, live)
    word = words[1]
    if word in PLAIN:
        getattr(call, word)(words[2:])
    elif word not in ACCEPTED and not call.numbered(word, words[2:]):
        out.usage("controlvm", "Invalid parameter '%s'." % word, status=1)
    return 0


def discardstate(words, _):
    if len(words) != 1:
        out.usage("discardstate", "Incorrect number of parameters")
    home = state.Home()
    with home.locked():
        vm.settle(home)
        m, fd = machine.find_for_change(home, words[0], SOURCE + ":1281", SOURCE + ":1286")
        if m["state"] not in ("saved", "aborted-saved"):
            names = {"poweroff": "PoweredOff", "aborted": "Aborted"}
            # Seen: it complains and ends as if all was well.
            out.com("Cannot discard the saved state as the machine is not in the Saved or Aborted-Saved state (machine state: %s)"
                    % names.get(m["state"], m["state"]), "VBOX_E_INVALID_VM_STATE", "SessionMachine", "IMachine",
                    "DiscardSavedState(true )", SOURCE + ":1292")
        else:
            snapshots.drop_state(m)
            m.set_state("poweroff")
            m.save()
        os.close(fd)
    return 0
