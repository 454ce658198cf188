"""A fast receiver that writes down which letters it took responsibility for.

    python3 -m support.sink PORT FILE [--delay SECONDS] [--host 127.0.0.1] [--most FILE]

For each recipient of each letter a line "ID RECIPIENT" is in FILE before the 250 goes
out. ID is the value of the letter's first X-Load-Id header. With --most that file says
how many sessions there were at once, at most.
"""

import argparse
import asyncio
import pathlib
import subprocess
import sys

from .ports import free_port, wait_until_listening

HEADER = b"\nX-Load-Id: "
EHLO = b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 60000000\r\n250 ENHANCEDSTATUSCODES\r\n"


class SinkProtocol(asyncio.Protocol):
    record = None
    delay = 0.0
    sessions = most = 0
    most_record = None

    def connection_made(self, transport):
        self.transport = transport
        self.count(1)
        self.buffer = bytearray()
        self.in_body = False
        self.recipients = []
        transport.write(b"220 sink.test ESMTP\r\n")

    def connection_lost(self, _):
        self.count(-1)

    def count(self, more: int):
        SinkProtocol.sessions += more
        if SinkProtocol.sessions > SinkProtocol.most:
            SinkProtocol.most = SinkProtocol.sessions
            if self.most_record:
                pathlib.Path(self.most_record).write_text(str(self.most))

    def data_received(self, data):
        self.buffer += data
        out = []
        while (reply := self.take_body() if self.in_body else self.take_command()) is not None:
            out.append(reply)
        if out:
            answer = b"".join(out)
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, self.transport.write, answer)
            else:
                self.transport.write(answer)
            if answer.endswith(b"221 2.0.0 bye\r\n"):
                self.transport.close()

    def take_body(self):
        if self.buffer.startswith(b".\r\n"):
            end = 0
        else:
            end = self.buffer.find(b"\r\n.\r\n")
            if end < 0:
                return None
            end += 2
        body = bytes(self.buffer[:end])
        del self.buffer[:end + 3]
        self.in_body = False
        at = body.find(HEADER)
        ident = body[at + len(HEADER):body.index(b"\r", at + 1)] if at >= 0 else b"?"
        for recipient in self.recipients:
            self.record.write(ident + b" " + recipient + b"\n")
        self.record.flush()
        return b"250 2.0.0 kept\r\n"

    def take_command(self):
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return None
        line = bytes(self.buffer[:end])
        del self.buffer[:end + 2]
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.recipients.append(line[line.index(b"<") + 1:line.rindex(b">")])
        elif verb == b"EHLO":
            return EHLO
        elif verb == b"MAIL" or verb == b"RSET":
            self.recipients = []
        elif verb == b"DATA":
            self.in_body = True
            return b"354 go on\r\n"
        elif verb == b"QUIT":
            return b"221 2.0.0 bye\r\n"
        return b"250 2.0.0 ok\r\n"


class SinkProcess:
    """The sink as a process of its own, so that it doesn't share the test's interpreter."""

    def __init__(self, record, delay: float = 0.0):
        self.record, self.delay, self.port = record, delay, free_port()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "support.sink", str(self.port), str(self.record), "--delay", str(self.delay)])
        wait_until_listening(self.port, self.process)
        return self

    def stop(self):
        self.process.kill()
        self.process.wait()

    def taken(self) -> dict[str, int]:
        """How often each id was taken."""
        times: dict[str, int] = {}
        with open(self.record, encoding="ascii") as lines:
            for line in lines:
                ident = line.split(" ", 1)[0]
                times[ident] = times.get(ident, 0) + 1
        return times


async def serve(host: str, port: int):
    server = await asyncio.get_running_loop().create_server(SinkProtocol, host, port, backlog=1000)
    await server.serve_forever()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("port", type=int)
    options.add_argument("record")
    options.add_argument("--delay", type=float, default=0.0)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--most")
    given = options.parse_args()
    SinkProtocol.record = open(given.record, "ab")
    SinkProtocol.delay, SinkProtocol.most_record = given.delay, given.most
    asyncio.run(serve(given.host, given.port))


if __name__ == "__main__":
    main()
