# SPDX-License-Identifier: Apache-2.0
"""One call of VBoxManage."""
import fcntl
import importlib
import os
import signal
import sys
import time

from . import faults, out

NO_MODULE = """WARNING: The character device /dev/vboxdrv does not exist.
\t Please install the virtualbox-dkms package and the appropriate
\t headers, most likely linux-headers-.

\t You will not be able to start VMs until this problem is fixed.
"""

# Command: module and function.
COMMANDS = {
    "list": "lists:run", "showvminfo": "info:run",
    "createvm": "registering:createvm", "registervm": "registering:registervm", "unregistervm": "registering:unregistervm",
    "modifyvm": "modify:run", "storagectl": "storage:storagectl", "storageattach": "storage:storageattach",
    "createmedium": "media:createmedium", "createhd": "media:createmedium", "clonemedium": "media:clonemedium",
    "clonehd": "media:clonemedium", "closemedium": "media:closemedium", "modifymedium": "media:modifymedium",
    "modifyhd": "media:modifymedium", "showmediuminfo": "media:showmediuminfo", "showhdinfo": "media:showmediuminfo",
    "convertfromraw": "media:convertfromraw", "convertdd": "media:convertfromraw",
    "internalcommands": "media:internalcommands",
    "sharedfolder": "props:sharedfolder", "setextradata": "props:setextradata", "getextradata": "props:getextradata",
    "guestproperty": "props:guestproperty",
    "startvm": "control:startvm", "controlvm": "control:controlvm", "discardstate": "control:discardstate",
    "snapshot": "snapshots:run",
    "hostonlyif": "networks:hostonlyif", "dhcpserver": "networks:dhcpserver", "natnetwork": "networks:natnetwork",
}


class Log:
    """A line for each call in the file $VBOX_DOUBLE_LOG: start, milliseconds, exit status, the words."""

    def __init__(self, words):
        self.start = time.time()
        self.words = words

    def __call__(self, status):
        path = os.environ.get("VBOX_DOUBLE_LOG")
        if not path:
            return
        import shlex    # late: it is slow to load
        line = "%.3f %d %s %s\n" % (self.start, (time.time() - self.start) * 1000, status,
                                    " ".join(shlex.quote(w) for w in self.words))
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        fcntl.flock(fd, fcntl.LOCK_EX)
        os.write(fd, os.fsencode(line))
        os.close(fd)


def leave(signum, frame):
    raise out.Exit(128 + signum)


def version():
    value = faults.hit("version")
    out.put((value or "%sr%s" % (out.VERSION, out.REVISION)) + "\n")
    return 0


def command(words, log):
    while words and words[0] in ("-q", "--nologo", "-nologo"):
        words = words[1:]
    faults.begin(words)
    if faults.hit("nomodule") is not None:
        out.put(NO_MODULE)
    if not words:
        out.banner()
        out.err(out.usage_text(""))
        return 2
    if words[0] in ("--version", "-V", "-v", "-version"):
        if "hang" in faults.active or "garbage" in faults.active:
            faults.at_once(words, log)
        return version()
    faults.at_once(words, log)
    if words[0] not in COMMANDS:
        out.usage("", "Invalid command '%s'" % words[0])
    module, function = COMMANDS[words[0]].split(":")
    call = getattr(importlib.import_module("vbm." + module), function)
    return call(words[1:], words[0])


def run(words):
    log = Log(words)
    signal.signal(signal.SIGTERM, leave)
    try:
        status = command(words, log) or 0
        faults.half()
    except out.Exit as e:
        status = e.status
    except KeyboardInterrupt:
        status = 130
    except Exception:       # a fault of the double's own: as visible as can be
        import traceback
        out.err("VBoxManage (the double): " + traceback.format_exc())
        status = 1
    try:
        out.flush()
    except BrokenPipeError:
        pass
    log(status)
    # Without the interpreter's clean-up: nothing is left to do, and the flushes above were the last ones.
    sys.stdout = sys.stderr = None
    os._exit(status)
