# SPDX-License-Identifier: Apache-2.0
"""engine.py CA CERT KEY: says its port, then for two minutes answers /_ping and /version over mutual TLS, as an engine does."""
import http.server
import os
import ssl
import sys
import threading


class Engine(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True      # head and body are two writes: the second would wait 40 ms, as no engine's does

    def do_GET(self):
        body = b"OK" if self.path.endswith("_ping") else b'{"Version":"26.1.5"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


ca, cert, key = sys.argv[1:]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ca)
context.verify_mode = ssl.CERT_REQUIRED
context.load_cert_chain(cert, key)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Engine)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
end = threading.Timer(120, os._exit, [0])
end.daemon = True
end.start()
server.serve_forever()
