# SPDX-License-Identifier: Apache-2.0
"""A machine: its settings, the file they are in, and finding it."""
import json
import os
import re
import time

from . import faults, out, state

NICS = 8


def new_nic():
    return {"attach": "none", "type": "82540EM", "mac": state.new_mac(), "cable": True, "promisc": "deny",
            "hostonly": "", "bridged": "", "intnet": "", "natnetwork": "", "generic": "", "natnet": "",
            "trace": False, "tracefile": "", "speed": 0, "prio": 0, "group": "", "rules": [], "localhost": None,
            "dnsproxy": False, "dnsresolver": False}


def new_settings(name, uuid):
    return {
        "name": name, "uuid": uuid, "hwuuid": uuid, "groups": ["/"], "ostype": "Other", "description": "",
        "memory": 1024, "vram": 8, "cpus": 1, "execcap": 100, "chipset": "piix3", "firmware": "BIOS",
        "hpet": False, "pae": True, "longmode": True, "triplefaultreset": False, "apic": True, "x2apic": False,
        "nestedhw": False, "hwvirtex": True, "nestedpaging": True, "largepages": False, "vtxvpid": True, "vtxux": True,
        "vmsave": True, "portability": 0, "bootmenu": "messageandmenu", "boot": ["floppy", "dvd", "disk", "none"],
        "acpi": True, "ioapic": True, "biosapic": "apic", "timeoffset": 0, "utc": False, "iommu": "none",
        "paravirt": "default", "graphics": "vboxvga", "monitors": 1, "accelerate3d": False, "pagefusion": False,
        "frontend": "", "priority": "default", "cpuhotplug": False,
        "autostart": False, "autostartdelay": 0, "teleporter": False, "teleporterport": 0, "teleporteraddress": "",
        "mouse": "ps2", "keyboard": "ps2", "nics": [new_nic() for _ in range(NICS)],
        "uarts": [{"on": False, "base": 0x3f8, "irq": 4, "mode": "disconnected", "path": "", "type": "16550A"}
                  for _ in range(4)],
        "audio": "default", "audioenabled": True, "audiocontroller": "AC97", "audiocodec": "STAC9700",
        "audioout": False, "audioin": False, "clipboard": "disabled", "clipboardfiles": False, "draganddrop": "disabled",
        "vrde": False, "usbohci": False, "usbehci": False, "usbxhci": False, "balloon": 0,
        "controllers": [], "shared": [], "extra": {}, "properties": {}, "media": [], "misc": {},
        "snapshots": [], "current": None,
        "state": "poweroff", "since": time.time_ns(), "statefile": "",
        # Services: the one that made the machine, and the one that saw its last change of state. What is not in the file
        # shows otherwise as soon as another one has read it.
        "born": -1, "seen": -1,
    }


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def unescape(text):
    return text.replace("&quot;", '"').replace("&lt;", "<").replace("&amp;", "&")


class Machine:
    def __init__(self, home, path, settings):
        self.home = home
        self.path = path
        self.s = settings

    def __getitem__(self, key):
        return self.s[key]

    def __setitem__(self, key, value):
        self.s[key] = value

    @property
    def name(self):
        return self.s["name"]

    @property
    def uuid(self):
        return self.s["uuid"]

    @property
    def folder(self):
        return os.path.dirname(self.path)

    @property
    def accessible(self):
        return self.s is not None

    def save(self):
        """What one sees of it as XML, the settings themselves as an object of JSON inside."""
        text = ('<?xml version="1.0"?>\n<VirtualBox xmlns="http://www.virtualbox.org/" version="1.19-linux">\n'
                '<Machine uuid="{%s}" name="%s">\n%s\n</Machine>\n</VirtualBox>\n'
                % (self.uuid, escape(self.name).replace('"', '&quot;'), escape(json.dumps(self.s, indent=1))))
        if os.path.exists(self.path):
            try:
                os.replace(self.path, self.path + "-prev")
            except OSError:
                pass
        state.write_file(self.path, text)

    def set_state(self, name):
        self.s["state"] = name
        self.s["since"] = time.time_ns()
        self.s["seen"] = self.home.reg["service"]


def read(path):
    """The settings in a file. ValueError: there are none."""
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        text = f.read()
    if not text.strip():
        raise ValueError("Document is empty.\nLocation: '%s', line 1 (0), column 1." % path)
    m = re.search(r"<Machine [^>]*>\n(.*)\n</Machine>", text, re.S)
    if not m:
        raise ValueError("Start tag expected, '<' not found.\nLocation: '%s', line 1 (1), column 1." % path)
    return json.loads(unescape(m.group(1)))


def open_entry(home, entry):
    broken = faults.hit("inaccessible")
    if broken is not None and broken in ("", entry["uuid"]):
        return Machine(home, entry["file"], None)
    try:
        return Machine(home, entry["file"], read(entry["file"]))
    except (OSError, ValueError):
        return Machine(home, entry["file"], None)


def all_machines(home):
    """(UUID, machine) in the order in which they were registered."""
    for entry in home.reg["machines"]:
        yield entry["uuid"], open_entry(home, entry)


def lookup(home, name):
    """(UUID, machine) or None. A name means the first one of it."""
    uuid = state.as_uuid(name)
    if uuid:
        for entry in home.reg["machines"]:
            if entry["uuid"] == uuid:
                return uuid, open_entry(home, entry)
        return None
    for uuid, m in all_machines(home):
        if m.accessible and m.name == name:
            return uuid, m
    return None


def find(home, name, call, place):
    found = lookup(home, name)
    if not found:
        uuid = state.as_uuid(name)
        what = "with UUID {%s}" % uuid if uuid else "named '%s'" % name
        out.com_fail("Could not find a registered machine %s" % what, "VBOX_E_OBJECT_NOT_FOUND", "VirtualBoxWrap",
                     "IVirtualBox", "FindMachine(Bstr(%s).raw(), machine.asOutParam())" % call, place)
    return found


def limited(call, place):
    """What is said of a machine whose settings cannot be read."""
    out.com_fail("The object functionality is limited", "E_ACCESSDENIED", "MachineWrap", "IMachine", call, place)


LOCK = "LockMachine(a->session, LockType_Write)"


def find_for_change(home, name, find_place, lock_place, call="a->argv[0]"):
    """The machine and its session lock, for a command that changes it and needs it for itself."""
    uuid, m = find(home, name, call, find_place)
    if not m.accessible:
        limited(LOCK, lock_place)
    return m, session(home, m, lock_place)


def session(home, m, place):
    """Its session lock; nobody waits for it."""
    fd = home.session(m.uuid)
    if fd is None:
        out.com_fail("The machine '%s' is already locked for a session (or being unlocked)" % m.name,
                     "VBOX_E_INVALID_OBJECT_STATE", "MachineWrap", "IMachine", LOCK, place)
    return fd
