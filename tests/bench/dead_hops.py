"""100 next hops, of which 20 are dead: how long do the other 80 wait for their mail because of it?
Half of the dead take connections and say nothing, half refuse them."""

import os
import socket
import subprocess
import time

from support.ports import free_port, wait_until_listening

HOPS = 100
DEAD = 20
PATIENCE = 300
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def domain(number: int) -> str:
    return f"d{number:03}.test"


def is_dead(number: int) -> bool:
    return number % (HOPS // DEAD) == 0


class Hop:
    """A next hop on loopback: a sink that ends at its `count`-th message, or a dead one."""

    def __init__(self, number: int, count: int, dead: bool):
        self.process = self.deaf = None
        self.counts = not is_dead(number)
        if dead and number % (2 * HOPS // DEAD) == 0:
            self.deaf = socket.create_server(("127.0.0.1", 0), backlog=512)
            self.port = self.deaf.getsockname()[1]
            return
        self.port = free_port()
        if not dead:
            self.process = subprocess.Popen(["/usr/sbin/smtp-sink", "-4", "-u", "nobody", "-m", "200", "-M", str(count), f"127.0.0.1:{self.port}", "200"], **QUIET)
            wait_until_listening(self.port, self.process)

    def close(self):
        if self.deaf:
            self.deaf.close()
        if self.process:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()


def source(server, number: int, count: int):
    return subprocess.Popen(["/usr/sbin/smtp-source", "-4", "-d", "-M", "src.test", "-s", "1", "-m", str(count), "-l", "4096",
                             "-f", f"s{number}@src.test", "-t", f"b@{domain(number)}", f"127.0.0.1:{server.port}"], **QUIET)


def once(server, count: int, dead: bool) -> float:
    """Seconds until the 80 healthy ones have `count` messages each; all 100 are written to."""
    hops = [Hop(number, count, dead and is_dead(number)) for number in range(HOPS)]
    sources = []
    try:
        server.start_many({domain(n): hop.port for n, hop in enumerate(hops)})
        os.sync()
        time.sleep(0.5)
        began = time.monotonic()
        sources = [source(server, number, count) for number in range(HOPS)]
        for hop in hops:
            if hop.counts:
                hop.process.wait(max(1.0, began + PATIENCE - time.monotonic()))
        return time.monotonic() - began
    finally:
        for each in sources:
            if each.poll() is None:
                each.kill()
            each.wait()
        server.stop()
        server.wipe()
        for hop in hops:
            hop.close()


def measure(server, count: int) -> dict:
    if not hasattr(server, "start_many"):
        return {"error": "has one next hop only"}
    healthy, with_dead = once(server, count, False), once(server, count, True)
    return {"count": count * HOPS, "healthy_seconds": healthy, "with_dead_seconds": with_dead, "slowdown": with_dead / healthy - 1}
