# SPDX-License-Identifier: Apache-2.0
"""modifyvm: a table of the options in all their spellings, and what each one sets.

A call changes all or nothing: the settings are written when the last option was taken.
"""
import os
import re

from . import faults, machine, nat, out, ostypes, registering, state, vm

SOURCE = "VBoxManageModifyVM.cpp"
CALLS = {"memory": ("COMSETTER(MemorySize)(ValueUnion.u32)", 988), "cpus": ("COMSETTER(CPUCount)(ValueUnion.u32)", 1083)}
SAVED_OK = {"name", "description", "natpf", "cableconnected", "groups"}     # may change of a saved machine


class Unknown(Exception):
    """A value that RTGetOpt takes for an unknown option."""


def onoff(text):
    if text.lower() in ("on", "yes", "true", "enabled", "enable", "1"):
        return True
    if text.lower() in ("off", "no", "false", "disabled", "disable", "0"):
        return False
    raise Unknown(text)


def number(text):
    try:
        return int(text, 0 if text.lower().startswith("0x") else 10)
    except ValueError:
        # Seen: a banner and an empty complaint without a line end.
        out.banner()
        out.err("VBoxManage: error: ")
        raise out.Exit(1)


def invalid(text, call, line):
    out.com_fail(text, "NS_ERROR_INVALID_ARG", "SessionMachine", "IMachine", call, "%s:%d" % (SOURCE, line))


# Setters: (machine, index, word) -> None. Those that need more words take a function next().

def flag(key):
    def put(m, n, v, more):
        m[key] = onoff(v)
    return put


def misc(m, n, v, more):
    """Accepted and kept, with no effect that is seen."""


def misc_flag(m, n, v, more):
    onoff(v)


def words(key, option, known):
    """One of a set of words. known: word -> what is kept."""
    def put(m, n, v, more):
        if v.lower() not in known:
            out.fail("Invalid --%s argument '%s'" % (option, v))
        m[key] = known[v.lower()]
    return put


def same(*names):
    return {n.lower(): n for n in names}


def memory(m, n, v, more):
    size = number(v)
    if not 4 <= size <= 2097152:
        invalid("Invalid RAM size: %d MB (must be in range [4, 2097152] MB)" % size, *CALLS["memory"])
    m["memory"] = size


def cpus(m, n, v, more):
    count = number(v)
    if not 1 <= count <= 64:
        invalid("Invalid virtual CPU count: %d (must be in range [1, 64])" % count, *CALLS["cpus"])
    m["cpus"] = count


def vram(m, n, v, more):
    size = number(v)
    if size > 256:
        invalid("Invalid VRAM size: %d MB (must be in range [0, 256] MB)" % size, "COMSETTER(VRAMSize)(ValueUnion.u32)", 999)
    m["vram"] = size


def number_of(key):
    def put(m, n, v, more):
        m[key] = number(v)
    return put


def ostype(m, n, v, more):
    m["ostype"] = ostypes.find(v) or v


def text(key):
    def put(m, n, v, more):
        m[key] = v
    return put


def default_text(key):
    def put(m, n, v, more):
        m[key] = "" if v == "default" else v
    return put


def hwuuid(m, n, v, more):
    m["hwuuid"] = state.as_uuid(v) or m.uuid


def boot(m, n, v, more):
    known = {"none": "none", "floppy": "floppy", "dvd": "dvd", "disk": "disk", "net": "net"}
    if v.lower() not in known:
        out.fail("Invalid boot device '%s'" % v)
    m["boot"][n - 1] = known[v.lower()]


ATTACH = ("none", "null", "nat", "bridged", "intnet", "hostonly", "generic", "natnetwork", "cloud")
NIC_TYPES = same("Am79C970A", "Am79C973", "82540EM", "82543GC", "82545EM", "virtio", "Am79C960", "NE2000", "NE1000",
                 "WD8013", "WD8003", "3C503", "3C501", "usbnet", "virtio-net-mmio")


def nic(m, n, v, more):
    if v not in ATTACH:
        out.fail("Invalid type '%s' specfied for NIC %d" % (v, n))
    m["nics"][n - 1]["attach"] = v


def nictype(m, n, v, more):
    if v.lower() not in NIC_TYPES:
        out.fail("Invalid NIC type '%s' specified for NIC %d" % (v, n))
    m["nics"][n - 1]["type"] = NIC_TYPES[v.lower()]


