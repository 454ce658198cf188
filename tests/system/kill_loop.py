"""kill -9 at random moments under load, again and again: what was acknowledged is delivered.

    python3 -m unittest kill_loop                  the short form
    python3 kill_loop.py kill --rounds 200         the long form, prints its figures
    python3 kill_loop.py term --rounds 50          SIGTERM instead: no duplicate either, each stop bounded
"""

import argparse
import json
import pathlib
import random
import signal
import sys
import time

from support.account import balance, run_alone, wait_until_settled
from support.case import LONG, SystemCase, relay_to
from support.daemon import Trouped
from support.load import LoadProcess
from support.sanitizer import patience
from support.sink import SinkProcess


class Loop:
    """One node between a load and a sink, ended `rounds` times."""

    def __init__(self, folder: pathlib.Path, seed: int):
        self.folder, self.dice = folder, random.Random(seed)
        self.sink, self.acked = SinkProcess(folder / "taken"), folder / "acked"
        self.node = Trouped(folder / "node")
        self.stop_seconds: list[float] = []
        self.exit_codes: list[int] = []
        self.start_seconds: list[float] = []

    def run(self, rounds: int, sign: signal.Signals, settle_seconds: float = 300) -> dict:
        self.sink.start()
        self.node.set(relay_to(self.sink.port))
        loads = 0
        try:
            for number in range(rounds):
                self.begin()
                load = LoadProcess(self.node.port, self.acked, prefix=f"{number}-", connections=self.dice.choice((5, 20, 50)),
                                   per_connection=self.dice.choice((1, 10, 1000)), size=self.dice.choice((300, 4096, 4096, 400000)))
                time.sleep(self.dice.uniform(0.15, 1.2))
                self.end(sign)
                loads += load.finish()["sent"]
            self.begin()
            wait_until_settled(self.node, self.sink, self.acked, settle_seconds)
            self.end(signal.SIGTERM)
        finally:
            self.sink.stop()
            if self.node.running():
                self.node.kill()
        return self.figures(rounds, loads)

    def begin(self):
        self.node.launch()
        self.start_seconds.append(self.node.wait_for_banner())

    def end(self, sign):
        began = time.monotonic()
        self.node.process.send_signal(sign)
        self.exit_codes.append(self.node.process.wait(patience(60)))
        self.stop_seconds.append(time.monotonic() - began)

    def figures(self, rounds: int, sent: int) -> dict:
        return balance(self.sink, self.acked) | {
            "rounds": rounds, "sent": sent,
            "longest_stop_seconds": round(max(self.stop_seconds), 2), "longest_start_seconds": round(max(self.start_seconds), 2),
            "exit_codes": sorted(set(self.exit_codes)),
        }


class KillLoop(SystemCase):
    def loop(self, rounds: int, sign) -> dict:
        loop = Loop(self.folder, seed=random.randrange(10**6))
        self.nodes.append(loop.node)
        figures = loop.run(rounds, sign)
        print(json.dumps(figures), file=sys.stderr)
        self.assertGreater(figures["acked"], 0)
        self.assertEqual(figures["lost"], 0, figures["lost_ids"])
        return figures

    def test_nothing_acknowledged_is_lost_by_kill_9(self):
        self.loop(200 if LONG else 5, signal.SIGKILL)

    def test_nothing_is_lost_or_doubled_by_sigterm(self):
        figures = self.loop(50 if LONG else 5, signal.SIGTERM)
        self.assertEqual(figures["duplicates"], 0)
        self.assertEqual(figures["exit_codes"], [0])
        self.assertLess(figures["longest_stop_seconds"], patience(30))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("how", choices=("kill", "term"))
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--seed", type=int, default=int(time.time()))
    given = options.parse_args()
    sign = signal.SIGKILL if given.how == "kill" else signal.SIGTERM
    return run_alone(given.seed, lambda folder: Loop(folder, given.seed).run(given.rounds, sign))


if __name__ == "__main__":
    sys.exit(main())
