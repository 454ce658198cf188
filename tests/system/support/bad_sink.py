"""A receiver that misbehaves by script, over SMTP or LMTP, and records what it got byte for byte.

    BadSink({"rcpt": Say("450 4.2.1 busy"), "dot": [Drop(), OK]})

A script names stages: connect, banner, ehlo (LHLO too), helo, starttls, mail, rcpt, data, body,
dot, quit, rset, noop. What stands under a stage is one behaviour for every time, a list (one for
each time, the last repeats), or a function of the command line (at `dot` over LMTP: of the
recipient). Stages that the script does not name are answered as a good server would.

With a `certificate` STARTTLS is done, and within TLS `extensions_within` are offered.
"""

import asyncio
import contextlib
import dataclasses
import ssl

from .ports import free_port
from .serving import ThreadedServer


@dataclasses.dataclass(frozen=True)
class Say:
    """A reply, given without CRLF; a newline makes it a reply of several lines."""
    text: str


@dataclasses.dataclass(frozen=True)
class SayAndDrop:
    """A reply and then the end of the connection, as 421 promises."""
    text: str


@dataclasses.dataclass(frozen=True)
class Hang:
    """Silence, with the connection open and unread."""


@dataclasses.dataclass(frozen=True)
class Drop:
    """The connection reset."""


@dataclasses.dataclass(frozen=True)
class Drip:
    """A reply of which a byte comes every `pause` seconds."""
    text: str
    pause: float = 0.05


@dataclasses.dataclass(frozen=True)
class Garbage:
    """Bytes that are no reply."""
    data: bytes = b"\x00\xff\xfe<html>\r\nnot a reply\r\n\x80\x81\r\n"


@dataclasses.dataclass(frozen=True)
class Flood:
    """A reply without end: one line with `step` empty, else lines of `step` bytes, until `size` bytes or hang-up."""
    size: int = 64 << 20
    step: int = 0


OK = Say("250 2.0.0 ok")


@dataclasses.dataclass
class Letter:
    """A message as far as it came: `body` with dots unstuffed."""
    sender: bytes
    recipients: list[bytes]
    body: bytes = b""
    accepted: bool = False


class Hangup(Exception):
    pass


class BadSink(ThreadedServer):
    def __init__(self, script=None, *, lmtp=False, port=None, host="127.0.0.1",
                 extensions=("PIPELINING", "8BITMIME", "SIZE 60000000", "ENHANCEDSTATUSCODES", "DSN"),
                 certificate=None, extensions_within=()):
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate.path, certificate.key)
        self.extensions_within = extensions_within
        self.script = dict(script or {})
        self.lmtp = lmtp
        self.host = host
        self.port = port or free_port()
        self.extensions = extensions
        self.times: dict[str, int] = {}
        self.sessions: list["Session"] = []

    @property
    def letters(self) -> list[Letter]:
        """All that were sent to the end, in order."""
        return [x for s in list(self.sessions) for x in s.letters]

    @property
    def accepted(self) -> list[Letter]:
        return [x for x in self.letters if x.accepted]

    @property
    def commands(self) -> list[bytes]:
        return [c for s in list(self.sessions) for c in s.commands]

    def behaviour(self, stage: str, line: bytes, usual):
        planned = self.script.get(stage)
        if planned is None:
            return usual
        if callable(planned):
            return planned(line) or usual
        if isinstance(planned, list):
            turn = self.times.get(stage, 0)
            self.times[stage] = turn + 1
            return planned[min(turn, len(planned) - 1)]
        return planned

    async def serve(self):
        self.server = await asyncio.start_server(self._accept, self.host, self.port, limit=1 << 20)

    async def close(self):
        self.server.close()
        for session in self.sessions:
            with contextlib.suppress(AttributeError):  # of Python 3.11, where TLS has ended
                session.writer.transport.abort()

    async def _accept(self, reader, writer):
        session = Session(self, reader, writer)
        self.sessions.append(session)
        try:
            await session.run()
        except (Hangup, ConnectionError, asyncio.CancelledError):
            pass  # the end of the connection, from whichever side
        finally:
            writer.close()


