# SPDX-License-Identifier: Apache-2.0
"""list."""
import importlib
import os
import time

from . import faults, machine, out, state, vm


def late(name):
    """A module that only one of the lists needs: each costs time to load."""
    return importlib.import_module("vbm." + name)


def run(words, _):
    long = sort = False
    what = None
    i = 0
    while i < len(words):
        w = words[i]
        i += 1
        if w in ("--long", "-l"):
            long = True
        elif w in ("--sorted", "-s"):
            sort = True
        elif w == "--platform-arch":
            i += 1
        elif w.startswith("--platform-arch="):
            pass
        elif w.startswith("-"):
            out.usage("list", "Unknown option: %s" % w, gap=False)
        elif what is None:
            what = w
        else:
            out.usage("list", 'Too many subcommands for "list" command.')
    if what is None:
        out.usage("list", "Missing a subcommand for \"list\" command.")
    if what not in LISTS:
        out.usage("list", 'Unknown subcommand "%s".' % what)
    home = state.Home()
    with home.locked():
        vm.settle(home)
        return LISTS[what](home, long, sort)


def chosen(home, sort, only_running):
    found = [(u, m) for u, m in machine.all_machines(home) if not only_running or vm.live(home, u)]
    if sort:
        found.sort(key=lambda um: um[1].name if um[1].accessible else "")
    return found


def vms(home, long, sort, only_running=False):
    for uuid, m in chosen(home, sort, only_running):
        if long:
            vm_long(home, uuid, m)
        else:
            out.put('"%s" {%s}\n' % (m.name if m.accessible else "<inaccessible>", uuid))
    return 0


def vm_long(home, uuid, m):
    if m.accessible:
        late("info").show(home, m, False, vm.live(home, uuid))
        return
    out.put("Name:            <inaccessible!>\nUUID:            %s\nConfig file:     %s\nEncryption:     disabled\n"
            "Access error details:\n" % (uuid, m.path))
    out.com("Runtime error opening '%s' for reading VERR_FILE_NOT_FOUND (File not found.).\n%s[999] (nsresult "
            "Machine::i_registeredInit())" % (m.path, late("registering").machine_source()), "NS_ERROR_FAILURE", "MachineWrap",
            "IMachine", callee=False)
    out.put("\n")


def runningvms(home, long, sort):
    return vms(home, long, sort, True)


def hostonlyifs(home, long, sort):
    for i in late("networks").interfaces(home):
        late("networks").show(i)
    return 0


def dhcpservers(home, long, sort):
    late("networks").show_dhcp(home)
    return 0


def natnets(home, long, sort):
    late("networks").show_natnets(home)
    return 0


def media_of(kind):
    def show(home, long, sort):
        for d in home.reg["media"]:
            if d["kind"] == kind:
                late("media").show(home, d, long)
                out.put("\n")
        return 0
    return show


def systemproperties(home, long, sort):
    with open(os.path.join(os.path.dirname(__file__), "systemproperties.txt"), encoding="utf-8") as f:
        text = "".join(line for line in f if not line.startswith("#"))
    out.put(text.replace("{folder}", late("registering").default_folder()))
    return 0


def cpu_fact(key):
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
            for line in f:
                if line.startswith(key):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return ""


def hostinfo(home, long, sort):
    ns = time.time_ns()
    count = os.cpu_count() or 1
    page = os.sysconf("SC_PAGE_SIZE")
    size, free = os.sysconf("SC_PHYS_PAGES") * page >> 20, os.sysconf("SC_AVPHYS_PAGES") * page >> 20
    virt = "no" if faults.hit("svm") == "none" else "yes"
    nested = "yes" if virt == "yes" else "no"
    out.put("Host Information:\n\nHost time: %s.%09dZ\n" % (time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)),
                                                           ns % 10**9 // 10**6 * 10**6))
    for key, value in (("Processor online count", count), ("Processor count", count), ("Processor online core count", count),
                       ("Processor core count", count), ("Processor supports HW virtualization", virt),
                       ("Processor supports PAE", "yes"), ("Processor supports long mode", "yes"),
                       ("Processor supports nested paging", nested), ("Processor supports unrestricted guest", nested),
                       ("Processor supports nested HW virtualization", nested),
                       ("Processor supports virt. vmsave/vmload", "no")):
        out.put("%s: %s\n" % (key, value))
    mhz, model = int(float(cpu_fact("cpu MHz") or 2596)), cpu_fact("model name")
    for i in range(count):
        out.put("Processor#%d speed: %d MHz\nProcessor#%d description: %s\n" % (i, mhz, i, model))
    out.put("Memory size: %d MByte\nMemory available: %d MByte\nOperating system: Linux\nOperating system version: %s\n"
            % (size, free, os.uname().release))
    return 0