def nic_flag(key):
    def put(m, n, v, more):
        m["nics"][n - 1][key] = onoff(v)
    return put


def nic_text(key):
    def put(m, n, v, more):
        m["nics"][n - 1][key] = "" if v == "none" else v
    return put


def nic_number(key):
    def put(m, n, v, more):
        m["nics"][n - 1][key] = number(v)
    return put


def hostonly(m, n, v, more):
    m["nics"][n - 1]["hostonly"] = "" if v == "none" else v
    if v != "none" and not any(i["name"] == v for i in m.home.reg["hostonly"]):
        out.error("Interface \"%s\" doesn't seem to exist" % v, "warning")


def natnet(m, n, v, more):
    m["nics"][n - 1]["natnet"] = "" if v == "default" else v


def promisc(m, n, v, more):
    known = {"deny": "deny", "allow-vms": "allow-vms", "allowvms": "allow-vms", "allow-network": "allow-vms",
             "allow-all": "allow-all", "allowall": "allow-all"}
    if v.lower() not in known:
        out.fail("Unknown promiscuous mode policy '%s'" % v)
    m["nics"][n - 1]["promisc"] = known[v.lower()]


def mac(m, n, v, more):
    if v == "auto":
        m["nics"][n - 1]["mac"] = state.new_mac()
        return
    plain = v.replace(":", "").replace("-", "").upper()
    if not re.match(r"^[0-9A-F]{12}$", plain) or int(plain[1], 16) & 1:
        invalid("Invalid MAC address format", "COMSETTER(MACAddress)(Bstr(ValueUnion.psz).raw())", 2151)
    m["nics"][n - 1]["mac"] = plain


def natpf(m, n, v, more):
    rules = m["nics"][n - 1]["rules"]
    if v == "delete":
        name = more()
        if name is None:
            out.usage("modifyvm", "Missing or invalid argument to '--natpf'", again=True)
        nat.delete(rules, name, "RemoveRedirect(Bstr(ValueUnion.psz).raw())", SOURCE + ":2264")
    else:
        nat.add(rules, nat.parse(v, n, "modifyvm", "--natpf"), SOURCE + ":2251")


def uart(m, n, v, more):
    u = m["uarts"][n - 1]
    if v.lower() == "off":
        u["on"] = False
        return
    irq = more()
    if irq is None:
        out.usage("modifyvm", "Missing or invalid argument to '--uart'", again=True)
    u.update(on=True, base=number(v), irq=number(irq))


def uartmode(m, n, v, more):
    u = m["uarts"][n - 1]
    if v.lower() in ("server", "client", "tcpserver", "tcpclient", "file"):
        path = more()
        if path is None:
            out.usage("modifyvm", "Missing or invalid argument to '--uartmode'", again=True)
        u.update(mode=v.lower(), path=path)
    elif v.lower() == "disconnected":
        u.update(mode="disconnected", path="")
    else:
        u.update(mode="device", path=v)


def uarttype(m, n, v, more):
    known = same("16450", "16550A", "16750")
    if v.lower() not in known:
        out.fail("Invalid argument to '--uarttype'")
    m["uarts"][n - 1]["type"] = known[v.lower()]


AUDIO = {"none": "none", "null": "null", "default": "default", "alsa": "alsa", "oss": "oss", "pulse": "pulse",
         "dsound": "dsound", "was": "was", "coreaudio": "coreaudio"}


def audio_driver(m, n, v, more):
    if v.lower() not in AUDIO:
        out.fail("Invalid --audio-driver argument '%s'" % v)
    m["audio"] = AUDIO[v.lower()]
    m["audioenabled"] = m["audio"] != "none"


def audio(m, n, v, more):
    out.err("Warning: --audio is deprecated and will be removed soon. Use --audio-driver instead!\n")
    audio_driver(m, n, v, more)


def accelerate2d(m, n, v, more):
    out.err("Warning: '--accelerate-2d-video' is deprecated and will be removed in a future version\n")
    onoff(v)


def autostart(m, n, v, more):
    if onoff(v):
        out.com_fail("The path to the autostart database is not set", "NS_ERROR_FAILURE", "SessionMachine", "IMachine",
                     "COMSETTER(AutostartEnabled)(ValueUnion.f)", SOURCE + ":3406")
    m["autostart"] = False


def name(m, n, v, more):
    m.rename = v


def groups(m, n, v, more):
    m.regroup = v.split(",")


