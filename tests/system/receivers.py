"""Servers that people use, as next hop: what we hand on arrives byte for byte."""

import unittest

from support import letters, maildir
from support.case import SystemCase, relay_to
from support.dns_server import SERVFAIL, DnsServer
from support.bad_sink import BadSink, SayAndDrop
from support.load import LoadProcess, acked_ids
from support.peers import Dovecot, Postfix, SmtpSink, why_not
from support.ports import until
from support.sink import SinkProcess


class RealServers(SystemCase):
    def send_every_kind(self, node, recipient: str):
        for kind, make in letters.KINDS.items():
            self.assert_reply(node.send(make(kind), recipients=[recipient]), "250 2.")

    def assert_every_kind(self, inbox):
        maildir.wait_for(inbox, len(letters.KINDS), 40)
        stored = maildir.by_subject(inbox)
        for kind, make in letters.KINDS.items():
            with self.subTest(kind):
                self.assert_same(make(kind), stored[kind])

    @unittest.skipIf(why_not("postfix"), str(why_not("postfix")))
    def test_postfix_as_next_hop(self):
        postfix = self.started(Postfix(self.folder / "postfix"))
        node = self.troupe(relay_to(postfix.port))
        self.send_every_kind(node, "b@postfix.test")
        self.assert_every_kind(postfix.inbox)
        delivered = node.wait_event("message_delivered", len(letters.KINDS))
        self.assertEqual({d["code"] for d in delivered}, {250})

    @unittest.skipIf(why_not("postfix"), str(why_not("postfix")))
    def test_25_mib_go_through_postfix(self):
        postfix = self.started(Postfix(self.folder / "postfix"))
        node = self.troupe({**relay_to(postfix.port), "limits": {"message_bytes": "26MiB"}})
        sent = letters.big(25 << 20)
        self.assert_reply(node.send(sent, recipients=["b@postfix.test"]), "250 2.")
        self.assert_same(sent, postfix.wait_for(1, 60)[0])

    @unittest.skipIf(why_not("postfix"), str(why_not("postfix")))
    def test_what_postfix_finds_too_big_fails_at_once(self):
        postfix = self.started(Postfix(self.folder / "postfix", message_size_limit=100000))
        node = self.troupe(relay_to(postfix.port))
        node.send(letters.big(300000), sender="a@local.test", recipients=["b@postfix.test"])
        bounced = node.wait_event("message_bounced")[0]
        self.assertEqual(bounced["attempt"], 1)
        maildir.wait_for(node.maildir("a"))

    @unittest.skipIf(why_not("dovecot"), str(why_not("dovecot")))
    def test_dovecot_by_lmtp_over_tcp(self):
        dovecot = self.started(Dovecot(self.folder / "dovecot"))
        node = self.troupe({"domain": [{"name": "local.test", "deliver": f"lmtp:127.0.0.1:{dovecot.port}"}]})
        self.send_every_kind(node, "alice@local.test")
        self.assert_every_kind(dovecot.inbox("alice"))

    @unittest.skipIf(why_not("dovecot"), str(why_not("dovecot")))
    def test_dovecot_by_lmtp_over_a_socket_file_settles_each_recipient(self):
        dovecot = self.started(Dovecot(self.folder / "dovecot", users=["alice", "bob"]))
        node = self.troupe({"domain": [{"name": "local.test", "deliver": f"lmtp:unix:{dovecot.socket}"},
                                       {"name": "here.test", "deliver": f"maildir:{self.folder}/here/{{user}}"}]})
        node.send(letters.plain(), sender="a@here.test", recipients=["alice@local.test", "stranger@local.test", "bob@local.test"])
        for user in ("alice", "bob"):
            self.assert_same(letters.plain(), maildir.wait_for(dovecot.inbox(user))[0])
        bounce = maildir.wait_for(self.folder / "here/a")[0]
        self.assertIn(b"stranger@local.test", bounce)
        self.assertNotIn(b"alice@local.test;", bounce)

    @unittest.skipIf(why_not("smtp-sink", root=False), str(why_not("smtp-sink", root=False)))
    def test_smtp_sink_with_and_without_extensions(self):
        for name, options in (("full", ()), ("no-ehlo", ("-e",)), ("no-pipelining", ("-p",)), ("no-8bit", ("-8",))):
            with self.subTest(name):
                sink = self.started(SmtpSink(self.folder / name, *options))
                node = self.troupe(relay_to(sink.port), name=f"node-{name}")
                node.send(letters.dotted(name), recipients=["b@sink.test"])
                self.assert_same(letters.dotted(name), sink.wait_for(1)[0])


