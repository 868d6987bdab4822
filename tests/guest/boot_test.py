#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A guest without an identity and with a blank disk in QEMU (emulated), through what a template and its clone meet:

    tests/guest/boot_test.py build/image

stages, identity over the channel, DHCP, published ports, the engine's service, new certificates, the power button.
One virtual machine, its ports on 127.0.0.1; every wait has a deadline. KEEP_CONSOLE=FILE keeps the console's text."""
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
        while b"\n" not in self.buffer:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            data = self.socket.recv(65536)
            assert data, "it was closed"
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)


class Guest:
    def __init__(self):
        self.tls, self.ssh = free_port(), free_port()
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path("data.qcow2"), "2G"], check=True)
        with open(os.path.join(IMAGE, "image.json")) as f:
            cmdline = json.load(f)["cmdline"]
        user = []
        if os.geteuid() == 0:
            os.chown(DIR, 65534, 65534)
            os.chown(path("data.qcow2"), 65534, 65534)
            user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        image = os.path.abspath(IMAGE)
        with open(path("qemu.log"), "wb") as log:
            self.process = subprocess.Popen(user + [
                "qemu-system-x86_64", "-M", "q35", "-accel", "tcg", "-cpu", "Nehalem", "-smp", "1", "-m", "1024",
                "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
                "-serial", "file:" + path("console"),
                "-qmp", "unix:%s,server=on,wait=off" % path("qmp"),
                "-chardev", "socket,id=agent,path=%s,server=on,wait=off" % path("agent"),
                "-device", "virtio-serial-pci", "-device", "virtio-rng-pci",
                "-device", "virtserialport,chardev=agent,name=org.machine.agent.0",
                "-drive", "if=none,id=root,file=%s/root.erofs,format=raw,readonly=on" % image,
                "-drive", "if=none,id=data,format=qcow2,file=" + path("data.qcow2"),
                "-device", "virtio-blk-pci,drive=root", "-device", "virtio-blk-pci,drive=data",
                "-netdev", "user,id=net,hostfwd=tcp:127.0.0.1:%d-:2376,hostfwd=tcp:127.0.0.1:%d-:22"
                % (self.tls, self.ssh),
                "-device", "virtio-net-pci,netdev=net,romfile=",
                "-kernel", image + "/vmlinux", "-initrd", image + "/initrd", "-append", cmdline + EMULATION],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.seen = []
        self.agent = self.qmp = None

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
    # Group 999 is "docker"; CAP_DAC_READ_SEARCH is left to the thread that loads keys.
    status = guest.run("for p in /proc/[0-9]*; do [ \"$(cat $p/comm)\" = gate ] && cat $p/status; done; true")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    assert fields["Uid"].split() == ["65534"] * 4 and fields["Gid"].split() == ["999"] * 4, status
    assert int(fields["CapEff"], 16) == 4 and fields["NoNewPrivs"].strip() == "1", status


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


def main():
    global guest
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [t for t in ("qemu-system-x86_64", "qemu-img", "e2fsck", "ssh", "openssl", "busybox")
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
        with open(path("known"), "w") as f:
            f.write("[127.0.0.1]:%d %s" % (guest.ssh, read("host.pub")))
        status = check.main(sys.modules[__name__])
    finally:
        if guest.process.poll() is None:
            guest.process.kill()
            guest.process.wait()
        if os.environ.get("KEEP_CONSOLE"):
            shutil.copy(path("console"), os.environ["KEEP_CONSOLE"])
        shutil.rmtree(DIR, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