def chipset(m, n, v, more):
    if v.lower() not in ("piix3", "ich9"):
        out.fail("Invalid --chipset argument '%s' (valid: piix3,ich9)" % v)
    m["chipset"] = v.lower()


CLIP = same("disabled", "hosttoguest", "guesttohost", "bidirectional")
FIRMWARE = {"bios": "BIOS", "efi": "EFI", "efi32": "EFI32", "efi64": "EFI64"}
GRAPHICS = {"none": "none", "vboxvga": "vboxvga", "vmsvga": "vmsvga", "vmsvga_g": "vmsvga", "vboxsvga": "vboxsvga",
            "qemuramfb": "qemuramfb"}
MENU = {"disabled": "disabled", "menuonly": "menuonly", "messageandmenu": "messageandmenu"}

# Spellings (old, 7.0's, 7.2's), N stands for the number of an adapter or port; what is done.
TABLE = [
    ("name", name), ("groups", groups), ("description", text("description")), ("ostype os-type", ostype),
    ("iconfile icon-file", misc), ("memory", memory), ("pagefusion page-fusion", flag("pagefusion")), ("vram", vram),
    ("acpi", flag("acpi")), ("ioapic", flag("ioapic")), ("hardwareuuid hardware-uuid", hwuuid), ("cpus", cpus),
    ("cpuhotplug cpu-hotplug", flag("cpuhotplug")), ("cpuexecutioncap cpu-execution-cap", number_of("execcap")),
    ("cpu-profile", misc), ("cpuid-portability-level", number_of("portability")),
    ("pae x86-pae", flag("pae")), ("longmode long-mode x86-long-mode", flag("longmode")), ("hpet x86-hpet", flag("hpet")),
    ("hwvirtex", flag("hwvirtex")), ("hwvirtexexcl", misc_flag), ("nestedpaging nested-paging", flag("nestedpaging")),
    ("largepages large-pages", flag("largepages")), ("vtxvpid vtx-vpid x86-vtx-vpid", flag("vtxvpid")),
    ("vtxux vtx-ux x86-vtx-ux", flag("vtxux")), ("virt-vmsave-vmload", flag("vmsave")),
    ("nested-hw-virt", flag("nestedhw")), ("apic", flag("apic")), ("x2apic x86-x2apic", flag("x2apic")),
    ("triplefaultreset triple-fault-reset", flag("triplefaultreset")),
    ("ibpb-on-vm-exit ibpb-on-vm-entry spec-ctrl l1d-flush-on-sched l1d-flush-on-vm-entry mds-clear-on-sched "
     "mds-clear-on-vm-entry", misc_flag),
    ("paravirtprovider paravirt-provider",
     words("paravirt", "paravirtprovider", same("none", "default", "legacy", "minimal", "hyperv", "kvm"))),
    ("paravirtdebug paravirt-debug", misc), ("vm-execution-engine", misc),
    ("accelerate3d accelerate-3d", flag("accelerate3d")), ("accelerate2dvideo accelerate-2d-video", accelerate2d),
    ("chipset", chipset), ("iommu", words("iommu", "iommu", same("none", "automatic", "amd", "intel"))),
    ("tpm-type tpm-location", misc),
    ("bioslogofadein bios-logo-fade-in firmware-logo-fade-in bioslogofadeout bios-logo-fade-out firmware-logo-fade-out",
     misc_flag),
    ("bioslogodisplaytime bios-logo-display-time firmware-logo-display-time", number_of("logotime")),
    ("bioslogoimagepath bios-logo-image-path firmware-logo-image-path", misc),
    ("biosbootmenu bios-boot-menu firmware-boot-menu", words("bootmenu", "biosbootmenu", MENU)),
    ("biosapic bios-apic firmware-apic", words("biosapic", "biosapic", same("disabled", "apic", "x2apic"))),
    ("biossystemtimeoffset bios-system-time-offset firmware-system-time-offset", number_of("timeoffset")),
    ("biospxedebug bios-pxe-debug firmware-pxe-debug system-uuid-le", misc_flag),
    ("bootN", boot), ("rtcuseutc rtc-use-utc", flag("utc")), ("firmware", words("firmware", "firmware", FIRMWARE)),
    ("graphicscontroller graphics-controller", words("graphics", "graphicscontroller", GRAPHICS)),
    ("snapshotfolder snapshot-folder", misc), ("guestmemoryballoon guest-memory-balloon", number_of("balloon")),
    ("defaultfrontend default-frontend", default_text("frontend")),
    ("vm-process-priority", words("priority", "vm-process-priority", same("default", "flat", "low", "normal", "high"))),
    ("monitorcount monitor-count", number_of("monitors")),
    ("nicN", nic), ("nictypeN nic-typeN", nictype), ("cableconnectedN cable-connectedN", nic_flag("cable")),
    ("nictraceN nic-traceN", nic_flag("trace")), ("nictracefileN nic-trace-fileN", nic_text("tracefile")),
    ("nicpropertyN nic-propertyN", misc), ("nicspeedN nic-speedN", nic_number("speed")),
    ("nicbootprioN nic-boot-prioN", nic_number("prio")), ("nicpromiscN nic-promiscN", promisc),
    ("nicbandwidthgroupN nic-bandwidth-groupN", nic_text("group")),
    ("bridgeadapterN bridge-adapterN", nic_text("bridged")), ("hostonlyadapterN host-only-adapterN", hostonly),
    ("hostonlynetN host-only-netN", misc), ("intnetN", nic_text("intnet")),
    ("nat-networkN natnetworkN", nic_text("natnetwork")), ("nicgenericdrvN nic-generic-drvN", nic_text("generic")),
    ("macaddressN mac-addressN", mac), ("natnetN nat-netN", natnet), ("natpfN nat-pfN", natpf),
    ("natbindipN nat-bind-ipN natsettingsN nat-settingsN nattftpprefixN nat-tftp-prefixN nattftpfileN nat-tftp-fileN "
     "nattftpserverN nat-tftp-serverN nataliasmodeN nat-alias-modeN", misc),
    ("natdnspassdomainN nat-dns-pass-domainN nat-forward-broadcastN nat-enable-tftpN", misc_flag),
    ("natlocalhostreachableN nat-localhostreachableN", nic_flag("localhost")),
    ("natdnsproxyN nat-dns-proxyN", nic_flag("dnsproxy")),
    ("natdnshostresolverN nat-dns-host-resolverN", nic_flag("dnsresolver")),
    ("mouse", words("mouse", "mouse", same("ps2", "usb", "usbtablet", "usbmultitouch", "usbmtscreenpluspad"))),
    ("keyboard", words("keyboard", "keyboard", same("ps2", "usb"))),
    ("uartN", uart), ("uartmodeN uart-modeN", uartmode), ("uarttypeN uart-typeN", uarttype), ("lptN lptmodeN lpt-modeN", misc),
    ("audio", audio), ("audiodriver audio-driver", audio_driver), ("audioenabled audio-enabled", flag("audioenabled")),
    ("audiocontroller audio-controller",
     words("audiocontroller", "audiocontroller", {"ac97": "AC97", "hda": "HDA", "sb16": "SB16"})),
    ("audiocodec audio-codec", words("audiocodec", "audiocodec",
                                     {"stac9700": "STAC9700", "ad1980": "AD1980", "stac9221": "STAC9221", "sb16": "SB16"})),
    ("audioin audio-in", flag("audioin")), ("audioout audio-out", flag("audioout")),
    ("clipboard clipboard-mode", words("clipboard", "clipboard-mode", CLIP)),
    ("clipboard-file-transfers", flag("clipboardfiles")),
    ("draganddrop drag-and-drop", words("draganddrop", "draganddrop", CLIP)),
    ("usb usbohci usb-ohci", flag("usbohci")), ("usbehci usb-ehci", flag("usbehci")), ("usbxhci usb-xhci", flag("usbxhci")),
    ("usbcardreader usb-card-reader", misc_flag), ("vrde", flag("vrde")),
    ("vrdeport vrde-port vrdeaddress vrde-address vrdeauthtype vrde-auth-type vrdeextpack vrde-extpack vrdeproperty "
     "vrde-property vrdeauthlibrary vrde-auth-library", misc),
    ("vrdemulticon vrde-multi-con vrdereusecon vrde-reuse-con vrdevideochannel vrde-video-channel", misc_flag),
    ("recording", misc_flag), ("recordingfile recording-file recordingscreens recording-screens recordingopts recording-opts",
                               misc),
    ("teleporter", flag("teleporter")), ("teleporterport teleporter-port", number_of("teleporterport")),
    ("teleporteraddress teleporter-address", text("teleporteraddress")), ("teleporterpassword teleporter-password", misc),
    ("tracing-enabled tracing-allow-vm-access", misc_flag), ("tracing-config", misc),
    ("autostart-enabled", autostart), ("autostart-delay", number_of("autostartdelay")),
]


