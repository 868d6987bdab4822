# SPDX-License-Identifier: Apache-2.0
"""sharedfolder, extra data, guest properties: what is kept for a machine and not looked into."""
import os
import time

from . import machine, options, out, state, vm

MISC = "VBoxManageMisc.cpp"
GUEST = "VBoxManageGuestProp.cpp"


def for_machine(name, find_place, lock_place, call="a->argv[0]"):
    """Home and the machine, running or not, to be changed in home.locked(). No session is needed that anybody could hold."""
    home = state.Home()
    with home.locked():
        vm.settle(home)
        _, m = machine.find(home, name, call, find_place)
        if not m.accessible:
            machine.limited("LockMachine(a->session, LockType_Shared)", lock_place)
    return home, m


FOLDER_OPTIONS = {"--name": 1, "-name": 1, "--hostpath": 1, "-hostpath": 1, "--readonly": 0, "-readonly": 0, "--transient": 0,
                  "-transient": 0, "--automount": 0, "-automount": 0, "--auto-mount-point": 1, "--symlink-policy": 1}


def sharedfolder(words, _):
    if not words or words[0] not in ("add", "remove", "modify"):
        out.usage("sharedfolder", "Invalid parameter '%s'" % words[0] if words else "Not enough parameters")
    sub = words[0]
    if len(words) < 2:
        out.usage("sharedfolder", "Not enough parameters")
    o = {}
    for key, value in options.parse(words[2:], FOLDER_OPTIONS, "sharedfolder", gap=False):
        if key is None:
            out.usage("sharedfolder", "Invalid parameter '%s'" % value, gap=False)
        o[key.lstrip("-")] = value
    if "name" not in o:
        out.usage("sharedfolder", "Parameter --name is required")
    if sub == "add" and "hostpath" not in o:
        out.usage("sharedfolder", "Parameter --hostpath is required")
    home = state.Home()
    with home.locked():
        vm.settle(home)
        uuid, m = machine.find(home, words[1], "a->argv[1]", MISC + ":1600")
        if vm.live(home, uuid):
            fd = None
        else:
            m, fd = machine.find_for_change(home, words[1], MISC + ":1600", MISC + ":1724")
        found = next((s for s in m["shared"] if s["name"] == o["name"]), None)
        if sub == "add":
            call = ("CreateSharedFolder(Bstr(pszName).raw(), Bstr(szAbsHostPath).raw(), fWritable, fAutoMount, "
                    "Bstr(pszAutoMountPoint).raw())", MISC + ":1732")
            if found:
                out.com_fail("Shared folder named '%s' already exists" % o["name"], "VBOX_E_OBJECT_IN_USE", "SessionMachine",
                             "IMachine", *call)
            m["shared"].append({"name": o["name"], "path": os.path.abspath(o["hostpath"]), "writable": "readonly" not in o,
                                "automount": "automount" in o})
        else:
            if not found:
                out.com_fail("Could not find a shared folder named '%s'" % o["name"], "VBOX_E_OBJECT_NOT_FOUND",
                             "SessionMachine", "IMachine", "RemoveSharedFolder(Bstr(pszName).raw())", MISC + ":1800")
            if sub == "remove":
                m["shared"].remove(found)
        m.save()
        if fd is not None:
            os.close(fd)
    return 0


def setextradata(words, _):
    if not 2 <= len(words) <= 3:
        out.usage("setextradata", "Incorrect number of parameters")
    home = state.Home()
    with home.locked():
        if words[0] == "global":
            m, extra = None, home.reg["extra"]
        else:
            m = accessible(home, words[0], ":543")
            extra = m["extra"]
        if len(words) == 3 and words[2]:
            extra[words[1]] = words[2]
        else:
            extra.pop(words[1], None)
        if m:
            m.save()
    return 0


def accessible(home, name, line):
    m = machine.find(home, name, "a->argv[0]", MISC + line)[1]
    if not m.accessible:
        machine.limited("GetExtraData(Bstr(a->argv[1]).raw(), bstr.asOutParam())", MISC + line)
    return m


