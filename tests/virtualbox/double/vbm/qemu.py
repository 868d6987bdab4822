# SPDX-License-Identifier: Apache-2.0
"""The QEMU command line of a machine."""
import hashlib
import os

from . import image, storage

PORTS_OF_AHCI = 6
NIC_MODEL = {"virtio": "virtio-net-pci", "Am79C973": "pcnet", "Am79C970A": "pcnet"}


class Missing(Exception):
    """Something that the machine needs is not there: VirtualBox's words for it."""


def value(text):
    """In QEMU's option syntax."""
    return text.replace(",", ",,")


def tap_name(uuid, n):
    return "vbt%s%d" % (hashlib.sha1(uuid.encode()).hexdigest()[:9], n)


def mac(text):
    return ":".join(text[i:i + 2] for i in range(0, 12, 2)).lower()


def base(m):
    # What VirtualBox lacks, too, is left out: each device costs time at the start; so does an HPET, which an emulated guest
    # would take for its clock. "Nehalem" is the smallest model with what container images ask for; as one of AMD's it spares the guest two page tables for each process, a quarter of a boot.
    # QEMU 7.2 emulates cmpxchg16b so that kernels die of it now and then, so that is hidden.
    cpu = os.environ.get("VBOX_DOUBLE_CPU") or "Nehalem,vendor=AuthenticAMD,cx16=off"
    name = ("guest=" if "=" in m.name else "") + value(m.name)
    args = ["-nodefaults", "-no-user-config", "-display", "none", "-name", name, "-uuid", m["hwuuid"],
            "-machine", "pc,usb=off,vmport=off,smbus=off,hpet=off,dump-guest-core=off",
            "-accel", "tcg,tb-size=256", "-cpu", cpu, "-smp", "%d" % m["cpus"], "-m", "%dM" % m["memory"], "-vga", "std",
            "-rtc", "base=" + ("utc" if m["utc"] else "localtime"),
            "-smbios", "type=0,vendor=innotek GmbH,version=VirtualBox,date=12/01/2006",
            "-smbios", "type=1,manufacturer=innotek GmbH,product=VirtualBox,version=1.2,serial=VirtualBox-%s,"
            "family=Virtual Machine" % m["hwuuid"],
            "-smbios", "type=2,manufacturer=Oracle Corporation,product=VirtualBox,version=1.2,serial=0",
            "-chardev", "socket,id=ctl,path=ctl,server=on,wait=off", "-mon", "chardev=ctl,mode=control",
            "-chardev", "socket,id=own,path=own,server=on,wait=off", "-mon", "chardev=own,mode=control", "-S"]
    return args


