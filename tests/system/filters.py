"""Filters: real milters as Debian ships them, libmilter with every change it knows, and filters gone bad."""

import base64
import email
import smtplib
import ssl
import struct
import subprocess
import threading
import time
import unittest

from support import letters, maildir
from support.authority import Authority
from support.bad_milter import BadMilter, after, die, frame, hang
from support.case import SystemCase
from support.dialogue import send_letter
from support.dns_server import SILENCE, DnsServer
from support.filters import Clamav, GoodMilter, Opendkim, Rspamd, why_not
from support.ports import free_port, until


def asking(words: str, body=b"The text.\r\n", subject="asking", more=b"") -> bytes:
    head = (f"From: a@src.test\r\nTo: b@local.test\r\nSubject: {subject}\r\nX-Secret: 1\r\n"
            f"Message-ID: <{subject}@src.test>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\nX-Ask: {words}\r\n")
    return head.encode() + more + b"\r\n" + body


class Filters(SystemCase):
    def filtered(self, *addresses: str, pool=None, breaker=None, **terms):
        settings = {"milter": [{"address": a, **terms} for a in addresses]}
        if pool:
            settings["pool.filter"] = pool
        if breaker:
            settings["breaker"] = breaker
        return self.troupe(settings)

    def arrived(self, node, user="b", count=1) -> bytes:
        return maildir.wait_for(node.maildir(user), count)[-1]


