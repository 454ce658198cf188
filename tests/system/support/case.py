"""The frame of a system test: a folder, a daemon, peers; all of them gone afterwards."""

import os
import pathlib
import shutil
import sys
import tempfile
import time
import unittest

from . import letters, sanitizer
from .daemon import Trouped

LONG = bool(os.environ.get("TROUPE_LONG"))


class SystemCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="troupe-"))
        self.folder.chmod(0o755)
        self.nodes: list[Trouped] = []
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.end_nodes)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        done = super().run(result)
        if result and len(result.failures) + len(result.errors) > before:
            sys.stderr.write(getattr(self, "last_words", ""))
        return done

    def end_nodes(self):
        """Every test ends with a graceful stop, and with a log without a broken promise."""
        faults = []
        for node in self.nodes:
            if node.running():
                try:
                    code = node.stop()
                    if code != 0:
                        faults.append(f"trouped ended with {code}")
                except Exception:
                    node.kill()
                    faults.append("trouped did not end on SIGTERM")
            elif node.process and node.process.returncode in (sanitizer.EXIT, -6, -11):
                faults.append(f"trouped ended with {node.process.returncode}")
            self.last_words = f"\n--- the log of {self.id()} ends with\n{node.log_tail()}\n---\n"
        self.assertEqual("\n".join(faults + sanitizer.take_reports()), "")

    def node(self, settings: dict | None = None, name: str = "node") -> Trouped:
        """A configured node that is not started."""
        node = Trouped(self.folder / name, settings)
        self.nodes.append(node)
        return node

    def troupe(self, settings: dict | None = None, name: str = "node") -> Trouped:
        return self.node(settings, name).start()

    def started(self, peer):
        peer.start()
        self.addCleanup(peer.stop)
        return peer

    def assert_same(self, sent: bytes, stored: bytes):
        self.assertTrue(letters.same_bytes(sent, stored), letters.first_difference(sent, stored))

    def assert_growth(self, node: Trouped, before: int, bytes_max: int):
        """The node's memory did not grow by more since `before`; under a sanitizer that says nothing."""
        if not sanitizer.in_use():
            self.assertLess(node.rss() - before, bytes_max)

    def assert_within(self, seconds: float, began: float):
        """Not more have passed since `began`, by time.monotonic()."""
        self.assertLess(time.monotonic() - began, sanitizer.patience(seconds))

    def assert_reply(self, reply: str, code: str):
        """`code` is how the reply begins: "250", "550 5.1.1"."""
        self.assertTrue(reply.startswith(code), f"{reply!r} instead of {code}")


def relay_to(port: int, **more) -> dict:
    """Settings that send all that is not local to a fixed host on loopback."""
    return {"route": [{"match": ["*"], "via": f"smtp:127.0.0.1:{port}", "tls": "off", **more}]}