def option_table():
    """"--spelling" -> (first spelling, setter)."""
    found = {}
    for spellings, put in TABLE:
        names = spellings.split()
        for n in names:
            found["--" + n] = (names[0].rstrip("N"), put)
    return found


def getopt(text):
    out.usage("modifyvm", "Unknown option: " + text, status=1, gap=False, again=True)


LIMIT = {"nic": 8, "boot": 4, "uart": 4, "lpt": 2}


def index_limit(first):
    for head in ("boot", "uart", "lpt"):
        if first.startswith(head):
            return LIMIT[head]
    return LIMIT["nic"]


def apply(m, words_):
    table = option_table()
    i = 0
    while i < len(words_):
        word = words_[i]
        i += 1
        key, eq, value = word.partition("=")
        if not key.startswith("--"):
            getopt(word) if word.startswith("-") else out.usage("modifyvm", "Invalid parameter '%s'" % word, again=True)
        n = 0
        found = table.get(key)
        if not found and key[-1].isdigit():
            head = key.rstrip("0123456789")
            found = table.get(head + "N")
            n = int(key[len(head):])
            if found and not 1 <= n <= index_limit(found[0]):
                out.fail("Invalid parameter '%s'" % key)     # not seen
        if not found or key.endswith("N"):
            getopt(key)
        if not eq:
            if i == len(words_):
                out.usage("modifyvm", "Missing value for option: %s" % key, status=1, gap=False, again=True)
            value = words_[i]
            i += 1

        def more():
            nonlocal i
            if i == len(words_) or words_[i].startswith("--"):
                return None
            i += 1
            return words_[i - 1]

        if m["state"] == "saved" and found[0] not in SAVED_OK:
            saved(found[0])
        try:
            found[1](m, n, value, more)
        except Unknown as e:
            getopt(str(e))


