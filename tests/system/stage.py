"""The house under the loads that its model promised to bear, at ten times their size."""

import time

from support import sanitizer
from support.admin import Admin
from support.case import SystemCase, relay_to
from support.load import LoadProcess, acked_ids
from support.ports import free_port, until
from support.sink import SinkProcess


class StageTest(SystemCase):
    def relay(self, settings: dict | None = None):
        """A started sink and a started node that hands all it takes on to it."""
        self.sink = self.started(SinkProcess(self.folder / "taken"))
        self.house = self.troupe({**relay_to(self.sink.port), **(settings or {})})
        return self.house

    def load(self, **options) -> LoadProcess:
        return LoadProcess(self.house.port, self.folder / "acked", **options)

    def assert_all_accounted_for(self, duplicates: int = 0, seconds: float = 120):
        acked = acked_ids(self.folder / "acked")
        self.assertGreater(len(acked), 0)
        until("everything delivered", lambda: acked <= set(self.sink.taken()), sanitizer.patience(seconds), 0.3)
        self.house.wait_queue_empty(sanitizer.patience(seconds))
        taken = self.sink.taken()
        self.assertLessEqual(sum(n - 1 for n in taken.values()), duplicates)

    def test_a_thousand_connections_at_once_are_all_served(self):
        node = self.relay({"limits": {"connections_per_ip": 2000}})
        before = node.rss()
        counts = self.load(connections=1000, per_connection=10, count=10000).finish(sanitizer.patience(240))
        self.assertEqual((counts["acked"], counts["refused"], counts["broken"]), (10000, 0, 0))
        self.assert_all_accounted_for()
        self.assert_growth(node, before, 400 << 20)

    def test_above_the_limit_connections_are_turned_away_and_below_it_served_again(self):
        node = self.relay({"limits": {"connections": 50, "connections_per_ip": 2000}})
        counts = self.load(connections=200, per_connection=5, count=2000).finish(sanitizer.patience(240))
        self.assertEqual(counts["broken"], 0)
        self.assertEqual(counts["acked"] + counts["refused"], counts["sent"])
        self.assert_all_accounted_for()
        with node.dialogue() as client:
            self.assert_reply(client.reply(), "220")

    def test_stops_within_thirty_seconds_under_full_load(self):
        node = self.relay({"limits": {"connections_per_ip": 2000}})
        load = self.load(connections=500, per_connection=1000)
        until("some mail", lambda: len(self.sink.taken()) > 500, sanitizer.patience(60), 0.1)
        began = time.monotonic()
        self.assertEqual(node.stop(60), 0)
        self.assert_within(30, began)
        load.finish(60)
        node.start()
        self.assert_all_accounted_for()

    def test_a_dead_next_hop_opens_its_breaker_and_a_trial_closes_it(self):
        port = free_port()
        self.house = node = self.troupe({
            **relay_to(port), "breaker": {"open": "2s", "min_requests": 3, "window": "60s"}, "retry": {"schedule": ["1s"]}})
        self.load(connections=5, per_connection=10, count=50).finish(60)
        opened = node.wait_event("breaker_changed", to="open")
        self.assertIn(str(port), opened[0]["name"])
        breakers = {b["name"]: b for b in node.ctl("breakers")["breakers"]}
        self.assertNotEqual(breakers[opened[0]["name"]]["state"], "closed")
        self.assertGreater(node.metric("breaker_transitions_total"), 0)
        self.sink = SinkProcess(self.folder / "taken")
        self.sink.port = port
        self.started(self.sink)
        node.wait_event("breaker_changed", to="closed", name=opened[0]["name"], seconds=sanitizer.patience(60))
        self.assert_all_accounted_for()

    def test_no_admin_call_is_lost_whatever_is_killed(self):
        node = self.relay()
        admin = Admin(node.socket)
        for path in ("/queue/store/0", "/queue/shard/0", "/queue/spool/0", "/outbound/switchboard", "/inbound/mx/0", "/watch/watchdog",
                     "/queue", "/outbound", "/inbound", "/watch"):
            with self.subTest(path):
                node.send(b"Subject: before\r\n\r\nhello\r\n", recipients=("b@dst.test",))
                before = {a["path"]: a["restarts"] for a in admin.actors()}
                self.assertEqual(admin.kill(path), 200)
                until(f"{path} back", lambda: {a["path"]: a["restarts"] for a in admin.actors()}.get(path, 0) > before[path],
                      sanitizer.patience(20), 0.05)
                node.send(b"Subject: after\r\n\r\nhello\r\n", recipients=("b@dst.test",))
                node.wait_queue_empty(sanitizer.patience(30))
        self.assertEqual(admin.kill("/"), 400)
        self.assertEqual(admin.kill("/nobody"), 404)
