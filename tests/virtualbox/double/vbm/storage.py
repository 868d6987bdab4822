# SPDX-License-Identifier: Apache-2.0
"""storagectl, storageattach."""
import collections
import os

from . import faults, machine, media, options, out, state, vm

SOURCE = "VBoxManageStorageController.cpp"
Kind = collections.namedtuple("Kind", "type max_ports ports devices enum")
KINDS = {
    "sata": Kind("IntelAhci", 30, 30, 1, "SATA"), "ide": Kind("PIIX4", 2, 2, 2, "IDE"),
    "scsi": Kind("LsiLogic", 16, 16, 1, "SCSI"), "sas": Kind("LsiLogicSas", 255, 8, 1, "SAS"),
    "floppy": Kind("I82078", 1, 1, 2, "Floppy"), "usb": Kind("USB", 8, 8, 1, "USB"),
    "pcie": Kind("NVMe", 255, 1, 1, "PCIe"), "virtio-scsi": Kind("VirtioSCSI", 256, 1, 1, "VirtioSCSI"),
}
CHIPS = {"intelahci": "IntelAhci", "piix3": "PIIX3", "piix4": "PIIX4", "ich6": "ICH6", "lsilogic": "LsiLogic",
         "lsilogicsas": "LsiLogicSas", "buslogic": "BusLogic", "i82078": "I82078", "usb": "USB", "nvme": "NVMe",
         "virtioscsi": "VirtioSCSI"}


def new_controller(name, bus):
    kind = KINDS[bus]
    return {"name": name, "bus": bus, "type": kind.type, "ports": kind.ports, "bootable": True, "cache": False,
            "attached": []}


def controller(m, name):
    for c in m["controllers"]:
        if c["name"] == name:
            return c
    return None


def attachment(c, port, device):
    for a in c["attached"]:
        if a["port"] == port and a["device"] == device:
            return a
    return None


def medium_of(home, m, a):
    for source in (home.reg["media"], m["media"]):
        for d in source:
            if d["uuid"] == a["medium"]:
                return d
    return None


CTL_OPTIONS = {"--name": 1, "--add": 1, "--controller": 1, "--portcount": 1, "--remove": 0, "--rename": 1, "--hostiocache": 1,
               "--bootable": 1, "--sataportcount": 1}
CTL_OPTIONS.update({k[1:]: v for k, v in list(CTL_OPTIONS.items())})


def storagectl(words, _):
    if len(words) < 3:
        out.usage("storagectl", "Too few parameters")
    o = {}
    for key, value in options.parse(words[1:], CTL_OPTIONS, "storagectl", gap=False):
        if key is None:
            out.usage("storagectl", "Invalid parameter '%s'" % value, gap=False)
        o[key.lstrip("-")] = value
    if "name" not in o:
        out.usage("storagectl", "Storage controller name not specified")
    home = state.Home()
    with home.locked():
        vm.settle(home)
        m, fd = machine.find_for_change(home, words[0], SOURCE + ":1048", SOURCE + ":1051")
    state.hold()
    with home.locked():
        m = machine.lookup(home, m.uuid)[1]
        change_controller(m, o)
        faults.half()
        m.save()
    os.close(fd)
    return 0


def missing(name, call, line):
    out.com_fail("Could not find a storage controller named '%s'" % name, "VBOX_E_OBJECT_NOT_FOUND", "SessionMachine",
                 "IMachine", call, "%s:%d" % (SOURCE, line))


def change_controller(m, o):
    name = o["name"]
    if "remove" in o:
        if not controller(m, name):
            missing(name, "RemoveStorageController(Bstr(pszCtl).raw())", 1072)
        m["controllers"] = [c for c in m["controllers"] if c["name"] != name]
        return
    if "add" in o:
        bus = {"nvme": "pcie", "virtio": "virtio-scsi"}.get(o["add"].lower(), o["add"].lower())
        if bus not in KINDS:
            out.fail("Invalid --add argument '%s'" % o["add"])
        call = ("AddStorageController(Bstr(pszCtl).raw(), StorageBus_%s, ctl.asOutParam())" % KINDS[bus].enum,
                SOURCE + ":1088")
        if controller(m, name):
            out.com_fail("Storage controller named '%s' already exists" % name, "VBOX_E_OBJECT_IN_USE", "SessionMachine",
                         "IMachine", *call)
        if any(c["bus"] == bus for c in m["controllers"]):
            out.com_fail("Too many storage controllers of this type", "NS_ERROR_INVALID_ARG", "StorageControllerWrap",
                         "IStorageController", *call)
        m["controllers"].append(new_controller(name, bus))
    c = controller(m, name)
    if not c:
        missing(name, "GetStorageControllerByName(Bstr(pszCtl).raw(), ctl.asOutParam())", 1100)
    if "controller" in o:
        if o["controller"].lower() not in CHIPS:
            out.fail("Invalid --type argument '%s'" % o["controller"])
        c["type"] = CHIPS[o["controller"].lower()]
    count = o.get("portcount", o.get("sataportcount"))
    if count is not None:
        n = int(count)
        most = KINDS[c["bus"]].max_ports
        if not 1 <= n <= most:
            out.com_fail("Invalid port count: %d (must be in range [1, %d])" % (n, most), "NS_ERROR_INVALID_ARG",
                         "StorageControllerWrap", "IStorageController", "COMSETTER(PortCount)(portcount)", SOURCE + ":1183")
        c["ports"] = n
    for key, field in (("hostiocache", "cache"), ("bootable", "bootable")):
        if key in o:
            if o[key] not in ("on", "off"):
                out.usage("storagectl", "Invalid --%s argument '%s'" % (key, o[key]))
            c[field] = o[key] == "on"
    if "rename" in o:
        c["name"] = o["rename"]


