# SPDX-License-Identifier: Apache-2.0
"""snapshot: names and settings are kept, and a saved state. Disks get a differencing image by name only: what is written
later lands in the base all the same."""
import copy
import os

from . import machine, out, state, vm

SOURCE = "VBoxManageSnapshot.cpp"
KEPT = ("snapshots", "current", "state", "since", "seen", "born", "statefile")


def show(p, m):
    """In showvminfo and in "list". A flat list: one after the other."""
    suffix, last = "", ("", "")
    for s in m["snapshots"]:
        if p.mr:
            p.both("SnapshotName" + suffix, "", s["name"])
            p.both("SnapshotUUID" + suffix, "", s["uuid"])
            if s["description"]:
                p.both("SnapshotDescription" + suffix, "", s["description"])
        else:
            p.line("   %sName: %s (UUID: %s)%s" % ("   " * (suffix.count("-")), s["name"], s["uuid"],
                                                  " *" if s["uuid"] == m["current"] else ""))
            if s["description"]:
                p.line("   %sDescription:\n%s" % ("   " * suffix.count("-"), s["description"]))
        if s["uuid"] == m["current"]:
            last = (s["name"], suffix)
        suffix += "-1"
    if p.mr:
        p.both("CurrentSnapshotName", "", last[0])
        p.both("CurrentSnapshotUUID", "", m["current"])
        p.both("CurrentSnapshotNode", "", "SnapshotName" + last[1])


def find(m, text, line):
    for s in m["snapshots"]:
        if text in (s["name"], s["uuid"]):
            return s
    what = ("This machine does not have any snapshots" if not m["snapshots"] else
            "Could not find a snapshot named '%s'" % text)
    out.com_fail(what, "VBOX_E_OBJECT_NOT_FOUND", "SessionMachine", "IMachine",
                 "FindSnapshot(Bstr(a->argv[2]).raw(), pSnapshot.asOutParam())", "%s:%d" % (SOURCE, line))


def run(words, _):
    from . import info
    if len(words) < 2:
        out.usage("snapshot", "Not enough parameters")
    home = state.Home()
    with home.locked():
        vm.settle(home)
        uuid, m = machine.find(home, words[0], "a->argv[0]", SOURCE + ":400")
        if not m.accessible:
            machine.limited("LockMachine(a->session, LockType_Shared)", SOURCE + ":410")
        live = vm.live(home, uuid)
        sub, rest = words[1], words[2:]
        if sub in ("list", "showvminfo"):
            if not m["snapshots"]:
                out.put("This machine does not have any snapshots\n")
            else:
                show(info.Printer("--machinereadable" in rest), m)
            return 0
        if not live:
            machine.session(home, m, SOURCE + ":410")       # up to the end of the call
    if sub == "take":
        take(home, m, live, rest)
        return 0
    with home.locked():
        if sub == "delete":
            s = find(m, (rest or [""])[0], 537)
            out.put("Deleting snapshot '%s' (%s)\n" % (s["name"], s["uuid"]))
            m["snapshots"].remove(s)
            m["current"] = m["snapshots"][-1]["uuid"] if m["snapshots"] else None
            if s["statefile"] and s["statefile"] != m["statefile"] and os.path.exists(s["statefile"]):
                os.unlink(s["statefile"])
            if not m["snapshots"]:
                undiffer(home, m)
            m.save()
            out.progress()
        elif sub in ("restore", "restorecurrent"):
            restore(home, m, live, find(m, rest[0] if rest else m["current"], 545))
        else:
            out.usage("snapshot", "Invalid parameter '%s'" % sub)
    return 0


def option(words, name):
    for i, w in enumerate(words):
        if w == name and i + 1 < len(words):
            return words[i + 1]
        if w.startswith(name + "="):
            return w[len(name) + 1:]
    return ""


def take(home, m, live, words):
    if not words:
        out.usage("snapshot", "Missing snapshot name")
    path = ""
    if live:
        # The state of the machine is a part of it: it stands still for that long.
        from . import control     # late, as in the other places here: showvminfo has no use for it
        call = control.Call(home, m, live)
        where = os.path.join(m.folder, "Snapshots")
        os.makedirs(where, 0o700, exist_ok=True)
        path = control.state_path(where)
        call.write_state(path)
        with vm.monitor(home, m.uuid) as q:
            if q and live["state"] == "running":
                q.do("cont")
    with home.locked():
        m = machine.lookup(home, m.uuid)[1]
        kept = copy.deepcopy({k: v for k, v in m.s.items() if k not in KEPT})
        differ(home, m)
        s = {"name": words[0], "uuid": state.new_uuid(), "description": option(words, "--description"), "statefile": path,
             "settings": kept}
        m["snapshots"].append(s)
        m["current"] = s["uuid"]
        m.save()
    out.progress()
    out.put("Snapshot taken. UUID: %s\n" % s["uuid"])


def drop_state(m):
    """The machine's saved state; one that belongs to a snapshot stays."""
    path = m["statefile"]
    if path and path not in [s["statefile"] for s in m["snapshots"]] and os.path.exists(path):
        os.unlink(path)
    m["statefile"] = ""


def disks(home, m):
    for c in m["controllers"]:
        for a in c["attached"]:
            for d in home.reg["media"]:
                if d["uuid"] == a["medium"] and d["kind"] == "disk":
                    yield a, d


def differ(home, m):
    """A differencing image for each disk."""
    where = os.path.join(m.folder, "Snapshots")
    os.makedirs(where, 0o700, exist_ok=True)
    for a, d in list(disks(home, m)):
        uuid = state.new_uuid()
        child = dict(d, uuid=uuid, parent=d["uuid"], base=d.get("base") or d["location"],
                     location=os.path.join(where, "{%s}%s" % (uuid, os.path.splitext(d["location"])[1])))
        with open(child["location"], "w", encoding="ascii"):
            pass
        home.reg["media"].append(child)
        a["medium"] = uuid


def undiffer(home, m):
    """Back to the bases, the differencing images are gone."""
    for a, d in list(disks(home, m)):
        while d.get("parent"):
            home.reg["media"].remove(d)
            if os.path.exists(d["location"]):
                os.unlink(d["location"])
            d = next(x for x in home.reg["media"] if x["uuid"] == d["parent"])
        a["medium"] = d["uuid"]


def restore(home, m, live, s):
    out.put("Restoring snapshot '%s' (%s)\n" % (s["name"], s["uuid"]))
    if live:
        from . import control
        out.com_fail("Cannot delete the current state of the running machine (machine state: %s)"
                     % control.NAMES[live["state"]], "VBOX_E_INVALID_VM_STATE", "SessionMachine", "IMachine",
                     "RestoreSnapshot(pSnapshot, pProgress.asOutParam())", SOURCE + ":560")
    undiffer(home, m)
    m.s.update(copy.deepcopy(s["settings"]))
    differ(home, m)
    drop_state(m)
    m["statefile"] = s["statefile"]
    m.set_state("saved" if s["statefile"] else "poweroff")
    m["current"] = s["uuid"]
    m.save()
    out.progress()