@unittest.skipIf(why_not("python3-milter"), why_not("python3-milter"))
class Libmilter(Filters):
    def milter(self, name="good", **more) -> GoodMilter:
        return self.started(GoodMilter(self.folder / name, name, **more))

    def test_it_hears_every_stage_with_macros(self):
        milter = self.milter()
        node = self.filtered(milter.address)
        with node.dialogue() as client:
            client.greet("client.test")
            client.say("MAIL FROM:<a@src.test> SIZE=500 BODY=8BITMIME")
            client.say("RCPT TO:<b@local.test> NOTIFY=NEVER")
            self.assert_reply(client.data(asking("", more=b"X-Fold: one\r\n two\r\n")), "250 ")
        calls = {c[0]: c[1:] for c in milter.calls()}
        self.assertEqual(calls["connect"][0], "localhost")
        self.assertEqual(calls["connect"][3]["_"], "localhost [127.0.0.1]")
        self.assertEqual(calls["connect"][3]["{client_name}"], "localhost")
        self.assertEqual(calls["connect"][3]["{daemon_port}"], str(node.port))
        self.assertEqual(calls["connect"][3]["{client_addr}"], "127.0.0.1")
        self.assertEqual(calls["connect"][3]["j"], "troupe.test")
        self.assertEqual(calls["connect"][3]["{daemon_name}"], "mx")
        self.assertEqual(calls["helo"][0], "client.test")
        self.assertIsNone(calls["helo"][1]["{tls_version}"])
        self.assertEqual(calls["mail"][:2], ["<a@src.test>", ["SIZE=500", "BODY=8BITMIME"]])
        self.assertEqual(calls["mail"][2]["{mail_addr}"], "a@src.test")
        self.assertEqual(calls["rcpt"], ["<b@local.test>", ["NOTIFY=NEVER"], "b@local.test"])
        fields = dict(map(tuple, calls["header"][0]))
        self.assertNotIn("Received", fields, "our own field is nobody's business")
        self.assertEqual(fields["X-Fold"], "one\n two")
        self.assertEqual(calls["eom"][0], len(b"The text.\r\n"))
        event = node.wait_event("message_received")[0]
        self.assertEqual(calls["eom"][1], event["msg"])
        self.arrived(node)

    def test_it_hears_of_tls_and_of_who_logged_in(self):
        milter = self.milter()
        made = Authority(self.folder / "ca").issue("localhost")
        users = self.folder / "users"
        users.write_text("ann:" + subprocess.run(["openssl", "passwd", "-6", "word"], capture_output=True, text=True, check=True).stdout)
        node = self.troupe({"tls": {"certificate": made.path, "key": made.key}, "auth": {"users": users},
                            "listener": [{"kind": "submission", "tls": "required"}],
                            "milter": [{"address": milter.address, "listeners": ["submission"]}]})
        with smtplib.SMTP("127.0.0.1", node.port, "client.test") as client:
            client.starttls(context=ssl._create_unverified_context())
            client.user, client.password = "ann", "word"
            client.ehlo()
            client.auth("PLAIN", client.auth_plain)
            client.sendmail("ann@local.test", ["b@local.test"], asking(""))
        calls = {c[0]: c[1:] for c in milter.calls()}
        helo, mail = calls["helo"][1], calls["mail"][2]
        self.assertEqual(helo["{tls_version}"], "TLSv1.3")
        self.assertTrue(helo["{cipher}"].startswith("TLS_"), helo)
        self.assertGreaterEqual(int(helo["{cipher_bits}"]), 128)
        self.assertEqual((mail["{auth_authen}"], mail["{auth_type}"]), ("ann", "PLAIN"))

    def test_the_client_has_a_name_if_it_leads_back_to_it(self):
        milter = self.milter()
        dns = self.started(DnsServer({("7.0.18.198.in-addr.arpa", "PTR"): ["mail.client.test"], ("mail.client.test", "A"): ["198.18.0.7"],
                                      ("8.0.18.198.in-addr.arpa", "PTR"): ["mail.client.test"],
                                      ("9.0.18.198.in-addr.arpa", "PTR"): SILENCE}))
        node = self.troupe({"milter": [{"address": milter.address}], "dns": {"servers": [f"127.0.0.1:{dns.port}"]},
                            "listener": [{"xclient_from": ["127.0.0.1/32"]}]})
        with node.dialogue() as client:
            client.greet()
            for last in (7, 8, 9):
                self.assert_reply(client.say(f"XCLIENT ADDR=198.18.0.{last}"), "220 ")
                client.say("EHLO client.test")
                client.envelope("a@src.test", "b@local.test")
                self.assert_reply(client.data(asking("")), "250 ")
        seen = [(c[1], c[4]["{client_name}"], c[4]["{client_ptr}"]) for c in milter.calls("connect")]
        self.assertEqual(seen, [("mail.client.test", "mail.client.test", "mail.client.test"),
                                ("[198.18.0.8]", "unknown", "mail.client.test"), ("[198.18.0.9]", "unknown", "unknown")])

    def test_every_change_arrives(self):
        milter = self.milter(unix=True)
        node = self.filtered(milter.address)
        self.assert_reply(node.send(asking("add top below change delete addrcptpar chgfrom body")), "250 ")
        for user in ("b", "added"):
            lines = self.arrived(node, user).replace(b"\r\n", b"\n")
            mail = email.message_from_bytes(lines)
            self.assertEqual(mail["Subject"], "changed")
            self.assertIsNone(mail["X-Secret"])
            self.assertEqual(mail["X-Added-good"].split(), ["one", "two"])
            self.assertEqual(mail["Return-Path"], "<other@src.test>")
            self.assertEqual(lines.split(b"\n\n", 1)[1], b"a new body\n.with a dot\n")
            names = [n for n in mail.keys() if n in ("X-Top", "Received", "X-Below", "From", "X-Added-good")]
            # A place counts what is there by then: the first is that of the field just put in.
            self.assertEqual(names, ["X-Top", "X-Below", "Received", "From", "X-Added-good"])

    def test_what_is_not_changed_arrives_byte_for_byte(self):
        milter = self.milter()
        node = self.filtered(milter.address)
        for name, make in letters.KINDS.items():
            self.assert_reply(node.send(make(recipient=f"{name}@local.test"), recipients=(f"{name}@local.test",)), "250 ")
            self.assert_same(make(recipient=f"{name}@local.test"), self.arrived(node, name))

    def test_a_big_message_goes_through_the_spool(self):
        milter = self.milter()
        node = self.filtered(milter.address)
        big = letters.big(3_000_000)
        self.assert_reply(node.send(big), "250 ")
        self.assert_same(big, self.arrived(node))
        self.assertEqual(milter.calls("eom")[0][1], len(big.split(b"\r\n\r\n", 1)[1]))
        head, body = asking("add change delete").split(b"\r\n\r\n", 1)
        text = letters.big(2_000_000).split(b"\r\n\r\n", 1)[1]
        self.assert_reply(node.send(head + b"\r\n\r\n" + text, recipients=("c@local.test",)), "250 ")
        stored = self.arrived(node, "c").replace(b"\r\n", b"\n")
        self.assertIn(b"\nSubject: changed\n", stored)
        self.assertEqual(stored.split(b"\n\n", 1)[1], text.replace(b"\r\n", b"\n"))
        self.assert_reply(node.send(asking("bigbody"), recipients=("d@local.test",)), "250 ")
        stored = self.arrived(node, "d").replace(b"\r\n", b"\n")
        self.assertEqual(stored.split(b"\n\n", 1)[1], b"0123456789abcdef\n" * 60000)
        self.assertEqual(milter.calls("abort"), [])
        bodies = [p for p in node.data.rglob("*") if p.is_file() and "bod" in str(p.parent)]
        until("no body file to be left", lambda: not [p for p in bodies if p.exists()])

    def test_no_field_that_is_added_begins_another(self):
        milter = self.milter()
        node = self.filtered(milter.address)
        self.assert_reply(node.send(asking("inject")), "250 ")
        mail = email.message_from_bytes(self.arrived(node))
        self.assertIsNone(mail["Bcc"])
        self.assertEqual(mail.get_payload().strip(), "The text.")

    def test_verdicts_become_replies(self):
        milter = self.milter()
        node = self.filtered(milter.address)
        for words, reply in (("reject", "550 5.7.1"), ("tempfail", "451 4.7.1"), ("reply", "451 4.7.9 come back")):
            self.assert_reply(node.send(asking(words)), reply)
        self.assert_reply(node.send(asking(""), sender="milter-reject@src.test"), "550 5.7.1")
        with node.dialogue() as client:
            client.greet()
            client.say("MAIL FROM:<a@src.test>")
            self.assertEqual(client.say("RCPT TO:<milter-reply@local.test>"),
                             "554-5.7.9 not\n554 5.7.9 today, 100% sure")
            self.assert_reply(client.say("RCPT TO:<b@local.test>"), "250 ")
            self.assert_reply(client.data(asking("")), "250 ")
        self.arrived(node)
        self.assertEqual(node.metrics()['troupe_messages_rejected_total{reason="filter"}'], 5)

    def test_discard_is_250_and_nothing_kept(self):
        milter = self.milter()
        node = self.filtered(milter.address)
        self.assert_reply(node.send(asking("discard")), "250 ")
        self.assert_reply(node.send(asking(""), sender="milter-discard@src.test"), "250 ")
        self.assert_reply(node.send(letters.big(1_000_000).replace(b"Subject", b"X-Ask: discard\r\nSubject", 1)), "250 ")
        self.assertEqual(len(node.wait_event("message_discarded", 3)), 3)
        self.assertEqual(node.metric("messages_discarded_total"), 3)
        self.assertEqual(node.queue(), [])
        self.assertEqual(maildir.messages(node.maildir("b")), [])

    def test_quarantine_holds_the_message(self):
        milter = self.milter()
        node = self.filtered(milter.address)
        self.assert_reply(node.send(asking("quarantine")), "250 ")
        held = node.wait_event("message_held")[0]
        self.assertIn("smells of fish", held["reason"])
        shown = node.ctl("queue", "show", held["msg"])
        self.assertIn("smells of fish", str(shown))
        node.ctl("queue", "release", held["msg"])
        self.arrived(node)

    def test_who_deletes_the_last_recipient_discards(self):
        milter = self.milter()
        node = self.filtered(milter.address)
        self.assert_reply(node.send(asking("delrcpt")), "250 ")
        node.wait_event("message_discarded")
        self.assert_reply(node.send(asking("delrcpt addrcpt")), "250 ")
        self.arrived(node, "added")

    def test_each_sees_what_those_before_it_changed(self):
        first, second = self.milter("first"), self.milter("second")
        node = self.filtered(first.address, second.address)
        self.assert_reply(node.send(asking("add change body")), "250 ")
        fields = dict(map(tuple, second.calls("header")[0][1]))
        self.assertEqual(fields["Subject"], "changed")
        self.assertIn("X-Added-first", fields)
        self.assertEqual(second.calls("eom")[0][1], len(b"a new body\r\n.with a dot\r\n"))
        mail = email.message_from_bytes(self.arrived(node))
        self.assertIn("X-Added-second", mail)

    def test_progress_and_skip(self):
        milter = self.milter()
        node = self.filtered(milter.address, message_timeout="1s", timeout="1s")
        self.assert_reply(node.send(asking("progress")), "250 ")
        self.assert_reply(node.send(letters.big(500_000).replace(b"Subject", b"X-Ask: skip\r\nSubject", 1)), "250 ")
        self.assertEqual(milter.calls("eom")[1][1], 65535)

    def test_a_session_keeps_its_conversation_and_gives_it_back(self):
        milter = self.milter()
        node = self.filtered(milter.address)
        with node.dialogue() as client:
            client.greet()
            self.assertEqual(milter.calls(), [], "an idle session costs no place")
            for _ in range(3):
                self.assertNotIn(False, [a.startswith("250") for a in client.envelope("a@src.test", "b@local.test")])
                self.assert_reply(client.data(asking("")), "250 ")
            client.envelope("a@src.test", "b@local.test")
            self.assert_reply(client.say("RSET"), "250 ")
            client.envelope("a@src.test", "b@local.test")
            self.assert_reply(client.data(asking("")), "250 ")
            self.assertEqual(len(milter.calls("connect")), 1)
            self.assertEqual(len(milter.calls("abort")), 1)
            until("its end", lambda: len(milter.calls("close")) == 1)
            # And within a transaction: the next one hears it all again.
            client.envelope("a@src.test", "b@local.test")
            until("its end", lambda: len(milter.calls("close")) == 2)
            self.assert_reply(client.data(asking("add")), "250 ")
            self.assertEqual(len(milter.calls("connect")), 3)
        maildir.wait_for(node.maildir("b"), 5)

    def test_a_killed_filter_is_replaced_and_nothing_is_lost(self):
        milter = self.milter()
        node = self.filtered(milter.address)
        with node.dialogue() as client:
            client.greet()
            client.envelope("a@src.test", "b@local.test")
            for _ in range(2):
                path = next(a["path"] for a in node.ctl("ps", "/filters")["actors"] if a["kind"] == "filter")
                self.assertTrue(path.startswith("/filters/milter/"))
                node.ctl("kill", path)
                self.assert_reply(client.say("RCPT TO:<b@local.test>"), "250 ")
            self.assert_reply(client.data(asking("add")), "250 ")
        self.assertIn("X-Added-good", email.message_from_bytes(self.arrived(node)))
        for path in ("/filters/desk", "/filters/milter", "/filters"):
            node.ctl("kill", path)
            until("its return", lambda: node.send(asking("add")).startswith("250"))

    def test_only_listeners_that_are_named_are_filtered(self):
        milter = self.milter()
        node = self.filtered(milter.address, listeners=["submission"])
        self.assert_reply(node.send(asking("reject")), "250 ")
        self.assertEqual(milter.calls(), [])

    def test_a_reload_brings_filters_and_takes_them_away(self):
        milter = self.milter()
        node = self.troupe()
        self.assert_reply(node.send(asking("reject")), "250 ")
        node.set({"milter": [{"address": milter.address}]})
        node.reload()
        until("the filter", lambda: node.send(asking("reject")).startswith("550"))
        self.assertIn(f"filter:{milter.address}", str(node.ctl("breakers")))
        node.set({"milter": []})
        node.reload()
        until("no filter", lambda: node.send(asking("reject")).startswith("250"))
        self.assertNotIn(f"filter:{milter.address}", str(node.ctl("breakers")))