class Session:
    def __init__(self, sink: BadSink, reader, writer):
        self.sink, self.reader, self.writer = sink, reader, writer
        self.commands: list[bytes] = []
        self.extensions = sink.extensions
        self.received = bytearray()  # everything, as it came
        self.buffer = bytearray()
        self.letters: list[Letter] = []
        self.sender, self.recipients = None, []

    async def run(self):
        connect = self.sink.behaviour("connect", b"", None)
        if connect:
            await self.act(connect)
        await self.act(self.sink.behaviour("banner", b"", Say("220 sink.test ESMTP")))
        while True:
            line = await self.read_line()
            self.commands.append(line)
            await self.answer(line)

    async def answer(self, line: bytes):
        verb = line.split(b" ", 1)[0].upper()
        if verb in (b"EHLO", b"LHLO"):
            await self.act(self.sink.behaviour("ehlo", line, Say("\n".join(["250 sink.test", *(f"250 {x}" for x in self.extensions)]))))
        elif verb == b"HELO":
            await self.act(self.sink.behaviour("helo", line, Say("250 sink.test")))
        elif verb == b"MAIL":
            what = self.sink.behaviour("mail", line, OK)
            self.sender, self.recipients = line if is_yes(what) else None, []
            await self.act(what)
        elif verb == b"RCPT":
            usual = OK if self.sender is not None else Say("503 5.5.1 MAIL first")
            what = self.sink.behaviour("rcpt", line, usual)
            if is_yes(what):
                self.recipients.append(line)
            await self.act(what)
        elif verb == b"DATA":
            usual = Say("354 go on") if self.recipients else Say("503 5.5.1 no recipients")
            what = self.sink.behaviour("data", line, usual)
            await self.act(what)
            if isinstance(what, (Say, Drip)) and what.text.startswith("354"):
                await self.take_body()
        elif verb == b"QUIT":
            await self.act(self.sink.behaviour("quit", line, SayAndDrop("221 2.0.0 bye")))
        elif verb == b"STARTTLS":
            await self.begin_tls(self.sink.behaviour("starttls", line, Say("220 2.0.0 go" if self.sink.context else "454 4.7.0 not now")))
        elif verb in (b"RSET", b"NOOP"):
            self.recipients = [] if verb == b"RSET" else self.recipients
            await self.act(self.sink.behaviour(verb.decode().lower(), line, OK))
        else:
            await self.act(Say("500 5.5.2 what?"))

    async def begin_tls(self, what):
        await self.act(what)
        if self.sink.context and is_yes(what):
            try:
                await self.writer.start_tls(self.sink.context)
            except ssl.SSLError:
                raise Hangup from None
            self.extensions = self.sink.extensions_within

    async def take_body(self):
        if "body" in self.sink.script:
            await self.fill()
            what = self.sink.behaviour("body", bytes(self.buffer[:80]), None)
            if what:
                await self.act(what)
        taken = Letter(self.sender, list(self.recipients), await self.read_body())
        self.letters.append(taken)
        for recipient in taken.recipients if self.sink.lmtp else [b""]:
            what = self.sink.behaviour("dot", recipient, Say("250 2.0.0 kept"))
            taken.accepted = taken.accepted or is_yes(what)
            await self.act(what)
        self.recipients = []

    async def act(self, what):
        match what:
            case Say(text):
                await self.write(reply_bytes(text))
            case SayAndDrop(text):
                await self.write(reply_bytes(text))
                raise Hangup
            case Hang():
                await asyncio.Event().wait()
            case Drop():
                self.writer.transport.abort()
                raise Hangup
            case Drip(text, pause):
                for byte in reply_bytes(text):
                    await self.write(bytes([byte]))
                    await asyncio.sleep(pause)
            case Garbage(data):
                await self.write(data)
            case Flood(size, step):
                piece = (b"250-" + b"x" * (step - 6) + b"\r\n") if step else b"250 " + b"x" * 65532
                for _ in range(size // len(piece)):
                    await self.write(piece)
                raise Hangup
            case _:
                raise TypeError(what)

    async def write(self, data: bytes):
        self.writer.write(data)
        await self.writer.drain()

    async def fill(self):
        data = await self.reader.read(1 << 18)
        if not data:
            raise Hangup
        self.received += data
        self.buffer += data

    async def read_line(self) -> bytes:
        while (end := self.buffer.find(b"\r\n")) < 0:
            await self.fill()
        line = bytes(self.buffer[:end])
        del self.buffer[:end + 2]
        return line

    async def read_body(self) -> bytes:
        self.buffer[:0] = b"\r\n"  # so that a first line of one dot ends it too
        seen = 0
        while (end := self.buffer.find(b"\r\n.\r\n", seen)) < 0:
            seen = max(0, len(self.buffer) - 4)
            await self.fill()
        body = bytes(self.buffer[:end + 2])
        del self.buffer[:end + 5]
        return body.replace(b"\r\n..", b"\r\n.")[2:]


def is_yes(what) -> bool:
    return isinstance(what, (Say, SayAndDrop, Drip)) and what.text.startswith("2")


def reply_bytes(text: str) -> bytes:
    lines = text.split("\n")
    marked = [f"{l[:3]}-{l[4:]}" for l in lines[:-1]] + [lines[-1]]
    return "".join(l + "\r\n" for l in marked).encode()
