"""What was acknowledged against what arrived, for runs that end the house or its actors by force."""

import json
import pathlib
import shutil
import tempfile
import time

from .daemon import Trouped
from .load import acked_ids
from .sink import SinkProcess

# What is lost shows when nothing has come for so long.
QUIET_SECONDS = 60


def wait_until_settled(node: Trouped, sink: SinkProcess, acked: pathlib.Path, seconds: float = 300) -> None:
    """Until the sink has all that was acknowledged and the queue is empty, or nothing comes any more."""
    wanted = acked_ids(acked)
    last, quiet_since, end = -1, time.monotonic(), time.monotonic() + seconds
    while time.monotonic() < end and time.monotonic() - quiet_since < QUIET_SECONDS:
        taken = sink.taken()
        if wanted <= set(taken) and not node.queue("--limit", "1"):
            return
        if len(taken) != last:
            last, quiet_since = len(taken), time.monotonic()
        time.sleep(0.5)


def balance(sink: SinkProcess, acked: pathlib.Path) -> dict:
    wanted, taken = acked_ids(acked), sink.taken()
    lost = wanted - set(taken)
    return {"acked": len(wanted), "delivered": len(taken), "lost": len(lost), "lost_ids": sorted(lost)[:10],
            "duplicates": sum(n - 1 for n in taken.values()), "unacknowledged_but_delivered": len(set(taken) - wanted)}


def run_alone(seed: int, run) -> int:
    """Prints the figures of run(folder); returns the exit code. The folder is kept when something was lost."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="troupe-"))
    figures = run(folder)
    print(json.dumps({**figures, "seed": seed}, indent=1))
    if figures["lost"]:
        print(f"the evidence is kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0
