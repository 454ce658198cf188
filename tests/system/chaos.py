"""Random actors of every kind are killed under load: nothing acknowledged is lost, and the house goes on.

    python3 -m unittest chaos                       the short form
    python3 chaos.py --seconds 600                  the long form, prints its figures
"""

import argparse
import collections
import json
import pathlib
import random
import sys
import threading
import time

from support import sanitizer
from support.account import balance, run_alone, wait_until_settled
from support.admin import Admin
from support.case import LONG, SystemCase, relay_to
from support.daemon import Trouped
from support.load import LoadProcess
from support.sink import SinkProcess

KILLS_PER_SECOND = 2
# Who dies so often would bring the house down, as it should: here it must stay up.
PATIENT = {"supervisor": {"restarts": 1000, "within": "60s", "backoff": ["50ms", "200ms"]}}


class Killer(threading.Thread):
    """Ends a random actor of a random kind, again and again."""

    def __init__(self, admin: Admin, seed: int):
        super().__init__(daemon=True)
        self.admin, self.dice = admin, random.Random(seed)
        self.killed: collections.Counter = collections.Counter()
        self.silent = 0  # admin calls that failed
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(1 / KILLS_PER_SECOND):
            try:
                by_kind = collections.defaultdict(list)
                for each in self.admin.actors():
                    if each["path"] != "/":
                        by_kind[each["kind"]].append(each["path"])
                kind = self.dice.choice(sorted(by_kind))
                if self.admin.kill(self.dice.choice(by_kind[kind])) == 200:
                    self.killed[kind] += 1
            except (OSError, ValueError):
                self.silent += 1

    def stop(self):
        self.over.set()
        self.join()


class Chaos:
    def __init__(self, folder: pathlib.Path, seed: int):
        self.folder, self.seed = folder, seed
        self.sink, self.acked = SinkProcess(folder / "taken"), folder / "acked"
        self.node = Trouped(folder / "node")
        self.admin = Admin(self.node.socket)

    def run(self, seconds: float, calm_seconds: float) -> dict:
        self.sink.start()
        self.node.set({**relay_to(self.sink.port), **PATIENT})
        self.node.start()
        try:
            calm = self.load("calm-", calm_seconds)
            wait_until_settled(self.node, self.sink, self.acked)
            killer = Killer(self.admin, self.seed)
            killer.start()
            wild = self.load("wild-", seconds)
            killer.stop()
            poisoned = self.release_poisoned()
            wait_until_settled(self.node, self.sink, self.acked)
            stop_began = time.monotonic()
            code = self.node.stop()
            stop_seconds = time.monotonic() - stop_began
        finally:
            self.sink.stop()
            if self.node.running():
                self.node.kill()
        return self.figures(calm, wild, killer, poisoned) | {"exit_code": code, "stop_seconds": round(stop_seconds, 2)}

    def load(self, prefix: str, seconds: float) -> dict:
        """Letters until the time is over; how many of them the sink had by then."""
        before = self.count_taken()
        load = LoadProcess(self.node.port, self.acked, prefix=prefix, connections=20, per_connection=50, seconds=seconds)
        counts = load.finish(seconds + 120)
        return counts | {"delivered_per_second": round((self.count_taken() - before) / counts["seconds"], 1)}

    def count_taken(self) -> int:
        return sum(self.sink.taken().values()) if (self.folder / "taken").exists() else 0

    def release_poisoned(self) -> int:
        """What was in hand at two deaths is held; an operator looks, and lets it go."""
        held = self.node.queue("--state", "held", "--limit", "1000")
        if held:
            self.node.ctl("queue", "release", "--all")
        return len(held)

    def figures(self, calm, wild, killer, poisoned) -> dict:
        return balance(self.sink, self.acked) | {
            "held_as_poison": poisoned,
            "killed": dict(killer.killed), "kills": sum(killer.killed.values()), "admin_calls_failed": killer.silent,
            "calm_per_second": calm["delivered_per_second"], "wild_per_second": wild["delivered_per_second"],
            "throughput_ratio": round(wild["delivered_per_second"] / max(calm["delivered_per_second"], 0.1), 2),
        }


class ChaosTest(SystemCase):
    def test_nothing_acknowledged_is_lost_whoever_dies(self):
        chaos = Chaos(self.folder, seed=random.randrange(10**6))
        self.nodes.append(chaos.node)
        figures = chaos.run(600 if LONG else 15, 60 if LONG else 5)
        print(json.dumps(figures), file=sys.stderr)
        self.assertGreater(figures["acked"], 0)
        self.assertEqual(figures["lost"], 0, figures["lost_ids"])
        self.assertEqual(figures["admin_calls_failed"], 0)
        self.assertEqual(figures["exit_code"], 0)
        self.assertLess(figures["stop_seconds"], 30)
        self.assertGreater(figures["kills"], (15 if not LONG else 600) * KILLS_PER_SECOND / (4 if sanitizer.in_use() else 2))
        # Too few seconds of a short run say little; 60 % is what the long one has to show.
        self.assertGreater(figures["throughput_ratio"], 0.6 if LONG else 0.1)

    def test_a_storm_of_restarts_ends_the_process_with_a_reason(self):
        node = self.troupe({"supervisor": {"restarts": 2, "within": "60s", "backoff": ["50ms", "100ms"]}})
        admin = Admin(node.socket)
        end = time.monotonic() + 60
        while node.running() and time.monotonic() < end:
            try:
                admin.kill("/outbound/switchboard")
            except OSError:
                pass  # it ends in the middle of an answer
            time.sleep(0.3)
        self.assertEqual(node.process.wait(10), 70)
        fell = node.events("house_fell")
        self.assertEqual(len(fell), 1)
        self.assertIn("/outbound", fell[0]["reason"])
        self.nodes.remove(node)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--calm-seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=int(time.time()))
    given = options.parse_args()
    return run_alone(given.seed, lambda folder: Chaos(folder, given.seed).run(given.seconds, given.calm_seconds))


if __name__ == "__main__":
    sys.exit(main())
