# SPDX-License-Identifier: Apache-2.0
"""Media: the registry of them and the commands about them."""
import contextlib
import os

from . import faults, image, machine, options, out, state, vm

SOURCE = "VBoxManageDisk.cpp"
KIND_TEXT = {"disk": "hard disk", "dvd": "DVD image", "floppy": "floppy image"}
OPEN = "OpenMedium(Bstr(pszFilenameOrUuid).raw(), enmDevType, enmAccessMode, fForceNewUuidOnOpen, pMedium.asOutParam())"
OPEN_AT = SOURCE + ":197"
MIB = 1 << 20


def find(home, text, kind=None):
    """A registered medium by UUID or file."""
    uuid = state.as_uuid(text)
    path = os.path.abspath(text)
    for d in home.reg["media"]:
        if (d["uuid"] == uuid or d["location"] == path) and kind in (None, d["kind"]):
            return d
    return None


def open_medium(home, text, kind):
    """The medium; it is registered if it was not. None: refused, which has been said."""
    d = find(home, text, kind)
    if d:
        return d
    path = os.path.abspath(text)

    def refuse(text, code, component="MediumWrap", interface="IMedium"):
        out.com(text, code, component, interface, OPEN, OPEN_AT)

    if state.as_uuid(text):
        out.com("Could not find an open %s with UUID {%s}" % (KIND_TEXT[kind], state.as_uuid(text)), "VBOX_E_OBJECT_NOT_FOUND",
                "VirtualBoxWrap", "IVirtualBox", OPEN, OPEN_AT)
        return None
    try:
        found = image.Image(path)
    except OSError as e:
        refuse("Could not find file for the medium '%s' (%s)" % (path, out.runtime_name(e)), "VBOX_E_FILE_ERROR")
        return None
    if kind != "disk":
        d = {"uuid": state.new_uuid(), "kind": kind, "location": path, "format": "RAW", "variant": "fixed default",
             "capacity": os.stat(path).st_size}
        home.reg["media"].append(d)
        return d
    if not found.format:
        refuse("Could not get the storage format of the medium '%s' (VERR_NOT_SUPPORTED)" % path, "VBOX_E_IPRT_ERROR")
        return None
    if not found.uuid:
        # A descriptor of somebody else's: VirtualBox writes one into it.
        found.uuid = state.new_uuid()
        image.set_uuid(path, found.uuid)
    other = find(home, found.uuid)
    if other:
        refuse("Cannot register the hard disk '%s' {%s} because a hard disk '%s' with UUID {%s} already exists"
               % (path, found.uuid, other["location"], found.uuid), "NS_ERROR_INVALID_ARG", "VirtualBoxWrap", "IVirtualBox")
        return None
    d = {"uuid": found.uuid, "kind": "disk", "location": path, "format": found.format, "variant": found.variant,
         "capacity": found.capacity}
    home.reg["media"].append(d)
    return d


def users(home, d):
    """The machines that a medium is attached to."""
    return [m for _, m in machine.all_machines(home) if m.accessible and uses(m, d)]


def uses(m, d):
    return any(a["medium"] == d["uuid"] for c in m["controllers"] for a in c["attached"])


def attached_to(home, m):
    return [d for d in home.reg["media"] if uses(m, d)]


def used_disks(home, m):
    return [d for d in attached_to(home, m) if d["kind"] == "disk"]


def remember(home, m):
    """The settings file of a machine names its media, for the day when it is registered again."""
    m["media"] = attached_to(home, m)


def restore(home, m):
    for d in m["media"]:
        if not find(home, d["uuid"]):
            home.reg["media"].append(d)
    m["media"] = []


def forget_of(home, m):
    """The media of a machine that is gone, unless another one has them."""
    home.reg["media"] = [d for d in home.reg["media"] if not uses(m, d) or users(home, d)]


def delete_files(d):
    with contextlib.suppress(OSError):
        for path in image.Image(d["location"]).extents:
            with contextlib.suppress(OSError):
                os.unlink(path)
    with contextlib.suppress(OSError):
        os.unlink(d["location"])


def locked(home, d):
    """Whether a machine that runs has it."""
    return any(vm.live(home, m.uuid) for m in users(home, d))


