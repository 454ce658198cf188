"""What a server's processes use, read from /proc: the one that was started and all below it."""

import os
import pathlib

TICK = os.sysconf("SC_CLK_TCK")


def stat(pid: int) -> list[str]:
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def tree(root: int) -> list[int]:
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents.setdefault(int(stat(int(name))[1]), []).append(int(name))
            except OSError:
                continue
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


def cpu_seconds(root: int) -> float:
    """User and system time, of ended children too: each has a parent in the tree that waited for it.

    Of the living, stat shows whole ticks, which over 250 processes of Postfix loses half of
    the figure. schedstat has nanoseconds, but forgets ended threads.
    """
    seconds = 0.0
    for pid in tree(root):
        try:
            own, system, ended, ended_system = map(int, stat(pid)[11:15])
            exact = sum(int(t.read_text().split()[0]) for t in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9
        except OSError:
            continue
        seconds += max(exact, (own + system) / TICK) + (ended + ended_system) / TICK
    return seconds


def memory(root: int) -> int:
    """Proportional set size in bytes: what is shared is counted once."""
    total = 0
    for pid in tree(root):
        try:
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += next(int(l.split()[1]) for l in lines if l.startswith("Pss:")) * 1024
        except (OSError, StopIteration):
            continue
    return total


def machine_busy_seconds() -> float:
    user, nice, system, _, _, irq, softirq, *_ = map(int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + irq + softirq) / TICK
