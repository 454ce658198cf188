"""kill -9 at random moments under load, again and again: what was acknowledged is delivered.

    python3 -m unittest kill_loop                  the short form
    python3 kill_loop.py kill --rounds 200         the long form, prints its figures
    python3 kill_loop.py term --rounds 50          SIGTERM instead: no duplicate either, each stop bounded
"""

import argparse
import json
import pathlib
import random
import shutil
import signal
import sys
import tempfile
import time

from support.case import LONG, SystemCase, relay_to
from support.daemon import Trouped
from support.load import LoadProcess, acked_ids
from support.sanitizer import patience
from support.sink import SinkProcess


class Loop:
    """One node between a load and a sink, ended `rounds` times."""

    def __init__(self, folder: pathlib.Path, seed: int):
        self.folder, self.dice = folder, random.Random(seed)
        self.sink = SinkProcess(folder / "taken")
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
                load = LoadProcess(self.node.port, self.folder / "acked", prefix=f"{number}-", connections=self.dice.choice((5, 20, 50)),
                                   per_connection=self.dice.choice((1, 10, 1000)), size=self.dice.choice((300, 4096, 4096, 400000)))
                time.sleep(self.dice.uniform(0.15, 1.2))
                self.end(sign)
                loads += load.finish()["sent"]
            self.begin()
            self.wait_until_settled(settle_seconds)
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

    def wait_until_settled(self, seconds: float):
        """Until the sink has all that was acknowledged; what is lost shows when nothing comes any more."""
        wanted = acked_ids(self.folder / "acked")
        last, quiet_since, end = -1, time.monotonic(), time.monotonic() + seconds
        while time.monotonic() < end and time.monotonic() - quiet_since < 30:
            taken = self.sink.taken()
            if wanted <= set(taken) and self.empty():
                return
            if len(taken) != last:
                last, quiet_since = len(taken), time.monotonic()
            time.sleep(0.5)

    def empty(self) -> bool:
        return not self.node.queue("--limit", "1")

    def figures(self, rounds: int, sent: int) -> dict:
        acked, taken = acked_ids(self.folder / "acked"), self.sink.taken()
        return {
            "rounds": rounds, "sent": sent, "acked": len(acked), "delivered": len(taken),
            "lost": len(acked - set(taken)), "lost_ids": sorted(acked - set(taken))[:10],
            "duplicates": sum(n - 1 for n in taken.values()),
            "unacknowledged_but_delivered": len(set(taken) - acked),
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
    folder = pathlib.Path(tempfile.mkdtemp(prefix="troupe-"))
    figures = Loop(folder, given.seed).run(given.rounds, signal.SIGKILL if given.how == "kill" else signal.SIGTERM)
    print(json.dumps({**figures, "seed": given.seed}, indent=1))
    if figures["lost"]:
        print(f"the evidence is kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
