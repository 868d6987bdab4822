#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A guest without an identity and with a blank disk in QEMU (emulated), through what a template and its clone meet:

    tests/guest/boot_test.py build/image

stages, identity over the channel, DHCP, published ports, the engine's service, new certificates, the power button. Then
machine.iso on hardware as VirtualBox has it, with the channel over a serial line and two network cards. One virtual
machine at a time, its ports on 127.0.0.1; every wait has a deadline. KEEP_CONSOLE=FILE keeps the consoles' text."""
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time

import check
import gate_test
from check import until
from gate_test import client_context, make_keys, path

IMAGE = sys.argv.pop(1) if len(sys.argv) > 1 else "build/image"
HERE = os.path.dirname(os.path.abspath(__file__))
EMULATION = subprocess.check_output([os.path.join(HERE, "../tcg-words.sh")], text=True)
DIR = gate_test.DIR
guest = None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def read(name):
    with open(path(name)) as f:
        return f.read()


class Lines:
    """JSON lines over a unix socket that QEMU serves."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX)

        def there():
            assert guest is None or guest.process.poll() is None, guest.log()
            try:
                self.socket.connect(path(name))
                return True
            except OSError:
                return False
        until(there, 20, name)
        self.buffer = b""

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def line(self, deadline):
        while True:
            while b"\n" not in self.buffer:
                self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
                data = self.socket.recv(65536)
                assert data, "it was closed"
                self.buffer += data
            line, self.buffer = self.buffer.split(b"\n", 1)
            if line:  # an empty one ends what a hypervisor cut
                return json.loads(line)


class Guest:
    """QEMU with a blank data disk and, unless a subclass says otherwise, the image's kernel, initrd and root."""
    cpu = "Nehalem"

    def __init__(self):
        self.tls, self.ssh = free_port(), free_port()
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path("data.qcow2"), "2G"], check=True)
        user = []
        if os.geteuid() == 0:
            os.chown(DIR, 65534, 65534)
            os.chown(path("data.qcow2"), 65534, 65534)
            user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        with open(path("known"), "w") as f:
            f.write("[127.0.0.1]:%d %s" % (self.ssh, read("host.pub")))
        # Whom root becomes may not be able to enter the folders above the image; a descriptor of it leads there all the same.
        image = os.open(IMAGE, os.O_RDONLY | os.O_DIRECTORY)
        with open(path("qemu.log"), "wb") as log:
            self.process = subprocess.Popen(user + [
                "qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-cpu", self.cpu, "-smp", "1", "-m", "1024",
                "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
                "-serial", "file:" + path("console"),
                "-qmp", "unix:%s,server=on,wait=off" % path("qmp"),
                "-chardev", "socket,id=agent,path=%s,server=on,wait=off" % path("agent"),
                "-drive", "if=none,id=data,format=qcow2,file=" + path("data.qcow2"),
                "-netdev", "user,id=net,hostfwd=tcp:127.0.0.1:%d-:2376,hostfwd=tcp:127.0.0.1:%d-:22"
                % (self.tls, self.ssh)] + self.hardware("/proc/self/fd/%d" % image),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[image])
        os.close(image)
        self.seen = []
        self.agent = self.qmp = None

    def hardware(self, image):
        with open(os.path.join(image, "image.json")) as f:
            cmdline = json.load(f)["cmdline"]
        return ["-device", "virtio-serial-pci", "-device", "virtio-rng-pci",
                "-device", "virtserialport,chardev=agent,name=org.machine.agent.0",
                "-drive", "if=none,id=root,file=%s/root.erofs,format=raw,readonly=on" % image,
                "-device", "virtio-blk-pci,drive=root", "-device", "virtio-blk-pci,drive=data",
                "-device", "virtio-net-pci,netdev=net,romfile=",
                "-kernel", image + "/vmlinux", "-initrd", image + "/initrd", "-append", cmdline + EMULATION]

    def connect(self):
        self.agent = Lines("agent")
        self.qmp = Lines("qmp")
        self.monitor("qmp_capabilities")

    def log(self):
        with open(path("qemu.log"), errors="replace") as f:
            return "QEMU: " + f.read()

    def monitor(self, command, **arguments):
        self.qmp.send({"execute": command, "arguments": arguments})
        end = time.monotonic() + 20
        while True:
            line = self.qmp.line(end)
            assert "error" not in line, line
            if "return" in line:
                return line["return"]

    def await_line(self, wanted, seconds, what):
        """The first line that `wanted` likes, of those that nobody took yet."""
        end = time.monotonic() + seconds
        at = 0
        while True:
            while at < len(self.seen):
                if wanted(self.seen[at]):
                    return self.seen.pop(at)
                at += 1
            try:
                self.seen.append(self.agent.line(end))
            except socket.timeout:
                raise AssertionError("no %s in %gs; there is %s" % (what, seconds, self.seen)) from None

    def event(self, kind, seconds=120, **members):
        members["event"] = kind
        return self.await_line(lambda line: members.items() <= line.items(), seconds, "event %s" % members)

    def ask(self, message, seconds=90):
        self.agent.send(message)
        return self.await_line(lambda line: line.get("id") == message["id"], seconds, "answer to %s" % message["do"])

    def ports(self, seconds):
        line = self.event("ports", seconds)
        return [(p["proto"], p["address"], p["port"]) for p in line["ports"]]

    def api(self, method, target, body=None, kind="application/json"):
        c = http.client.HTTPSConnection("127.0.0.1", self.tls, timeout=120, context=client_context("client"))
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body)
        c.request(method, "/v1.41" + target, body, {"Content-Type": kind} if body else {})
        r = c.getresponse()
        text = r.read()
        c.close()
        assert r.status < 300, "%s %s: %d %s" % (method, target, r.status, text[:300])
        return json.loads(text) if r.getheader("Content-Type") == "application/json" and text else {}

    def run(self, command, status=0):
        r = subprocess.run(
            ["ssh", "-n", "-F", "none", "-p", str(self.ssh), "-i", path("user"), "-o", "IdentitiesOnly=yes", "-o",
             "BatchMode=yes", "-o", "ConnectTimeout=60", "-o", "StrictHostKeyChecking=yes", "-o", "LogLevel=ERROR",
             "-o", "UserKnownHostsFile=" + path("known"), "docker@127.0.0.1", command],
            capture_output=True, timeout=120, text=True)
        assert r.returncode == status, "'%s' ended with %d: %s%s" % (command, r.returncode, r.stdout, r.stderr)
        return r.stdout.strip()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if os.environ.get("KEEP_CONSOLE") and os.path.exists(path("console")):
            with open(path("console"), "rb") as source, open(os.environ["KEEP_CONSOLE"], "ab") as target:
                shutil.copyfileobj(source, target)
        for name in ("agent", "qmp"):
            if os.path.exists(path(name)):
                os.unlink(path(name))


