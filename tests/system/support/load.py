"""A load of numbered letters that writes down which of them were acknowledged.

    python3 -m support.load PORT FILE [--connections 20] [--count N] [--per-connection 10]
                            [--size 4096] [--prefix x] [--seconds S] [--starttls]
                            [--host 127.0.0.1] [--again]

An id stands in FILE when the whole 250 to its final dot was read, and never otherwise.
A worker that is refused a connection ends: the server is gone; with --again it waits for
it to come back. A worker whose connection breaks opens another one. Prints one JSON line: sent, acked, refused (4xx, 5xx), broken, seconds.
"""

import argparse
import asyncio
import collections
import json
import pathlib
import ssl
import subprocess
import sys
import time

PATIENCE = 60  # seconds without a byte until a connection counts as broken


class Counts(collections.Counter):
    pass


class LoadProtocol(asyncio.Protocol):
    """One connection: letters one after the other, envelope pipelined; `done` at its end."""

    def __init__(self, plan, done):
        self.plan, self.done = plan, done
        self.left = plan.per_connection
        self.buffer = b""
        self.waiting = collections.deque(["banner"])
        self.ident = None
        self.refused = False

    def connection_made(self, transport):
        self.transport = transport

    def connection_lost(self, _):
        if self.ident is not None:
            self.plan.counts["broken"] += 1
        if not self.done.done():
            self.done.set_result(None)

    def data_received(self, data):
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\r\n")
        for line in lines:
            if line[3:4] != b"-":
                self.on_reply(self.waiting.popleft() if self.waiting else "nothing", line)

    def on_reply(self, what, line):
        good = line[:1] in b"23"
        if what == "banner" and good:
            self.say(b"EHLO load.test\r\n", "offer" if self.plan.context else "ehlo")
        elif what == "offer" and good:
            self.say(b"STARTTLS\r\n", "starttls")
        elif what == "starttls" and good:
            self.upgrade = asyncio.create_task(self.start_tls())
        elif what in ("ehlo", "letter"):
            if what == "letter":
                self.settle(good)
            self.next_letter()
        elif what in ("mail", "rcpt") and not good:
            self.refused = True
        elif what == "data":
            if good:
                self.say(self.plan.letter(self.ident), "letter")
            else:
                self.settle(False)
                self.next_letter()
        elif what == "quit" or not good:
            self.transport.close()

    def settle(self, good):
        if good and not self.refused:
            self.plan.acked(self.ident)
        else:
            self.plan.counts["refused"] += 1
        self.ident = None

    def next_letter(self):
        self.refused = False
        self.ident = self.plan.next_id() if self.left > 0 else None
        if self.ident is None:
            self.say(b"QUIT\r\n", "quit")
            return
        self.left -= 1
        self.say(self.plan.envelope, "mail", "rcpt", "data")

    async def start_tls(self):
        try:
            self.transport = await asyncio.get_running_loop().start_tls(self.transport, self, self.plan.context)
        except OSError:
            self.transport.abort()
        else:
            self.say(b"EHLO load.test\r\n", "ehlo")

    def say(self, data, *expected):
        self.waiting.extend(expected)
        self.transport.write(data)


class Plan:
    """What is to be sent, and what came of it."""

    def __init__(self, given):
        self.given = given
        self.per_connection = given.per_connection
        self.counts = Counts()
        self.record = open(given.record, "ab")
        self.context = unverified() if given.starttls else None
        self.end = time.monotonic() + given.seconds if given.seconds else None
        self.envelope = f"MAIL FROM:<{given.sender}>\r\nRCPT TO:<{given.recipient}>\r\nDATA\r\n".encode()
        head = f"From: {given.sender}\r\nTo: {given.recipient}\r\nSubject: load\r\nX-Load-Id: "
        filler = b"\r\n\r\n" + (b"0123456789abcdef" * 4 + b"\r\n") * max(1, (given.size - len(head) - 20) // 66)
        self.head, self.tail = head.encode(), filler + b".\r\n"

    def next_id(self):
        if self.counts["sent"] >= self.given.count or (self.end and time.monotonic() > self.end):
            return None
        self.counts["sent"] += 1
        return f"{self.given.prefix}{self.counts['sent']}".encode()

    def letter(self, ident: bytes) -> bytes:
        return self.head + ident + self.tail

    def acked(self, ident: bytes):
        self.counts["acked"] += 1
        self.record.write(ident + b"\n")

    def more(self) -> bool:
        return self.counts["sent"] < self.given.count and not (self.end and time.monotonic() > self.end)


def unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def worker(plan: Plan):
    loop = asyncio.get_running_loop()
    while plan.more():
        done = loop.create_future()
        try:
            transport, _ = await loop.create_connection(lambda: LoadProtocol(plan, done), plan.given.host, plan.given.port)
        except ConnectionRefusedError:
            if not plan.given.again:
                return
            await asyncio.sleep(0.1)
            continue
        except OSError:  # accepted by the kernel of a server that was dying
            await asyncio.sleep(0.01)
            continue
        try:
            async with asyncio.timeout(PATIENCE):
                await done
        except TimeoutError:
            transport.abort()


async def run(plan: Plan):
    await asyncio.gather(*(worker(plan) for _ in range(plan.given.connections)))


def parse(arguments=None):
    options = argparse.ArgumentParser()
    options.add_argument("port", type=int)
    options.add_argument("record")
    options.add_argument("--connections", type=int, default=20)
    options.add_argument("--count", type=int, default=10**9)
    options.add_argument("--per-connection", type=int, default=10)
    options.add_argument("--size", type=int, default=4096)
    options.add_argument("--seconds", type=float, default=0)
    options.add_argument("--prefix", default="")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--again", action="store_true", help="wait for a server that is gone")
    options.add_argument("--starttls", action="store_true", help="and no look at the certificate")
    options.add_argument("--sender", default="a@src.test")
    options.add_argument("--recipient", default="b@dst.test")
    return options.parse_args(arguments)


def main():
    plan = Plan(parse())
    began = time.monotonic()
    asyncio.run(run(plan))
    plan.record.close()
    print(json.dumps({**plan.counts, "seconds": round(time.monotonic() - began, 3)}))


class LoadProcess:
    """The load as a process of its own."""

    def __init__(self, port: int, record, **options):
        self.record = record
        words = [w for k, v in options.items() for w in ([f"--{k.replace('_', '-')}"] if v is True else [f"--{k.replace('_', '-')}", str(v)])]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "support.load", str(port), str(record), *words], stdout=subprocess.PIPE, text=True,
            cwd=pathlib.Path(__file__).resolve().parents[1])

    def finish(self, seconds: float = 120) -> dict:
        """Waits for the end and returns the counts."""
        out, _ = self.process.communicate(timeout=seconds)
        return {"sent": 0, "acked": 0, "refused": 0, "broken": 0, **json.loads(out)}

    def kill(self):
        self.process.kill()
        self.process.communicate()


def acked_ids(record) -> set[str]:
    with open(record, encoding="ascii") as lines:
        return {line.strip() for line in lines}


if __name__ == "__main__":
    main()
