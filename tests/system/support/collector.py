"""An OTLP/HTTP collector: keeps the spans that are posted to it, as a tracing system would."""

import http.server
import json
import ssl
import threading

from .ports import free_port


class Collector:
    """`answers` are the statuses of the next calls; then it is 200."""

    def __init__(self, certificate=None):
        self.spans: list[dict] = []
        self.resources: list[dict] = []
        self.calls: list[str] = []
        self.answers: list[int] = []
        self.port = free_port()
        self.certificate = certificate

    def start(self):
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = collector.answers.pop(0) if collector.answers else 200
                collector.calls.append(f"{self.path} {self.headers['Content-Type']} {status}")
                if status == 200:
                    collector.take(json.loads(body))
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate.path, self.certificate.key)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def take(self, request: dict) -> None:
        for resource in request["resourceSpans"]:
            self.resources.append(facts(resource["resource"]))
            for scope in resource["scopeSpans"]:
                self.spans.extend(scope["spans"])

    def of(self, message: str) -> list[dict]:
        return [s for s in self.spans if facts(s)["messaging.message.id"] == message]


def facts(holder: dict) -> dict:
    return {a["key"]: a["value"].get("stringValue", a["value"].get("intValue")) for a in holder["attributes"]}
