# SPDX-License-Identifier: Apache-2.0
"""Faults that a test asked for: files in the folder $VBOX_DOUBLE_FAULTS, see README.md."""
import fcntl
import os
import signal
import time

from . import out

active = {}     # kind -> value, of this call


def take(path, words):
    """(glob, value) of a fault's file, one of its hits used up if they are counted; None: it is used up or not meant."""
    import fnmatch      # late: most calls have no faults
    try:
        fd = os.open(path, os.O_RDWR)
    except OSError:
        return None
    with os.fdopen(fd, "r+", encoding="utf-8", errors="surrogateescape") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        keys = {}
        lines = f.read().split("\n")
        for line in lines:
            key, _, value = line.strip().partition(" ")
            keys[key] = value.strip()
        if not fnmatch.fnmatchcase(words, keys.get("match") or "*"):
            return None
        if "count" in keys:
            left = int(keys["count"])
            if left <= 0:
                return None
            f.seek(0)
            f.truncate()
            f.write("\n".join("count %d" % (left - 1) if k.startswith("count ") else k for k in lines))
    return keys.get("value", "")


def begin(words):
    """Finds those that are meant for this call, and does what need not wait."""
    folder = os.environ.get("VBOX_DOUBLE_FAULTS")
    if not folder:
        return
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        if name.startswith("."):
            continue
        kind, _, given = name.partition("#")[0].partition("=")
        value = take(os.path.join(folder, name), " ".join(words))
        if value is not None:
            active[kind] = value or given


def hit(kind):
    """The value of a fault of this call; None: it is not asked for."""
    return active.get(kind)


def hang():
    while True:
        time.sleep(3600)


def half():
    """The middle of a command's work."""
    if active.get("hang") == "late":
        out.flush()
        hang()
    if "half" in active:
        out.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def at_once(words, log):
    """Those that leave nothing to the command. Ends the call."""
    if "hang" in active:
        log("hang")
        if active["hang"] == "late":
            return
        if active["hang"] == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        hang()
    if "garbage" in active:
        out.put("\0\udcff\x1b[31m{\"unexpected\": \"\r\n==%s==\n\n\"vm\" {not-a-uuid}\nVMState=\nmemory=\"\"\n" % ("x" * 300))
        raise out.Exit(int(active["garbage"] or 0))
    if "svc" in active:
        out.error("Failed to create the VirtualBox object!")
        out.error("Code NS_ERROR_FAILURE (0x80004005) - Operation failed (extended info not available)")
        out.error("Most likely, the VirtualBox COM server is not running or failed to start.")
        raise out.Exit(1)
    if "busy" in active:
        start = words[:1] == ["startvm"]
        name = words[1] if len(words) > 1 else ""
        out.com_fail("The machine '%s' is already locked %s" % (name, "by a session (or being locked or unlocked)" if start
                                                                else "for a session (or being unlocked)"),
                     "VBOX_E_INVALID_OBJECT_STATE", "MachineWrap", "IMachine",
                     "LaunchVMProcess(a->session, sessionType.raw(), ComSafeArrayAsInParam(aBstrEnv), progress.asOutParam())"
                     if start else "LockMachine(a->session, LockType_Write)",
                     "VBoxManageMisc.cpp:920" if start else "VBoxManageModifyVM.cpp:901")
    if "notready" in active:
        out.com("The object is not ready", "E_ACCESSDENIED", "SessionMachine", "IMachine",
                "GetClipboardFileTransfersEnabled(&f)", "VBoxManageInfo.cpp:2428")
        out.com_fail("The session is not locked (session state: Unlocked)", "NS_ERROR_UNEXPECTED", "SessionWrap", "ISession",
                     "UnlockMachine()", "VBoxManageInfo.cpp:3336")
    if "denied" in active:
        out.com_bare_fail("E_ACCESSDENIED", "EnableStaticIPConfig(Bstr(pszIp).raw(), Bstr(pszNetmask).raw())",
                          "VBoxManageHostonly.cpp:252")
