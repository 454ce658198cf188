"""An SMTP conversation by hand, byte by byte where a test needs it."""

import socket

from .sanitizer import patience


class Dialogue:
    """A connection that says exactly what it is told and returns whole replies."""

    def __init__(self, port: int, seconds: float = 20, source: str = ""):
        self.socket = socket.create_connection(("127.0.0.1", port), patience(seconds), (source, 0) if source else None)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def line(self) -> bytes:
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError(f"hung up after {self.buffer!r}")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line + b"\n"

    def reply(self) -> str:
        """One whole reply, its lines joined by newlines and without CR."""
        lines = []
        while True:
            line = self.line()
            assert line.endswith(b"\r\n"), f"a reply line without CRLF: {line!r}"
            lines.append(line[:-2].decode())
            if lines[-1][3:4] != "-":
                return "\n".join(lines)

    def say(self, text: str | bytes) -> str:
        self.send((text.encode() if isinstance(text, str) else text) + b"\r\n")
        return self.reply()

    def greet(self, name="client.test") -> str:
        banner = self.reply()
        assert banner.startswith("220"), banner
        return self.say(f"EHLO {name}")

    def envelope(self, sender: str, *recipients: str) -> list[str]:
        return [self.say(f"MAIL FROM:<{sender}>"), *(self.say(f"RCPT TO:<{r}>") for r in recipients)]

    def data(self, message: bytes) -> str:
        """DATA with dots stuffed; the reply to the final dot, or to DATA when it was refused."""
        answer = self.say("DATA")
        if not answer.startswith("354"):
            return answer
        stuffed = message.replace(b"\r\n.", b"\r\n..")
        self.send((b"." if message.startswith(b".") else b"") + stuffed + b".\r\n")
        return self.reply()

    def closed_by_peer(self) -> bool:
        """Reads to the end; true when the peer hung up, false when it stayed silent."""
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


def send_letter(port: int, message: bytes, sender="a@src.test", recipients=("b@local.test",)) -> str:
    """Sends one letter and returns the last reply, the first refusal included."""
    with Dialogue(port, 60) as peer:
        peer.greet()
        for answer in peer.envelope(sender, *recipients):
            if not answer.startswith("250"):
                return answer
        answer = peer.data(message)
        peer.say("QUIT")
        return answer
