"""A web server over HTTPS that has one page for each name: MTA-STS policies."""

import http.server
import ssl
import threading

from .ports import free_port


class PolicyServer:
    """`pages` maps a host to a text, or to (status, type, text). Requests are kept in `asked`."""

    def __init__(self, certificate, pages: dict):
        self.certificate, self.pages = certificate, pages
        self.port = free_port()
        self.asked: list[str] = []

    def start(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                host = self.headers["Host"].split(":")[0]
                outer.asked.append(f"{host}{self.path}")
                page = outer.pages.get(host, (404, "text/plain", "no"))
                status, kind, text = page if isinstance(page, tuple) else (200, "text/plain", page)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(text)))
                if status in (301, 302):
                    self.send_header("Location", text)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.path, self.certificate.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