def make_seed(machine):
    """A seed with the tests' keys, as provision/ writes it."""
    tree = path("seed")
    shutil.rmtree(tree, ignore_errors=True)
    for folder in ("ssh", "tls"):
        os.makedirs(os.path.join(tree, folder))
    for name, source in (("ssh/authorized_keys", "user.pub"), ("ssh/ssh_host_ed25519_key", "host"),
                         ("ssh/ssh_host_ed25519_key.pub", "host.pub"), ("tls/ca.pem", "ca.pem"),
                         ("tls/server.pem", "server.pem"), ("tls/server-key.pem", "server-key.pem")):
        shutil.copy(path(source), os.path.join(tree, name))
    with open(os.path.join(tree, "machine.json"), "w") as f:
        json.dump(machine, f)
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "MACHINE_SEED", "-o", path("seed.iso"), tree],
                   check=True, capture_output=True)
    os.chmod(path("seed.iso"), 0o644)


class IsoGuest(Guest):
    """machine.iso as VirtualBox would boot it: no virtio, the channel over the second serial port, more than one network
    card. QEMU's user networks: .2 is the host, .3 the name server, .100 the first lease."""
    cpu = "Nehalem,cx16=off"  # QEMU emulates it wrongly, and the ISO's own command line cannot say so
    macs = ("08:00:27:00:00:01", "08:00:27:00:00:02", "08:00:27:00:00:0a")
    more = 7  # cards that the seed does not name
    machine = {"version": 1, "hostname": "box", "machine_id": "ef" * 16, "channel": "ttyS1",
               "network": {"mode": "static", "mac": macs[0], "address": "10.0.2.15/24", "gateway": "10.0.2.2",
                           "dns": ["10.0.2.3"], "closed": ["10.0.2.0/24"]},
               "networks": [{"mode": "static", "mac": macs[1], "address": "192.168.56.7/24", "gateway": "192.168.56.2",
                             "dns": ["192.168.56.2"], "closed": ["192.168.56.2"]},
                            {"mode": "dhcp", "mac": macs[2].upper()}],
               "mounts": [{"tag": "src", "path": "/hosthome", "type": "vboxsf"}]}

    def __init__(self):
        make_seed(self.machine)
        super().__init__()

    def hardware(self, image):
        # The further cards first on the bus: the machine's own must not be taken for eth0.
        return ["-device", "isa-serial,chardev=agent,index=1",
                "-drive", "if=none,id=iso,format=raw,readonly=on,file=%s/machine.iso" % image,
                "-drive", "if=none,id=seed,format=raw,readonly=on,file=" + path("seed.iso"),
                "-device", "ide-cd,drive=iso,bus=ide.0,bootindex=0", "-device", "ide-hd,drive=data,bus=ide.1",
                "-device", "ide-cd,drive=seed,bus=ide.2",
                "-netdev", "user,id=further,restrict=on,net=192.168.56.0/24",
                "-netdev", "user,id=leased,net=192.168.57.0/24,dhcpstart=192.168.57.100",
                "-device", "pcnet,netdev=leased,romfile=,addr=3,mac=" + self.macs[2],
                "-device", "e1000,netdev=further,romfile=,addr=4,mac=" + self.macs[1],
                "-device", "e1000,netdev=net,romfile=,addr=5,mac=" + self.macs[0]] + [
                    word for n in range(self.more) for word in ("-device", "e1000,romfile=,addr=%d" % (6 + n))]


