# SPDX-License-Identifier: Apache-2.0
"""What VBoxManage prints: results on stdout; errors, usage and progress on stderr, in VirtualBox's words."""
import os
import sys

VERSION = "7.2.22_Debian"
REVISION = "175245"
PROGRESS = "0%...10%...20%...30%...40%...50%...60%...70%...80%...90%...100%\n"

# Name: number, and what is said when the service gave no text of its own.
CODES = {
    "VBOX_E_OBJECT_NOT_FOUND": (0x80bb0001, "Object corresponding to the supplied arguments does not exist"),
    "VBOX_E_INVALID_VM_STATE": (0x80bb0002, "Current virtual machine state prevents the operation"),
    "VBOX_E_VM_ERROR": (0x80bb0003, "Virtual machine error occurred attempting the operation"),
    "VBOX_E_FILE_ERROR": (0x80bb0004, "File not accessible or erroneous file contents"),
    "VBOX_E_IPRT_ERROR": (0x80bb0005, "Runtime subsystem error"),
    "VBOX_E_INVALID_OBJECT_STATE": (0x80bb0007, "Object state prevents the operation"),
    "VBOX_E_OBJECT_IN_USE": (0x80bb000c, "Object is in use"),
    "NS_ERROR_FAILURE": (0x80004005, "Operation failed"),
    "NS_ERROR_NOT_IMPLEMENTED": (0x80004001, "Not implemented"),
    "NS_ERROR_ABORT": (0x80004004, "Operation aborted"),
    "NS_ERROR_UNEXPECTED": (0x8000ffff, "Unexpected error"),
    "NS_ERROR_INVALID_ARG": (0x80070057, "Invalid argument value"),
    "E_ACCESSDENIED": (0x80070005, "Access denied"),
}

# An errno in the words of VirtualBox's runtime.
RUNTIME = {2: "VERR_FILE_NOT_FOUND", 13: "VERR_ACCESS_DENIED", 1: "VERR_ACCESS_DENIED", 17: "VERR_ALREADY_EXISTS",
           20: "VERR_PATH_NOT_FOUND", 21: "VERR_IS_A_DIRECTORY", 28: "VERR_DISK_FULL", 122: "VERR_DISK_FULL",
           30: "VERR_WRITE_PROTECT", 36: "VERR_FILENAME_TOO_LONG"}


class Exit(Exception):
    """The call ends here, all has been said."""

    def __init__(self, status):
        Exception.__init__(self, status)
        self.status = status


def runtime_name(error):
    return RUNTIME.get(error.errno, "VERR_UNRESOLVED_ERROR")


def put(text):
    sys.stdout.buffer.write(os.fsencode(text))


def err(text):
    # Both streams in the order in which they were written, for callers that join them.
    sys.stdout.buffer.flush()
    sys.stderr.buffer.write(os.fsencode(text))
    sys.stderr.buffer.flush()


def flush():
    sys.stdout.buffer.flush()
    sys.stderr.buffer.flush()


def progress():
    err(PROGRESS)


def error(text, kind="error"):
    for line in text.split("\n"):
        err("VBoxManage: %s: %s\n" % (kind, line))


def fail(text, status=1):
    error(text)
    raise Exit(status)


def context(call, place):
    """place: "FILE:LINE" of VirtualBox's source."""
    name, line = place.split(":")
    error('Context: "%s" at line %s of file %s' % (call, line, name))


def com(text, code, component, interface, call=None, place=None, callee=True):
    """An error of VirtualBox's service with its text."""
    error(text)
    error("Details: code %s (0x%08x), component %s, interface %s%s"
          % (code, CODES[code][0], component, interface, ", callee nsISupports" if callee else ""))
    if call:
        context(call, place)


def com_fail(*args, **kwargs):
    com(*args, **kwargs)
    raise Exit(1)


def com_bare(code, call, place):
    """An error of the service that came without a text."""
    error("Code %s (0x%08x) - %s (extended info not available)" % ((code,) + CODES[code]))
    context(call, place)


def com_bare_fail(code, call, place):
    com_bare(code, call, place)
    raise Exit(1)


def banner():
    err("Oracle VirtualBox Command Line Management Interface Version %s\n"
        "Copyright (C) 2005-2026 Oracle and/or its affiliates\n\n" % VERSION)


def sections(name):
    """The texts of a data file beside this module: command -> (title, text)."""
    found = {}
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as f:
        for part in f.read().split("\n@@ ")[1:]:
            head, _, text = part.partition("\n")
            command, _, title = head.partition("|")
            found[command] = (title, text.rstrip("\n"))
    return found


def usage_text(command, sub=None):
    known = sections("usage.txt")
    if command not in known:
        command = ""
    title, text = known[command]
    if not command:
        title = "Oracle VirtualBox command-line interface"
        text = "\n\n\n".join(t for _, t in known.values())
    if sub:
        # A part of it: paragraphs that name the subcommand.
        start = "  VBoxManage %s %s " % (command, sub)
        parts = [p for p in text.split("\n\n") if p.startswith(start)]
        text = "\n\n".join(parts) or text
    return "Usage%s:\n\n%s\n" % (" - " + title if title else "", text)


def help_page(command):
    """What few commands print for --help; for the others that is an unknown option."""
    put(sections("help.txt")[command][1] + "\n")
    return 0


def usage(command, message, status=2, sub=None, gap=True, again=None, with_banner=True):
    """A complaint about how a command was called. A long usage text is followed by the complaint once more."""
    text = usage_text(command, sub)
    if with_banner:
        banner()
    error(message)
    err(("\n" if gap else "") + text)
    if again or (again is None and text.count("\n") > 20):
        err("\n")
        error(message)
    raise Exit(status)
