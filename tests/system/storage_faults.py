"""Disks that are full, read-only or damaged: a clear word, and nothing acknowledged is lost."""

import contextlib
import os
import pathlib
import sqlite3
import subprocess
import unittest

from support import letters
from support.bad_sink import BadSink, Say
from support.case import SystemCase, relay_to
from support.load import LoadProcess, acked_ids
from support.ports import until
from support.sanitizer import patience
from support.sink import SinkProcess


def databases(data: pathlib.Path) -> list[pathlib.Path]:
    """The shards' files, known by SQLite's magic."""
    files = (f for f in sorted(data.rglob("*")) if f.is_file())
    return [f for f in files if f.read_bytes()[:15] == b"SQLite format 3"]


def empty_journal(database: pathlib.Path) -> None:
    """So that what is damaged afterwards is where the messages are."""
    with sqlite3.connect(database) as stopped:
        stopped.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    stopped.close()


def remove_journal(database: pathlib.Path) -> None:
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)


HELD = {"node": {"shards": 2}, "route": [{"match": ["*"], "via": "hold"}]}


class Damage(SystemCase):
    def with_queue(self, count: int):
        """A node with two shards and `count` messages, stopped."""
        node = self.troupe(HELD)
        for i in range(count):
            self.assert_reply(node.send(letters.plain(f"n{i}"), recipients=["b@hold.test"]), "250")
        self.assertEqual(len(node.queue()), count)
        self.assertEqual(node.stop(), 0)
        found = databases(node.data)
        self.assertGreaterEqual(len(found), 2, found)
        for each in found:
            empty_journal(each)
        return node, found

    def serves_without(self, node, damaged: pathlib.Path, total: int):
        node.start()
        self.assert_reply(node.send(letters.plain("after"), recipients=["b@hold.test"]), "250")
        left = len(node.queue())
        self.assertGreater(left, 1, "the sound shard's messages are there")
        self.assertLess(left, total + 1, "the damaged shard's are not")
        said = lambda: [l for l in node.log_lines() if ('"error"' in l or '"warn"' in l) and damaged.name in l]
        until(f"a word about {damaged.name} in the log", said, 10)

    def test_a_corrupt_shard_is_set_aside_and_the_others_serve(self):
        node, found = self.with_queue(20)
        remove_journal(found[0])
        with open(found[0], "r+b") as file:
            file.seek(4096)
            file.write(os.urandom(max(4096, found[0].stat().st_size - 4096)))
        self.serves_without(node, found[0], 20)

    def test_a_foreign_file_is_set_aside_and_not_overwritten(self):
        node, found = self.with_queue(20)
        remove_journal(found[0])
        found[0].write_bytes(b"This is somebody's novel.\n" * 1000)
        self.serves_without(node, found[0], 20)
        self.assertTrue(any(b"somebody's novel" in f.read_bytes()[:100] for f in node.data.rglob("*") if f.is_file()))

    def test_a_foreign_database_is_not_taken_for_ours(self):
        node, found = self.with_queue(20)
        remove_journal(found[0])
        found[0].unlink()
        with sqlite3.connect(found[0]) as other:
            other.execute("create table cats (name text)")
        other.close()
        self.serves_without(node, found[0], 20)

    def test_a_folder_that_cannot_be_written_is_said_at_start(self):
        node = self.node({"node": {"data_dir": "/proc/troupe"}})
        node.launch()
        self.assertNotEqual(node.process.wait(20), 0)
        self.assertIn("/proc/troupe", node.log_tail())


@unittest.skipIf(os.geteuid() != 0, "mounting a tmpfs needs root")
class FullDisk(SystemCase):
    MIB = 24

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.MIB}m", "troupe-test", str(self.disk)], capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"no tmpfs here: {done.stderr}")
        self.cleanups_first(lambda: subprocess.run(["umount", "-l", str(self.disk)], check=False))

    def cleanups_first(self, cleanup):
        """Before the folder is removed, after the nodes have ended."""
        self._cleanups.insert(1, (cleanup, (), {}))

    def fill(self, node, sink) -> dict:
        counts = LoadProcess(node.port, self.folder / "acked", count=400, connections=10, size=200000).finish()
        self.assertGreater(counts["refused"], 0, "the disk never was full")
        self.assertGreater(counts["acked"], 10)
        return counts

    def node_on_small_disk(self, sink, **limits):
        node = {"data_dir": self.disk / "data", "shards": 2}
        return self.troupe({**relay_to(sink.port), "node": node, "limits": limits})

    def test_at_the_margin_452_and_what_is_queued_is_delivered(self):
        self.drains("8MiB", "452 4.3.1")

    def test_without_a_margin_nothing_acknowledged_is_lost_either(self):
        self.drains("0", "4")

    def drains(self, disk_free: str, refusal: str):
        sink = self.started(BadSink({"mail": Say("451 4.3.0 not yet")}))
        node = self.node_on_small_disk(sink, disk_free=disk_free)
        self.fill(node, sink)
        self.assert_reply(node.send(letters.big(200000), recipients=["b@dst.test"]), refusal)
        del sink.script["mail"]
        wanted = acked_ids(self.folder / "acked")
        got = lambda: {l.body.split(b"X-Load-Id: ", 1)[1].split(b"\r", 1)[0].decode() for l in sink.accepted}
        until("all acknowledged letters", lambda: wanted <= got(), 60)
        until("room again", lambda: node.send(letters.plain(), recipients=["b@dst.test"]).startswith("250"))
        self.assertEqual(node.http("/readyz")[0], 200)

    def test_a_stop_and_start_on_a_full_disk_loses_nothing(self):
        sink = self.started(BadSink({"mail": Say("451 4.3.0 not yet")}))
        node = self.node_on_small_disk(sink, disk_free="4MiB")
        filler = self.disk / "filler"
        filler.touch()  # while there still is room for a name
        self.fill(node, sink)
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 65536)
        node.kill()
        node.start()
        self.assert_reply(node.send(letters.plain(), recipients=["b@dst.test"]), "4")
        filler.unlink()
        del sink.script["mail"]
        wanted = acked_ids(self.folder / "acked")
        until("all acknowledged letters", lambda: wanted <= {
            l.body.split(b"X-Load-Id: ", 1)[1].split(b"\r", 1)[0].decode() for l in sink.accepted if b"X-Load-Id" in l.body}, 60)