def saved(option):
    call, line = CALLS.get(option, ("COMSETTER(%s)" % option, 1000))
    out.com_fail("The machine is not mutable (state is Saved)", "VBOX_E_INVALID_VM_STATE", "SessionMachine", "IMachine",
                 call, "%s:%d" % (SOURCE, line))


def move(home, m):
    """A new name or group moves the files along."""
    old_name, old_path = m.name, m.path
    base = m.folder
    follows = os.path.basename(base) == registering.file_name(old_name)
    new_name = m.rename or old_name
    new_groups = m.regroup or m["groups"]
    if follows:
        base = os.path.dirname(base)
        group = m["groups"][0]
        if group != "/" and base.endswith(group):
            base = base[:-len(group)]
        folder = os.path.join(base + (new_groups[0] if new_groups[0] != "/" else ""), registering.file_name(new_name))
    else:
        folder = base
    m["name"], m["groups"] = new_name, new_groups
    path = os.path.join(folder, registering.file_name(new_name) + ".vbox")
    if path == old_path:
        return
    if folder != m.folder:
        os.makedirs(os.path.dirname(folder), 0o700, exist_ok=True)
        os.rename(m.folder, folder)
    moved = os.path.join(folder, os.path.basename(old_path))
    if moved != path:
        os.rename(moved, path)
        if os.path.exists(moved + "-prev"):
            os.rename(moved + "-prev", path + "-prev")
    for e in home.reg["machines"]:
        if e["uuid"] == m.uuid:
            e["file"] = path
    for d in home.reg["media"]:
        if d["location"].startswith(os.path.dirname(old_path) + "/"):
            d["location"] = folder + d["location"][len(os.path.dirname(old_path)):]
    m.path = path


def run(words_, _):
    if len(words_) < 2:
        out.usage("modifyvm", "Not enough parameters", again=True)
    home = state.Home()
    with home.locked():
        vm.settle(home)
        m, fd = machine.find_for_change(home, words_[0], SOURCE + ":893", SOURCE + ":901")
    state.hold()
    with home.locked():
        m = machine.lookup(home, m.uuid)[1]     # what needs no session may have changed it meanwhile
        m.rename = m.regroup = None
        apply(m, words_[1:])
        faults.half()
        move(home, m)
        m.save()
    os.close(fd)
    return 0
