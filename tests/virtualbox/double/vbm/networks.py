# SPDX-License-Identifier: Apache-2.0
"""hostonlyif, dhcpserver, natnetwork; host-only interfaces as bridges of the kernel."""
import os
import re

from . import faults, options, out, state

SOURCE = "VBoxManageHostonly.cpp"
DEFAULT_RANGES = ["192.168.56.0/21"]
ALWAYS = ["fe80::/10"]


def pretend():
    """Without QEMU no bridges are needed either: interfaces are files then, for all users of the same folder."""
    return os.environ.get("VBOX_DOUBLE_VM") == "stub"


def names_there(home):
    if pretend():
        return os.listdir(stub_folder(home))
    # Not /sys: that may be the one of another network namespace.
    with open("/proc/self/net/dev", encoding="ascii") as f:
        return [line.split(":")[0].strip() for line in f if ":" in line]


def stub_folder(home):
    path = os.environ.get("VBOX_DOUBLE_NET") or home.join("net")
    os.makedirs(path, exist_ok=True)
    return path


def ip(*words):
    import subprocess       # late, as ipaddress elsewhere: slow to load
    r = subprocess.run(("ip",) + words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return "" if r.returncode == 0 else r.stderr.strip() or "failed"


def entry(n):
    return {"name": "vboxnet%d" % n, "n": n, "ip": "192.168.%d.1" % ((56 + n) % 256), "mask": "255.255.255.0", "ip6": "",
            "prefix6": 0}


def interfaces(home):
    """Those that are there: interfaces are the host's, settings of them the user's."""
    if faults.hit("nomodule") is not None:
        return []
    known = {i["name"]: i for i in home.reg["hostonly"]}
    names = [n for n in names_there(home) if re.match(r"^vboxnet[0-9]+$", n)]
    return sorted((known.get(n) or entry(int(n[7:])) for n in names), key=lambda i: i["n"])


def usable(home, name):
    return any(i["name"] == name for i in interfaces(home))


def own(home, i):
    """The registry's entry, to be changed."""
    if i not in home.reg["hostonly"]:
        home.reg["hostonly"].append(i)
    return i


def show(i):
    n = i["n"]
    for key, value in (("Name", i["name"]), ("GUID", "f0000000-%04x-4abf-8000-0a00270000%02x" % ((0xdae8 + n) & 0xffff, n)),
                       ("DHCP", "Disabled"), ("IPAddress", i["ip"]), ("NetworkMask", i["mask"]), ("IPV6Address", i["ip6"]),
                       ("IPV6NetworkMaskPrefixLength", i["prefix6"]), ("HardwareAddress", "0a:00:27:00:00:%02x" % n),
                       ("MediumType", "Ethernet"), ("Wireless", "No"), ("Status", "Up"),
                       ("VBoxNetworkName", "HostInterfaceNetworking-" + i["name"])):
        out.put("%-16s %s\n" % (key + ":", value))
    out.put("\n")


def address(i):
    """Puts its address on the bridge."""
    if pretend():
        return
    import ipaddress
    ip("addr", "flush", "dev", i["name"])
    net = ipaddress.ip_network("%s/%s" % (i["ip"], i["mask"]), strict=False)
    ip("addr", "add", "%s/%d" % (i["ip"], net.prefixlen), "broadcast", str(net.broadcast_address), "dev", i["name"])
    if i["ip6"]:
        ip("addr", "add", "%s/%d" % (i["ip6"], i["prefix6"]), "dev", i["name"])
    ip("link", "set", i["name"], "up")


def join(home, tap, name):
    """A machine's tap into the bridge of a host-only interface."""
    with home.locked():
        for i in interfaces(home):
            if i["name"] == name:
                address(own(home, i))
    trouble = ip("link", "set", tap, "master", name) or ip("link", "set", tap, "up")
    if trouble:
        raise OSError(1, "%s: %s" % (tap, trouble))


# hostonlyif

def hostonlyif(words, _):
    if not words:
        out.usage("hostonlyif", "No sub-command specified")
    sub = {"create": create, "remove": remove, "ipconfig": ipconfig}.get(words[0])
    if not sub:
        out.usage("hostonlyif", "Unknown sub-command '%s'" % words[0])
    home = state.Home()
    with home.locked():
        return sub(home, words[1:])


def create(home, words):
    if words:
        out.usage("hostonlyif", "Too many parameters" if not words[0].startswith("-") else "Unknown option: %s" % words[0])
    taken = {i["n"] for i in interfaces(home)}
    n = next(k for k in range(256) if k not in taken)
    i = entry(n)
    trouble = ""
    if faults.hit("nomodule") is not None:
        trouble = "No such file or directory"
    elif faults.hit("nosetuid") is not None:
        trouble = "Permission denied"
    elif pretend():
        os.makedirs(os.path.join(stub_folder(home), i["name"]))
    else:
        failed = ip("link", "add", i["name"], "address", "0a:00:27:00:00:%02x" % n, "type", "bridge")
        if failed:
            trouble = "Permission denied"
        else:
            ip("link", "set", i["name"], "up")
    if trouble:
        out.err("0%...NS_ERROR_FAILURE\n")
        out.error("Failed to create the host-only adapter")
        out.com_fail("VBoxNetAdpCtl: Error while adding new interface: failed to open /dev/vboxnetctl: %s" % trouble,
                     "NS_ERROR_FAILURE", "HostNetworkInterfaceWrap", "IHostNetworkInterface",
                     "RTEXITCODE handleCreate(HandlerArg*)", SOURCE + ":105", callee=False)
    home.reg["hostonly"] = [x for x in home.reg["hostonly"] if x["name"] != i["name"]] + [i]
    home.save()
    faults.half()
    out.progress()
    out.put("Interface '%s' was successfully created\n" % i["name"])
    return 0


def find(home, name, line):
    for i in interfaces(home):
        if i["name"] == name:
            return i
    out.com_fail("The host network interface named '%s' could not be found" % name, "NS_ERROR_INVALID_ARG", "HostWrap", "IHost",
                 "FindHostNetworkInterfaceByName(Bstr(pszName).raw(), hif.asOutParam())", "%s:%d" % (SOURCE, line))


def remove(home, words):
    if not words:
        out.usage("hostonlyif", "No interface name given")
    i = find(home, words[0], 187)
    if pretend():
        os.rmdir(os.path.join(stub_folder(home), i["name"]))
    else:
        ip("link", "del", i["name"])
    home.reg["hostonly"] = [x for x in home.reg["hostonly"] if x["name"] != i["name"]]
    out.progress()
    return 0


CONFIG_OPTIONS = {"--dhcp": 0, "-dhcp": 0, "--ip": 1, "-ip": 1, "--netmask": 1, "-netmask": 1, "--ipv6": 1, "-ipv6": 1,
                  "--netmasklengthv6": 1, "-netmasklengthv6": 1}


def ipconfig(home, words):
    o, name = {}, None
    for key, value in options.parse(words, CONFIG_OPTIONS, "hostonlyif", gap=False):
        if key is None:
            name = value
        else:
            o[key.lstrip("-")] = value
    if not name:
        out.usage("hostonlyif", "No interface name given")
    if not o:
        out.usage("hostonlyif", "At least one of --dhcp, --ip or --ipv6 must be given")
    i = find(home, name, 242)
    if "dhcp" in o:
        out.com_bare_fail("NS_ERROR_NOT_IMPLEMENTED", "EnableDynamicIPConfig()", SOURCE + ":247")
    import ipaddress
    if "ip" in o:
        mask = o.get("netmask", "255.255.255.0")
        where = ("EnableStaticIPConfig(Bstr(pszIp).raw(), Bstr(pszNetmask).raw())", SOURCE + ":252")
        try:
            ipaddress.IPv4Network("%s/%s" % (o["ip"], mask), strict=False)
        except ValueError:
            out.com_bare_fail("NS_ERROR_FAILURE", *where)
        if not allowed(o["ip"]):
            out.com_bare_fail("E_ACCESSDENIED", *where)
        own(home, i).update(ip=o["ip"], mask=mask)
    elif "ipv6" in o:
        where = ("EnableStaticIPConfigV6(Bstr(pszIpv6).raw(), (ULONG)uNetmasklengthv6)", SOURCE + ":271")
        try:
            ipaddress.IPv6Address(o["ipv6"])
        except ValueError:
            out.com_bare_fail("NS_ERROR_FAILURE", *where)
        if not allowed(o["ipv6"]):
            out.com_bare_fail("E_ACCESSDENIED", *where)
        own(home, i).update(ip6=o["ipv6"], prefix6=int(o.get("netmasklengthv6", 64)))
    address(i)
    return 0


def ranges():
    """What /etc/vbox/networks.conf allows. A line that is not understood counts for nothing."""
    import ipaddress
    path = os.environ.get("VBOX_DOUBLE_NETWORKS_CONF") or "/etc/vbox/networks.conf"
    found = []
    try:
        with open(path, encoding="utf-8", errors="replace") as f:
            lines = f.read().split("\n")
    except OSError:
        lines = []
    for line in lines:
        if not line.startswith("* "):
            continue
        for word in line[2:].split():
            try:
                found.append(ipaddress.ip_network(word, strict=False))
            except ValueError:
                break       # the rest of the line is lost with it
    return (found or [ipaddress.ip_network(r) for r in DEFAULT_RANGES]) + [ipaddress.ip_network(r) for r in ALWAYS]


def allowed(text):
    import ipaddress
    a = ipaddress.ip_address(text)
    return any(a.version == r.version and a in r for r in ranges())


# dhcpserver

DHCP_OPTIONS = {"--netname": "net", "--network": "net", "--ifname": "if", "--interface": "if", "--ip": "ip",
                "--server-ip": "ip", "--netmask": "mask", "--lowerip": "lower", "--lower-ip": "lower", "--upperip": "upper",
                "--upper-ip": "upper"}
DHCP_FLAGS = {"--enable": True, "--disable": False}
DHCP_IGNORED = {"--set-opt": 2, "--force-opt": 1, "--min-lease-time": 1, "--default-lease-time": 1, "--max-lease-time": 1,
                "--global": 0}


def dhcpserver(words, _):
    if not words:
        out.usage("dhcpserver", "Too few parameters")
    sub = words[0]
    if sub == "--help":
        return out.help_page("dhcpserver")
    if sub not in ("add", "modify", "remove", "start", "stop", "restart"):
        out.usage("dhcpserver", "Unknown sub-command '%s'" % sub)
    o = dhcp_options(words[1:], sub)
    home = state.Home()
    with home.locked():
        if "net" not in o and "if" not in o:
            out.usage("dhcpserver", "You need to specify either --network or --interface to identify the DHCP server", sub=sub)
        net = o.get("net") or "HostInterfaceNetworking-" + o["if"]
        old = next((d for d in home.reg["dhcp"] if d["net"] == net), None)
        if sub == "add":
            dhcp_add(home, net, old, o)
        elif sub == "modify":
            if not old:
                out.fail("DHCP server does not exist", 2)
            old.update({k: v for k, v in o.items() if k not in ("net", "if")})
        else:
            if not old:
                out.fail("Failed to find DHCP server for network '%s'" % net)
            if sub == "remove":
                home.reg["dhcp"].remove(old)
    return 0


def dhcp_options(words, sub):
    o, i = {}, 0
    while i < len(words):
        key, eq, value = words[i].partition("=")
        key = "-" + key if re.match(r"^-[a-z]{2}", key) else key
        i += 1
        if key in DHCP_FLAGS:
            o["enabled"] = DHCP_FLAGS[key]
            continue
        if key in DHCP_IGNORED:
            i += DHCP_IGNORED[key]
            continue
        if key not in DHCP_OPTIONS:
            out.usage("dhcpserver", "Unknown option: %s" % key, sub=sub)
        if not eq:
            if i == len(words):
                out.usage("dhcpserver", "Missing value for option: %s" % key, sub=sub)
            value = words[i]
            i += 1
        o[DHCP_OPTIONS[key]] = value
    return o


def dhcp_add(home, net, old, o):
    missing = [name for field, name in (("ip", "--ip"), ("mask", "--netmask"), ("lower", "--lowerip"), ("upper", "--upperip"))
               if field not in o]
    for k, name in enumerate(missing):
        try:
            out.usage("dhcpserver", "Missing required option: " + name, sub="add", with_banner=k == 0)
        except out.Exit:
            pass
    if missing:
        raise out.Exit(2)
    if old:
        out.fail("DHCP server already exists", 2)
    home.reg["dhcp"].append({"net": net, "ip": o["ip"], "mask": o["mask"], "lower": o["lower"], "upper": o["upper"],
                             "enabled": o.get("enabled", False)})


def show_dhcp(home):
    for k, d in enumerate(home.reg["dhcp"]):
        if k:
            out.put("\n")
        for key, value in (("NetworkName", d["net"]), ("Dhcpd IP", d["ip"]), ("LowerIPAddress", d["lower"]),
                           ("UpperIPAddress", d["upper"]), ("NetworkMask", d["mask"]),
                           ("Enabled", "Yes" if d["enabled"] else "No")):
            out.put("%-15s %s\n" % (key + ":", value))
        out.put("Global Configuration:\n    minLeaseTime:     default\n    defaultLeaseTime: default\n"
                "    maxLeaseTime:     default\n    Forced options:   None\n    Suppressed opts.: None\n"
                "        1/legacy: %s\nGroups:               None\nIndividual Configs:   None\n" % d["mask"])


# natnetwork

NATNET_OPTIONS = {"--netname": 1, "--network": 1, "--enable": 0, "--disable": 0, "--dhcp": 1, "--ipv6": 1,
                  "--port-forward-4": 1, "--port-forward-6": 1, "--loopback-4": 1, "--loopback-6": 1}


def natnetwork(words, _):
    if not words:
        out.usage("natnetwork", "No sub-command specified")
    sub = words[0]
    if sub not in ("add", "modify", "remove", "start", "stop", "list"):
        out.usage("natnetwork", "Unknown sub-command '%s'" % sub)
    o = {}
    for key, value in options.parse(words[1:], NATNET_OPTIONS, "natnetwork"):
        if key:
            o[key[2:]] = value
    home = state.Home()
    with home.locked():
        nets = home.reg["natnets"]
        if sub == "list":
            show_natnets(home)
            return 0
        if "netname" not in o:
            out.usage("natnetwork", "You need to specify the --netname option")
        old = next((n for n in nets if n["name"] == o["netname"]), None)
        if sub == "add":
            if old:
                out.fail("NATNetwork server already exists", 2)
            old = {"name": o["netname"], "network": o.get("network", "10.0.2.0/24"), "dhcp": True, "ipv6": False,
                   "enabled": True}
            nets.append(old)
        elif not old:
            out.fail("NATNetwork server does not exist", 2)
        if sub == "remove":
            nets.remove(old)
        else:
            old.update({k: o[k] == "on" for k in ("dhcp", "ipv6") if k in o})
            old.update({"network": o["network"]} if "network" in o else {})
            old["enabled"] = "disable" not in o
    return 0


def show_natnets(home):
    import ipaddress
    for n in home.reg["natnets"]:
        gateway = str(ipaddress.ip_network(n["network"], strict=False).network_address + 1)
        for key, value in (("Name", n["name"]), ("Network", n["network"]), ("Gateway", gateway),
                           ("DHCP Server", "Yes" if n["dhcp"] else "No"), ("IPv6", "Yes" if n["ipv6"] else "No"),
                           ("IPv6 Prefix", "fd17:625c:f037:2::/64"), ("IPv6 Default", "No")):
            out.put("%-16s %s\n" % (key + ":", value))
        out.put("\n")