def test_stages_without_identity():
    guest.connect()
    guest.event("hello", 60, version=1)
    for name in ("root", "data", "containerd", "engine"):
        guest.event("stage", 120, name=name)
    time.sleep(2)
    assert guest.ask({"id": 1, "do": "ping"}) == {"id": 1, "ok": True}
    early = [line for line in guest.seen if line["event"] != "warning"]
    assert not early, "told without an identity: %s" % early
    with socket.create_connection(("127.0.0.1", guest.tls), 10) as s:
        s.settimeout(3)
        try:
            assert s.recv(1) == b"", "somebody listens"
        except (ConnectionResetError, socket.timeout):
            pass  # QEMU accepts; in the guest there is not even an address


def test_identity_opens_the_doors():
    answer = guest.ask({
        "id": 2, "do": "identity", "daemon": {"labels": ["from=identity"]},
        "machine": {"version": 1, "hostname": "clone", "machine_id": "cd" * 16, "network": {"mode": "dhcp"}},
        "files": {"ssh/authorized_keys": read("user.pub"), "ssh/ssh_host_ed25519_key": read("host"),
                  "ssh/ssh_host_ed25519_key.pub": read("host.pub"), "tls/ca.pem": read("ca.pem"),
                  "tls/server.pem": read("server.pem"), "tls/server-key.pem": read("server-key.pem")}})
    assert answer == {"id": 2, "ok": True}, answer
    guest.event("ready", 60)
    for name in ("gate", "ssh", "network"):
        guest.event("stage", 60, name=name)
    assert guest.api("GET", "/version")["Version"]
    # Whatever configuration the engine ran with before.
    until(lambda: guest.api("GET", "/info")["Labels"] == ["from=identity"], 60, "the engine's new configuration")
    assert guest.ask({"id": 3, "do": "time", "unix": time.time()}) == {"id": 3, "ok": True}


def test_network_by_dhcp():
    assert guest.run("hostname; cat /etc/machine-id").split() == ["clone", "cd" * 16]
    assert "10.0.2.15/24" in guest.run("ip -4 addr show dev eth0")
    assert "default via 10.0.2.2" in guest.run("ip route")
    assert "nameserver 10.0.2.3" in guest.run("cat /etc/resolv.conf")


