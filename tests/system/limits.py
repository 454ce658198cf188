"""Every limit of the outer face, driven to its edge; and nobody relays who may not."""

import time

from support import letters, maildir
from support.bad_sink import BadSink
from support.case import SystemCase, relay_to
from support.dialogue import Dialogue, send_letter
from support.ports import until
from support.sanitizer import patience


class Limits(SystemCase):
    def test_a_message_too_big_is_refused_by_size_and_by_bytes(self):
        node = self.troupe({"limits": {"message_bytes": 100000}})
        with node.dialogue() as client:
            self.assertIn("SIZE 100000", client.greet())
            self.assert_reply(client.say("MAIL FROM:<a@src.test> SIZE=100001"), "552 5.3.4")
            self.assert_reply(client.say("MAIL FROM:<a@src.test>"), "250")
            self.assert_reply(client.say("RCPT TO:<b@local.test>"), "250")
            self.assert_reply(client.data(letters.big(100200)), "552 5.3.4")
            self.assert_reply(client.say("NOOP"), "250")
        self.assert_reply(node.send(letters.big(99000)), "250")

    def test_recipients_above_the_limit_are_put_off(self):
        node = self.troupe({"limits": {"recipients": 100}})
        with node.dialogue() as client:
            client.greet()
            answers = client.envelope("a@src.test", *(f"r{i}@local.test" for i in range(101)))
            self.assert_reply(answers[100], "250")
            self.assert_reply(answers[101], "452 4.5.3")
            self.assert_reply(client.data(letters.plain()), "250")
        node.wait_event("message_delivered", 100)

    def test_connections_per_address_are_limited(self):
        node = self.troupe({"limits": {"connections_per_ip": 3}})
        held = [Dialogue(node.port, source="127.0.0.9") for _ in range(3)]
        for client in held:
            self.assert_reply(client.reply(), "220")
        with Dialogue(node.port, source="127.0.0.9") as one_more:
            self.assert_reply(one_more.reply(), "421 4.7.0")
            self.assertTrue(one_more.closed_by_peer())
        with Dialogue(node.port, source="127.0.0.10") as other:
            self.assert_reply(other.reply(), "220")
        for client in held:
            client.socket.close()

    def test_connections_in_all_are_limited(self):
        node = self.troupe({"limits": {"connections": 5, "connections_per_ip": 5}})
        held = []

        def enter():
            """The one who looked whether the node is up may be about to leave."""
            client = Dialogue(node.port, source=f"127.0.1.{len(held) + 1}")
            if client.reply().startswith("220"):
                held.append(client)
            else:
                client.socket.close()
            return len(held) == 5

        until("five guests", enter, 5)
        with Dialogue(node.port) as one_more:
            self.assert_reply(one_more.reply(), "421 4.3.2")
        held[0].say("QUIT")
        held[0].socket.close()
        time.sleep(0.2)
        with Dialogue(node.port) as again:
            self.assert_reply(again.reply(), "220")
        for client in held[1:]:
            client.socket.close()

    def test_messages_per_connection_are_limited(self):
        node = self.troupe({"limits": {"messages_per_connection": 2}})
        with node.dialogue() as client:
            client.greet()
            for _ in range(2):
                client.envelope("a@src.test", "b@local.test")
                self.assert_reply(client.data(letters.plain()), "250")
            self.assert_reply(client.say("MAIL FROM:<a@src.test>"), "421")
            self.assertTrue(client.closed_by_peer())

    def test_errors_per_connection_are_limited(self):
        node = self.troupe({"limits": {"errors_per_connection": 5}})
        with node.dialogue() as client:
            client.greet()
            answers = [client.say("FOO")[:3] for _ in range(5)]
            self.assertEqual(answers[:4], ["500"] * 4)
            if answers[4] != "421":
                self.assert_reply(client.say("FOO"), "421")
            self.assertTrue(client.closed_by_peer())

    def test_an_idle_client_is_sent_away(self):
        node = self.troupe({"limits": {"idle": "1s"}})
        with node.dialogue(10) as client:
            client.greet()
            self.assert_reply(client.reply(), "421 4.4.2")
            self.assertTrue(client.closed_by_peer())

    def test_a_client_that_drips_commands_is_sent_away(self):
        node = self.troupe({"limits": {"idle": "2s"}})
        with node.dialogue(10) as client:
            client.greet()
            began = time.monotonic()
            try:
                while time.monotonic() - began < 10:
                    client.send(b"N")
                    client.socket.settimeout(0.3)
                    try:
                        if client.line().startswith(b"421"):
                            break
                    except TimeoutError:
                        continue
            except OSError:
                pass
            self.assertLess(time.monotonic() - began, patience(5), "bytes without a line must not keep a session alive")

    def test_a_line_without_end_is_refused_and_costs_nothing(self):
        node = self.troupe()
        with node.dialogue() as client:
            client.greet()
            before = node.rss()
            client.send(b"MAIL FROM:<" + b"x" * (8 << 20) + b"@src.test>\r\n")
            self.assert_reply(client.reply(), "500")
            self.assert_growth(node, before, 4 << 20)
            self.assert_reply(client.say("NOOP"), "250")

    def test_a_letter_that_goes_in_circles_is_stopped(self):
        node = self.troupe({"limits": {"received_hops": 10}})
        hops = b"".join(b"Received: from a by b; Mon, 23 Nov 2026 12:00:00 +0000\r\n" for _ in range(11))
        self.assert_reply(node.send(hops + letters.plain()), "554 5.4.6")
        self.assert_reply(node.send(hops[:len(hops) // 11 * 9] + letters.plain()), "250")

    def test_a_node_that_relays_to_itself_ends_the_loop(self):
        node = self.node({"limits": {"received_hops": 5}})
        node.set(relay_to(node.port))
        node.start()
        node.send(letters.plain(), sender="a@local.test", recipients=["b@loop.test"])
        self.assertIn(b"5.4.6", maildir.wait_for(node.maildir("a"))[0])

    def test_a_full_queue_is_said_with_452_and_empties_again(self):
        node = self.troupe({"limits": {"queue_bytes": 200000}, "route": [{"match": ["*"], "via": "hold"}]})
        replies = [node.send(letters.big(20000), recipients=["b@hold.test"]) for _ in range(20)]
        self.assertIn("452 4.3.1", {r[:9] for r in replies})
        self.assert_reply(replies[0], "250")
        node.ctl("queue", "remove", "--all")
        self.assert_reply(node.send(letters.plain(), recipients=["b@hold.test"]), "250")

    def test_half_closed_clients_still_get_their_answer(self):
        node = self.troupe()
        with node.dialogue() as client:
            client.greet()
            body = letters.plain()
            client.send(b"MAIL FROM:<a@src.test>\r\nRCPT TO:<b@local.test>\r\nBDAT %d LAST\r\n" % len(body) + body)
            client.socket.shutdown(1)
            self.assertEqual([client.reply()[:3] for _ in range(3)], ["250"] * 3)
        maildir.wait_for(node.maildir("b"))


class Relaying(SystemCase):
    """The client's network may not relay: `networks` names another one."""

    def setUp(self):
        super().setUp()
        self.sink = self.started(BadSink())
        self.target = self.troupe({
            **relay_to(self.sink.port), "relay": {"networks": ["127.0.0.77/32"], "domains": ["relay.test"]},
            "domain": [{"name": "local.test", "users": ["alice", "postmaster"], "aliases": {
                "info": ["alice", "far@elsewhere.test"], "all": ["info", "alice"]},
                "deliver": f"maildir:{self.folder}/mail/{{user}}"}]})

    def rcpt(self, recipient: str, source="") -> str:
        with Dialogue(self.target.port, source=source) as client:
            client.greet()
            return client.envelope("a@src.test", recipient)[1]

    def test_strangers_reach_local_and_relay_domains_only(self):
        self.assert_reply(self.rcpt("alice@local.test"), "250")
        self.assert_reply(self.rcpt("anyone@relay.test"), "250")
        self.assert_reply(self.rcpt("nobody@local.test"), "550 5.1.1")
        self.assert_reply(self.rcpt("b@elsewhere.test"), "550 5.7.1")
        self.assert_reply(self.rcpt("b@elsewhere.test", source="127.0.0.77"), "250")

    def test_no_trick_relays(self):
        tricks = ("b%elsewhere.test@local.test", "elsewhere.test!b@local.test", '"b@elsewhere.test"@local.test',
                  '"b%elsewhere.test"@local.test', "@local.test:b@elsewhere.test", "b@elsewhere.test@local.test",
                  "b@[127.0.0.1]", "b%elsewhere.test", "elsewhere.test!b", "b@sub.local.test", "b@local.test.elsewhere.test",
                  "b@LOCAL.TEST\\@elsewhere.test", "b@elsewhere.test ", "b@elsewhere.test,alice@local.test")
        for trick in tricks:
            with self.subTest(trick):
                self.assertEqual(self.rcpt(trick)[:1], "5", trick)
        self.assertEqual(self.sink.sessions, [])

    def test_postmaster_needs_no_domain(self):
        with Dialogue(self.target.port) as client:
            client.greet()
            client.say("MAIL FROM:<>")
            self.assert_reply(client.say("RCPT TO:<Postmaster>"), "250")

    def test_an_alias_reaches_all_it_names_once_each(self):
        for recipient in ("info@local.test", "all@local.test"):
            self.assert_reply(send_letter(self.target.port, letters.plain(), recipients=[recipient]), "250")
        maildir.wait_for(self.folder / "mail/alice", 2)
        until("two letters far away", lambda: len(self.sink.accepted) == 2)
        # RFC 3461 5.2.7: whom the letter was for at first goes with it.
        self.assertEqual(sorted(r for l in self.sink.accepted for r in l.recipients), [
            b"RCPT TO:<far@elsewhere.test> ORCPT=rfc822;all@local.test", b"RCPT TO:<far@elsewhere.test> ORCPT=rfc822;info@local.test"])

    def test_aliases_in_a_circle_are_refused_at_start(self):
        node = self.node({"domain": [{"name": "local.test", "aliases": {"one": ["two"], "two": ["one"]}}]}, name="circle")
        node.launch()
        self.assertEqual(node.process.wait(20), 78)
        self.assertIn("domain[1].aliases", node.log_tail())


if __name__ == "__main__":
    import unittest
    unittest.main()
