#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the image's manifest (SPDX) to what is in the image, file by file.

    tests/image/manifest_test.py [test_...]      after `make image`; IMAGE and CACHE name other folders, SUITE another suite

It looks at machine.iso, the kernel and the static programs themselves and asks the unpacked packages whose each file is, and
knows nothing of how the recipe notes what it takes.
"""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "guest"))
import check  # noqa: E402

IMAGE = os.environ.get("IMAGE", os.path.join(TOP, "build", "image"))
CACHE = os.environ.get("CACHE", os.path.join(TOP, "build", "cache"))
PROGRAMS = os.environ.get("PROGRAMS", os.path.join(TOP, "build", "guest"))
SUITE = os.environ.get("SUITE", "trixie")
UNPACKED = os.path.join(CACHE, "unpacked", SUITE)
RECIPE = os.path.join(TOP, "guest", "image")

# What the recipe itself makes, and what it is made from: "" is ours.
MADE = {
    "etc/mtab": "", "etc/os-release": "", "etc/version": "", "usr/lib/os-release": "",
    "usr/lib/machine/init": "", "usr/lib/machine/agent": "", "usr/lib/machine/gate": "",
    "usr/lib/machine/modules.levels": "", "usr/sbin/xtables-legacy-multi": "iptables-static",
    "etc/ssl/certs/ca-certificates.crt": "ca-certificates",
}
DEPMOD = re.compile(r"usr/lib/modules/[^/]+/modules\.[a-z.]+$")


def tool(name, *arguments):
    program = os.path.join(CACHE, "tools", SUITE, "bin", name)
    return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


def packages():
    with open(os.path.join(IMAGE, "manifest.spdx.json"), encoding="utf-8") as file:
        return {package["name"]: package for package in json.load(file)["packages"]}


def root_files():
    """Paths of the regular files in the root of machine.iso."""
    with tempfile.TemporaryDirectory() as folder:
        squashfs = os.path.join(folder, "root.squashfs")
        tool("xorriso", "-osirrox", "on", "-indev", os.path.join(IMAGE, "machine.iso"),
             "-extract", "/machine/root.squashfs", squashfs)
        lines = tool("unsquashfs", "-lls", squashfs).decode().splitlines()
    found = [re.match(r"-\S+ \S+ +\d+ \S+ \S+ squashfs-root/(.*)$", line) for line in lines]
    return [match.group(1) for match in found if match]


def owners():
    """For each path of the unpacked packages, unpacked modules by their final names, the packages that have it."""
    found = {}
    for folder in os.listdir(UNPACKED):
        name = folder.split("_")[0]
        top = os.path.join(UNPACKED, folder)
        for where, _, files in os.walk(top):
            for file in files:
                path = os.path.relpath(os.path.join(where, file), top)
                path = re.sub(r"(\.ko)\.(xz|zst)$", r"\1", path)
                found.setdefault(path, set()).add(name)
    with open(os.path.join(RECIPE, "files.txt"), encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            if len(words) == 3:
                found.setdefault(words[2], set()).add(words[0])
    return found


def own(path):
    return os.path.lexists(os.path.join(RECIPE, "root", path)) or DEPMOD.match(path)


def test_every_file_of_the_root_is_of_a_package_in_the_manifest():
    known, whose = packages(), owners()
    files = root_files()
    assert len(files) > 100, "only %d files" % len(files)
    wrong = []
    for path in files:
        if own(path):
            continue
        names = {MADE[path]} if path in MADE else whose.get(path, {"nobody"})
        if names != {""} and not names & known.keys():
            wrong.append("%s: %s" % (path, ", ".join(sorted(names))))
    assert not wrong, "%d files are of no package in the manifest, as %s" % (len(wrong), wrong[:5])


def test_the_kernel_and_the_boot_loaders_of_the_iso_are_there():
    with open(os.path.join(IMAGE, "image.json"), encoding="utf-8") as file:
        kernel = "linux-image-" + json.load(file)["kernel"]
    for name in (kernel, "isolinux", "syslinux-common", "grub-efi-amd64-bin"):
        assert name in packages(), "%s is missing" % name


def test_what_the_static_programs_took_is_there():
    known = packages()
    marks = {"SSL_CTX_new": "libssl-dev", "ZSTD_decompressStream": "libzstd-dev", "inflate": "zlib1g-dev",
             "malloc": "libc6-dev", "cJSON_ParseWithLengthOpts": "cjson-static"}
    taken = set()
    for program in ("init", "agent", "gate"):
        symbols = set(re.findall(r" [TtWi] (\S+)", tool("nm", os.path.join(PROGRAMS, program)).decode()))
        taken |= {marks[symbol] for symbol in marks.keys() & symbols}
        for symbol in marks.keys() & symbols:
            package = known.get(marks[symbol])
            assert package, "%s has %s, but %s is missing" % (program, symbol, marks[symbol])
            assert "statically" in package["comment"], package
    assert {"libssl-dev", "libc6-dev", "cjson-static"} <= taken, taken
    assert any(re.match(r"libgcc-\d+-dev$", name) for name in known), "libgcc is missing"
    assert "iptables-static" in known


def test_each_package_has_source_version_and_digest():
    for name, package in packages().items():
        assert re.match(r"built from \S+ \S+$", package["sourceInfo"]), (name, package["sourceInfo"])
        assert package["versionInfo"], name
        purl = package["externalRefs"][0]["referenceLocator"]
        assert package["versionInfo"] in purl and SUITE in purl, purl
        assert name.endswith("-static") or package["checksums"][0]["algorithm"] == "SHA256", name


def test_digests_are_those_of_the_packages():
    archives = os.path.join(CACHE, "apt", SUITE, "archives")
    compared = 0
    for name, package in packages().items():
        arch = re.search(r"arch=(\w+)", package["externalRefs"][0]["referenceLocator"]).group(1)
        file = os.path.join(archives, "%s_%s_%s.deb" % (name, package["versionInfo"].replace(":", "%3a"), arch))
        if arch == "source" or not os.path.exists(file):
            continue
        with open(file, "rb") as deb:
            digest = hashlib.sha256(deb.read()).hexdigest()
        assert digest == package["checksums"][0]["checksumValue"], name
        compared += 1
    assert compared > 30, "only %d packages could be compared" % compared


if __name__ == "__main__":
    if not os.path.exists(os.path.join(IMAGE, "manifest.spdx.json")):
        print("skip manifest_test.py # there is no %s (make image)" % IMAGE)
        sys.exit(0)
    sys.exit(check.main(sys.modules[__name__]))