def test_gate_is_nobody():
    """Of the two processes one keeps the engine's door, in group 999 ("docker") and with CAP_DAC_READ_SEARCH left to the thread
    that loads keys; the other SSH's, in nobody's group, with CAP_KILL. Which was started first differs."""
    status = guest.run("for p in /proc/[0-9]*; do [ \"$(cat $p/comm)\" = gate ] && cat $p/status && echo; done; true")
    kept = []
    for each in status.strip().split("\n\n"):
        fields = dict(line.split(":", 1) for line in each.splitlines())
        assert fields["Uid"].split() == ["65534"] * 4 and fields["NoNewPrivs"].strip() == "1", status
        assert len(set(fields["Gid"].split())) == 1, status
        kept.append((fields["Gid"].split()[0], int(fields["CapEff"], 16)))
    assert sorted(kept) == [("65534", 1 << 5), ("999", 1 << 2)], status


def test_disk_was_formatted():
    assert guest.run("awk '$2 == \"/var/lib/docker\" { print $3 }' /proc/mounts") == "ext4"
    blocks = int(guest.run("df -k /var/lib/docker | awk 'END { print $2 }'"))
    assert 1.8e6 < blocks < 2.1e6, blocks


def test_published_ports_answer():
    tar = subprocess.run([os.path.join(HERE, "../busybox-image.sh")], check=True, capture_output=True).stdout
    guest.api("POST", "/images/create?fromSrc=-&repo=box", tar, "application/x-tar")
    # "Init", or httpd as process 1 would not hear that it shall end.
    host = {"Init": True, "PortBindings": {"80/tcp": [{"HostPort": "8080"}], "7/udp": [{"HostPort": "7777"}]}}
    c = guest.api("POST", "/containers/create?name=web", {
        "Image": "box", "ExposedPorts": {"80/tcp": {}, "7/udp": {}}, "HostConfig": host,
        "Cmd": ["/bin/sh", "-c", "echo hello from a container >/tmp/index.html; exec httpd -f -p 80 -h /tmp"]})
    guest.api("POST", "/containers/%s/start" % c["Id"])
    assert guest.ports(1) == [("tcp", "0.0.0.0", 8080), ("udp", "0.0.0.0", 7777)]
    port = free_port()
    guest.monitor("human-monitor-command", **{"command-line": "hostfwd_add net tcp:127.0.0.1:%d-:8080" % port})
    text = []

    def answers():
        try:
            web = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            web.request("GET", "/index.html")
            text.append(web.getresponse().read())
            return True
        except (OSError, http.client.HTTPException):
            return False
    until(answers, 30, "an answer through the published port")
    assert text == [b"hello from a container\n"], text
    answer = guest.ask({"id": 4, "do": "ports"})
    assert [p["port"] for p in answer["ports"]] == [8080, 7777], answer


def test_service_of_the_engine():
    assert guest.run("sudo /etc/init.d/docker status") == "running"
    guest.run("sudo /etc/init.d/docker stop")
    guest.run("sudo /etc/init.d/docker status", 3)
    profile = "EXTRA_ARGS='\n--label also=profile\n'\nexport \"MARK=x y\"\n"
    guest.run("printf %%s %s | sudo tee /var/lib/boot2docker/profile >/dev/null" % shell_quote(profile))
    guest.run("sudo /etc/init.d/docker start")
    until(lambda: "also=profile" in info_labels(), 90, "the engine with its profile")
    assert "MARK=x y" in guest.run("sudo cat /proc/$(pidof dockerd)/environ | tr '\\0' '\\n'")
    guest.run("sudo /etc/init.d/docker restart")
    until(lambda: "also=profile" in info_labels(), 90, "the engine that was restarted")
    guest.run("sudo /etc/init.d/docker nonsense", 2)


def info_labels():
    try:
        return guest.api("GET", "/info")["Labels"]
    except (OSError, ssl.SSLError, http.client.HTTPException):
        return []


def shell_quote(text):
    return "'%s'" % text.replace("'", "'\\''")