def show(home, d, more):
    def line(key, value):
        out.put("%-15s %s\n" % (key + ":", value))

    accessible = os.path.exists(d["location"])
    line("UUID", d["uuid"])
    if d["kind"] == "disk":
        line("Parent UUID", d.get("parent") or "base")
    line("State", "inaccessible" if not accessible else
         ("locked write" if d["kind"] == "disk" else "locked read") if locked(home, d) else "created")
    if not accessible:
        line("Access Error", "Could not open the medium '%s'.\nVD: error VERR_FILE_NOT_FOUND opening image file '%s' "
             "(VERR_FILE_NOT_FOUND)" % (d["location"], d["location"]))
    line("Type", "readonly" if d["kind"] != "disk" else "normal (%s)" % ("differencing" if d.get("parent") else "base"))
    line("Location", d["location"])
    line("Storage format", d["format"])
    if more:
        line("Format variant", d["variant"])
    line("Capacity", "%d MBytes" % (d["capacity"] // MIB))
    if more:
        line("Size on disk", "%d MBytes" % ((image.Image(d["location"]).size if accessible else 0) // MIB))
    line("Encryption", "disabled")
    if more:
        properties = {"VMDK": ("BootSector=", "Partitions=", "RawDrive=", "Relative="),
                      "VDI": ("AllocationBlockSize=1048576",)}.get(d["format"], ())
        for i, p in enumerate(properties):
            out.put("%-15s %s\n" % ("" if i else "Property:", p))
        for i, m in enumerate(users(home, d)):
            out.put("%-15s %s (UUID: %s)\n" % ("" if i else "In use by VMs:", m.name, m.uuid))


# Commands

CREATE_OPTIONS = {k: 1 for k in ("--filename", "-filename", "--size", "-size", "--sizebyte", "--format", "-format", "--variant",
                                 "-variant", "--diffparent", "--property", "--property-file")}


def createmedium(words, command):
    o = take(words, CREATE_OPTIONS, "createmedium")
    kind, plain = kind_of(o["plain"])
    if plain:
        out.usage("createmedium", "Invalid parameter '%s'" % plain[0])
    if not o.get("filename"):
        out.usage("createmedium", "Parameter --filename is required")
    size = int(o["sizebyte"]) if "sizebyte" in o else int(o.get("size") or 0) * MIB
    if size <= 0:
        out.usage("createmedium", "Parameter --size is required")
    format_ = o.get("format", "VDI").upper()
    path = o["filename"]
    if format_ in image.FORMATS and not os.path.splitext(os.path.basename(path))[1]:
        path += image.FORMATS[format_][1]
    path = os.path.abspath(path)
    if format_ not in image.FORMATS:
        out.com_fail("Invalid medium storage format '%s'" % o["format"], "NS_ERROR_INVALID_ARG", "MediumWrap", "IMedium",
                     "CreateMedium(Bstr(pszFormat).raw(), Bstr(pszFilename).raw(), enmAccessMode, enmDevType, "
                     "pMedium.asOutParam())", SOURCE + ":231")
    fixed = "fixed" in o.get("variant", "").lower()
    home = state.Home()
    with home.locked():
        d = make(home, path, format_, size, fixed, "Failed to create medium",
                 ("RTEXITCODE handleCreateMedium(HandlerArg*)", SOURCE + ":630"))
    out.progress()
    out.put("Medium created. UUID: %s\n" % d["uuid"])
    return 0


def make(home, path, format_, size, fixed, headline, where, source=None):
    """Makes the file, empty or as a copy of the medium source, and registers it."""
    def failed(name, with_format=True):
        out.err("0%...VBOX_E_FILE_ERROR\n")
        out.error(headline)
        if with_format:
            out.error("Could not create the medium storage unit '%s'." % path)
            how = "could not create new file" if format_ == "VMDK" else "cannot create image"
            text = "%s: %s '%s' (%s)" % (format_, how, path, name)
        else:
            text = "Could not create the medium storage unit '%s' (%s)" % (path, name)
        out.com_fail(text, "VBOX_E_FILE_ERROR", "MediumWrap", "IMedium", *where, callee=False)

    if faults.hit("nospace") is not None:
        failed("VERR_DISK_FULL")
    if size > 0xffffffff * MIB:
        failed("VERR_VD_INVALID_SIZE", False)
    if os.path.exists(path):
        failed("VERR_ALREADY_EXISTS")
    uuid = state.new_uuid()
    try:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        if source:
            image.convert(source["location"], image.FORMATS[source["format"]][0], path, format_, fixed, uuid)
        else:
            image.create(path, format_, size, fixed, uuid)
    except OSError as e:
        failed(out.runtime_name(e))
    faults.half()
    d = {"uuid": uuid, "kind": "disk", "location": path, "format": format_,
         "variant": "fixed default" if fixed else "dynamic default", "capacity": size}
    home.reg["media"].append(d)
    return d


def take(words, known, command):
    o = {"plain": []}
    for key, value in options.parse(words, known, command, gap=False):
        if key is None:
            o["plain"].append(value)
        else:
            o[key.lstrip("-")] = value
    return o


def kind_of(words):
    if words and words[0] in ("disk", "dvd", "floppy"):
        return words[0], words[1:]
    return None, words


CLONE_OPTIONS = {"--format": 1, "-format": 1, "--variant": 1, "-variant": 1, "--existing": 0, "--resize": 1}


def clonemedium(words, command):
    o = take(words, CLONE_OPTIONS, "clonemedium")
    kind, plain = kind_of(o["plain"])
    if len(plain) != 2:
        out.usage("clonemedium", "Mandatory %s parameter missing" % ("input file" if not plain else "output file"))
    format_ = o.get("format", "").upper()
    home = state.Home()
    with home.locked():
        source = open_medium(home, plain[0], kind or "disk")
        if not source:
            raise out.Exit(1)
        format_ = format_ or source["format"]
        if format_ not in image.FORMATS:
            out.com_fail("Invalid medium storage format '%s'" % o["format"], "NS_ERROR_INVALID_ARG", "MediumWrap", "IMedium",
                         "CreateMedium(Bstr(pszFormat).raw(), Bstr(pszFilename).raw(), enmAccessMode, enmDevType, "
                         "pMedium.asOutParam())", SOURCE + ":231")
        d = make(home, os.path.abspath(plain[1]), format_, source["capacity"], "fixed" in o.get("variant", "").lower(),
                 "Failed to clone medium", ("RTEXITCODE handleCloneMedium(HandlerArg*)", SOURCE + ":1209"), source)
    out.progress()
    out.put("Clone medium created in format '%s'. UUID: %s\n" % (format_, d["uuid"]))
    return 0


def closemedium(words, _):
    o = take(words, {"--delete": 0, "-delete": 0}, "closemedium")
    kind, plain = kind_of(o["plain"])
    if len(plain) != 1:
        out.usage("closemedium", "Medium name or UUID required")
    home = state.Home()
    with home.locked():
        vm.settle(home)
        d = find(home, plain[0], kind) or open_medium(home, plain[0], kind or "disk")
        if not d:
            raise out.Exit(1)
        close(home, d, "delete" in o)
        home.reg["media"].remove(d)
        home.save()
        faults.half()
        if "delete" in o:
            delete_files(d)
            out.progress()
    return 0


def close(home, d, delete):
    """Whether it may be closed, and deleted before."""
    have = users(home, d)
    calls = [("DeleteStorage(pProgress.asOutParam())", 1868)] if delete else []
    calls.append(("Close()", 1877))
    if not have:
        return
    for call, line in calls:
        if locked(home, d):
            code, text = "VBOX_E_INVALID_OBJECT_STATE", "Medium '%s' is locked for writing by another task" % d["location"]
        elif call == "Close()":
            code = "VBOX_E_OBJECT_IN_USE"
            text = "Medium '%s' cannot be closed because it is still attached to %d virtual machines" % (
                d["location"], len(have))
        else:
            code = "VBOX_E_OBJECT_IN_USE"
            text = "Cannot delete storage: medium '%s' is still attached to the following %d virtual machine(s): %s" % (
                d["location"], len(have), " ".join(m.uuid for m in have))
        out.com(text, code, "MediumWrap", "IMedium", call, "%s:%d" % (SOURCE, line))
        if call != "Close()":
            out.error("Failed to delete medium. Error code %s" % code)
    raise out.Exit(1)


MODIFY_OPTIONS = {"--resize": 1, "--resizebyte": 1, "--type": 1, "--compact": 0, "--autoreset": 1, "--property": 1, "--move": 1,
                  "--setlocation": 1, "--description": 1}


def modifymedium(words, _):
    o = take(words, MODIFY_OPTIONS, "modifymedium")
    kind, plain = kind_of(o["plain"])
    if len(plain) != 1:
        out.usage("modifymedium", "Medium name or UUID required")
    home = state.Home()
    with home.locked():
        d = open_medium(home, plain[0], kind or "disk")
        if not d:
            raise out.Exit(1)
        if "resize" in o or "resizebyte" in o:
            size = int(o["resizebyte"]) if "resizebyte" in o else int(o["resize"]) * MIB
            if d["format"] != "VDI" and d["format"] != "VHD":
                out.err("0%...VBOX_E_NOT_SUPPORTED\n")
                out.fail("Failed to resize medium")
            image.resize(d["location"], d["format"], size, d["uuid"])
            d["capacity"] = size
            out.progress()
        if "setlocation" in o:
            d["location"] = os.path.abspath(o["setlocation"])
    return 0


def showmediuminfo(words, _):
    kind, plain = kind_of(words)
    if len(plain) != 1:
        out.usage("showmediuminfo", "Medium name or UUID required")
    home = state.Home()
    with home.locked():
        vm.settle(home)
        before = list(home.reg["media"])
        d = open_medium(home, plain[0], kind or "disk")
        if not d:
            raise out.Exit(1)
        show(home, d, True)
        home.reg["media"] = before      # looking at a file does not register it
    return 0


def internalcommands(words, _):
    if not words or words[0] not in ("sethduuid", "dumphdinfo", "sethdparentuuid"):
        out.usage("", "Invalid command '%s'" % (words[0] if words else ""))
    if words[0] != "sethduuid":
        return 0
    if len(words) < 2:
        out.fail("Not enough parameters")
    path = os.path.abspath(words[1])
    uuid = state.as_uuid(words[2]) if len(words) > 2 else state.new_uuid()
    if not uuid:
        out.fail("Invalid UUID parameter")
    try:
        if not image.set_uuid(path, uuid):
            out.fail("Format autodetect failed: VERR_NOT_SUPPORTED")
    except OSError as e:
        out.fail("Format autodetect failed: %s" % out.runtime_name(e))
    out.put("UUID changed to: %s\n" % uuid)
    return 0


CONVERT_OPTIONS = {"--format": 1, "-format": 1, "--variant": 1, "-variant": 1, "--uuid": 1}
VD = "/build/reproducible-path/virtualbox-7.2.22-dfsg/src/VBox/Storage/"


def convertfromraw(words, _):
    """Without VBoxSVC, and without registering anything."""
    o = take(words, CONVERT_OPTIONS, "convertfromraw")
    plain = o["plain"]
    stdin = plain[:1] == ["stdin"]
    if len(plain) != (3 if stdin else 2):
        out.usage("convertfromraw", "Incorrect number of parameters")
    format_ = o.get("format", "VDI").upper()
    fixed = "fixed" in o.get("variant", "").lower()
    source, path = plain[0], plain[1]
    out.err('Converting from raw image file="%s" to file="%s"...\n' % (source, path))
    if stdin:
        size = int(plain[2])
    else:
        try:
            with open(source, "rb") as f:
                size = f.seek(0, 2)
        except OSError as e:
            out.fail('Cannot open file "%s": %s' % (source, out.runtime_name(e)))
    out.err("Creating %s image with size %d bytes (%dMB)...\n"
            % ("fixed" if fixed else "dynamic", size, (size + MIB - 1) // MIB))

    def failed(text, name, place, function):
        out.error(text)
        out.error("Error code %s at %s%s in function %s" % (name, VD, place, function))
        out.fail('Cannot create the disk image "%s": %s' % (path, name))

    create = ("VMDK: could not create new file '%s'" % path if format_ == "VMDK" else "VDI: cannot create image '%s'" % path)
    where = (("VMDK.cpp(5581)", "int vmdkCreateRegularImage(PVMDKIMAGE, uint64_t, unsigned int, PVDINTERFACEPROGRESS, "
              "unsigned int, unsigned int)") if format_ == "VMDK" else
             ("VDI.cpp(1015)", "int vdiCreateImage(PVDIIMAGEDESC, uint64_t, unsigned int, const char*, PCVDGEOMETRY, "
              "PCVDGEOMETRY, PCRTUUID, PVDINTERFACEPROGRESS, unsigned int, unsigned int)"))
    if size % 512 or size == 0:
        failed("VD: The given disk size %d is not aligned on a sector boundary (512 bytes)" % size, "VERR_VD_INVALID_SIZE",
               "VD.cpp(6054)", "int VDCreateBase(PVDISK, const char*, const char*, uint64_t, unsigned int, const char*, "
               "PCVDGEOMETRY, PCVDGEOMETRY, PCRTUUID, unsigned int, PVDINTERFACE, PVDINTERFACE)")
    if format_ not in image.FORMATS:
        out.fail('Cannot create the disk image "%s": VERR_VD_BACKEND_NOT_FOUND' % path)
    if faults.hit("nospace") is not None:
        failed(create, "VERR_DISK_FULL", *where)
    if os.path.exists(path):
        failed(create, "VERR_ALREADY_EXISTS", *where)
    uuid = state.as_uuid(o.get("uuid", "")) or state.new_uuid()
    try:
        if "half" in faults.active:
            image.create(path, format_, size, fixed, uuid)
            faults.half()
        if stdin:
            import tempfile
            with tempfile.NamedTemporaryFile(dir=os.path.dirname(os.path.abspath(path)), prefix=".raw") as f:
                copy_stdin(f, size)
                image.convert(f.name, "raw", path, format_, fixed, uuid)
        else:
            image.convert(source, "raw", path, format_, fixed, uuid)
    except OSError as e:
        failed(create, out.runtime_name(e), *where)
    return 0


def copy_stdin(f, size):
    """Up to size bytes, holes where the input ends early."""
    left = size
    while left:
        block = os.read(0, min(left, MIB))
        if not block:
            break
        if block.strip(b"\0"):
            f.write(block)
        else:
            f.seek(len(block), 1)
        left -= len(block)
    f.truncate(size)
    f.flush()
