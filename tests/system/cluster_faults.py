"""A cluster under load whose nodes and cables fail: what was acknowledged is delivered, by whoever is left.

    python3 -m unittest cluster_faults                       the short forms
    python3 cluster_faults.py storm --seconds 600            kill -9 every few seconds, one disk gone for good
    python3 cluster_faults.py partition|stopped|restart|growth|full|clock|limit [--seconds N]

Needs root, for network namespaces. Each scene prints its figures and the seed of its dice.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from support import sanitizer
from support.case import LONG
from support.cluster import Cluster
from support.network import available
from support.ports import until
from support.sanitizer import patience


class Scene:
    """Nodes, a sink, a load on each; `play` does the harm, then everything has to arrive."""

    hosts, copies, takeover = 3, 2, "3s"
    settings: dict = {"cluster": {"when_short": "refuse"}}
    sink_options: dict = {}
    load_options: dict = {"connections": 4, "per_connection": 20, "size": 2000}

    def __init__(self, folder: pathlib.Path, seconds: float, seed: int | None = None):
        self.seconds, self.seed = seconds, seed if seed is not None else random.randrange(10**6)
        self.dice = random.Random(self.seed)
        self.cluster = Cluster(folder, self.hosts, self.copies, self.takeover)
        for node in self.cluster.nodes.values():
            node.set(self.settings)
        self.notes: dict = {}

    def run(self) -> dict:
        cluster = self.cluster
        try:
            cluster.start_sink(**self.sink_options)
            cluster.start(*self.first())
            cluster.wait_until_whole()
            loads = [cluster.load(host, seconds=self.seconds, **self.load_options) for host in self.loaded()]
            self.play()
            counts = [cluster.finish(load) for load in loads]
            self.after()
            began = time.monotonic()
            cluster.wait_until_delivered()
            self.notes["settled_after_seconds"] = round(time.monotonic() - began, 1)
            for key in ("sent", "refused", "broken"):
                self.notes[key] = sum(each[key] for each in counts)
            self.end()
            return cluster.balance() | self.notes | {"seed": self.seed}
        finally:
            cluster.close()

    def first(self):
        return tuple(self.cluster.nodes)

    def loaded(self):
        return tuple(self.cluster.nodes)

    def play(self):
        raise NotImplementedError

    def after(self):
        """The load is over: everybody who shall come back does."""
        self.cluster.network.heal()
        for node in self.cluster.nodes.values():
            if not node.running():
                node.start()
        self.cluster.wait_until_whole(60)

    def end(self):
        """A graceful end of each; a node that ends otherwise is a fault."""
        codes = {node.name: node.stop(90) for node in self.cluster.nodes.values() if node.running()}
        self.notes["exit_codes"] = codes
        self.notes["took_over"] = sum(len(node.events("takeover")) for node in self.cluster.nodes.values())

    def rest(self, seconds: float):
        time.sleep(min(seconds, max(0.0, self.until - time.monotonic())))

    @property
    def until(self) -> float:
        if not hasattr(self, "end_at"):
            self.end_at = time.monotonic() + self.seconds
        return self.end_at


class Storm(Scene):
    """kill -9 of a random node every few seconds; halfway the disk of one of them is gone for good."""

    def play(self):
        kills, erased = 0, False
        half = self.until - self.seconds / 2
        while time.monotonic() < self.until:
            self.rest(self.dice.uniform(1.5, 5))
            node = self.cluster.nodes[self.dice.choice(list(self.cluster.nodes))]
            node.kill()
            kills += 1
            if not erased and time.monotonic() > half:
                node.erase_disk()
                erased = True
                self.notes["erased"] = node.name
            self.rest(self.dice.choice((0.1, 1, 5)))
            node.start()
        self.notes["kills"] = kills


class Partition(Scene):
    """Cables cut in every way, one after the other, each long enough to be noticed and taken over."""

    def play(self):
        network = self.cluster.network
        cuts = {
            "one against two": lambda: network.split({1}, {2, 3}),
            "each alone": lambda: network.split({1}, {2}, {3}),
            "one way": lambda: (network.deaf(1, 2), network.deaf(1, 3)),
            "one pair": lambda: (network.deaf(1, 2), network.deaf(2, 1)),
            "flapping": self.flap,
            "slow and lossy": self.slow,
        }
        each = self.seconds / len(cuts)
        for name, cut in cuts.items():
            end = time.monotonic() + each
            before = len(self.cluster.taken())
            cut()
            time.sleep(max(0, end - time.monotonic()) * 0.7)
            network.heal()
            if self.cluster.network.lines:
                network.slow(2, 0)
            time.sleep(max(0, end - time.monotonic()))
            self.notes[name] = len(self.cluster.taken()) - before

    def flap(self):
        end = time.monotonic() + self.seconds / 6 * 0.7
        while time.monotonic() < end:
            self.cluster.network.split({self.dice.choice((1, 2, 3))})
            time.sleep(self.dice.uniform(0.2, 4))
            self.cluster.network.heal()
            time.sleep(self.dice.uniform(0.1, 1))

    def slow(self):
        self.cluster.network.slow(2, 0.2)
        self.cluster.network.lossy(3, 0.1)


class Stopped(Scene):
    """SIGSTOP, long enough for the others to take over; then it goes on where it was."""

    loads_on = (1, 2)

    def play(self):
        node = self.cluster.nodes[3]
        time.sleep(min(3, self.seconds / 4))
        node.process.send_signal(signal.SIGSTOP)
        time.sleep(self.seconds * 0.6)
        node.process.send_signal(signal.SIGCONT)


class Restart(Scene):
    """Each node in turn, drained by SIGTERM under load: nothing lost, nothing twice."""

    settings = {"cluster": {"when_short": "accept", "drain": "peers"}}

    def play(self):
        for host, node in self.cluster.nodes.items():
            time.sleep(self.seconds / 10)
            code = node.stop(90)
            self.notes[f"exit_{host}"] = code
            node.start()
            until(f"{node.name} to be back", lambda h=host: all(
                self.cluster.members(o).get(self.cluster.nodes[h].name) == "alive" for o in self.cluster.nodes), 30)


class Growth(Scene):
    """From one node to three and back to one; those that go hand over what they have."""

    settings = {"cluster": {"when_short": "accept", "drain": "peers"}}

    def first(self):
        return (1,)

    def loaded(self):
        return (1,)

    def play(self):
        for host in (2, 3):
            time.sleep(self.seconds / 6)
            self.cluster.nodes[host].start()
        self.cluster.wait_until_whole()
        time.sleep(self.seconds / 6)
        for host in (3, 2):
            self.notes[f"exit_{host}"] = self.cluster.nodes[host].stop(90)
            time.sleep(self.seconds / 6)

    def after(self):
        pass  # those that left do not come back: the one that stays has it all


class Full(Scene):
    """One node's disk is full: it refuses, the others go on, and it comes back by itself."""

    settings = {"cluster": {"when_short": "refuse"}, "limits": {"disk_free": "16MiB"}}

    def __init__(self, folder, seconds, seed=None):
        super().__init__(folder, seconds, seed)
        self.disk = self.cluster.nodes[2].data
        self.disk.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", str(self.disk)], check=True)

    def play(self):
        time.sleep(self.seconds / 4)
        filler = self.disk / "filler"
        with open(filler, "wb") as file:
            try:
                while True:
                    file.write(b"x" * 65536)
                    file.flush()
            except OSError:
                pass
        time.sleep(self.seconds / 3)
        filler.unlink()

    def run(self):
        try:
            return super().run()
        finally:
            subprocess.run(["umount", "-l", str(self.disk)])