def test_ports_after_the_restart():
    assert guest.ask({"id": 5, "do": "ports"})["ports"] == [], "no container restarts by itself here"
    guest.seen = [line for line in guest.seen if line.get("event") != "ports"]
    guest.api("POST", "/containers/web/start")
    assert guest.ports(2) == [("tcp", "0.0.0.0", 8080), ("udp", "0.0.0.0", 7777)]
    guest.api("DELETE", "/containers/web?force=1")
    assert guest.ports(2) == []


def serial():
    with socket.create_connection(("127.0.0.1", guest.tls), 20) as s:
        with client_context("client").wrap_socket(s, server_hostname="127.0.0.1") as t:
            return t.getpeercert()["serialNumber"]


def test_new_certificates():
    before = serial()
    files = {"tls/ca.pem": read("ca.pem"), "tls/server.pem": read("server2.pem"),
             "tls/server-key.pem": read("server2-key.pem")}
    assert guest.ask({"id": 6, "do": "certificates", "files": files}) == {"id": 6, "ok": True}
    assert serial() != before
    files["tls/server-key.pem"] = read("server-key.pem")  # of another certificate
    answer = guest.ask({"id": 7, "do": "certificates", "files": files})
    assert not answer["ok"] and answer["error"], answer
    assert guest.api("GET", "/version")["Version"], "the old keys serve on"


def test_nothing_failed():
    while True:
        try:
            guest.seen.append(guest.agent.line(time.monotonic() + 0.2))
        except socket.timeout:
            break
    bad = [line for line in guest.seen if line.get("event") in ("failed", "warning")]
    bad = [line for line in bad if "cannot reload" not in line["message"]]  # that was wanted
    assert not bad, bad[:5]


def test_power_button():
    guest.monitor("system_powerdown")
    assert guest.process.wait(60) == 0, guest.log()
    raw = path("data.raw")
    subprocess.run(["qemu-img", "convert", "-q", "-O", "raw", path("data.qcow2"), raw], check=True)
    check_fs = subprocess.run(["e2fsck", "-fn", raw], capture_output=True, text=True)
    assert check_fs.returncode == 0, check_fs.stdout
    head = subprocess.run(["dumpe2fs", "-h", raw], capture_output=True, text=True).stdout
    assert "needs_recovery" not in head and "machine-data" in head, head
    os.unlink(raw)


def test_iso_tells_over_a_serial_line():
    global guest
    guest.end()
    guest = IsoGuest()
    guest.connect()
    guest.event("hello", 120, version=1)
    for name in ("root", "data", "network", "containerd", "gate", "engine"):
        guest.event("stage", 180, name=name)
    guest.event("ready", 120)
    assert guest.ask({"id": 1, "do": "ping"}) == {"id": 1, "ok": True}
    assert guest.ask({"id": 2, "do": "time", "unix": time.time()}) == {"id": 2, "ok": True}
    assert guest.api("GET", "/version")["Version"]


def test_iso_has_all_networks():
    by_mac = {}
    for line in guest.run("ip -o link").splitlines():
        words = line.split()
        by_mac[words[words.index("link/ether") + 1] if "link/ether" in words else ""] = words[1].rstrip(":")
    first, further, leased = (by_mac[mac] for mac in IsoGuest.macs)
    assert "10.0.2.15/24" in guest.run("ip -4 addr show dev " + first)
    assert "192.168.56.7/24" in guest.run("ip -4 addr show dev " + further)
    until(lambda: "192.168.57.100/24" in guest.run("ip -4 addr show dev " + leased), 30, "a lease")
    routes = guest.run("ip route")
    assert "default via 10.0.2.2 dev " + first in routes and routes.count("via") == 1, routes
    assert guest.run("cat /etc/resolv.conf") == "nameserver 10.0.2.3"
    assert "10.0.2.15\tbox" in guest.run("cat /etc/hosts")
    assert guest.run("cat /proc/sys/net/ipv6/conf/%s/disable_ipv6" % leased) == "1", "IPv6 beside a closed network"
    closed = guest.run("sudo ping -c 1 -W 5 192.168.56.2 2>&1; sudo ping -c 1 -W 5 10.0.2.2 2>&1; true")
    assert closed.count("not permitted") == 2, closed
    guest.run("sudo ping -c 1 -W 5 192.168.56.3 >/dev/null && sudo ping -c 1 -W 5 192.168.57.2 >/dev/null")
    assert not [line for line in guest.seen if line.get("event") == "address"], "the host chose it"


