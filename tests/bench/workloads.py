"""What is measured. Load and receiver are Postfix's smtp-source and smtp-sink, with a stunnel
around the server where both sides have TLS; load with TLS alone is our own (support/load.py),
which costs more than the servers: there the CPU a message says more than the rate."""

import dataclasses
import os
import resource
import select
import signal
import socket
import subprocess
import time

import processes
import tls_pipes
from support.dialogue import Dialogue
from support.load import LoadProcess
from support.ports import free_port, wait_until_listening

PATIENCE = 300  # seconds until a run counts as failed


@dataclasses.dataclass(frozen=True)
class Stream:
    """Messages from `sessions` clients at once; through to a sink when `relay`."""
    name: str
    relay: bool
    sessions: int = 50
    size: int = 4096
    reuse: bool = False
    tls: bool = False  # STARTTLS on the way in, a whole handshake for each connection

    def run(self, server, count: int) -> dict:
        sink = start_sink(count) if self.relay else None
        pipes = []
        target = sink.port if sink else 0
        if sink and self.tls:
            pipes.append(tls_pipes.Pipe(server.folder, "sink", target, server.certificate()))
            target = pipes[0].port
        server.start("relay" if self.relay else "hold", target, **({"tls": True} if self.tls else {}))
        if pipes:
            pipes.append(tls_pipes.Pipe(server.folder, "source", server.port))
        try:
            os.sync()
            time.sleep(0.3)
            began, cpu, busy = time.monotonic(), processes.cpu_seconds(server.pid), processes.machine_busy_seconds()
            helpers = time_of_children()
            source = tls_source(self, server, count) if self.tls and not pipes else subprocess.run(
                ["/usr/sbin/smtp-source", "-4", "-M", "src.test", "-s", str(self.sessions), "-m", str(count), "-l", str(self.size),
                 *(["-d"] if self.reuse else []), "-f", "a@src.test", "-t", "b@dst.test", f"127.0.0.1:{pipes[1].port if pipes else server.port}"],
                capture_output=True, text=True, timeout=PATIENCE)
            if source.returncode != 0:
                return {"error": (source.stdout + source.stderr)[-200:]}
            if sink:
                sink.wait(PATIENCE)
            seconds = time.monotonic() - began
            used = processes.cpu_seconds(server.pid) - cpu
            end_all(pipes)  # so that their time is known
            foreign = processes.machine_busy_seconds() - busy - used - (time_of_children() - helpers)
            return {"count": count, "seconds": seconds, "rate": count / seconds, "mib_per_second": count * self.size / seconds / 2**20,
                    "cpu_per_1000": used * 1000 / count, "foreign_cores": max(0.0, foreign / seconds)}
        finally:
            end_all(pipes)
            if sink and sink.poll() is None:
                sink.kill()
            if sink:
                sink.wait()
            server.stop()
            server.wipe()


def end_all(pipes: list):
    while pipes:
        pipes.pop().stop()


SOURCES = 2  # one process is one core of Python


def tls_source(stream: Stream, server, count: int) -> subprocess.CompletedProcess:
    per_connection = 100 if stream.reuse else 1
    running = [LoadProcess(server.port, server.folder / f"acked.{n}", connections=stream.sessions // SOURCES, count=count // SOURCES,
                           per_connection=per_connection, size=stream.size, starttls=True) for n in range(SOURCES)]
    ended = [each.finish(PATIENCE) for each in running]
    whole = all(each["acked"] == count // SOURCES for each in ended)
    return subprocess.CompletedProcess([], 0 if whole else 1, str(ended), "")


def time_of_children() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def start_sink(count: int):
    """Ends at the `count`-th message."""
    port = free_port()
    sink = subprocess.Popen(["/usr/sbin/smtp-sink", "-4", "-u", "nobody", "-m", "5000", "-M", str(count), f"127.0.0.1:{port}", "4000"],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until_listening(port, sink)
    sink.port = port
    return sink


STREAMS = {s.name: s for s in (
    Stream("accept", relay=False),
    Stream("accept-reuse", relay=False, reuse=True),
    Stream("accept-tls", relay=False, tls=True),
    Stream("accept-tls-reuse", relay=False, tls=True, reuse=True),
    Stream("relay", relay=True),
    Stream("relay-reuse", relay=True, reuse=True),
    Stream("relay-tls", relay=True, tls=True),
    Stream("relay-tls-reuse", relay=True, tls=True, reuse=True),
    Stream("relay-1mib", relay=True, sessions=10, size=1 << 20),
)}


def idle(server) -> dict:
    """Memory of sessions that said EHLO and then nothing; and whether newcomers still are served."""
    count = server.idle_sessions
    if not count:
        return {"error": "has no sessions to speak of"}
    files = count + 1000
    hard = max(resource.getrlimit(resource.RLIMIT_NOFILE)[1], files)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    server.start("hold")
    held = []
    try:
        for _ in range(100):  # so that what is allocated once is there before
            with Dialogue(server.port) as client:
                client.greet()
        time.sleep(1)
        before = processes.memory(server.pid)
        for at in range(0, count, 50):
            held += open_sessions(server.port, min(50, count - at))
        time.sleep(3)
        grown = processes.memory(server.pid) - before
        began = time.monotonic()
        with Dialogue(server.port) as client:
            client.greet()
        return {"sessions": count, "kib_per_session": grown / count / 1024, "newcomer_ms": (time.monotonic() - began) * 1000}
    finally:
        for each in held:
            each.close()
        server.stop()
        server.wipe()


def open_sessions(port: int, count: int) -> list[socket.socket]:
    opened = [socket.create_connection(("127.0.0.1", port), 30) for _ in range(count)]
    for reply in range(2):
        for each in opened:
            text = b""
            while not text.endswith(b"\r\n") or b"-" == text.splitlines()[-1][3:4]:
                data = each.recv(4096)
                if not data:
                    raise ConnectionError("hung up on an idle session")
                text += data
            if not reply:
                each.sendall(b"EHLO idle.test\r\n")
    return opened


def backlog(server, count: int, sign=signal.SIGTERM) -> dict:
    """Start with `count` messages waiting: time to 220, to the first 250 of a letter, and memory."""
    server.start("defer")
    try:
        for at in range(0, count, 20000):
            subprocess.run(["/usr/sbin/smtp-source", "-4", "-d", "-s", "50", "-m", str(min(20000, count - at)), "-l", "4096",
                            "-f", "a@src.test", "-t", "b@dst.test", f"127.0.0.1:{server.port}"], check=True, capture_output=True)
        server.stop(sign)
        os.sync()
        began = time.monotonic()
        server.launch()
        greeted, kept = first_letter(server.port, began)
        time.sleep(12)
        return {"queued": count, "first_220_seconds": greeted, "first_250_seconds": kept, "mib": processes.memory(server.pid) / 2**20}
    finally:
        server.stop()
        server.wipe()


def first_letter(port: int, began: float) -> tuple[float, float]:
    while time.monotonic() - began < PATIENCE:
        try:
            with Dialogue(port, 60) as client:
                client.greet()
                greeted = time.monotonic() - began
                client.envelope("a@src.test", "b@dst.test")
                if client.data(b"Subject: first\r\n\r\nx\r\n").startswith("250"):
                    return greeted, time.monotonic() - began
        except (OSError, AssertionError):
            select.select([], [], [], 0.005)
    raise RuntimeError("nothing was accepted")
