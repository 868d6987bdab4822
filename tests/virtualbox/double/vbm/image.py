# SPDX-License-Identifier: Apache-2.0
"""Disk image files: what they are, the UUID inside, making and converting them (with qemu-img)."""
import os
import re

FORMATS = {"VDI": ("vdi", ".vdi"), "VMDK": ("vmdk", ".vmdk"), "VHD": ("vpc", ".vhd"), "RAW": ("raw", ".img"),
           "PARALLELS": ("parallels", ".hdd"), "QCOW": ("qcow", ".qcow"), "QED": ("qed", ".qed")}
VDI_SIGNATURE = b"\x7f\x10\xda\xbe"
VDI_UUID = 0x188


def uuid_bytes(text):
    """As in a file: the first three parts with the low byte first. Turns bytes in the other order round as well."""
    b = bytes.fromhex(text.replace("-", ""))
    return b[3::-1] + b[5:3:-1] + b[7:5:-1] + b[8:]


def uuid_text(b):
    x = uuid_bytes(b.hex()).hex()
    return "-".join((x[:8], x[8:12], x[12:16], x[16:20], x[20:]))


class Image:
    """What a file holds. format "": nothing that VirtualBox knows."""

    def __init__(self, path):
        self.path = path
        self.format, self.uuid, self.capacity, self.variant = "", None, 0, "dynamic default"
        self.extents, self.flat = [], None
        with open(path, "rb") as f:
            head = f.read(65536)
        if head[0x40:0x44] == VDI_SIGNATURE:
            self.format = "VDI"
            self.uuid = uuid_text(head[VDI_UUID:VDI_UUID + 16])
            self.capacity = int.from_bytes(head[0x170:0x178], "little")
            if head[0x4c:0x50] == b"\x02\0\0\0":
                self.variant = "fixed default"
        elif head[:4] == b"KDMV":
            self.format = "VMDK"
            self.capacity = int.from_bytes(head[12:20], "little") * 512
            at = int.from_bytes(head[28:36], "little") * 512
            size = int.from_bytes(head[36:44], "little") * 512
            self.descriptor(head[at:at + size].split(b"\0")[0].decode("utf-8", "replace"))
        elif head.startswith(b"# Disk DescriptorFile"):
            self.format = "VMDK"
            self.variant = "fixed default"
            text = head.decode("utf-8", "replace")
            self.descriptor(text)
            for sectors, kind, name in re.findall(r'^RW (\d+) (FLAT|SPARSE|VMFS) "([^"]+)"', text, re.M):
                self.capacity += int(sectors) * 512
                self.extents.append(os.path.join(os.path.dirname(path), name))
                if kind == "SPARSE":
                    self.variant = "dynamic default"
            if len(self.extents) == 1 and re.search(r'^RW \d+ FLAT "[^"]+" 0\s*$', text, re.M):
                self.flat = self.extents[0]     # all of the disk as it is
        elif head[:8] == b"conectix":
            self.format = "VHD"
            self.capacity = int.from_bytes(head[48:56], "big")
            self.uuid = uuid_text(uuid_bytes(head[68:84].hex()))

    def descriptor(self, text):
        m = re.search(r'^ddb\.uuid\.image="([0-9a-fA-F-]{36})"', text, re.M)
        self.uuid = m.group(1).lower() if m else None

    @property
    def size(self):
        return sum(os.stat(p).st_size for p in [self.path] + self.extents if os.path.exists(p))


def set_uuid(path, uuid):
    """Writes it into the file. false: the format has no place for it."""
    with open(path, "r+b") as f:
        head = f.read(65536)
        if head[0x40:0x44] == VDI_SIGNATURE:
            f.seek(VDI_UUID)
            f.write(uuid_bytes(uuid))
        elif head[:4] == b"KDMV":
            at = int.from_bytes(head[28:36], "little") * 512
            size = int.from_bytes(head[36:44], "little") * 512
            text = with_uuid(head[at:at + size].split(b"\0")[0].decode("utf-8", "replace"), uuid).encode()
            f.seek(at)
            f.write(text[:size].ljust(size, b"\0"))
        elif head.startswith(b"# Disk DescriptorFile"):
            f.seek(0)
            f.write(with_uuid(head.split(b"\0")[0].decode("utf-8", "replace"), uuid).encode())
            f.truncate()
        else:
            return False
    return True


def with_uuid(text, uuid):
    text = re.sub(r'^ddb\.uuid\.image=.*\n', "", text, flags=re.M)
    return text.rstrip("\n") + '\nddb.uuid.image="%s"\n' % uuid


def qemu_img(*words):
    import subprocess       # late: it is slow to load
    r = subprocess.run(("qemu-img",) + words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if r.returncode:
        raise OSError(28 if "No space" in r.stderr else 5, r.stderr.strip())


def sub_options(format_, fixed):
    if format_ == "VMDK":
        return ["-o", "subformat=" + ("monolithicFlat" if fixed else "monolithicSparse")]
    if format_ == "VDI" and fixed:
        return ["-o", "static=on"]
    return []


def create(path, format_, size, fixed, uuid):
    qemu_img("create", "-q", "-f", FORMATS[format_][0], *sub_options(format_, fixed), path, "%d" % size)
    finish(path, uuid)


def convert(source, source_format, path, format_, fixed, uuid):
    qemu_img("convert", "-q", "-f", source_format, "-O", FORMATS[format_][0], *sub_options(format_, fixed), source, path)
    finish(path, uuid)


def resize(path, format_, size, uuid):
    """qemu-img cannot do it to VDI: by way of a plain copy."""
    tmp = path + ".resize"
    try:
        qemu_img("convert", "-q", "-f", FORMATS[format_][0], "-O", "raw", path, tmp)
        os.truncate(tmp, size)
        convert(tmp, "raw", path, format_, False, uuid)
    finally:
        if os.path.exists(tmp):
            os.unlink(tmp)


def finish(path, uuid):
    set_uuid(path, uuid)
    os.chmod(path, 0o600)
