"""One sender's flood does not hold up another's letter.

    python3 -m unittest fairness                    the short form
    python3 fairness.py --flood 100000              the long form, prints its figures
"""

import argparse
import json
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

from support import sanitizer
from support.case import LONG, SystemCase, relay_to
from support.daemon import Trouped
from support.dialogue import send_letter
from support.load import LoadProcess, acked_ids
from support.ports import until
from support.sink import SinkProcess


class Flood:
    """A queue full of one sender's mail, and single letters of others that arrive meanwhile."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.sink = SinkProcess(folder / "taken")
        self.node = Trouped(folder / "node")

    def run(self, flood: int, letters_between: int) -> dict:
        self.sink.start()
        try:
            # Suspended, the flood piles up: all of it waits when the others' letters come.
            self.node.set({**relay_to(self.sink.port), "limits": {"messages_per_connection": 10**6}})
            self.node.start()
            self.fill(flood)
            until("the flood to flow", lambda: len(self.sink.taken()) > flood // 100, 120, 0.02)
            waits = [self.one_letter(number) for number in range(letters_between)]
            left = flood - len(self.sink.taken()) + letters_between
            self.wait_until_empty()
        finally:
            self.sink.stop()
            if self.node.running():
                self.node.stop()
        taken = self.sink.taken()
        return {"flood": flood, "waiting_at_the_end": left, "lost": len(acked_ids(self.folder / "acked") - set(taken)),
                "longest_wait": round(max(waits), 3), "median_wait": round(statistics.median(waits), 3)}

    def fill(self, count: int):
        route = f"smtp:127.0.0.1:{self.sink.port}"
        first = LoadProcess(self.node.port, self.folder / "acked", count=1, connections=1, prefix="first-", sender="bulk@src.test").finish()
        assert first["acked"] == 1, first
        until("the route", lambda: self.node.ctl("routes")["routes"], 20)
        self.node.ctl("routes", "suspend", route)
        counts = LoadProcess(self.node.port, self.folder / "acked", count=count, connections=20, per_connection=10**6, size=600,
                             prefix="bulk-", sender="bulk@src.test").finish(900)
        assert counts["acked"] == count, counts
        self.node.ctl("routes", "resume", route)
        self.node.ctl("queue", "retry", "--all")

    def one_letter(self, number: int) -> float:
        """Seconds from the 250 to its arrival."""
        ident = f"single-{number}"
        send_letter(self.node.port, f"X-Load-Id: {ident}\r\nSubject: one\r\n\r\nhello\r\n".encode(),
                    f"someone{number}@other.test", ("b@dst.test",))
        began = time.monotonic()
        until(ident, lambda: self.has_come(ident), 120, 0.01)
        return time.monotonic() - began

    def has_come(self, ident: str) -> bool:
        with open(self.folder / "taken", "rb") as record:
            record.seek(max(0, record.seek(0, 2) - 400_000))
            return ident.encode() + b" " in record.read()

    def wait_until_empty(self):
        until("an empty queue", lambda: not self.node.queue("--limit", "1"), 900, 0.5)


class FairnessTest(SystemCase):
    def test_a_flood_delays_anothers_letter_by_a_second_at_most(self):
        flood = Flood(self.folder)
        self.nodes.append(flood.node)
        figures = flood.run(100_000 if LONG else 8_000, 10 if LONG else 3)
        print(json.dumps(figures), file=sys.stderr)
        self.assertEqual(figures["lost"], 0)
        self.assertGreater(figures["waiting_at_the_end"], 0)  # else nobody was in the way
        self.assertLess(figures["longest_wait"], sanitizer.patience(1.0))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--flood", type=int, default=100_000)
    options.add_argument("--letters", type=int, default=10)
    given = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="troupe-"))
    print(json.dumps(Flood(folder).run(given.flood, given.letters), indent=1))
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
