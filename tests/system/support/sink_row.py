"""Many receivers that count together how many sessions they have at once."""

import asyncio

from .bad_sink import BadSink, Hangup, Session
from .serving import ThreadedServer


class Census:
    """Used by the receivers' thread only; the test reads it."""

    def __init__(self):
        self.present = self.most = 0

    def come(self) -> None:
        self.present += 1
        self.most = max(self.most, self.present)

    def leave(self) -> None:
        self.present -= 1


class CountedSession(Session):
    """Present from the connection on until its QUIT, since the client hears of that before we see it go."""

    def __init__(self, sink, reader, writer):
        super().__init__(sink, reader, writer)
        self.here = True
        sink.census.come()

    def leave(self) -> None:
        if self.here:
            self.here = False
            self.sink.census.leave()

    async def answer(self, line: bytes):
        if line.upper() == b"QUIT":
            self.leave()
        await super().answer(line)


class CountedSink(BadSink):
    def __init__(self, census: Census, script):
        super().__init__(script)
        self.census = census

    async def _accept(self, reader, writer):
        session = CountedSession(self, reader, writer)
        self.sessions.append(session)
        try:
            await session.run()
        except (Hangup, ConnectionError, asyncio.CancelledError):
            pass  # the end of the connection, from whichever side
        finally:
            session.leave()
            writer.close()


class SinkRow(ThreadedServer):
    """`scripts` are those of single receivers, by their number."""

    def __init__(self, number: int, scripts: dict | None = None):
        self.census = Census()
        self.sinks = [CountedSink(self.census, (scripts or {}).get(i)) for i in range(number)]

    async def serve(self):
        for sink in self.sinks:
            await sink.serve()

    async def close(self):
        for sink in self.sinks:
            await sink.close()

    def __getitem__(self, number: int) -> CountedSink:
        return self.sinks[number]

    def taken(self) -> list[int]:
        """Letters that each of them accepted."""
        return [len(sink.accepted) for sink in self.sinks]

    def routes(self) -> list[dict]:
        """[[route]] of each: number 3 has the domain d3.test."""
        return [{"match": [f"d{i}.test"], "via": f"smtp:127.0.0.1:{sink.port}", "tls": "off"} for i, sink in enumerate(self.sinks)]