class Bad(Filters):
    def bad(self, **script) -> BadMilter:
        talk = script.pop("talk", 0)
        greeting = script.pop("greeting", None)
        return self.started(BadMilter({k.encode(): v for k, v in script.items()}, talk=talk, greeting=greeting))

    def address(self, milter) -> str:
        return f"inet:127.0.0.1:{milter.port}"

    def test_silence_at_every_stage_has_a_deadline(self):
        for letter in "OCHMRTLNBE":
            with self.subTest(letter=letter):
                milter = self.bad(**{letter: hang})
                node = self.node({"milter": [{"address": self.address(milter), "timeout": "300ms", "message_timeout": "300ms"}]},
                                 f"node-{letter}").start()
                began = time.monotonic()
                self.assert_reply(node.send(asking("")), "451 4.7.1")
                self.assert_within(5, began)
                self.assertTrue(node.events("filter_failed"))
                self.assertEqual(node.metrics()['troupe_messages_rejected_total{reason="filter_failed"}'], 1)
                node.stop()

    def test_on_failure_decides_what_becomes_of_mail(self):
        for how, reply in (("accept", "250 "), ("tempfail", "451 4.7.1"), ("reject", "550 5.7.1")):
            with self.subTest(how=how):
                milter = self.bad(E=die)
                node = self.node({"milter": [{"address": self.address(milter), "on_failure": how}]}, how).start()
                self.assert_reply(node.send(asking("")), reply)

    def test_nonsense_is_a_failure(self):
        huge = struct.pack("!I", 1 << 30) + b"x" * 1000
        for name, script in {
            "greeting": {"greeting": b"HTTP/1.1 400 Bad Request\r\n\r\n"},
            "version": {"greeting": frame(b"O", struct.pack("!III", 77, 0, 0))},
            "huge": {"M": huge},
            "empty": {"M": struct.pack("!I", 0)},
            "unknown": {"R": frame(b"?")},
            "early": {"R": frame(b"+", b"<x@y>\0")},
            "cut": {"E": frame(b"h", b"X-Half") + frame(b"c")},
            "name": {"E": frame(b"h", b"X Bad: name\0v\0") + frame(b"c")},
            "reply": {"M": frame(b"y", b"250 2.0.0 fine\0")},
            "noise": {"H": bytes(range(256)) * 40},
        }.items():
            with self.subTest(name):
                milter = self.bad(**script)
                node = self.node({"milter": [{"address": self.address(milter), "timeout": "2s", "message_timeout": "2s"}]}, name).start()
                self.assert_reply(node.send(asking("")), "451 4.7.1")
                self.assertTrue(node.events("filter_failed"))
                node.stop()

    def test_421_and_shutdown_end_the_connection(self):
        for answer in (frame(b"y", b"421 4.3.2 too busy\0"), frame(b"4"), frame(b"f")):
            milter = self.bad(M=answer)
            node = self.node({"milter": [{"address": self.address(milter)}]}, f"node-{milter.port}").start()
            with node.dialogue() as client:
                client.greet()
                self.assert_reply(client.say("MAIL FROM:<a@src.test>"), "421 4.")
                self.assertTrue(client.closed_by_peer())

    def test_a_slow_filter_that_gets_on_is_waited_for(self):
        milter = self.bad(M=after(0.4, frame(b"c")), E=after(0.4, frame(b"p") + frame(b"c")))
        node = self.filtered(self.address(milter), timeout="600ms", message_timeout="600ms")
        self.assert_reply(node.send(asking("")), "250 ")

    def test_a_body_that_is_replaced_has_a_bound(self):
        chunk = frame(b"b", b"x" * 65535)

        def flood(milter, peer):
            for _ in range(100):
                peer.sendall(chunk)
            peer.sendall(frame(b"c"))

        milter = self.bad(E=flood)
        node = self.node({"milter": [{"address": self.address(milter)}], "limits": {"message_bytes": "1MiB"}}).start()
        before = node.rss()
        self.assert_reply(node.send(asking("")), "451 4.7.1")
        self.assert_growth(node, before, 16 << 20)

    def test_the_breaker_opens_and_mail_goes_by_on_failure(self):
        port = free_port()  # nobody there
        node = self.filtered(f"inet:127.0.0.1:{port}", on_failure="accept",
                             breaker={"min_requests": 3, "open": "1s", "open_max": "1s"})
        name = f"filter:inet:127.0.0.1:{port}"
        for _ in range(6):
            self.assert_reply(node.send(asking("")), "250 ")
        self.assertEqual(node.metrics()[f'troupe_breaker_state{{name="{name}"}}'], 2)
        self.assertEqual(len(node.events("filter_failed")), 3, "the breaker keeps the others away")
        self.assertTrue(node.events("breaker_changed", name=name, to="open"))
        self.assertEqual(next(b for b in node.ctl("breakers")["breakers"] if b["name"] == name)["state"], "open")
        milter = BadMilter(port=port)
        self.started(milter)
        until("the breaker to close", lambda: node.send(asking("")) and node.metrics()[f'troupe_breaker_state{{name="{name}"}}'] == 0, every=0.3)
        node.ctl("breakers", "open", name)
        heard = len(milter.heard)
        self.assert_reply(node.send(asking("")), "250 ")
        self.assertEqual(len(milter.heard), heard)
        node.ctl("breakers", "reset", name)
        self.assert_reply(node.send(asking("")), "250 ")
        self.assertGreater(len(milter.heard), heard)

    def test_fifty_sessions_share_five_places(self):
        milter = self.bad(E=after(0.05, frame(b"c")))
        node = self.filtered(self.address(milter), pool={"max": 5})
        replies = []

        def send(number):
            replies.append(send_letter(node.port, asking("", subject=f"n{number}")))

        threads = [threading.Thread(target=send, args=(i,)) for i in range(50)]
        for each in threads:
            each.start()
        most_workers = 0
        while any(each.is_alive() for each in threads):
            pool = next(p for p in node.ctl("pools")["pools"] if p["name"] == "filter")
            most_workers = max(most_workers, pool["workers"])
        for each in threads:
            each.join()
        self.assertEqual([r for r in replies if not r.startswith("250")], [])
        self.assertLessEqual(milter.most, 10, "a connection that ended counts until its thread has seen it")
        self.assertLessEqual(most_workers, 5)
        maildir.wait_for(node.maildir("b"), 50)
        self.assertEqual(node.metrics()['troupe_pool_jobs_total{pool="filter",outcome="completed"}'], 50)

    def test_without_a_place_in_time_on_failure_decides(self):
        milter = self.bad(E=after(3, frame(b"c")))
        node = self.filtered(self.address(milter), pool={"max": 1, "timeout": "500ms"})
        first = threading.Thread(target=node.send, args=(asking(""),))
        first.start()
        until("the first to be there", lambda: milter.open)
        self.assert_reply(node.send(asking("")), "451 4.7.1")
        self.assertTrue(node.events("filters_failed"))
        first.join()

    def test_a_filter_that_leaves_between_two_messages_is_called_again(self):
        milter = self.bad()
        node = self.filtered(self.address(milter))

        def leave(which, peer):
            peer.sendall(frame(b"c"))
            raise ConnectionError

        milter.script[b"E"] = leave
        with node.dialogue() as client:
            client.greet()
            for _ in range(3):
                client.envelope("a@src.test", "b@local.test")
                self.assert_reply(client.data(asking("")), "250 ")
        self.assertEqual(milter.connections, 3)