class Clock(Scene):
    """One node's clock is an hour ahead, another's an hour behind."""

    def __init__(self, folder, seconds, seed=None):
        super().__init__(folder, seconds, seed)
        self.cluster.nodes[1].prefix = ["faketime", "-f", "+1h"]
        self.cluster.nodes[2].prefix = ["faketime", "-f", "-1h"]
        os.environ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"

    def play(self):
        time.sleep(self.seconds / 2)
        self.cluster.nodes[3].kill()
        time.sleep(self.seconds / 2)


class Limit(Scene):
    """Ten sessions to a next hop are ten over all nodes, also while the one that keeps the limit dies."""

    def __init__(self, folder, seconds, seed=None):
        super().__init__(folder, seconds, seed)
        self.most = folder / "most"
        self.sink_options = {"delay": 0.02, "most": self.most}
        for node in self.cluster.nodes.values():
            node.settings["route"][0]["connections"] = 10
            node.set({})

    def play(self):
        while time.monotonic() < self.until:
            self.rest(6)
            node = self.cluster.nodes[self.dice.choice(list(self.cluster.nodes))]
            node.kill()
            self.rest(5)
            node.start()

    def end(self):
        super().end()
        self.notes["most_sessions_at_the_sink"] = int(self.most.read_text())


SCENES = {name.lower(): scene for name, scene in globals().items()
          if isinstance(scene, type) and issubclass(scene, Scene) and scene is not Scene}


class ClusterFaults(unittest.TestCase):
    """Seconds of each scene; in the long form minutes."""

    def setUp(self):
        why = available()
        if why:
            self.skipTest(why)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="troupe-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def play(self, scene: type[Scene], short: float, long: float) -> dict:
        figures = scene(self.folder, long if LONG else patience(short)).run()
        print(json.dumps({scene.__name__: figures}), file=sys.stderr)
        self.assertGreater(figures["acked"], 0)
        self.assertEqual(figures["lost"], 0, figures["lost_ids"])
        self.assertEqual(set(figures["exit_codes"].values()) - {0}, set())
        self.assertEqual(sanitizer.take_reports(), [])
        return figures

    def test_nodes_that_are_killed_and_one_disk_gone_lose_nothing(self):
        self.assertGreater(self.play(Storm, 20, 600)["kills"], 2)

    def test_cables_that_fail_in_every_way_lose_nothing(self):
        self.play(Partition, 36, 300)

    def test_a_node_that_stood_still_loses_nothing(self):
        self.play(Stopped, 12, 100)

    def test_a_rolling_restart_under_load_loses_and_doubles_nothing(self):
        figures = self.play(Restart, 20, 120)
        self.assertEqual(figures["duplicates"], 0)

    def test_a_cluster_grows_and_shrinks_under_load(self):
        figures = self.play(Growth, 18, 120)
        self.assertEqual(figures["duplicates"], 0)

    def test_a_full_disk_of_one_node_stops_only_that_one(self):
        self.play(Full, 15, 120)

    def test_clocks_an_hour_off_lose_nothing(self):
        if not shutil.which("faketime"):
            self.skipTest("faketime is not installed")
        self.play(Clock, 12, 120)

    def test_a_limit_holds_over_all_nodes(self):
        self.assertLessEqual(self.play(Limit, 24, 300)["most_sessions_at_the_sink"], 10)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("scene", choices=sorted(SCENES))
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--seed", type=int)
    given = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="troupe-"))
    figures = SCENES[given.scene](folder, given.seconds, given.seed).run()
    print(json.dumps(figures, indent=1))
    if figures["lost"]:
        print(f"the evidence is kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