class Relaying(SystemCase):
    def test_a_load_is_handed_on_once_each(self):
        sink = self.started(SinkProcess(self.folder / "taken"))
        node = self.troupe(relay_to(sink.port))
        counts = LoadProcess(node.port, self.folder / "acked", count=3000, connections=50).finish()
        self.assertEqual(counts["acked"], 3000)
        until("3000 letters at the sink", lambda: sum(sink.taken().values()) >= 3000, 60)
        self.assertEqual(set(sink.taken()), acked_ids(self.folder / "acked"))
        self.assertEqual(set(sink.taken().values()), {1})
        until("the queue to be settled", lambda: node.metric("messages_delivered_total") == 3000)

    def test_connections_are_used_again(self):
        sink = self.started(BadSink())
        node = self.troupe(relay_to(sink.port, connections=2))
        LoadProcess(node.port, self.folder / "acked", count=100, connections=5).finish()
        until("100 letters", lambda: len(sink.accepted) == 100)
        self.assertLessEqual(len(sink.sessions), 10)

    def test_messages_per_connection_is_kept(self):
        sink = self.started(BadSink())
        node = self.troupe(relay_to(sink.port, messages_per_connection=7))
        LoadProcess(node.port, self.folder / "acked", count=50, connections=5).finish()
        until("50 letters", lambda: len(sink.accepted) == 50)
        self.assertLessEqual(max(len(s.letters) for s in sink.sessions), 7)

    def test_one_letter_for_many_recipients_of_a_route_is_one_transaction(self):
        sink = self.started(BadSink())
        node = self.troupe(relay_to(sink.port))
        recipients = [f"r{i}@sink.test" for i in range(50)]
        node.send(letters.plain(), recipients=recipients)
        until("all recipients", lambda: sum(len(l.recipients) for l in sink.accepted) == 50)
        self.assertEqual(len(sink.accepted), 1)


class ByMx(SystemCase):
    """MX answers come from a scripted DNS server; hosts are addresses of loopback, one port for all."""

    def setUp(self):
        super().setUp()
        self.first = self.started(BadSink(host="127.0.0.2"))
        self.second = self.started(BadSink(host="127.0.0.3", port=self.first.port))

    def node_with(self, zone: dict):
        dns = self.started(DnsServer({
            ("mx1.test", "A"): ["127.0.0.2"], ("mx2.test", "A"): ["127.0.0.3"], ("dead.test", "A"): ["127.0.0.4"], **zone}))
        return self.troupe({
            "dns": {"servers": [f"127.0.0.1:{dns.port}"]},
            "delivery": {"mx_port": self.first.port, "connect_timeout": "2s", "reply_timeout": "2s", "address_family": "ipv4"}})

    def test_the_lowest_preference_is_taken(self):
        node = self.node_with({("relay.test", "MX"): [(20, "mx2.test"), (10, "mx1.test")]})
        node.send(letters.plain(), recipients=["b@relay.test"])
        until("a letter at mx1", lambda: self.first.accepted)
        self.assertEqual(self.second.sessions, [])

    def test_a_dead_first_host_sends_mail_to_the_next(self):
        node = self.node_with({("relay.test", "MX"): [(10, "dead.test"), (20, "mx2.test")]})
        node.send(letters.plain(), recipients=["b@relay.test"])
        until("a letter at mx2", lambda: self.second.accepted)

    def test_a_host_that_says_421_sends_mail_to_the_next(self):
        self.first.script["banner"] = SayAndDrop("421 4.3.2 not now")
        node = self.node_with({("relay.test", "MX"): [(10, "mx1.test"), (20, "mx2.test")]})
        node.send(letters.plain(), recipients=["b@relay.test"])
        until("a letter at mx2", lambda: self.second.accepted)

    def test_without_mx_the_address_is_taken(self):
        node = self.node_with({("direct.test", "A"): ["127.0.0.2"]})
        node.send(letters.plain(), recipients=["b@direct.test"])
        until("a letter", lambda: self.first.accepted)

    def test_a_null_mx_bounces_at_once(self):
        node = self.node_with({("none.test", "MX"): [(0, ".")]})
        node.send(letters.plain(), sender="a@local.test", recipients=["b@none.test"])
        node.wait_event("message_bounced")
        self.assertIn(b"5.1.10", maildir.wait_for(node.maildir("a"))[0])

    def test_an_unknown_domain_bounces_at_once(self):
        node = self.node_with({})
        node.send(letters.plain(), sender="a@local.test", recipients=["b@unknown.test"])
        self.assertIn(b"5.1.2", maildir.wait_for(node.maildir("a"))[0])

    def test_a_dns_that_fails_defers(self):
        node = self.node_with({("broken.test", "ANY"): SERVFAIL})
        node.send(letters.plain(), recipients=["b@broken.test"])
        node.wait_event("message_deferred")
        self.assertEqual(node.events("message_bounced"), [])

    def test_an_address_literal_needs_no_dns(self):
        node = self.node_with({})
        node.send(letters.plain(), recipients=["b@[127.0.0.2]"])
        until("a letter", lambda: self.first.accepted)


if __name__ == "__main__":
    unittest.main()
