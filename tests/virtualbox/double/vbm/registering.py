# SPDX-License-Identifier: Apache-2.0
"""createvm, registervm, unregistervm."""
import contextlib
import os

from . import faults, machine, media, options, ostypes, out, state, vm


def file_name(name):
    """A machine's name as one of a file: what is not harmless becomes "_"."""
    def harmless(c):
        return c in " ()-._" or c.isdigit() and c < "\x80" or "a" <= c.lower() <= "z" and c < "\x80" or 0xa0 <= ord(c) <= 0xd7af
    safe = "".join(c if harmless(c) else "_" for c in name)
    return "_" + safe[1:] if safe.startswith(".") else safe


def default_folder():
    return os.path.join(os.environ.get("HOME", "/"), "VirtualBox VMs")


CREATE = ("CreateMachine(bstrSettingsFile.raw(), bstrName.raw(), platformArch, ComSafeArrayAsInParam(groups), "
          "bstrOsTypeId.raw(), createFlags.raw(), bstrCipher.raw(), bstrPasswordId.raw(), Bstr(strPassword).raw(), "
          "machine.asOutParam())")
CREATE_OPTIONS = {"--name": 1, "-name": 1, "--basefolder": 1, "-basefolder": 1, "--ostype": 1, "-ostype": 1, "--uuid": 1,
                  "-uuid": 1, "--register": 0, "-register": 0, "--default": 0, "--groups": 1, "-groups": 1,
                  "--platform-architecture": 1, "--cipher": 1, "--password-id": 1, "--password": 1}


def createvm(words, _):
    o = {}
    for key, value in options.parse(words, CREATE_OPTIONS, "createvm", gap=False):
        if key is None:
            out.usage("createvm", "Invalid parameter '%s'" % value, gap=False)
        o["--" + key.lstrip("-")] = value
    name = o.get("--name")
    if not name:
        out.usage("createvm", "Parameter --name is required")
    ostype = o.get("--ostype")
    if ostype is not None:
        found = ostypes.find(ostype)
        if not found:
            out.fail("Unknown or invalid guest OS type given.")
        ostype = found
    if "--uuid" in o and not state.as_uuid(o["--uuid"]):
        out.usage("createvm", "Invalid UUID '%s'" % o["--uuid"], gap=False)
    home = state.Home()
    with home.locked():
        base = os.path.abspath(o.get("--basefolder") or default_folder())
        groups = o.get("--groups", "/").split(",")
        folder = os.path.join(base + (groups[0] if groups[0] != "/" else ""), file_name(name))
        path = os.path.join(folder, file_name(name) + ".vbox")
        if os.path.exists(path):
            out.com_fail("Machine settings file '%s' already exists" % path, "VBOX_E_FILE_ERROR", "MachineWrap", "IMachine",
                         CREATE, "VBoxManageMisc.cpp:429")
        uuid = state.as_uuid(o.get("--uuid", "")) or state.new_uuid()
        for known, other in machine.all_machines(home):
            if known == uuid and "--register" in o:
                out.com_fail("Registered machine with UUID {%s} ('%s') already exists" % (uuid, other.path),
                             "VBOX_E_INVALID_OBJECT_STATE", "VirtualBoxWrap", "IVirtualBox", "RegisterMachine(machine)",
                             "VBoxManageMisc.cpp:455")
        m = machine.Machine(home, path, machine.new_settings(name, uuid))
        m["groups"] = groups
        m["born"] = m["seen"] = home.reg["service"]
        if ostype:
            m["ostype"] = ostype
            ostypes.recommend(m, "--default" in o)
        save_new(m)
        faults.half()
        if "--register" in o:
            home.reg["machines"].append({"uuid": uuid, "file": path})
    out.put("Virtual machine '%s' is created%s.\nUUID: %s\nSettings file: '%s'\n"
            % (name, " and registered" if "--register" in o else "", uuid, path))
    return 0


def save_new(m):
    def failed(error):
        out.com_fail("Could not create a directory '%s' to save the settings file (%s)" % (m.folder, out.runtime_name(error)),
                     "NS_ERROR_FAILURE", "MachineWrap", "IMachine", "SaveSettings()", "VBoxManageMisc.cpp:441")
    if faults.hit("nospace") is not None:
        failed(OSError(28, ""))
    try:
        os.makedirs(m.folder, 0o700, exist_ok=True)
    except OSError as e:
        failed(e)
    try:
        m.save()
    except OSError as e:
        out.com_fail("Could not create the settings file '%s' (%s)" % (m.path, out.runtime_name(e)), "NS_ERROR_FAILURE",
                     "MachineWrap", "IMachine", "SaveSettings()", "VBoxManageMisc.cpp:441")


OPEN = "OpenMachine(Bstr(a->argv[0]).raw(), Bstr(strPassword).raw(), machine.asOutParam()))"


