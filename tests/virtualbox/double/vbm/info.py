# SPDX-License-Identifier: Apache-2.0
"""showvminfo, for people and for programs. The order of the lines is VirtualBox 7.2's."""
import os
import time

from . import machine, nat, options, ostypes, out, snapshots, state, storage, vm

SOURCE = "VBoxManageInfo.cpp"
STATES = {"poweroff": "powered off", "saved": "saved", "aborted": "aborted", "running": "running", "paused": "paused",
          "starting": "starting", "stopping": "stopping", "saving": "saving", "restoring": "restoring",
          "gurumeditation": "guru meditation", "aborted-saved": "aborted-saved"}
BOOT = {"none": "Not Assigned", "floppy": "Floppy", "dvd": "DVD", "disk": "HardDisk", "net": "Network"}
GRAPHICS = {"none": "None", "vboxvga": "VBoxVGA", "vmsvga": "VMSVGA", "vboxsvga": "VBoxSVGA", "qemuramfb": "QemuRamFB"}
PARAVIRT = {"none": "None", "default": "Default", "legacy": "Legacy", "minimal": "Minimal", "hyperv": "HyperV", "kvm": "KVM"}
AUDIO = {"none": "None", "null": "Null", "default": "Default", "alsa": "ALSA", "oss": "OSS", "pulse": "PulseAudio",
         "dsound": "DirectSound", "was": "WAS", "coreaudio": "CoreAudio"}
MOUSE = {"ps2": ("ps2mouse", "PS/2 Mouse"), "usb": ("usbmouse", "USB Mouse"), "usbtablet": ("usbtablet", "USB Tablet"),
         "usbmultitouch": ("usbmultitouch", "USB Multi-Touch"), "usbmtscreenpluspad": ("usbmtscrpluspad", "USB Multi-Touch")}
KEYBOARD = {"ps2": ("ps2kbd", "PS/2 Keyboard"), "usb": ("usbkbd", "USB Keyboard")}
CLIP = {"disabled": "disabled", "hosttoguest": "HostToGuest", "guesttohost": "GuestToHost", "bidirectional": "Bidirectional"}
MENU = {"disabled": "disabled", "menuonly": "menu only", "messageandmenu": "message and menu"}
BIOSAPIC = {"disabled": "Disabled", "apic": "APIC", "x2apic": "X2APIC"}
FIRMWARE = {"BIOS": "BIOS", "EFI": "EFI", "EFI32": "EFI32", "EFI64": "EFI64"}
IOMMU = {"none": "None", "automatic": "Automatic", "amd": "AMD", "intel": "Intel"}


