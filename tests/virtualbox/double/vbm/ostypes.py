# SPDX-License-Identifier: Apache-2.0
"""Guest operating systems: identifiers, descriptions, and what VirtualBox recommends for them."""
import os

# Identifiers of which the description does not follow from the name.
SPECIAL = {
    "Other": "Other/Unknown", "Other_64": "Other/Unknown (64-bit)", "Linux26": "Linux 2.6 / 3.x / 4.x / 5.x (32-bit)",
    "Linux26_64": "Linux 2.6 / 3.x / 4.x / 5.x (64-bit)", "Linux24": "Linux 2.4 (32-bit)", "Linux24_64": "Linux 2.4 (64-bit)",
    "Linux22": "Linux 2.2 (32-bit)", "Linux": "Other Linux (32-bit)", "Linux_64": "Other Linux (64-bit)",
    "ArchLinux": "Arch Linux (32-bit)", "ArchLinux_64": "Arch Linux (64-bit)", "RedHat": "Red Hat (32-bit)",
    "RedHat_64": "Red Hat (64-bit)", "Oracle": "Oracle Linux (32-bit)", "Oracle_64": "Oracle Linux (64-bit)",
    "OpenSUSE": "openSUSE (32-bit)", "OpenSUSE_64": "openSUSE (64-bit)", "Windows10_64": "Windows 10 (64-bit)",
    "Windows11_64": "Windows 11 (64-bit)", "DOS": "DOS",
}
SIMPLE = ("Debian", "Fedora", "Gentoo", "Mageia", "Mandriva", "Ubuntu", "Lubuntu", "Xubuntu", "Xandros", "FreeBSD", "NetBSD",
          "OpenBSD")


def table():
    found = dict(SPECIAL)
    for name in SIMPLE:
        found[name] = name + " (32-bit)"
        found[name + "_64"] = name + " (64-bit)"
    return found


def find(text):
    """The identifier, given as itself or as its description; None: unknown."""
    for key, description in table().items():
        if text == description or text.lower() == key.lower():
            return key
    return None


def description(key):
    return table().get(key, key)


def is_linux26(key):
    """A kernel that knows VirtualBox as KVM."""
    d = description(key)
    return "Linux" in d and "2.2" not in d and "2.4" not in d or key.startswith(("Debian", "Fedora", "Ubuntu", "Gentoo"))


def recommend(m, all_of_it):
    """What createvm --ostype, and --default on top, set."""
    linux = is_linux26(m["ostype"])
    m["x2apic"] = m["utc"] = linux
    m["nics"][0]["attach"] = "nat"
    if not all_of_it:
        return
    m["vram"] = 16
    m["pae"] = False
    m["graphics"] = "vmsvga"
    m["mouse"] = "usbtablet"
    m["usbohci"] = m["usbehci"] = True
    m["audiocodec"] = "AD1980"
    m["audioout"] = True
    from . import storage
    m["controllers"] = [storage.new_controller("IDE", "ide"), storage.new_controller("SATA", "sata")]
    m["controllers"][1]["ports"] = 1


def subtypes():
    with open(os.path.join(os.path.dirname(__file__), "ossubtypes.txt"), encoding="utf-8") as f:
        return "".join(line for line in f if not line.startswith("#"))
