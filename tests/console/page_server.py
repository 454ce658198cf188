"""A web server of a test's own, in a thread: what both the fake node and a stranger's page stand on."""

import http.server
import threading


class PageHandler(http.server.BaseHTTPRequestHandler):
    """Silent, and answers whole documents."""

    def answer(self, code: int, content: bytes, kind: str, **headers: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class PageServer:
    def __init__(self, handler: type[PageHandler], port: int = 0):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.port = self.server.server_port

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