def registervm(words, _):
    plain = [w for w in words if not w.startswith("--")]
    if len(plain) != 1:
        out.usage("registervm", "Incorrect number of parameters")
    path = os.path.abspath(plain[0])
    where = (OPEN, "VBoxManageMisc.cpp:159")
    home = state.Home()
    with home.locked():
        try:
            settings = machine.read(path)
        except OSError as e:
            text = ("Runtime error opening '%s' for reading %s (%s.).\n%s[706] (nsresult Machine::initFromSettings("
                    "VirtualBox*, const com::Utf8Str&, const com::Guid*, const com::Utf8Str&))"
                    % (path, out.runtime_name(e),
                       {2: "File not found", 13: "Access denied"}.get(e.errno, os.strerror(e.errno)), machine_source()))
            out.com_fail(text, "NS_ERROR_FAILURE", "MachineWrap", "IMachine", *where)
        except ValueError as e:
            out.com_fail("%s\n%s[706] (nsresult Machine::initFromSettings(VirtualBox*, const com::Utf8Str&, const "
                         "com::Guid*, const com::Utf8Str&))" % (e, machine_source()),
                         "NS_ERROR_FAILURE", "MachineWrap", "IMachine", *where)
        if any(e["uuid"] == settings["uuid"] for e in home.reg["machines"]):
            out.com_fail("Trying to open a VM config '%s' which has the same UUID as an existing virtual machine" % path,
                         "NS_ERROR_FAILURE", "MachineWrap", "IMachine", *where)
        m = machine.Machine(home, path, settings)
        m["born"] = m["seen"] = -1
        media.restore(home, m)
        m.save()
        home.reg["machines"].append({"uuid": m.uuid, "file": path})
    return 0


def machine_source():
    return "/build/reproducible-path/virtualbox-7.2.22-dfsg/src/VBox/Main/src-server/MachineImpl.cpp"


UNREGISTER = ("Unregister(fDeleteAll ? CleanupMode_DetachAllReturnHardDisksAndVMRemovable "
              ":CleanupMode_DetachAllReturnHardDisksOnly, ComSafeArrayAsOutParam(aMedia))")


def unregistervm(words, _):
    name, delete = None, False
    for key, value in options.parse(words, {"--delete": 0, "-delete": 0, "--delete-all": 0}, "unregistervm", word="unknown"):
        if key is None:
            if name is not None:
                out.usage("unregistervm", "Invalid parameter '%s'" % value)
            name = value
        else:
            delete = True
    if not name:
        out.usage("unregistervm", "VM name required")
    home = state.Home()
    with home.locked():
        vm.settle(home)
        uuid, m = machine.find(home, name, "VMName", "VBoxManageMisc.cpp:228")
        if not m.accessible:
            forget(home, uuid)
            if delete:
                out.com_fail("The object is not ready", "E_ACCESSDENIED", "MachineWrap", "IMachine",
                             "DeleteConfig(ComSafeArrayAsInParam(aMedia), pProgress.asOutParam())", "VBoxManageMisc.cpp:240")
            return 0
        fd = home.session(uuid)
        if fd is None:
            out.com_fail("Cannot unregister the machine '%s' while it is locked" % m.name, "VBOX_E_INVALID_OBJECT_STATE",
                         "MachineWrap", "IMachine", UNREGISTER, "VBoxManageMisc.cpp:232")
        disks = media.used_disks(home, m)
        if not delete:
            media.remember(home, m)
            m.save()
        forget(home, uuid)
        media.forget_of(home, m)
        if delete:
            home.save()
            faults.half()
            remove_files(home, m, disks)
            out.progress()
        os.close(fd)
        for name in os.listdir(vm.folder(home, uuid)) if os.path.isdir(vm.folder(home, uuid)) else []:
            os.unlink(os.path.join(vm.folder(home, uuid), name))
        with contextlib.suppress(OSError):
            os.unlink(home.join("run", uuid + ".lock"))
            os.rmdir(vm.folder(home, uuid))
    return 0


def forget(home, uuid):
    home.reg["machines"] = [e for e in home.reg["machines"] if e["uuid"] != uuid]


def remove_files(home, m, disks):
    """The settings, logs, saved state and attached hard disks, and the folder unless it holds something of others."""
    for d in disks:
        media.delete_files(d)
        home.reg["media"] = [x for x in home.reg["media"] if x["uuid"] != d["uuid"]]
    if m["statefile"]:
        with contextlib.suppress(OSError):
            os.unlink(m["statefile"])
    for path in (m.path, m.path + "-prev", os.path.splitext(m.path)[0] + ".nvram"):
        with contextlib.suppress(OSError):
            os.unlink(path)
    import shutil
    shutil.rmtree(os.path.join(m.folder, "Logs"), ignore_errors=True)
    for folder in (os.path.join(m.folder, "Snapshots"), m.folder):
        with contextlib.suppress(OSError):
            os.rmdir(folder)
