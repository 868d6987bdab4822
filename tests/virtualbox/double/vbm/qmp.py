# SPDX-License-Identifier: Apache-2.0
"""QEMU's machine protocol: one connection, one command after the other."""
import json
import os
import socket
import time


ANSWER_S = 120      # QEMU answers nothing while it reads a state


class Refused(Exception):
    pass


class Qmp:
    def __init__(self, folder, name, timeout=10):
        """The socket NAME in a folder, whose path may be too long for one."""
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        end = time.monotonic() + timeout
        try:
            while True:
                self.sock = socket.socket(socket.AF_UNIX)
                self.sock.settimeout(ANSWER_S)
                try:
                    self.sock.connect("/proc/self/fd/%d/%s" % (fd, name))
                    break
                except (FileNotFoundError, ConnectionRefusedError):
                    self.sock.close()
                    if time.monotonic() > end:
                        raise
                    time.sleep(0.01)
        finally:
            os.close(fd)
        self.file = self.sock.makefile("rw", encoding="utf-8")
        self.file.readline()
        self.do("qmp_capabilities")

    def do(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            line = self.file.readline()
            if not line:
                raise ConnectionResetError
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise Refused(answer["error"].get("desc", ""))

    def human(self, line):
        return self.do("human-monitor-command", **{"command-line": line}).strip()

    def close(self):
        self.file.close()
        self.sock.close()