class Writers(SystemCase):
    """The stores as a pool, and their breakers in an operator's hand."""

    def test_the_stores_are_a_pool_with_the_limits_of_the_configuration(self):
        node = self.troupe({"node": {"shards": 2}, "pool": {"storage": {"max": 2, "mailbox": 300, "buffer": 50, "timeout": "7s"}}})
        for _ in range(3):
            self.assert_reply(node.send(letters.plain()), "250")
        node.wait_queue_empty()
        shown = lambda: next(p for p in node.ctl("pools")["pools"] if p["name"] == "storage")
        # Three to keep, and as many to settle or fewer: what waits is settled together.
        until("the jobs are counted", lambda: shown()["jobs"]["completed"] >= 4)
        pool = shown()
        self.assertEqual((pool["min"], pool["max"], pool["workers"]), (2, 2, 2))
        self.assertEqual((pool["mailbox"], pool["buffer_limit"], pool["buffered"]), (300, 50, 0))
        self.assertGreaterEqual(pool["job_seconds"]["count"], 4)
        self.assertTrue(pool["healthy"])
        self.assertIn("storage", node.ctl_raw("pools").stdout)
        stores = [a for a in node.ctl("ps", "/queue/store")["actors"]]
        self.assertEqual([a["mailbox_limit"] for a in stores], [300, 300])
        seen = node.metrics()
        self.assertEqual(seen['troupe_pool_workers{pool="storage"}'], 2)
        self.assertGreaterEqual(seen['troupe_pool_jobs_total{pool="storage",outcome="completed"}'], 4)

    def test_another_number_of_writers_than_of_shards_is_refused_with_the_reason(self):
        node = self.node({"node": {"shards": 2}, "pool": {"storage": {"max": 3}}})
        node.launch()
        self.assertEqual(node.process.wait(20), 78)
        self.assertIn("each shard has one writer", node.log_tail())

    def test_a_store_breaker_is_held_open_by_hand_and_let_go(self):
        node = self.troupe({"node": {"shards": 1}})
        name = "store/0"
        state = lambda: next(b for b in node.ctl("breakers")["breakers"] if b["name"] == name)
        self.assertEqual((state()["state"], state()["forced"]), ("closed", "none"))
        self.assertEqual(node.ctl("breakers", "open", name)["act"], "open")
        until("the breaker", lambda: state()["state"] == "open")
        self.assertEqual(state()["forced"], "open")
        self.assert_reply(node.send(letters.plain()), "451 4.3.0")
        status, text = node.http("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("storage breaker open", text)
        node.ctl("breakers", "reset", name)
        until("it takes mail", lambda: node.send(letters.plain()).startswith("250"))
        self.assertEqual(node.http("/readyz")[0], 200)
        self.assertEqual(node.ctl_raw("breakers", "open", "store/7").returncode, 65)


class Recovery(SystemCase):
    def test_a_killed_daemon_accepts_before_its_queue_is_through(self):
        sink = self.started(SinkProcess(self.folder / "taken"))
        node = self.troupe({"route": [{"match": ["*"], "via": "hold"}]})
        LoadProcess(node.port, self.folder / "acked", count=5000, connections=50).finish()
        node.kill()
        node.set(relay_to(sink.port))
        node.launch()
        self.assertLess(node.wait_for_banner(), patience(2))
        node.ctl("queue", "release", "--all")
        node.ctl("queue", "retry", "--all")
        until("5000 letters", lambda: len(sink.taken()) == 5000, 60)
        self.assertEqual(set(sink.taken()), acked_ids(self.folder / "acked"))

    def test_a_maildir_without_permission_is_temporary(self):
        node = self.node()
        node.set({"domain": [{"name": "local.test", "deliver": "maildir:/proc/mail/{user}"}]})
        node.start()
        node.send(letters.plain())
        node.wait_event("message_deferred")
        self.assertEqual(node.events("message_bounced"), [])

    def test_names_of_users_never_leave_the_maildir_folder(self):
        node = self.troupe()
        for user in ('"../../evil"', '"/etc/evil"', '".."', '"a/b"', '"x\\\\y"', "..evil"):
            with node.dialogue() as client:
                client.greet()
                client.say("MAIL FROM:<a@src.test>")
                if client.say(f"RCPT TO:<{user}@local.test>").startswith("250"):
                    client.data(letters.plain())
        until("an empty queue", lambda: not node.queue())
        evil = [p for p in self.folder.rglob("*evil*") if node.mail not in p.parents]
        self.assertEqual(evil, [])


if __name__ == "__main__":
    unittest.main()
