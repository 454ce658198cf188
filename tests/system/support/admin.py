"""The admin API over its socket, for tests that ask too often for a process each time."""

import http.client
import json
import socket


class AdminConnection(http.client.HTTPConnection):
    def __init__(self, path, seconds: float):
        super().__init__("localhost", timeout=seconds)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Admin:
    def __init__(self, path, seconds: float = 10):
        self.path, self.seconds = path, seconds

    def call(self, verb: str, target: str, body: dict | None = None) -> tuple[int, dict]:
        connection = AdminConnection(self.path, self.seconds)
        try:
            text = json.dumps(body or {}) if verb == "POST" else None
            connection.request(verb, target, text, {"Content-Type": "application/json"} if text else {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        finally:
            connection.close()

    def actors(self) -> list[dict]:
        status, said = self.call("GET", "/v1/actors")
        assert status == 200, said
        return said["actors"]

    def kill(self, path: str) -> int:
        """The status: 404 when it was gone already."""
        return self.call("POST", f"/v1/actors{path}/kill")[0]
