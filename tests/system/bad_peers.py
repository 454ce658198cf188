"""Next hops that misbehave at every stage: what is temporary is tried again and arrives, what is
final bounces, nothing is lost and nothing hangs."""

import unittest

from support import letters, maildir
from support.bad_sink import OK, BadSink, Drip, Drop, Flood, Garbage, Hang, Say, SayAndDrop
from support.case import SystemCase, relay_to
from support.ports import free_port, until

STAGES = ("banner", "ehlo", "mail", "rcpt", "data", "dot")
GOOD = {
    "banner": Say("220 sink.test"), "ehlo": Say("250 sink.test"), "mail": OK, "rcpt": OK,
    "data": Say("354 go on"), "dot": OK, "quit": SayAndDrop("221 bye"), "body": None, "connect": None,
}
# What a peer may do once that says nothing final about the letter.
TEMPORARY = {
    "4xx": Say("451 4.3.0 try later"),
    "421 and hang-up": SayAndDrop("421 4.3.2 closing"),
    "drop": Drop(),
    "hang": Hang(),
    "garbage": Garbage(),
    "endless line": Flood(4 << 20),
    "endless reply": Flood(4 << 20, 512),
    "code out of range": Say("999 what"),
    "code without text and CR": Garbage(b"250\n"),
}
FAST = {"delivery": {"connect_timeout": "1s", "reply_timeout": "1s"}}


class EveryStage(SystemCase):
    def arrives_after(self, stage: str, behaviour):
        """One bad turn, then good ones: the letter arrives exactly once, and was deferred before."""
        sink = self.started(BadSink({stage: [behaviour, GOOD[stage]]}))
        node = self.troupe({**relay_to(sink.port), **FAST})
        sent = letters.dotted()
        self.assert_reply(node.send(sent, sender="a@local.test", recipients=["b@sink.test"]), "250")
        until(f"the letter after {behaviour} at {stage}", lambda: sink.accepted, 30)
        self.assert_same(sent, sink.accepted[0].body)
        delivered = node.wait_event("message_delivered")
        self.assertEqual(len(delivered), 1)
        self.assertEqual(delivered[0]["to"], "b@sink.test")
        self.assertEqual(len(sink.accepted), 1)
        self.assertEqual(node.events("message_bounced"), [])
        return node

    def test_what_hangs_at_quit_was_delivered(self):
        for what in (Hang(), Drop(), Garbage(), Say("500 5.0.0 never")):
            with self.subTest(what):
                sink = self.started(BadSink({"quit": what}))
                node = self.troupe({**relay_to(sink.port, messages_per_connection=1), **FAST}, name=f"node{len(self.nodes)}")
                node.send(letters.plain(), recipients=["b@sink.test"])
                node.wait_event("message_delivered")
                self.assertEqual(len(sink.accepted), 1)

    def test_a_body_that_the_peer_cuts_off_is_sent_again(self):
        for what in (Drop(), Hang(), SayAndDrop("421 4.3.2 closing"), SayAndDrop("452 4.3.1 full")):
            with self.subTest(what):
                sink = self.started(BadSink({"body": [what, None]}))
                node = self.troupe({**relay_to(sink.port), **FAST}, name=f"node{len(self.nodes)}")
                sent = letters.big(12 << 20)  # more than all buffers on the way
                node.send(sent, recipients=["b@sink.test"])
                until("the letter", lambda: sink.accepted, 30)
                self.assert_same(sent, sink.accepted[0].body)

    def test_a_reply_that_drips_is_a_reply(self):
        for stage in STAGES:
            with self.subTest(stage):
                sink = self.started(BadSink({stage: Drip(GOOD[stage].text, 0.01)}))
                node = self.troupe({**relay_to(sink.port), **FAST}, name=f"node-{stage}")
                node.send(letters.plain(), recipients=["b@sink.test"])
                until("the letter", lambda: sink.accepted)
                self.assertEqual(node.events("message_deferred"), [])

    def test_a_dead_host_defers_with_its_reason(self):
        node = self.troupe({**relay_to(free_port()), **FAST})
        node.send(letters.plain(), recipients=["b@sink.test"])
        deferred = node.wait_event("message_deferred", 2)
        self.assertEqual([d["attempt"] for d in deferred[:2]], [1, 2])
        self.assertIn("next_attempt", deferred[0])
        self.assertEqual(len(node.queue("--state", "deferred")), 1)

    def test_ehlo_refused_falls_back_to_helo(self):
        sink = self.started(BadSink({"ehlo": Say("500 5.5.1 what?")}))
        node = self.troupe({**relay_to(sink.port), **FAST})
        node.send(letters.plain(), recipients=["b@sink.test"])
        until("the letter", lambda: sink.accepted)
        self.assertIn(b"HELO troupe.test", sink.commands)

    def test_a_size_that_the_peer_announces_is_honoured(self):
        sink = self.started(BadSink(extensions=("SIZE 1000",)))
        node = self.troupe({**relay_to(sink.port), **FAST})
        node.send(letters.big(5000), sender="a@local.test", recipients=["b@sink.test"])
        maildir.wait_for(node.maildir("a"))
        self.assertEqual(sink.letters, [])

    def test_smtputf8_mail_is_not_sent_to_who_cannot_read_it(self):
        sink = self.started(BadSink())
        node = self.troupe({**relay_to(sink.port), **FAST})
        with node.dialogue() as client:
            client.greet()
            self.assert_reply(client.say("MAIL FROM:<a@local.test> SMTPUTF8"), "250")
            self.assert_reply(client.say("RCPT TO:<grüße@sink.test>".encode()), "250")
            self.assert_reply(client.data(letters.plain()), "250")
        bounce = maildir.wait_for(node.maildir("a"))[0]
        self.assertIn(b"5.6.7", bounce)
        self.assertEqual(sink.letters, [])


