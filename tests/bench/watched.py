"""What does it cost the mail path to be looked at? The same mail with and without somebody
who lists every actor once a second, while 10,000 sessions sit idle."""

import statistics
import subprocess
import threading
import time

import processes
from support.programs import program
from workloads import open_sessions

PATIENCE = 300
PERIOD = 1.0  # seconds from one look to the next


class Looker(threading.Thread):
    """Runs `troupectl ps --json` until told to stop; `seconds` is how long each took."""

    def __init__(self, socket):
        super().__init__()
        # Nice, for its own work would stand elsewhere: what counts is what it makes the daemon do.
        self.words = ["nice", "-n", "19", program("troupectl"), "--socket", str(socket), "--json", "ps"]
        self.ended = threading.Event()
        self.seconds = []

    def run(self):
        while not self.ended.is_set():
            began = time.monotonic()
            subprocess.run(self.words, stdout=subprocess.DEVNULL, timeout=30, check=True)
            self.seconds.append(time.monotonic() - began)
            self.ended.wait(max(0.0, PERIOD - self.seconds[-1]))


def accept(server, count: int) -> tuple[float, float]:
    """Messages a second, and the server's CPU seconds for 1000 of them."""
    cpu, began = processes.cpu_seconds(server.pid), time.monotonic()
    subprocess.run(["/usr/sbin/smtp-source", "-4", "-M", "src.test", "-s", "50", "-m", str(count), "-l", "4096",
                    "-f", "a@src.test", "-t", "b@dst.test", f"127.0.0.1:{server.port}"],
                   check=True, capture_output=True, timeout=PATIENCE)
    return count / (time.monotonic() - began), 1000 * (processes.cpu_seconds(server.pid) - cpu) / count


def measure(server, turns: int, seconds: float) -> dict:
    """Turns alternate, so that what the machine does meanwhile meets both alike."""
    if not hasattr(type(server), "admin_socket"):
        return {"error": "has no actors to list"}
    server.start("hold")
    held = []
    alone, watched, looks = [], [], []
    try:
        for at in range(0, server.idle_sessions, 50):
            held += open_sessions(server.port, min(50, server.idle_sessions - at))
        count = max(1000, int(accept(server, 2000)[0] * seconds))
        for _ in range(turns):
            alone.append(accept(server, count))
            looker = Looker(server.admin_socket)
            looker.start()
            watched.append(accept(server, count))
            looker.ended.set()
            looker.join()
            looks += looker.seconds
    finally:
        for each in held:
            each.close()
        server.stop()
        server.wipe()
    rate, cpu = (statistics.median(w[i] / a[i] for a, w in zip(alone, watched)) for i in range(2))
    return {"count": count, "rate": statistics.median(a[0] for a in alone), "watched_rate_ratio": rate,
            "watched_cpu_ratio": cpu, "looks": len(looks), "look_seconds": statistics.median(looks)}