class UnderFire(Filters):
    """Issue 3: whatever of the filters is killed, nothing that was answered 250 is lost, and mail goes on."""

    def test_kills_under_load_lose_nothing(self):
        milter = self.started(BadMilter({b"E": after(0.02, frame(b"c"))}))
        node = self.filtered(f"inet:127.0.0.1:{milter.port}", pool={"max": 4})
        kept, refused, end = [], [], time.monotonic() + 12

        def send(number):
            count = 0
            while time.monotonic() < end:
                name = f"n{number}-{count}"
                reply = send_letter(node.port, asking("", subject=name))
                (kept if reply.startswith("250") else refused).append((name, reply))
                count += 1

        threads = [threading.Thread(target=send, args=(i,)) for i in range(8)]
        for each in threads:
            each.start()
        kills = 0
        while time.monotonic() < end:
            paths = [a["path"] for a in node.ctl("ps", "/filters")["actors"] if a["kind"] != "supervisor"]
            if paths:
                node.ctl_raw("kill", paths[kills % len(paths)])
                kills += 1
            time.sleep(0.4)
        for each in threads:
            each.join()
        self.assertGreater(kills, 10)
        self.assertGreater(len(kept), 100)
        # A question whose FILTER died is asked once more; beyond that the client comes again.
        self.assertEqual([r for _, r in refused if not r.startswith("451")], [])
        stored = maildir.wait_for(node.maildir("b"), len(kept), 60)
        subjects = sorted(email.message_from_bytes(each)["Subject"] for each in stored)
        self.assertEqual(subjects, sorted(name for name, _ in kept))
        self.assert_reply(node.send(asking("")), "250 ")
        node.wait_queue_empty()

    def test_one_that_hangs_holds_up_nobody_else(self):
        hung = threading.Event()

        def hang_once(which, peer):
            if hung.is_set():
                return peer.sendall(frame(b"c"))
            hung.set()
            hang(which, peer)

        milter = self.started(BadMilter({b"E": hang_once}))
        node = self.filtered(f"inet:127.0.0.1:{milter.port}", pool={"max": 2}, message_timeout="20s")
        replies = []
        first = threading.Thread(target=lambda: replies.append(node.send(asking(""))))
        first.start()
        until("one to hang", hung.is_set)
        for _ in range(10):
            self.assert_reply(node.send(asking("")), "250 ")
        self.assertEqual(replies, [], "the first hangs still")
        busy = next(p for p in node.ctl("pools")["pools"] if p["name"] == "filter")
        self.assertEqual(busy["busy"], 1)
        first.join()
        self.assertTrue(replies[0].startswith("451"), replies)