def drives(home, m, served):
    """served: gets (socket, file, format) of what needs a server of its own."""
    args = []
    order = 0
    first = {"dvd": None, "disk": None}
    for i, kind in enumerate(m["boot"]):
        if kind in first and first[kind] is None:
            first[kind] = i + 1
    for c in m["controllers"]:
        if c["bus"] == "sata":
            for k in range(1 + max([a["port"] for a in c["attached"]] or [0]) // PORTS_OF_AHCI):
                args += ["-device", "ahci,id=sata%d" % k]
        elif c["bus"] in ("virtio-scsi", "scsi", "sas"):
            args += ["-device", "virtio-scsi-pci,id=%s" % c["bus"]]
        for a in c["attached"]:
            medium = storage.medium_of(home, m, a)
            if a["type"] == "floppy":
                continue
            cd = a["type"] == "dvd"
            name = drive_name(c, a)
            if medium:
                check(c, a, medium)
                args += ["-drive", "if=none,id=d%s,%s" % (name, source(medium, cd, served))]
            else:
                args += ["-drive", "if=none,id=d%s,media=cdrom" % name]
            device = "%s,id=%s,drive=d%s" % (model(c, cd), name, name) + place(c, a)
            if c["bus"] in ("sata", "ide"):
                device += ",model=VBOX " + ("CD-ROM" if cd else "HARDDISK")
            boot = first["dvd" if cd else "disk"]
            if boot:
                order += 1
                device += ",bootindex=%d" % (boot * 100 + order)
            args += ["-device", device]
    return args


def drive_name(c, a):
    return "%s-%d" % (c["bus"], a["port"] * storage.KINDS[c["bus"]].devices + a["device"])


def cds(home, m):
    """(device, file) of each CD that is in."""
    for c in m["controllers"]:
        for a in c["attached"]:
            medium = storage.medium_of(home, m, a) if a["type"] == "dvd" else None
            if medium:
                yield drive_name(c, a), medium.get("base") or medium["location"]


def source(medium, cd, served):
    path = medium.get("base") or medium["location"]
    if cd:
        return "format=raw,media=cdrom,readonly=on,file=" + value(path)
    # QEMU refuses to save the state of a machine with disks in a format of VMware's or VirtualBox's. What lies behind the
    # descriptor of a flat one is as good; others come by way of qemu-nbd.
    flat = image.Image(path).flat
    if flat or medium["format"] == "RAW":
        return "format=raw,cache=writeback,file=" + value(flat or path)
    name = "nbd%d" % len(served)
    served.append((name, path, image.FORMATS[medium["format"]][0]))
    return "format=raw,cache=writeback,file.driver=nbd,file.server.type=unix,file.server.path=" + name


def check(c, a, medium):
    path = medium["location"]
    lun = {"sata": "AHCI: Failed to attach drive to Port%d" % a["port"],
           "ide": "PIIX3 cannot attach drive to the %s %s" % (("Primary", "Secondary")[a["port"] & 1],
                                                             ("Master", "Slave")[a["device"] & 1])}.get(
        c["bus"], "Failed to attach drive to Port%d" % a["port"])
    if not os.path.exists(path):
        raise Missing("VD: error VERR_FILE_NOT_FOUND opening image file '%s' (VERR_FILE_NOT_FOUND).\n"
                      "Failed to open image '%s' in %s mode (VERR_FILE_NOT_FOUND).\n%s (VERR_FILE_NOT_FOUND)"
                      % (path, path, "read-only" if a["type"] == "dvd" else "read-write", lun))
    if not os.access(path, os.R_OK):
        raise Missing("VD: error VERR_ACCESS_DENIED opening image file '%s' (VERR_ACCESS_DENIED).\n"
                      "Failed to open image '%s' in %s mode (VERR_ACCESS_DENIED).\n%s (VERR_ACCESS_DENIED)"
                      % (path, path, "read-only" if a["type"] == "dvd" else "read-write", lun))


def model(c, cd):
    if c["bus"] in ("sata", "ide"):
        return "ide-cd" if cd else "ide-hd"
    return "scsi-cd" if cd else "scsi-hd"


def place(c, a):
    if c["bus"] == "sata":
        return ",bus=sata%d.%d" % (a["port"] // PORTS_OF_AHCI, a["port"] % PORTS_OF_AHCI)
    if c["bus"] == "ide":
        return ",bus=ide.%d,unit=%d" % (a["port"], a["device"])
    return ",bus=%s.0,scsi-id=%d" % (c["bus"], a["port"])


def network(home, m):
    """The arguments, and (tap, bridge, MAC) for those that are to be joined once QEMU runs."""
    args, taps = [], []
    for i, n in enumerate(m["nics"]):
        number = i + 1
        if n["attach"] in ("none", "null"):
            continue
        if n["attach"] == "nat":
            net = n["natnet"] or "10.0.%d.0/24" % (i + 2)
            parts = net.split("/")[0].split(".")
            prefix = ".".join((parts + ["0", "0", "0"])[:3])
            isolated = os.environ.get("VBOX_DOUBLE_ISOLATED") == "1"
            args += ["-netdev", "user,id=nic%d,net=%s.0/24,host=%s.2,dns=%s.3,dhcpstart=%s.15,ipv6=off%s"
                     % (number, prefix, prefix, prefix, prefix, ",restrict=on" if isolated else "")]
        elif n["attach"] == "hostonly":
            from . import networks
            name = n["hostonly"]
            if not networks.usable(home, name):
                raise Missing("Nonexistent host networking interface, name '%s' (VERR_INTERNAL_ERROR)" % name)
            if os.environ.get("VBOX_DOUBLE_VM") == "stub":
                continue
            tap = tap_name(m.uuid, number)
            taps.append((tap, name, n["mac"]))
            args += ["-netdev", "tap,id=nic%d,ifname=%s,script=no,downscript=no" % (number, tap)]
        else:
            # Another machine, or the host's own network: nobody is there.
            args += ["-netdev", "hubport,id=nic%d,hubid=%d" % (number, number)]
        device = NIC_MODEL.get(n["type"], "e1000")
        args += ["-device", "%s,id=dev%d,netdev=nic%d,mac=%s,romfile=" % (device, number, number, mac(n["mac"]))]
    return args, taps


def uarts(m):
    args = []
    for i, u in enumerate(m["uarts"]):
        if not u["on"]:
            continue
        name = "uart%d" % (i + 1)
        if u["mode"] == "file":
            try:
                with open(u["path"], "wb"):
                    pass
            except OSError as e:
                from . import out
                raise Missing("RawFile#%d failed to create the raw output file %s (%s)" % (i, u["path"], out.runtime_name(e)))
            back = "file,id=%s,path=%s" % (name, value(u["path"]))
        elif u["mode"] == "server":
            if os.path.exists(u["path"]):
                os.unlink(u["path"])        # of a run before
            back = "socket,id=%s,path=%s,server=on,wait=off" % (name, value(u["path"]))
        elif u["mode"] == "client":
            back = "socket,id=%s,path=%s" % (name, value(u["path"]))
        elif u["mode"] == "tcpserver":
            back = "socket,id=%s,host=127.0.0.1,port=%s,server=on,wait=off" % (name, u["path"])
        else:
            back = "null,id=%s" % name
        args += ["-chardev", back,
                 "-device", "isa-serial,chardev=%s,iobase=%#x,irq=%d,index=%d" % (name, u["base"], u["irq"], i)]
    return args


def command(home, m, incoming):
    """Its words, the taps to join, the files to serve."""
    served = []
    net, taps = network(home, m)
    args = [os.environ.get("VBOX_DOUBLE_QEMU") or "qemu-system-x86_64"] + base(m) + drives(home, m, served) + net + uarts(m)
    if incoming:
        args += ["-incoming", "defer"]
    return args, taps, served