def temporary_case(stage: str, name: str):
    def test(self):
        self.arrives_after(stage, TEMPORARY[name])
    test.__name__ = f"test_{stage}_{name.replace(' ', '_').replace('-', '_')}_is_temporary"
    return test


def permanent_case(stage: str):
    def test(self):
        sink = self.started(BadSink({stage: Say("554 5.7.1 never")}))
        node = self.troupe({**relay_to(sink.port), **FAST})
        node.send(letters.plain(), sender="a@local.test", recipients=["b@sink.test"])
        self.assertIn(b"5.7.1", maildir.wait_for(node.maildir("a"))[0])
        self.assertEqual([e["to"] for e in node.wait_event("message_bounced")], ["b@sink.test"])
        self.assertEqual(sink.accepted, [])
    test.__name__ = f"test_{stage}_5xx_bounces"
    return test


for each in STAGES:
    for behaviour_name in TEMPORARY:
        made = temporary_case(each, behaviour_name)
        setattr(EveryStage, made.__name__, made)
for each in ("mail", "rcpt", "data", "dot"):
    made = permanent_case(each)
    setattr(EveryStage, made.__name__, made)


class EachRecipient(SystemCase):
    def reply_by_name(self, line: bytes):
        if b"later" in line and self.refusals_left > 0:
            self.refusals_left -= 1
            return Say("450 4.2.1 busy")
        return Say("550 5.1.1 unknown") if b"never" in line else None

    def settle(self, lmtp: bool, stage: str):
        self.refusals_left = 1
        sink = self.started(BadSink({stage: self.reply_by_name}, lmtp=lmtp))
        via = f"lmtp:127.0.0.1:{sink.port}" if lmtp else f"smtp:127.0.0.1:{sink.port}"
        node = self.troupe({"route": [{"match": ["*"], "via": via}], **FAST})
        names = ["good@sink.test", "later@sink.test", "never@sink.test", "fine@sink.test"]
        node.send(letters.plain(), sender="a@local.test", recipients=names)
        arrived = lambda: sorted(e["to"] for e in node.events("message_delivered") if e["to"] in names)
        until("three deliveries", lambda: len(arrived()) >= 3)
        self.assertEqual(arrived(), ["fine@sink.test", "good@sink.test", "later@sink.test"])
        self.assertEqual([e["to"] for e in node.events("message_bounced")], ["never@sink.test"])
        bounce = maildir.wait_for(node.maildir("a"))[0]
        self.assertIn(b"never@sink.test", bounce)
        self.assertIn(b"5.1.1", bounce)
        second = [l for l in sink.letters[1:] for r in l.recipients]
        self.assertEqual(len(second), 1, "only who was not settled is tried again")

    def test_replies_to_rcpt_settle_each_alone(self):
        self.settle(False, "rcpt")

    def test_replies_to_rcpt_over_lmtp_settle_each_alone(self):
        self.settle(True, "rcpt")

    def test_replies_to_the_dot_over_lmtp_settle_each_alone(self):
        self.settle(True, "dot")

    def test_lmtp_that_drops_after_some_replies_settles_those(self):
        turns = [OK, OK, Drop(), OK, OK]
        sink = self.started(BadSink({"dot": turns}, lmtp=True))
        node = self.troupe({"route": [{"match": ["*"], "via": f"lmtp:127.0.0.1:{sink.port}"}], **FAST})
        node.send(letters.plain(), recipients=[f"r{i}@sink.test" for i in range(4)])
        node.wait_event("message_delivered", 4)
        self.assertEqual(len(sink.letters[0].recipients), 4)
        self.assertEqual(len(sink.letters[1].recipients), 2, "the two that were answered are not sent again")