def test_iso_guards_every_card():
    links = guest.run("sudo sh -c 'cat /proc/1/fdinfo/*' 2>/dev/null | grep -A 20 'link_type:.*tcx' | grep ifindex:")
    cards = guest.run("for c in /sys/class/net/*; do [ ! -e $c/device ] || cat $c/ifindex; done").split()
    assert len(cards) == len(IsoGuest.macs) + IsoGuest.more, cards
    assert sorted(line.split()[-1] for line in links.splitlines()) == sorted(cards * 2), links


def test_iso_publishes_ports():
    tar = subprocess.run([os.path.join(HERE, "../busybox-image.sh")], check=True, capture_output=True).stdout
    guest.api("POST", "/images/create?fromSrc=-&repo=box", tar, "application/x-tar")
    c = guest.api("POST", "/containers/create?name=web", {
        "Image": "box", "ExposedPorts": {"80/tcp": {}}, "Cmd": ["/bin/sleep", "1000"],
        "HostConfig": {"Init": True, "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}}})
    guest.api("POST", "/containers/%s/start" % c["Id"])
    assert guest.ports(10) == [("tcp", "0.0.0.0", 8080)]


def test_iso_takes_certificates():
    before = serial()
    files = {"tls/ca.pem": read("ca.pem") * 4, "tls/server.pem": read("server2.pem"),
             "tls/server-key.pem": read("server2-key.pem") + "\n" * 4000}
    assert len(json.dumps(files)) > 8192
    assert guest.ask({"id": 6, "do": "certificates", "files": files}) == {"id": 6, "ok": True}
    assert serial() != before


def test_iso_host_that_comes_again():
    guest.agent.send({"id": 7, "do": "ping"})
    guest.agent.socket.close()  # perhaps in the midst of a line
    guest.agent = Lines("agent")
    guest.seen = []
    guest.agent.socket.sendall(b'noise, and half a line\n{"id":8,"do":"hel')
    guest.agent.socket.sendall(b'lo"}\n')
    guest.await_line(lambda line: line.get("id") == 8, 30, "answer to hello")
    story = [line for line in guest.seen if "event" in line]
    # What came before the host did may have been thrown away, but for the end of it.
    assert {"event": "hello", "version": 1} in story, story
    assert [line["name"] for line in story if line["event"] == "stage"].count("engine") == 1, story
    assert story[-1]["event"] == "ports" and [p["port"] for p in story[-1]["ports"]] == [8080], story
    warnings = [line["message"] for line in story if line["event"] in ("failed", "warning")]
    # That is no VirtualBox: the shared folder, and it alone, is missing.
    assert len(warnings) == 1 and "/hosthome" in warnings[0], warnings


def test_iso_knows_options_of_shared_folders():
    """vboxsf looks at the options before it looks for VirtualBox."""
    for options, said in (("uid=1000,gid=1000,nls=utf8", "No such device"), ("iocharset=utf8", "Invalid argument")):
        text = guest.run("sudo mount -t vboxsf -o %s src /mnt 2>&1; true" % options)
        assert said in text, (options, text)


def test_iso_console_is_short():
    """A serial line carries 11 bytes in a millisecond."""
    size = os.path.getsize(path("console"))
    assert size < 4096, size


def test_iso_powers_off_over_the_line():
    assert guest.ask({"id": 9, "do": "poweroff"}) == {"id": 9, "ok": True}
    assert guest.process.wait(60) == 0, guest.log()


def main():
    global guest
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [t for t in ("qemu-system-x86_64", "qemu-img", "e2fsck", "ssh", "openssl", "busybox", "xorriso")
               if not shutil.which(t)]
    if missing or not os.path.exists(os.path.join(IMAGE, "image.json")):
        print("skip boot_test.py # not there: " + (" ".join(missing) or IMAGE))
        print("0 passed, 0 failed, 1 skipped")
        return 0
    make_keys()
    for name in ("user", "host"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path(name)], check=True)
    guest = Guest()
    try:
        status = check.main(sys.modules[__name__])
    finally:
        guest.end()
        shutil.rmtree(DIR, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