def bridgedifs(home, long, sort):
    """Interfaces of the host that are not made by software."""
    for name in sorted(os.listdir("/sys/class/net")):
        where = "/sys/class/net/" + name
        if not os.path.exists(where + "/device"):
            continue
        with open(where + "/address", encoding="ascii") as f:
            mac = f.read().strip()
        for key, value in (("Name", name), ("GUID", "f0000000-0000-4000-8000-%s" % mac.replace(":", "")), ("DHCP", "Disabled"),
                           ("IPAddress", "0.0.0.0"), ("NetworkMask", "0.0.0.0"), ("IPV6Address", ""),
                           ("IPV6NetworkMaskPrefixLength", "0"), ("HardwareAddress", mac), ("MediumType", "Ethernet"),
                           ("Wireless", "No"), ("Status", "Up"), ("VBoxNetworkName", "HostInterfaceNetworking-" + name)):
            out.put("%-16s %s\n" % (key + ":", value))
        out.put("\n")
    return 0


def groups(home, long, sort):
    # Seen: nothing at all when there is no machine.
    found = sorted({g for _, m in machine.all_machines(home) if m.accessible for g in m["groups"]})
    out.put("".join('"%s"\n' % g for g in found))
    return 0


def list_ostypes(home, long, sort):
    for key, text in sorted(late("ostypes").table().items()):
        out.put("ID / Description: %s -- %s\nFamily:           %s\nArchitecture:     %s\n\n" % (
            key, text, "Linux / Linux" if "Linux" in text else "Other / Other",
            "x86_64" if key.endswith("_64") else "x86"))
    return 0


def extpacks(home, long, sort):
    out.put("Extension Packs: 1\nPack no. 0:   VNC\nVersion:        7.2.22\nRevision:       175245\nEdition:        \n"
            "Description:    VNC plugin module\nVRDE Module:    VBoxVNC\nCrypto Module:  \nUsable:         true\n"
            "Why unusable:   \n")
    return 0


def usbhost(home, long, sort):
    out.put("Host USB Devices:\n\n")
    out.error("Could not load the Host USB Proxy service: VERR_NOT_FOUND\n"
              "Details: code Unknown Status 0x4005 (0x4005), component HostWrap, interface IHost, callee nsISupports\n"
              'Context: "COMGETTER(USBDevices)(ComSafeArrayAsOutParam(CollPtr))" at line 526 of file VBoxManageList.cpp',
              "warning")
    out.put("<none>\n\n")
    return 0


def text(what):
    def show(home, long, sort):
        out.put(what)
        return 0
    return show


def subtypes(home, long, sort):
    out.put(late("ostypes").subtypes())
    return 0


LISTS = {
    "vms": vms, "runningvms": runningvms, "hostonlyifs": hostonlyifs, "dhcpservers": dhcpservers, "natnets": natnets,
    "natnetworks": natnets, "natnetwork": natnets, "hdds": media_of("disk"), "dvds": media_of("dvd"),
    "floppies": media_of("floppy"), "systemproperties": systemproperties, "hostinfo": hostinfo, "bridgedifs": bridgedifs,
    "groups": groups, "ostypes": list_ostypes, "ossubtypes": subtypes, "extpacks": extpacks, "usbhost": usbhost,
    "webcams": text("Video Input Devices: 0\n"), "cloudproviders": text("Supported 0 cloud providers:\n"),
    "intnets": text(""), "usbfilters": text("Global USB device filters:\n\n<none>\n"), "hostdvds": text(""),
    "hostfloppies": text(""), "hostdrives": text(""), "hddbackends": text("Supported hard disk backends:\n\n"),
    "cloudprofiles": text(""), "cloudnets": text(""), "cpu-profiles": text(""), "screenshotformats": text(""),
    "hostcpuids": text("Host CPUIDs:\n\nLeaf no.  EAX      EBX      ECX      EDX\n"),
}
