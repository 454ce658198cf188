"""A DNS server on a loopback UDP port that answers by script.

    DnsServer({
        ("relay.test", "MX"): [(10, "mx1.relay.test"), (20, "mx2.relay.test")],
        ("mx1.relay.test", "A"): ["127.0.0.2"],
        ("alias.test", "ANY"): Cname("relay.test"),
        ("broken.test", "ANY"): SERVFAIL,
        ("silent.test", "ANY"): SILENCE,
    })

A name that the script does not know is NXDOMAIN; a name that it knows, asked for another
type, is an empty answer. Each question is recorded in `questions`.
"""

import dataclasses
import asyncio
import ipaddress
import socket
import struct

from .ports import free_port
from .serving import ThreadedServer

TYPES = {"A": 1, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "TLSA": 52, "ANY": 255}
NAMES = {number: name for name, number in TYPES.items()}
SERVFAIL, NXDOMAIN, REFUSED, SILENCE = "SERVFAIL", "NXDOMAIN", "REFUSED", "SILENCE"
RCODES = {"SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}


@dataclasses.dataclass(frozen=True)
class Cname:
    target: str


def wire_name(name: str) -> bytes:
    labels = [l.encode() for l in name.rstrip(".").split(".") if l]
    return b"".join(bytes([len(l)]) + l for l in labels) + b"\0"


def record(name: str, kind: str, data: bytes, ttl: int) -> bytes:
    return wire_name(name) + struct.pack("!HHIH", TYPES[kind], 1, ttl, len(data)) + data


def data_of(kind: str, value) -> bytes:
    if kind == "MX":
        return struct.pack("!H", value[0]) + wire_name(value[1])
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind in ("CNAME", "PTR"):
        return wire_name(value)
    if kind == "TXT":
        text = value.encode()
        return b"".join(bytes([len(x)]) + x for x in (text[i:i + 255] for i in range(0, len(text), 255))) or b"\0"
    return bytes(value)


class DnsServer(ThreadedServer, asyncio.DatagramProtocol):
    def __init__(self, zone: dict, ttl: int = 1):
        self.zone = {(name.lower().rstrip("."), kind): value for (name, kind), value in zone.items()}
        self.ttl = ttl
        self.port = free_port(socket.SOCK_DGRAM)
        self.questions: list[tuple[str, str]] = []

    async def serve(self):
        loop = asyncio.get_running_loop()
        self.udp, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", self.port))
        self.tcp = await asyncio.start_server(self.on_stream, "127.0.0.1", self.port)

    async def close(self):
        self.udp.close()
        self.tcp.close()

    def connection_made(self, _):
        """The UDP endpoint is kept by `serve`."""

    def connection_lost(self, _):
        """Nothing to do: `close` closed it."""

    def datagram_received(self, data, address):
        answer = self.answer(data)
        if answer:
            self.udp.sendto(answer, address)

    async def on_stream(self, reader, writer):
        try:
            while True:
                length = struct.unpack("!H", await reader.readexactly(2))[0]
                answer = self.answer(await reader.readexactly(length))
                if answer:
                    writer.write(struct.pack("!H", len(answer)) + answer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    def answer(self, query: bytes) -> bytes | None:
        ident, flags = struct.unpack("!HH", query[:4])
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1").lower())
            at += 1 + query[at]
        name, kind = ".".join(labels), NAMES.get(struct.unpack("!H", query[at + 1:at + 3])[0], "?")
        question = query[12:at + 5]
        self.questions.append((name, kind))
        found = self.look_up(name, kind)
        if found == SILENCE:
            return None
        rcode, records = (RCODES[found], []) if isinstance(found, str) else (0, found)
        authority = b"" if records else record(name.split(".")[-1] or ".", "SOA", wire_name("ns.test") * 2 + struct.pack("!5I", 1, 1, 1, 1, self.ttl), self.ttl)
        head = struct.pack("!HHHHHH", ident, 0x8480 | (flags & 0x0100) | rcode, 1, len(records), 1 if authority else 0, 0)
        return head + question + b"".join(records) + authority

    def look_up(self, name: str, kind: str):
        """Records in wire form, or the name of a failure."""
        records = []
        for _ in range(9):
            found = self.zone.get((name, kind), self.zone.get((name, "ANY")))
            if isinstance(found, Cname):
                records.append(record(name, "CNAME", wire_name(found.target), self.ttl))
                name = found.target.lower()
                continue
            if isinstance(found, str):
                return found
            if found is None:
                known = any(n == name or n.endswith("." + name) for n, _ in self.zone)
                return records if known or records else NXDOMAIN
            return records + [record(name, kind, data_of(kind, v), self.ttl) for v in found]
        return SERVFAIL
