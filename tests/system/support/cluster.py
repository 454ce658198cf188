"""Several nodes as one: each trouped on a host of its own, one CA, a load and a next hop outside."""

import json
import pathlib
import shutil
import subprocess
import sys
import time

from .authority import Authority
from .daemon import Trouped
from .load import acked_ids
from .network import Network, SUPPORT
from .ports import until
from .programs import program
from .sanitizer import patience

SMTP_PORT, LINK_PORT, METRICS_PORT, SINK_PORT = 2525, 4920, 9127, 2600


class ClusterNode(Trouped):
    """One node; everything that a Trouped can, but for the dialogues over loopback."""

    def __init__(self, cluster: "Cluster", host: int):
        self.host, self.network = host, cluster.network
        self.address = cluster.network.address(host)
        self.prefix: list[str] = []  # before the program: faketime and its like
        super().__init__(cluster.folder / f"node{host}")
        self.port, self.metrics_port = SMTP_PORT, METRICS_PORT
        certificate = cluster.authority.issue(self.name)
        self.set({
            "node": {"name": self.name, "hostname": f"{self.name}.troupe.test", "shards": cluster.shards, "drain": "60s"},
            "listener": [{"address": f"{self.address}:{SMTP_PORT}", "kind": "mx"}],
            "relay": {"networks": [f"{Network.OUTSIDE}/32"]},
            "metrics": {"http": f"127.0.0.1:{METRICS_PORT}"},
            "limits": {"connections_per_ip": 10000},
            "route": [{"match": ["*"], "via": f"smtp:{Network.OUTSIDE}:{SINK_PORT}", "tls": "off"}],
            "cluster": {
                "listen": f"{self.address}:{LINK_PORT}", "names": ["node*"], "copies": cluster.copies, "takeover": cluster.takeover,
                "peers": [f"{cluster.network.address(n)}:{LINK_PORT}" for n in cluster.network.hosts if n != host],
                "certificate": certificate.path, "key": certificate.key, "ca": cluster.authority.root.path,
            },
        })

    @property
    def name(self) -> str:
        return f"node{self.host}"

    def launch(self, *arguments: str, **popen):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [*self.network.words(self.network.name(self.host)), *self.prefix, self.binary, "--config", str(self.config), *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, **popen)
        return self

    def wait_for_banner(self, seconds: float = 30) -> float:
        """Until its door is open; its clients are told more by 220."""
        began = time.monotonic()

        def listens():
            if not self.running():
                raise RuntimeError(f"{self.name} ended with {self.process.returncode}:\n{self.log_tail()}")
            table = pathlib.Path(f"/proc/{self.process.pid}/net/tcp")
            return any(line.split()[1].endswith(f":{SMTP_PORT:04X}") and line.split()[3] == "0A"
                       for line in table.read_text().splitlines()[1:])

        until("220", listens, seconds, 0.01)
        return time.monotonic() - began

    def http(self, path: str) -> tuple[int, str]:
        done = subprocess.run([*self.network.words(self.network.name(self.host)), "curl", "-s", "-w", "\n%{http_code}",
                               f"http://127.0.0.1:{METRICS_PORT}{path}"], capture_output=True, text=True, timeout=patience(10))
        text, _, status = done.stdout.rpartition("\n")
        return int(status or 0), text

    def erase_disk(self) -> None:
        """For good: what comes back under its name is another node."""
        shutil.rmtree(self.data)


class Outside:
    """A process in the outside namespace."""

    def __init__(self, network: Network, module: str, *words: str, **popen):
        self.process = subprocess.Popen(
            [*network.words(network.outside), sys.executable, "-m", module, *words], cwd=SUPPORT, text=True, **popen)

    def kill(self):
        self.process.kill()
        self.process.communicate()