def getextradata(words, _):
    if len(words) != 2:
        out.usage("getextradata", "Incorrect number of parameters")
    home = state.Home()
    with home.locked():
        extra = home.reg["extra"] if words[0] == "global" else accessible(home, words[0], ":477")["extra"]
    if words[1] == "enumerate":
        for key in sorted(extra):
            out.put("Key: %s, Value: %s\n" % (key, extra[key]))
    elif words[1] in extra:
        out.put("Value: %s\n" % extra[words[1]])
    else:
        out.put("No value set!\n")
    return 0


def guestproperty(words, _):
    if words[:1] == ["--help"]:
        return out.help_page("guestproperty")
    if not words:
        out.usage("guestproperty", "Missing sub-command")
    subs = {"get": get, "set": set_, "delete": unset, "unset": unset, "enumerate": enumerate_, "wait": wait}
    if words[0] not in subs:
        out.usage("guestproperty", "Invalid parameter '%s'" % words[0])
    if len(words) < (2 if words[0] == "enumerate" else 3):
        out.usage("guestproperty", "Incorrect parameters", sub=words[0])
    return subs[words[0]](words[1:])


def get(words):
    _, m = for_machine(words[0], GUEST + ":77", GUEST + ":80")
    p = m["properties"].get(words[1])
    if not p:
        out.put("No value set!\n")
        return 0
    out.put("Value: %s\n" % p["value"])
    if words[2:3] == ["--verbose"] or words[2:3] == ["-verbose"]:
        out.put("Timestamp: %d ns\nFlags: %s\n" % (p["time"], p["flags"]))
    return 0


def set_(words):
    home, m = for_machine(words[0], GUEST + ":144", GUEST + ":147")
    flags = ""
    for i, w in enumerate(words):
        if w in ("--flags", "-flags") and i + 1 < len(words):
            flags = words[i + 1]
        elif w.startswith("--flags="):
            flags = w[8:]
    with home.locked():
        m = machine.find(home, words[0], "a->argv[0]", GUEST + ":144")[1]
        if len(words) > 2 and not words[2].startswith("--flags"):
            m["properties"][words[1]] = {"value": words[2], "time": time.time_ns(), "flags": flags}
        else:
            m["properties"].pop(words[1], None)
        m.save()
    return 0


def unset(words):
    return set_(words[:2])


def stamp(ns):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + ".%03dZ" % (ns % 10**9 // 10**6)


def enumerate_(words):
    import fnmatch
    _, m = for_machine(words[0], GUEST + ":325", GUEST + ":328", "pszVmNameOrUuid")
    patterns = [p for w in words[1:] if not w.startswith("--") for p in w.split("|")]
    names = [n for n in sorted(m["properties"]) if not patterns or any(fnmatch.fnmatchcase(n, p) for p in patterns)]
    if not names:
        out.put("No properties found.\n")
        return 0
    width = max(map(len, names))
    values = max(len(m["properties"][n]["value"]) for n in names) + 2
    for n in names:
        p = m["properties"][n]
        line = "%-*s = %-*s" % (width, n, values, "'%s'" % p["value"])
        if "--no-timestamp" not in words:
            line += " @ " + stamp(p["time"])
        if "--no-flags" not in words and p["flags"]:
            line += " " + p["flags"]
        out.put(line + "\n")
    return 0


def wait(words):
    import fnmatch
    home, m = for_machine(words[0], GUEST + ":430", GUEST + ":433")
    timeout, strict = None, "--fail-on-timeout" in words
    for i, w in enumerate(words):
        if w in ("--timeout", "-timeout") and i + 1 < len(words):
            timeout = int(words[i + 1]) / 1000
        elif w.startswith("--timeout="):
            timeout = int(w[10:]) / 1000
    end = None if timeout is None else time.monotonic() + timeout
    before = m["properties"]
    while end is None or time.monotonic() < end:
        time.sleep(0.05)
        with home.locked():
            found = machine.lookup(home, m.uuid)
        if not found:
            break
        now = found[1]["properties"]
        for n in sorted(set(now) | set(before)):
            if now.get(n) != before.get(n) and any(fnmatch.fnmatchcase(n, p) for p in words[1].split("|")):
                p = now.get(n) or {"value": "", "flags": ""}
                out.put("Name: %s, value: %s, flags: %s\n" % (n, p["value"], p["flags"]))
                return 0
    # Seen: a complaint, and success.
    out.error("Time out or interruption while waiting for a notification.")
    return 2 if strict else 0