ATTACH_OPTIONS = {k: 1 for k in (
    "--storagectl", "--port", "--device", "--type", "--medium", "--mtype", "--passthrough", "--tempeject", "--nonrotational",
    "--discard", "--hotpluggable", "--bandwidthgroup", "--comment", "--setuuid", "--setparentuuid", "--server", "--target",
    "--lun", "--username", "--password", "--initiator", "--tport", "--encodedlun", "--passwordfile")}
ATTACH_OPTIONS.update({"--forceunmount": 0, "--intnet": 0})
ATTACH_OPTIONS.update({k[1:]: v for k, v in list(ATTACH_OPTIONS.items())})


def storageattach(words, _):
    o = {}
    for key, value in options.parse(words[1:], ATTACH_OPTIONS, "storageattach", gap=False):
        if key is None:
            out.usage("storageattach", "Invalid parameter '%s'" % value, gap=False)
        o[key.lstrip("-")] = value
    if "storagectl" not in o:
        out.usage("storageattach", "Storage controller name not specified")
    home = state.Home()
    with home.locked():
        vm.settle(home)
        uuid, m = machine.find(home, words[0], "a->argv[0]", SOURCE + ":228")
        if not m.accessible:
            machine.limited("LockMachine(a->session, st)", SOURCE + ":238")
        live = vm.live(home, uuid)
        # A machine that runs shares its session: media can be changed.
        fd = None if live else machine.session(home, m, SOURCE + ":244")
    state.hold()
    with home.locked():
        m = machine.lookup(home, m.uuid)[1]
        attach(home, m, o, live)
        faults.half()
        m.save()
    if fd is not None:
        os.close(fd)
    return 0


def attach(home, m, o, live):
    c = controller(m, o["storagectl"])
    if not c:
        out.com("Could not find a storage controller named '%s'" % o["storagectl"], "VBOX_E_OBJECT_NOT_FOUND", "SessionMachine",
                "IMachine", "GetStorageControllerByName(Bstr(pszCtl).raw(), storageCtl.asOutParam())", SOURCE + ":315")
        out.fail("Could not find a controller named '%s'" % o["storagectl"])
    kind = KINDS[c["bus"]]
    port, device = number(o, "port"), number(o, "device")
    if port is None:
        port = 0 if kind.max_ports == 1 else None
    if device is None:
        device = 0 if kind.devices == 1 else None
    if port is None:
        out.usage("storageattach", "Port not specified")
    if device is None:
        out.usage("storageattach", "Device not specified")
    old = attachment(c, port, device)
    medium = o.get("medium")
    what = o.get("type")
    if what is not None and what not in ("hdd", "dvddrive", "fdd", "additions"):
        out.fail("Invalid --type argument '%s'" % what)
    if medium is None and old is None and what is None:
        out.usage("storageattach", "Missing --medium argument")
    if port >= c["ports"] or device >= kind.devices:
        out.com_fail("The port and/or device parameter are out of range: port=%d (must be in range [0, %d]), device=%d "
                     "(must be in range [0, %d])" % (port, c["ports"] - 1, device, kind.devices - 1),
                     "NS_ERROR_INVALID_ARG", "SessionMachine", "IMachine",
                     "AttachDevice(Bstr(pszCtl).raw(), port, device, DeviceType_%s, pMedium2Mount)"
                     % ("HardDisk" if what == "hdd" else "DVD"), SOURCE + ":%d" % (782 if what == "hdd" else 600))
    if medium == "none":
        detach(c, old, m, live)
        return
    if medium is not None:
        if what is None:
            what = {"disk": "hdd", "dvd": "dvddrive", "floppy": "fdd"}[old["type"]] if old else None
        if what is None:
            out.usage("storageattach", "Argument --type not specified")
        kind_name = {"hdd": "disk", "dvddrive": "dvd", "fdd": "floppy"}[what]
        insert(home, m, c, old, port, device, kind_name, medium, o, live)
    a = attachment(c, port, device)
    for key in ("tempeject", "nonrotational", "discard", "hotpluggable"):
        if key in o and a:
            a[key] = o[key] == "on"


def number(o, key):
    return int(o[key], 0) if key in o else None


def detach(c, old, m, live):
    if not old:
        out.com_fail("No storage device attached to device slot %d on port %d of controller '%s'" % (0, 0, c["name"]),
                     "VBOX_E_OBJECT_NOT_FOUND", "SessionMachine", "IMachine", "DetachDevice(Bstr(pszCtl).raw(), port, device)",
                     SOURCE + ":365")
    c["attached"].remove(old)
    if live and old["type"] == "dvd":
        vm.change_dvd(m, c, old["port"], None)


def insert(home, m, c, old, port, device, kind, medium, o, live):
    if medium == "emptydrive":
        found = None
    else:
        found = media.open_medium(home, medium, kind)
        if not found:
            out.fail('Invalid UUID or filename "%s"' % medium)
    if found and kind == "disk" and any(a["medium"] == found["uuid"] for x in m["controllers"] for a in x["attached"]):
        out.com_fail("Medium '%s' is already attached to this virtual machine" % found["location"], "VBOX_E_OBJECT_IN_USE",
                     "SessionMachine", "IMachine",
                     "AttachDevice(Bstr(pszCtl).raw(), port, device, DeviceType_HardDisk, pMedium2Mount)", SOURCE + ":782")
    if old:
        c["attached"].remove(old)
    c["attached"].append({"port": port, "device": device, "type": kind, "medium": found["uuid"] if found else None})
    c["attached"].sort(key=lambda a: (a["port"], a["device"]))
    if live and kind == "dvd" and (old is None or old["medium"] != (found and found["uuid"])):
        vm.change_dvd(m, c, port, found and found["location"])