class Cluster:
    """Nodes 1 to `hosts`; none is started."""

    def __init__(self, folder: pathlib.Path, hosts: int, copies: int = 2, takeover: str = "3s", shards: int = 2):
        self.folder, self.copies, self.takeover, self.shards = folder, copies, takeover, shards
        folder.mkdir(parents=True, exist_ok=True)
        self.network = Network(hosts)
        self.authority = Authority(folder / "ca", "Cluster CA")
        self.nodes = {host: ClusterNode(self, host) for host in self.network.hosts}
        self.sink_record = folder / "taken"
        self.records: list[pathlib.Path] = []
        self.outside: list[Outside] = []

    def close(self):
        for each in self.outside:
            if each.process.poll() is None:
                each.kill()
        for node in self.nodes.values():
            if node.running():
                node.process.send_signal(18)  # one that was stopped could not even be killed by SIGTERM
                node.kill()
        self.network.close()

    def start(self, *hosts: int):
        for host in hosts or self.nodes:
            self.nodes[host].launch()
        for host in hosts or self.nodes:
            self.nodes[host].wait_for_banner()
        return self

    def members(self, host: int) -> dict[str, str]:
        """Names and states as that node sees them."""
        return {m["name"]: m["state"] for m in self.nodes[host].ctl("cluster")["members"]}

    def wait_until_whole(self, seconds: float = 30) -> None:
        """Each running node sees each other running one alive."""
        names = {n.name for n in self.nodes.values() if n.running()}
        until("a whole cluster", lambda: all(
            names <= {name for name, state in self.members(h).items() if state == "alive"}
            for h, n in self.nodes.items() if n.running()), seconds, 0.1)

    # -- mail -----------------------------------------------------------------------------------

    def start_sink(self, **options) -> Outside:
        words = [w for k, v in options.items() for w in (f"--{k.replace('_', '-')}", str(v))]
        sink = Outside(self.network, "support.sink", str(SINK_PORT), str(self.sink_record), "--host", Network.OUTSIDE, *words)
        self.outside.append(sink)
        until("the sink", lambda: f":{SINK_PORT:04X} " in pathlib.Path(f"/proc/{sink.process.pid}/net/tcp").read_text())
        return sink

    def load(self, host: int, **options) -> Outside:
        """Goes on when the node comes back; ends at its `count` or after its `seconds`."""
        record = self.folder / f"acked-{len(self.records)}"
        self.records.append(record)
        prefix = f"{host}-{len(self.records)}-"
        words = [w for k, v in options.items() for w in (f"--{k.replace('_', '-')}", str(v))]
        load = Outside(self.network, "support.load", str(SMTP_PORT), str(record), "--host", self.network.address(host),
                       "--prefix", prefix, "--again", *words, stdout=subprocess.PIPE)
        self.outside.append(load)
        return load

    @staticmethod
    def finish(load: Outside, seconds: float = 300) -> dict:
        out, _ = load.process.communicate(timeout=patience(seconds))
        return {"sent": 0, "acked": 0, "refused": 0, "broken": 0, **json.loads(out)}

    def acked(self) -> set[str]:
        return set().union(*(acked_ids(each) for each in self.records if each.exists()))

    def taken(self) -> dict[str, int]:
        times: dict[str, int] = {}
        if self.sink_record.exists():
            with open(self.sink_record, encoding="ascii") as lines:
                for line in lines:
                    ident = line.split(" ", 1)[0]
                    times[ident] = times.get(ident, 0) + 1
        return times

    def wait_until_delivered(self, seconds: float = 120, quiet: float = 60) -> None:
        """Until all that was acknowledged has arrived, or nothing comes any more."""
        wanted = self.acked()
        last, since, end = -1, time.monotonic(), time.monotonic() + patience(seconds)
        while time.monotonic() < end and time.monotonic() - since < patience(quiet):
            taken = self.taken()
            if wanted <= set(taken):
                return
            if len(taken) != last:
                last, since = len(taken), time.monotonic()
            time.sleep(0.2)

    def balance(self) -> dict:
        wanted, taken = self.acked(), self.taken()
        lost = wanted - set(taken)
        return {"acked": len(wanted), "delivered": len(taken), "lost": len(lost), "lost_ids": sorted(lost)[:10],
                "duplicates": sum(n - 1 for n in taken.values()), "unacknowledged_but_delivered": len(set(taken) - wanted)}