@unittest.skipIf(why_not("rspamd"), why_not("rspamd"))
class WithRspamd(Filters):
    def test_it_refuses_marks_and_lets_pass(self):
        rspamd = self.started(Rspamd(self.folder / "rspamd"))
        node = self.filtered(rspamd.address)
        gtube = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"
        self.assert_reply(node.send(letters.letter("spam", gtube)), "554 5.7.1 Gtube pattern")
        self.assert_reply(node.send(letters.letter("buy viagra", b"now\r\n")), "250 ")
        self.assertIn("X-Spam", email.message_from_bytes(self.arrived(node)))
        self.assert_reply(node.send(letters.plain(), recipients=("c@local.test",)), "250 ")
        self.assertNotEqual(email.message_from_bytes(self.arrived(node, "c"))["X-Spam"], "Yes")
        self.assert_reply(node.send(letters.big(2_000_000), recipients=("d@local.test",)), "250 ")
        self.arrived(node, "d")


@unittest.skipIf(why_not("opendkim", "opendkim-genkey"), why_not("opendkim", "opendkim-genkey"))
class WithOpendkim(Filters):
    def test_it_signs_what_is_sent(self):
        opendkim = self.started(Opendkim(self.folder / "opendkim"))
        node = self.filtered(opendkim.address)
        for number, message in enumerate((letters.plain(), letters.big(1_000_000))):
            self.assert_reply(node.send(message, recipients=(f"u{number}@local.test",)), "250 ")
            mail = email.message_from_bytes(self.arrived(node, f"u{number}"))
            self.assertIn("d=src.test; s=s1", mail["DKIM-Signature"])


@unittest.skipIf(why_not("clamav-milter", "clamd"), why_not("clamav-milter", "clamd"))
class WithClamav(Filters):
    def test_it_refuses_what_is_infected(self):
        clamav = self.started(Clamav(self.folder / "clamav"))
        node = self.filtered(clamav.address)
        # It answers 451 until it has found its clamd.
        until("clamav-milter to be ready", lambda: node.send(letters.plain(), recipients=("early@local.test",)).startswith("250"), 60)
        self.assert_reply(node.send(letters.letter("virus", Clamav.EICAR + b"\r\n")), "550 5.7.1")
        hidden = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nSubject"
        message = letters.letter("hidden", base64.encodebytes(Clamav.EICAR).replace(b"\n", b"\r\n"))
        self.assert_reply(node.send(message.replace(b"Subject", hidden, 1)), "550 5.7.1")
        self.assert_reply(node.send(letters.plain()), "250 ")
        self.assertIn("clamav", str(email.message_from_bytes(self.arrived(node)).items()).lower())


if __name__ == "__main__":
    unittest.main()
