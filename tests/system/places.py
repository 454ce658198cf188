"""All outbound sessions of a node share the places of [pool.delivery]: never more at once, and
nobody keeps one for ever while others wait."""

import time

from support import letters
from support.admin import Admin
from support.bad_sink import Drip
from support.case import SystemCase
from support.daemon import Trouped
from support.ports import until
from support.sanitizer import patience
from support.sink_row import SinkRow

NEXT_HOPS = 20
PLACES = 5


class Places(SystemCase):
    def house(self, pool: dict, scripts: dict | None = None, number: int = NEXT_HOPS) -> Trouped:
        """A node whose next hops are the receivers of `self.row`."""
        self.row = self.started(SinkRow(number, scripts))
        self.node_ = self.troupe({"route": self.row.routes(), "pool": {"delivery": pool}})
        return self.node_

    def send_to(self, numbers, times: int = 1):
        for _ in range(times):
            self.assert_reply(self.node_.send(letters.plain(), recipients=[f"b@d{i}.test" for i in numbers]), "250")

    def wait_taken(self, wanted: list[int], seconds: float = 60):
        """Nothing is counted as too much: a session that was ended by force may have to do its letter again."""
        until(f"{wanted} letters", lambda: all(n >= m for n, m in zip(self.row.taken(), wanted)), seconds, 0.05)
        self.node_.wait_queue_empty(patience(seconds))

    def pool(self) -> dict:
        return next(p for p in self.node_.ctl("pools")["pools"] if p["name"] == "delivery")

    def test_never_more_sessions_than_places_and_everything_arrives(self):
        node = self.house({"max": PLACES, "timeout": "1s"}, {i: {"dot": Drip("250 kept", 0.01)} for i in range(NEXT_HOPS)})
        self.send_to(range(NEXT_HOPS), 10)
        waiting = until("next hops that wait for a place", lambda: (said := self.pool())["buffered"] > 0 and said)
        self.assertEqual((waiting["max"], waiting["workers"], waiting["busy"]), (PLACES, PLACES, PLACES))
        self.assertIn(f"{PLACES} of 0-{PLACES}", node.ctl_raw("pools").stdout)
        self.wait_taken([10] * NEXT_HOPS)
        self.assertEqual(self.row.taken(), [10] * NEXT_HOPS)
        self.assertEqual(self.row.census.most, PLACES)
        done = self.pool()
        self.assertGreaterEqual(done["jobs"]["completed"] + done["busy"], NEXT_HOPS)
        self.assertEqual(done["jobs"]["lost"], 0)
        self.assertGreater(done["job_seconds"]["count"], 0)
        self.assertGreater(node.metric("pool_jobs_total"), 0)

    def test_a_slow_next_hop_gives_its_places_back_while_others_wait(self):
        self.house({"max": PLACES, "timeout": "1s"}, {0: {"dot": Drip("250 2.0.0 kept", 0.02)}})
        self.send_to([0], 200)
        until("the slow one to have all places", lambda: self.row.census.present == PLACES, 30)
        began = time.monotonic()
        self.send_to(range(1, NEXT_HOPS))
        until("the others' letters", lambda: all(n == 1 for n in self.row.taken()[1:]), 30)
        self.assertLess(self.row.taken()[0], 200, "it was not for lack of work that the slow one gave way")
        self.assert_within(20, began)
        self.wait_taken([200] + [1] * (NEXT_HOPS - 1), 120)
        self.assertEqual(self.row.census.most, PLACES)

    def test_an_idle_session_makes_room_at_once(self):
        self.house({"max": 1, "timeout": "1h"}, number=2)
        self.send_to([0])
        self.wait_taken([1, 0])
        self.assertEqual(self.row.census.present, 1, "it is kept for the next letter")
        began = time.monotonic()
        self.send_to([1])
        self.wait_taken([1, 1])
        self.assert_within(3, began)
        self.assertEqual(self.row.census.most, 1)

    def test_why_names_the_pool_for_which_a_message_waits(self):
        node = self.house({"max": 1, "timeout": "1h"}, {0: {"dot": Drip("250 2.0.0 kept", 1.0)}}, number=2)
        self.send_to([0])
        until("the slow one's session", lambda: self.row.census.present == 1)
        self.send_to([1])
        waiting = until("its message", lambda: [m for m in node.queue("--to", "*@d1.test")])
        until("why", lambda: "pool delivery" in node.ctl_raw("why", waiting[0]["id"], "--json").stdout)
        self.wait_taken([1, 1])

    def test_a_new_pool_knows_the_sessions_that_live(self):
        node = self.house({"max": PLACES, "timeout": "1s"}, {i: {"dot": Drip("250 kept", 0.02)} for i in range(NEXT_HOPS)})
        admin = Admin(node.socket)
        self.send_to(range(NEXT_HOPS), 15)
        for _ in range(3):
            until("the pool", lambda: admin.kill("/outbound/delivery") == 200)
            time.sleep(0.5)
        self.wait_taken([15] * NEXT_HOPS, 120)
        self.assertEqual(self.row.taken(), [15] * NEXT_HOPS)
        self.assertLessEqual(self.row.census.most, PLACES)

    def test_nothing_is_lost_whatever_of_it_is_killed(self):
        node = self.house({"max": PLACES, "timeout": "1s"}, {i: {"dot": Drip("250 kept", 0.02)} for i in range(NEXT_HOPS)})
        admin = Admin(node.socket)
        self.send_to(range(NEXT_HOPS), 15)
        for round_ in range(4):
            self.assertIn(admin.kill("/outbound/delivery"), (200, 404))
            for kind in ("route", "delivery"):
                for path in [a["path"] for a in admin.actors() if a["kind"] == kind][round_::2]:
                    self.assertIn(admin.kill(path), (200, 404))
            time.sleep(0.4)
        self.wait_taken([15] * NEXT_HOPS, 120)
