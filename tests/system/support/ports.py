"""Free ports on loopback, and whether someone listens there."""

import random
import socket
import time

from .sanitizer import patience

# Below the range from which the kernel takes client ports, so that no connection of
# another test sits on a port between our look and the server's bind.
FIRST, LAST = 20000, 32000
handed_out: set[int] = set()


def free_port(kind=socket.SOCK_STREAM) -> int:
    """A port that is free on 127.0.0.1 now and was not handed out before by this process."""
    for _ in range(1000):
        port = random.randrange(FIRST, LAST)
        if port in handed_out:
            continue
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        handed_out.add(port)
        return port
    raise RuntimeError("no free port")


def listening(port: int) -> bool:
    """Looked up, not tried: a probing connection would show in the peer's records."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in table)


def wait_until_listening(port: int, process=None, seconds: float = 20) -> None:
    until(f"port {port} to listen", lambda: listening(port) or gone(process), seconds)
    if gone(process):
        raise RuntimeError(f"{process.args} ended with {process.returncode} before it listened")


def gone(process) -> bool:
    return process is not None and process.poll() is not None


def until(what: str, condition, seconds: float = 20, every: float = 0.02):
    """Polls until `condition()` is true and returns its value; fails with `what` when time is up."""
    seconds = patience(seconds)
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(every)