def quote(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


class Printer:
    """A line in one of the two formats."""

    def __init__(self, mr):
        self.mr = mr

    def line(self, text):
        out.put(text + "\n")

    def both(self, key, label, value, shown=None):
        """value for programs (a number is bare), shown for people."""
        if shown is None:
            shown = value
        if self.mr:
            if key:
                out.put("%s=%s\n" % (key, value if isinstance(value, int) else quote(value)))
        elif label:
            out.put("%-28s %s\n" % (label + ":", shown))

    def flag(self, key, label, value):
        self.both(key, label, "on" if value else "off", "enabled" if value else "disabled")


def stamp(m, service):
    ns = m["since"]
    if m["seen"] != service:
        ns = ns // 10**9 * 10**9
    ns = ns // 10**6 * 10**6
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + ".%09d" % (ns % 10**9)


def show(home, m, mr, live):
    """live: what is known of its process, None: it does not run."""
    p = Printer(mr)
    base(p, home, m, mr, live)
    controllers(p, home, m)
    for i in range(machine.NICS):
        nic(p, home, m, i)
    devices(p, m)
    if live:
        p.both("SessionName", "Session name", "headless")
        if mr:
            p.line('VideoMode="720,400,0"@0,0 1')
        else:
            p.both("", "Video mode", "", "720x400x0 at 0,0 enabled")
    p.flag("vrde", "VRDE", m["vrde"])
    p.flag("usb", "OHCI USB", m["usbohci"])
    p.flag("ehci", "EHCI USB", m["usbehci"])
    p.flag("xhci", "xHCI USB", m["usbxhci"])
    p.both("", "USB Device Filters", "", "<none>")
    if live:
        p.both("", "Available remote USB devices", "", "<none>")
        p.both("", "Currently attached USB devices", "", "<none>")
    p.both("", "Bandwidth groups", "", "<none>")
    shared(p, m)
    if live:
        p.both("VRDEActiveConnection", "VRDE Connection", "off", "not active")
        if mr:
            p.line("VRDEClients==0")
        else:
            p.both("", "Clients so far", "", "0")
    recording(p, m)
    if m["snapshots"]:
        snapshots.show(p, m)
    if m["description"]:
        if mr:
            p.both("description", "", m["description"])
        else:
            p.line("Description:\n" + m["description"])
    if not mr:
        p.line("* Guest:")
    p.both("GuestMemoryBalloon", "Configured memory balloon", m["balloon"], "%dMB" % m["balloon"])
    if live:
        p.both("GuestOSType", "OS type", m["ostype"])
        p.both("GuestAdditionsRunLevel", "Additions run level", 0)
        p.both("", "Guest Facilities", "", "<none>")
    if not mr:
        p.line("")


def base(p, home, m, mr, live):
    folder = m.folder
    p.both("name", "Name", m.name)
    p.both("encryption", "Encryption", "disabled")
    p.both("groups", "Groups", ",".join(m["groups"]))
    p.both("platformArchitecture", "Platform Architecture", "x86")
    p.both("ostype", "Guest OS", ostypes.description(m["ostype"]))
    p.both("UUID", "UUID", m.uuid)
    p.both("CfgFile", "Config file", m.path)
    p.both("SnapFldr", "Snapshot folder", os.path.join(folder, "Snapshots"))
    p.both("LogFldr", "Log folder", os.path.join(folder, "Logs"))
    p.both("hardwareuuid", "Hardware UUID", m["hwuuid"])
    p.both("memory", "Memory size", m["memory"], "%dMB" % m["memory"])
    p.flag("pagefusion", "Page Fusion", m["pagefusion"])
    p.both("vram", "VRAM size", m["vram"], "%dMB" % m["vram"])
    p.both("cpuexecutioncap", "CPU exec cap", m["execcap"], "%d%%" % m["execcap"])
    p.both("cpu-profile", "CPUProfile", "host")
    p.both("chipset", "Chipset", m["chipset"])
    p.both("firmware", "Firmware", m["firmware"])
    p.both("cpus", "Number of CPUs", m["cpus"])
    p.flag("hpet", "HPET", m["hpet"])
    p.flag("pae", "PAE", m["pae"])
    p.flag("longmode", "Long Mode", m["longmode"])
    p.flag("triplefaultreset", "Triple Fault Reset", m["triplefaultreset"])
    p.flag("apic", "APIC", m["apic"])
    p.flag("x2apic", "X2APIC", m["x2apic"])
    p.flag("nested-hw-virt", "Nested VT-x/AMD-V", m["nestedhw"])
    p.both("", "CPUID overrides", "", "None")
    p.flag("hwvirtex", "Hardware Virtualization", m["hwvirtex"])
    p.flag("nestedpaging", "Nested Paging", m["nestedpaging"])
    p.flag("largepages", "Large Pages", m["largepages"])
    p.flag("vtxvpid", "VT-x VPID", m["vtxvpid"])
    p.flag("vtxux", "VT-x Unrestricted Exec.", m["vtxux"])
    p.flag("virtvmsavevmload", "AMD-V Virt. Vmsave/Vmload", m["vmsave"])
    p.both("cpuid-portability-level", "CPUID Portability Level", m["portability"])
    p.both("bootmenu", "Boot menu mode", m["bootmenu"], MENU[m["bootmenu"]])
    for i, device in enumerate(m["boot"]):
        p.both("boot%d" % (i + 1), "Boot Device %d" % (i + 1), device, BOOT[device])
    p.flag("acpi", "ACPI", m["acpi"])
    p.flag("ioapic", "IOAPIC", m["ioapic"])
    p.both("biosapic", "BIOS APIC mode", m["biosapic"], BIOSAPIC[m["biosapic"]])
    p.both("biossystemtimeoffset", "Time offset", m["timeoffset"], "%dms" % m["timeoffset"])
    p.both("NvramFile", "BIOS NVRAM File", os.path.splitext(m.path)[0] + ".nvram")
    p.both("rtcuseutc", "RTC", "on" if m["utc"] else "off", "UTC" if m["utc"] else "local time")
    p.both("iommu", "IOMMU", m["iommu"], IOMMU[m["iommu"]])
    effective = m["paravirt"]
    if effective == "default":
        effective = "kvm" if ostypes.is_linux26(m["ostype"]) else "none"
    p.both("paravirtprovider", "Paravirt. Provider", m["paravirt"], PARAVIRT[m["paravirt"]])
    p.both("effparavirtprovider", "Effective Paravirt. Prov.", effective, PARAVIRT[effective])
    now = live["state"] if live else m["state"]
    when = stamp(m, home.reg["service"])
    p.both("VMState", "State", now, "%s (since %s)" % (STATES[now], when))
    if mr:
        p.both("VMStateChangeTime", "", when)
        if now == "saved":
            p.both("VMStateFile", "", m["statefile"])
    p.both("graphicscontroller", "Graphics Controller", m["graphics"], GRAPHICS[m["graphics"]])
    p.both("monitorcount", "Monitor count", m["monitors"])
    p.flag("accelerate3d", "3D Acceleration", m["accelerate3d"])
    p.flag("teleporterenabled", "Teleporter Enabled", m["teleporter"])
    p.both("teleporterport", "Teleporter Port", m["teleporterport"])
    p.both("teleporteraddress", "Teleporter Address", m["teleporteraddress"])
    p.both("teleporterpassword", "Teleporter Password", "")
    p.flag("tracing-enabled", "Tracing Enabled", False)
    p.flag("tracing-allow-vm-access", "Allow Tracing to Access VM", False)
    p.both("tracing-config", "Tracing Configuration", "")
    p.flag("autostart-enabled", "Autostart Enabled", m["autostart"])
    p.both("autostart-delay", "Autostart Delay", m["autostartdelay"])
    p.both("defaultfrontend", "Default Frontend", m["frontend"])
    p.both("vmprocpriority", "VM process priority", m["priority"])


def controllers(p, home, m):
    if not p.mr:
        if not m["controllers"]:
            p.both("", "Storage Controllers", "", "<none>")
            return
        p.line("Storage Controllers:")
    for i, c in enumerate(m["controllers"]):
        kind = storage.KINDS[c["bus"]]
        if p.mr:
            p.both("storagecontrollername%d" % i, "", c["name"])
            p.both("storagecontrollertype%d" % i, "", c["type"])
            p.both("storagecontrollerinstance%d" % i, "", "0")
            p.both("storagecontrollermaxportcount%d" % i, "", "%d" % kind.max_ports)
            p.both("storagecontrollerportcount%d" % i, "", "%d" % c["ports"])
            p.both("storagecontrollerbootable%d" % i, "", "on" if c["bootable"] else "off")
        else:
            p.line("#%d: '%s', Type: %s, Instance: 0, Ports: %d (max %d), %s" % (
                i, c["name"], c["type"], c["ports"], kind.max_ports, "Bootable" if c["bootable"] else "Not bootable"))
            attachments(p, home, m, c)
    if p.mr:
        for c in m["controllers"]:
            attachments(p, home, m, c)


def attachments(p, home, m, c):
    kind = storage.KINDS[c["bus"]]
    for port in range(c["ports"]):
        for device in range(kind.devices):
            a = storage.attachment(c, port, device)
            where = (c["name"], port, device)
            if not p.mr:
                if a:
                    attached(p, home, m, a, port, device)
                continue
            if not a:
                p.line('"%s-%d-%d"="none"' % where)
                continue
            medium = storage.medium_of(home, m, a)
            if medium:
                p.line('"%s-%d-%d"="%s"' % (where + (medium["location"],)))
                p.line('"%s-ImageUUID-%d-%d"="%s"' % (where + (medium["uuid"],)))
            else:
                p.line('"%s-%d-%d"="emptydrive"' % where)
            if a["type"] == "dvd":
                p.line('"%s-tempeject-%d-%d"="%s"' % (where + ("on" if a.get("tempeject") else "off",)))
                p.line('"%s-IsEjected-%d-%d"="off"' % where)
            for key, name in (("hotpluggable", "hot-pluggable"), ("nonrotational", "nonrotational"), ("discard", "discard")):
                p.line('"%s-%s-%d-%d"="%s"' % (c["name"], name, port, device, "on" if a.get(key) else "off"))


def attached(p, home, m, a, port, device):
    medium = storage.medium_of(home, m, a)
    if medium:
        p.line("  Port %d, Unit %d: UUID: %s\n    Location: \"%s\"" % (port, device, medium["uuid"], medium["location"]))
    else:
        p.line("  Port %d, Unit %d: Empty" % (port, device))


def nic(p, home, m, i):
    n = m["nics"][i]
    number = i + 1
    if n["attach"] == "none":
        p.both("nic%d" % number, "NIC %d" % number, "none", "disabled")
        return
    nat_here = n["attach"] == "nat"
    localhost = n["localhost"] if n["localhost"] is not None else m["born"] != home.reg["service"]
    if p.mr:
        for kind, key, name in (("nat", "natnet", "natnet"), ("bridged", "bridged", "bridgeadapter"),
                                ("intnet", "intnet", "intnet"), ("hostonly", "hostonly", "hostonlyadapter"),
                                ("natnetwork", "natnetwork", "nat-network"), ("generic", "generic", "generic")):
            if n["attach"] == kind:
                p.both("%s%d" % (name, number), "", n[key] or ("nat" if kind == "nat" else ""))
        p.both("macaddress%d" % number, "", n["mac"])
        p.both("cableconnected%d" % number, "", "on" if n["cable"] else "off")
        p.both("nic%d" % number, "", n["attach"])
        p.both("nictype%d" % number, "", n["type"])
        p.both("nicspeed%d" % number, "", "%d" % n["speed"])
        if nat_here:
            for key, value in (("mtu", 0), ("sockSnd", 64), ("sockRcv", 64), ("tcpWndSnd", 64), ("tcpWndRcv", 64),
                               ("localhostReachable", int(localhost)), ("forwardBroadcast", 0), ("enableTFTP", 0)):
                p.both(key, "", "%d" % value)
            for k, rule in enumerate(n["rules"]):
                p.both("Forwarding(%d)" % k, "", nat.show(rule))
        return
    attach = {"nat": "NAT", "null": "none", "bridged": "Bridged Interface '%s'" % n["bridged"],
              "intnet": "Internal Network '%s'" % n["intnet"], "hostonly": "Host-only Interface '%s'" % n["hostonly"],
              "natnetwork": "NAT Network '%s'" % n["natnetwork"], "generic": "Generic '%s'" % n["generic"],
              "cloud": "Cloud Network ''"}[n["attach"]]
    p.both("", "NIC %d" % number, "",
           "MAC: %s, Attachment: %s, Cable connected: %s, Trace: %s (file: %s), Type: %s, Reported speed: %d Mbps, "
           "Boot priority: %d, Promisc Policy: %s, Bandwidth group: %s"
           % (n["mac"], attach, "on" if n["cable"] else "off", "on" if n["trace"] else "off", n["tracefile"] or "none",
              n["type"], n["speed"] // 1000, n["prio"], n["promisc"], n["group"] or "none"))
    if nat_here:
        p.line("NIC %d Settings:\n\tMTU: 0, Socket (send: 64, receive: 64), TCP Window (send:64, receive: 64),\n"
               "\tLocalhostReachable: %d, ForwardBroadcast: 0, EnableTFTP: 0" % (number, localhost))
        for k, rule in enumerate(n["rules"]):
            p.line("NIC %d Rule(%d):   name = %s, protocol = %s, host ip = %s, host port = %d, guest ip = %s, guest port = %d"
                   % (number, k, rule["name"], rule["proto"], rule["hip"], rule["hport"], rule["gip"], rule["gport"]))


def uart(p, i, u):
    number = i + 1
    if not u["on"]:
        p.both("uart%d" % number, "UART %d" % number, "off", "disabled")
        return
    mode, path = u["mode"], u["path"]
    if p.mr:
        p.both("uart%d" % number, "", "0x%04x,%d" % (u["base"], u["irq"]))
        value = path if mode == "device" else "disconnected" if mode == "disconnected" else "%s,%s" % (mode, path)
        p.line('uartmode%d="%s"' % (number, value))
        p.both("uarttype%d" % number, "", u["type"])
        return
    shown = {"disconnected": "disconnected", "file": "attached to raw file '%s'\n" % path,
             "server": "attached to pipe (server) '%s'\n" % path, "client": "attached to pipe (client) '%s'\n" % path,
             "tcpserver": "attached to tcp (server) '%s'\n" % path, "tcpclient": "attached to tcp (client) '%s'\n" % path,
             "device": "attached to device '%s'\n" % path}[mode]
    p.both("", "UART %d" % number, "", "I/O address: 0x%04x, IRQ: %d, %s, %s" % (u["base"], u["irq"], shown, u["type"]))


def devices(p, m):
    p.both("hidpointing", "Pointing Device", *MOUSE[m["mouse"]])
    p.both("hidkeyboard", "Keyboard Device", *KEYBOARD[m["keyboard"]])
    for i, u in enumerate(m["uarts"]):
        uart(p, i, u)
    for i in (1, 2):
        p.both("lpt%d" % i, "LPT %d" % i, "off", "disabled")
    if m["audioenabled"]:
        p.both("audio", "Audio", m["audio"], "enabled (Driver: %s, Controller: %s, Codec: %s)"
               % (AUDIO[m["audio"]], m["audiocontroller"], m["audiocodec"]))
    else:
        p.both("audio", "Audio", "none", "disabled")
    p.flag("audio_out", "Audio playback", m["audioout"])
    p.flag("audio_in", "Audio capture", m["audioin"])
    p.both("clipboard", "Clipboard Mode", m["clipboard"], CLIP[m["clipboard"]])
    p.flag("clipboard_file_transfers", "Clipboard file transfers", m["clipboardfiles"])
    p.both("draganddrop", "Drag and drop Mode", m["draganddrop"], CLIP[m["draganddrop"]])


def shared(p, m):
    if p.mr:
        for i, s in enumerate(m["shared"]):
            p.both("SharedFolderNameMachineMapping%d" % (i + 1), "", s["name"])
            p.both("SharedFolderPathMachineMapping%d" % (i + 1), "", s["path"])
        return
    if not m["shared"]:
        p.both("", "Shared folders", "", "<none>")
        return
    p.line("Shared folders:              \n")
    for s in m["shared"]:
        text = "Name: '%s', Host path: '%s' (machine mapping), %s" % (s["name"], s["path"],
                                                                    "writable" if s["writable"] else "readonly")
        if s.get("automount"):
            text += ", auto-mount"
        p.line(text)
    p.line("")


def recording(p, m):
    p.both("recording_started", "Recording status", "off", "stopped")
    p.both("recording_enabled", "Recording enabled", "off", "no")
    p.both("recording_screens", "Recording screens", 1)
    p.line(" rec_screen0" if p.mr else " Screen 0:")
    name = os.path.splitext(m.path)[0] + "-screen0.webm"
    for key, label, value, shown in (
            ("enabled", "Enabled", "on", "yes"), ("id", "ID", 0, 0), ("video_enabled", "Record video", "on", "yes"),
            ("audio_enabled", "Record audio", "off", "no"), ("dest", "Destination", "File", "File"),
            ("dest_filename", "File", name, name), ("opts", "Options", "ac_profile=med", "ac_profile=med"),
            ("video_res_xy", "Video dimensions", "1024x768", "1024x768"),
            ("video_rate_kbps", "Video rate", 512, "512kbps"), ("video_fps", "Video FPS", 25, "25fps")):
        p.both("rec_screen_" + key, "    " + label, value, shown)


SHOW_OPTIONS = {"--machinereadable": 0, "-machinereadable": 0, "--details": 0, "-details": 0, "--log": 1, "--password-id": 1,
                "--password": 1}


def run(words, _):
    name, mr, log = None, False, None
    for key, value in options.parse(words, SHOW_OPTIONS, "showvminfo", word="Unknown"):
        if key is None:
            if name is not None:
                out.usage("showvminfo", "Invalid parameter '%s'" % value)
            name = value
        elif key == "--log":
            log = value
        else:
            mr = mr or key.endswith("machinereadable")
    if not name:
        out.usage("showvminfo", "VM name or UUID required")
    home = state.Home()
    with home.locked():
        vm.settle(home)
        uuid, m = machine.find(home, name, "VMNameOrUuid", SOURCE + ":3248")
        if not m.accessible:
            machine.limited("LockMachine(a->session, LockType_Shared)", SOURCE + ":3328")
        # Alone it is the one session of the machine, as long as it runs; beside another one it joins that.
        fd = home.session(uuid)
        if log is not None:
            return show_log(m, log)
        show(home, m, mr, vm.live(home, uuid))
    state.hold()
    if fd is not None:
        os.close(fd)
    return 0


def show_log(m, index):
    path = os.path.join(m.folder, "Logs", "VBox.log" + ("" if index == "0" else "." + index))
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            out.put(f.read())
    except OSError as e:
        out.com_fail("Could not open the log file '%s' (%s)" % (path, out.runtime_name(e)), "VBOX_E_IPRT_ERROR", "MachineWrap",
                     "IMachine", "ReadLog(uLogIdx, uOffset, _1M, ComSafeArrayAsOutParam(aLogData))", SOURCE + ":3288")
    return 0