class Breaker(SystemCase):
    def test_an_ill_host_is_left_alone_until_a_trial_finds_it_well(self):
        port, good = free_port(), self.started(BadSink())
        node = self.troupe({
            "route": [{"match": ["ill.test"], "via": f"smtp:127.0.0.1:{port}"},
                      {"match": ["good.test"], "via": f"smtp:127.0.0.1:{good.port}"}],
            "breaker": {"min_requests": 3, "open": "2s", "open_max": "2s"}, **FAST})
        name = f"route/smtp:127.0.0.1:{port}"
        for i in range(30):
            node.send(letters.plain(), recipients=[f"r{i}@ill.test"])
        node.wait_event("breaker_changed", name=name, to="open")
        node.send(letters.plain(), recipients=["b@good.test"])
        until("the letter of the other route", lambda: good.accepted, 5)
        # Two failed trials later nearly all of them were never tried, and say why.
        node.wait_event("breaker_changed", 3, name=name, to="open")
        waiting = [e for e in node.events("message_deferred") if "breaker is open" in e["reply"]]
        self.assertGreaterEqual(len(waiting), 20)
        self.assertEqual({e["attempt"] for e in waiting} - {0, 1, 2}, set())
        sink = self.started(BadSink(port=port))
        until("all letters", lambda: len(sink.accepted) == 30, 30)
        self.assertTrue(node.events("breaker_changed", name=name, to="closed"))
        node.wait_queue_empty()

    def test_refused_recipients_open_nothing(self):
        sink = self.started(BadSink({"rcpt": Say("450 4.2.1 busy")}))
        node = self.troupe({**relay_to(sink.port), "breaker": {"min_requests": 1}, **FAST})
        for _ in range(20):
            node.send(letters.plain(), recipients=["b@sink.test"])
        node.wait_event("message_deferred", 40)
        self.assertEqual(node.events("breaker_changed"), [])

    def test_what_waits_for_an_ill_host_expires(self):
        node = self.troupe({**relay_to(free_port()), "retry": {"schedule": ["1s"], "expire": "4s", "warn": "0s"},
                            "breaker": {"min_requests": 1, "open": "1h", "open_max": "1h"}, **FAST})
        for _ in range(5):
            node.send(letters.plain(), sender="a@local.test", recipients=["b@sink.test"])
        node.wait_event("message_expired", 5, 30)
        self.assertLessEqual(max(e["attempt"] for e in node.events("message_expired")), 2)


class OneDeadAmongMany(SystemCase):
    def test_a_tarpit_does_not_slow_the_others(self):
        tarpit = self.started(BadSink({"banner": Hang()}))
        good = self.started(BadSink())
        node = self.troupe({
            "route": [{"match": ["tar.test"], "via": f"smtp:127.0.0.1:{tarpit.port}"},
                      {"match": ["good.test"], "via": f"smtp:127.0.0.1:{good.port}"}],
            "delivery": {"reply_timeout": "20s"}})
        for _ in range(100):
            node.send(letters.plain(), recipients=["b@tar.test"])
        for _ in range(20):
            node.send(letters.plain(), recipients=["b@good.test"])
        until("20 letters at the good host", lambda: len(good.accepted) == 20, 10)


if __name__ == "__main__":
    unittest.main()
