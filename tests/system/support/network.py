"""Hosts as network namespaces that the test makes itself: a switch, and a veth to it for each host.

The switch's own namespace is the outside world: clients, next hops, the test's questions.
Needs root; everything is gone with `close`, or with the names that `Network` says.
"""

import os
import pathlib
import subprocess
import sys

from .ports import until

SUPPORT = pathlib.Path(__file__).resolve().parents[1]


def available() -> str:
    """Empty, or why no namespaces can be made here."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    tried = subprocess.run(["unshare", "-n", "true"], capture_output=True, text=True)
    return "" if tried.returncode == 0 else f"no network namespaces: {tried.stderr.strip()}"


def run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


class Network:
    """Host N has the address 10.77.0.N, the outside 10.77.0.254."""

    OUTSIDE = "10.77.0.254"

    def __init__(self, hosts: int):
        self.mark = f"tr{os.getpid()}"
        self.outside = f"{self.mark}-out"
        self.hosts = range(1, hosts + 1)
        self.lines: dict[int, subprocess.Popen] = {}
        try:
            self.build()
        except BaseException:
            self.close()
            raise

    def build(self):
        run("ip", "netns", "add", self.outside)
        self.within(self.outside, "ip", "link", "add", "br0", "type", "bridge")
        self.within(self.outside, "ip", "addr", "add", f"{self.OUTSIDE}/24", "dev", "br0")
        for device in ("lo", "br0"):
            self.within(self.outside, "ip", "link", "set", device, "up")
        for host in self.hosts:
            name = self.name(host)
            run("ip", "netns", "add", name)
            self.within(self.outside, "ip", "link", "add", f"to{host}", "type", "veth", "peer", "name", "eth0", "netns", name)
            self.within(self.outside, "ip", "link", "set", f"to{host}", "master", "br0", "up")
            self.within(name, "ip", "addr", "add", f"{self.address(host)}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                self.within(name, "ip", "link", "set", device, "up")

    def close(self):
        for host in list(self.lines):
            self.lines.pop(host).kill()
        for name in (self.outside, *map(self.name, self.hosts)):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def name(self, host: int) -> str:
        return f"{self.mark}-{host}"

    @staticmethod
    def address(host: int) -> str:
        return f"10.77.0.{host}"

    @staticmethod
    def words(namespace: str) -> list[str]:
        """What stands before a command so that it runs there, as the same process."""
        return ["ip", "netns", "exec", namespace]

    def within(self, namespace: str, *words: str) -> str:
        return run(*self.words(namespace), *words)

    # -- faults: between hosts; the outside reaches each of them always -------------------------

    def deaf(self, host: int, to: int) -> None:
        """`host` hears nothing of `to` any more; the other way round it goes on."""
        self.within(self.name(host), "iptables", "-w", "-A", "INPUT", "-s", self.address(to), "-j", "DROP")

    def split(self, *sides: set[int]) -> None:
        """Hosts of different sides do not hear each other; those that no side names are alone."""
        side_of = {host: number for number, side in enumerate(sides) for host in side}
        for one in self.hosts:
            for other in self.hosts:
                if one != other and side_of.get(one, -one) != side_of.get(other, -other):
                    self.deaf(one, other)

    def lossy(self, host: int, share: float) -> None:
        """So much of what other hosts send to `host` is lost."""
        for other in self.hosts:
            if other != host:
                self.within(self.name(host), "iptables", "-w", "-A", "INPUT", "-s", self.address(other), "-m", "statistic",
                            "--mode", "random", "--probability", str(share), "-j", "DROP")

    def slow(self, host: int, seconds: float) -> None:
        """From now on what goes to or from `host` takes so much longer, one way; zero ends it."""
        if host not in self.lines:
            self.replace_by_line(host)
        line = self.lines[host]
        line.stdin.write(f"{seconds}\n")
        line.stdin.flush()

    def replace_by_line(self, host: int) -> None:
        """The cable gives way to two TAP devices and a process that carries frames between them."""
        name = self.name(host)
        card = self.within(name, "cat", "/sys/class/net/eth0/address").strip()  # which the others remember
        self.within(name, "ip", "link", "del", "eth0")
        self.lines[host] = subprocess.Popen(
            [sys.executable, "-m", "support.delay_line", self.outside, f"to{host}", name, "eth0"],
            stdin=subprocess.PIPE, text=True, cwd=SUPPORT)
        until("the delay line", lambda: self.has(self.outside, f"to{host}") and self.has(name, "eth0"))
        self.within(self.outside, "ip", "link", "set", f"to{host}", "master", "br0", "up")
        self.within(name, "ip", "link", "set", "eth0", "address", card)
        self.within(name, "ip", "addr", "add", f"{self.address(host)}/24", "dev", "eth0")
        self.within(name, "ip", "link", "set", "eth0", "up")

    def has(self, namespace: str, device: str) -> bool:
        return subprocess.run([*self.words(namespace), "ip", "link", "show", device], capture_output=True).returncode == 0

    def heal(self) -> None:
        """No deafness and no loss any more."""
        for host in self.hosts:
            self.within(self.name(host), "iptables", "-w", "-F", "INPUT")
