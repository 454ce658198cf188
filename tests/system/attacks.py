"""The published classes of attacks on mail servers, each as a naive server would fall for it.

Where a theme has the test already: STARTTLS injection in `tls` (Injection) and `outbound_tls`
(replies injected before the handshake), enumeration by AUTH in `auth` (Strangers), notices for
notices in `bounces`.
"""

import base64
import email
import itertools
import os
import pathlib
import re
import ssl
import unittest

from support import letters, maildir
from support.authority import Authority
from support.bad_sink import BadSink, Say
from support.case import SystemCase, relay_to
from support.dialogue import Dialogue
from support.ports import until
from support.sanitizer import in_use

INNER = b"MAIL FROM:<evil@src.test>\r\nRCPT TO:<victim@far.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n"
LINE_ENDS = (b"\n", b"\r", b"\r\n", b"\r\r\n", b"\n\r", b"\r\n\0", b"\0\r\n", b"\r\0\n")
ENDINGS = [before + b"." + after for before, after in itertools.product(LINE_ENDS, LINE_ENDS)]
REAL_END = b"\r\n.\r\n"


class Smuggling(SystemCase):
    """What one server takes for the end of a letter and another does not hides a second one."""

    def relay(self, bare_newline: str, extensions=("PIPELINING", "8BITMIME")):
        self.sink = self.started(BadSink(extensions=extensions))
        return self.troupe({**relay_to(self.sink.port), "listener": [{"bare_newline": bare_newline}]})

    def by_data(self, node, ending: bytes) -> str:
        with node.dialogue() as client:
            client.greet()
            client.envelope("a@src.test", "b@far.test")
            self.assert_reply(client.say("DATA"), "354")
            client.send(b"Subject: outer\r\n\r\ntext" + ending + INNER + REAL_END[2:])
            answer = client.reply()
            # Nothing of what was hidden is a command: the next reply is that to NOOP.
            self.assert_reply(client.say("NOOP"), "250 2.0.0")
            return answer

    def by_chunks(self, node, ending: bytes, cut: int) -> str:
        whole = b"Subject: outer\r\n\r\ntext" + ending + INNER
        at = whole.index(ending) + cut
        with node.dialogue() as client:
            client.greet()
            client.envelope("a@src.test", "b@far.test")
            client.send(b"BDAT %d\r\n" % at + whole[:at])
            first = client.reply()
            client.send(b"BDAT %d LAST\r\n" % (len(whole) - at) + whole[at:])
            answer = client.reply()
            self.assert_reply(client.say("NOOP"), "250 2.0.0")
            return answer if first.startswith("250") else first

    def assert_whole(self, node, count: int):
        """As many letters went on as were taken, and no receiver could find another end in them, were it to drop NULs."""
        until("all to go on", lambda: len(self.sink.accepted) >= count and not node.queue(), 60)
        self.assertEqual(len(self.sink.accepted), count)
        self.assertEqual({tuple(x.recipients) for x in self.sink.accepted}, {(b"RCPT TO:<b@far.test>",)})
        for session in self.sink.sessions:
            wire = bytes(session.received)
            self.assertEqual(re.findall(rb"(?<!\r)\n|\r(?!\n)", wire), [])
            self.assertEqual(wire.replace(b"\0", b"").count(REAL_END), len(session.letters))

    def test_by_data_what_is_refused_hides_nothing(self):
        node = self.relay("reject")
        only_nul = 0
        for ending in ENDINGS:
            if REAL_END not in ending:
                with self.subTest(ending):
                    bare = re.search(rb"(?<!\r)\n|\r(?!\n)", ending)
                    self.assert_reply(self.by_data(node, ending), "550 5.6." if bare else "250")
                    only_nul += not bare
        self.assert_whole(node, only_nul)

    def test_by_data_what_is_normalised_stays_one_letter(self):
        node = self.relay("normalize")
        taken = 0
        for ending in ENDINGS:
            if REAL_END not in ending:
                with self.subTest(ending):
                    answer = self.by_data(node, ending)
                    self.assertIn(answer[:3], ("250", "550"))
                    taken += answer.startswith("250")
        self.assertGreater(taken, 20)
        self.assert_whole(node, taken)

    def test_by_chunks_a_real_end_is_text_and_is_stuffed(self):
        for bare_newline in ("reject", "normalize"):
            node = self.relay(bare_newline)
            taken = 0
            for ending in ENDINGS:
                for cut in range(len(ending) + 1):
                    with self.subTest(ending, cut=cut):
                        answer = self.by_chunks(node, ending, cut)
                        self.assertIn(answer[:3], ("250", "550"))
                        taken += answer.startswith("250")
            self.assertGreaterEqual(taken, len(REAL_END) + 1)
            self.assert_whole(node, taken)
            node.stop()

    def test_a_chunk_that_looks_like_commands_is_none(self):
        node = self.relay("reject")
        with node.dialogue() as client:
            client.greet()
            client.envelope("a@src.test", "b@far.test")
            client.send(b"BDAT %d\r\n" % len(INNER) + INNER + b"BDAT 0 LAST\r\n")
            self.assertEqual([client.reply()[:3] for _ in range(2)], ["250", "250"])
        self.assert_whole(node, 1)
        # A length that can't be meant ends the connection: what follows could be anything.
        for length in (b"-1", b"1e3", b"0x10", b"5 5", b""):
            with node.dialogue() as client:
                client.greet()
                client.envelope("a@src.test", "b@far.test")
                client.send(b"BDAT " + length + b"\r\n" + INNER)
                self.assertEqual(client.reply()[:1], "5", length)
                self.assertTrue(client.closed_by_peer(), length)
        self.assert_whole(node, 1)


class Overheard(SystemCase):
    """AUTH before TLS, and behind a STARTTLS that came in the same packet."""

    def test_no_password_is_taken_in_the_clear(self):
        authority = Authority(self.folder / "authority")
        made = authority.issue("troupe.test")
        users = self.folder / "users"
        users.write_text("ann:$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n")  # U*U, of crypt's own tests
        node = self.troupe({"tls": {"certificate": made.path, "key": made.key}, "relay": {"networks": []}, "auth": {"users": users},
                            "listener": [{"kind": "submission", "tls": "optional", "auth": "required"}]})
        login = "AUTH PLAIN " + base64.b64encode(b"\0ann\0U*U").decode()
        with node.dialogue() as client:
            self.assertNotIn("AUTH", client.greet())
            self.assert_reply(client.say(login), "538 5.7.11")
            self.assert_reply(client.say("MAIL FROM:<ann@src.test>"), "530")
            client.send(b"STARTTLS\r\n" + login.encode() + b"\r\n")
            self.assertNotIn("235", client.reply())
            self.assertTrue(client.closed_by_peer())
        with node.dialogue() as client:
            client.greet()
            client.say("STARTTLS")
            client.socket = ssl.create_default_context(cafile=str(authority.root.path)).wrap_socket(client.socket, server_hostname="troupe.test")
            self.assertIn("AUTH", client.say("EHLO client.test"))
            self.assert_reply(client.say(login), "235")
        self.assertEqual(len(node.events("login_accepted")), 1)


class Enumeration(SystemCase):
    def test_vrfy_and_expn_tell_nobody_from_somebody(self):
        node = self.troupe({"domain": [{"name": "local.test", "users": ["alice"], "aliases": {"all": ["alice"]},
                                        "deliver": f"maildir:{self.folder}/mail/{{user}}"}]})
        with node.dialogue() as client:
            client.greet()
            for verb in ("VRFY", "EXPN"):
                said = {client.say(f"{verb} {who}") for who in ("alice", "nobody", "all", "alice@local.test", "nobody@local.test", "root")}
                self.assertEqual(len(said), 1, said)


class Relaying(SystemCase):
    """Nobody here may relay: what is not refused must end in alice's Maildir."""

    TRICKS = (
        # percent hack, bang paths, quoting, source routes
        "b%far.test@local.test", "b%far.test%x.test@local.test", "far.test!b@local.test", "x!far.test!b@local.test",
        '"b@far.test"@local.test', '"b%far.test"@local.test', '"far.test!b"@local.test', '"b\\@far.test"@local.test', "b\\@far.test@local.test",
        "@local.test:b@far.test", "@local.test,@x.test:b@far.test", "@far.test:alice%far.test@local.test", "b@far.test@local.test",
        "b%far.test@relay.test", '"b@far.test"@relay.test', "far.test!b@relay.test", "@relay.test:b@far.test",
        # dots, literals, numbers, blanks
        "b@far.test.", "b@local.test.far.test", "b@.local.test", "b@local.test..", "b@[127.0.0.1]", "b@[IPv6:::1]", "b@[IPv6:::ffff:127.0.0.1]",
        "b@127.0.0.1", "b@2130706433", "b@0x7f000001", "b@far.test alice@local.test", "b@far.test,alice@local.test", "b@far.test;alice@local.test",
        "b@far.test\talice@local.test", "b@far.test>alice@local.test", "b", "b%far.test", "far.test!b", "|/bin/sh@local.test", "/etc/passwd@local.test",
        # what looks like an at sign, a dot or the domain
        "b\uff20far.test@local.test", "b@far\u3002test", "b@\uff4c\uff4f\uff43\uff41\uff4c.test", "b@loc\u00adal.test", "b@local.test\u200b",
        "b@xn--local-.test", "alic\u00e9@local.test",
    )

    def test_no_trick_relays(self):
        sink = self.started(BadSink())
        for users in (["alice"], None):  # None: every local part is somebody
            domain = {"name": "local.test", "deliver": f"maildir:{self.folder}/mail/{{user}}", **({"users": users} if users else {})}
            node = self.troupe({**relay_to(sink.port), "relay": {"networks": [], "domains": ["relay.test"]}, "domain": [domain]})
            for trick in self.TRICKS:
                with self.subTest(trick, users=users), node.dialogue() as client:
                    client.greet()
                    client.say("MAIL FROM:<a@src.test> SMTPUTF8")
                    answer = client.say(f"RCPT TO:<{trick}>")
                    if answer.startswith("250") and not users:
                        self.assertRegex(trick, r"^[^%!@]+@(local\.test|\[127\.0\.0\.1\]|\[IPv6:::ffff:127\.0\.0\.1\])$")
                    else:
                        self.assertEqual(answer[:1], "5", trick)
            node.stop()
        self.assertEqual(sink.sessions, [])


class HeaderInjection(SystemCase):
    """What a client says of itself and of its mail stands in Received, Return-Path and notices."""

    def test_no_parameter_becomes_a_line_of_a_header(self):
        sink = self.started(BadSink({"rcpt": Say("550 5.1.1 nobody")}))
        node = self.troupe({**relay_to(sink.port), "listener": [{"xclient_from": ["127.0.0.0/8"]}]})
        line = "X-Injected: 1"
        attempts = (
            [f"MAIL FROM:<a@local.test> ENVID=x{end}{line.replace(' ', '+20')}" for end in ("+0D+0A", "+0A", "+0D", "+00", "+0D+0A+09")],
            [f"RCPT TO:<far@far.test> ORCPT={kind};x{end}X-Injected:+201" for kind in ("rfc822", "x-a") for end in ("+0D+0A", "+0A", "+0D")],
            [f"EHLO {name}" for name in ("x\x0bX-Injected: 1", "x\x00y", "x\ty", "x) X-Injected: 1 (", "[x]\x85X", "\u2028X-Injected")],
            [f"MAIL FROM:<{who}> SMTPUTF8" for who in (f'"a\n{line}"@local.test', f'"a\r{line}"@local.test', "a\u0085X@local.test",
                                                        "a@local.test\u2028X", '"a\u0000b"@local.test', "a\x7f@local.test")],
            [f"XCLIENT {name}=x{end}X-Injected:+201" for name in ("HELO", "NAME", "LOGIN") for end in ("+0D+0A", "+0A", "+0D")],
        )
        accepted = []
        for each in itertools.chain(*attempts):
            with self.subTest(each), node.dialogue() as client:
                client.greet()
                if each.startswith("RCPT"):
                    client.say("MAIL FROM:<a@local.test>")
                answer = client.say(each)
                if not answer.startswith("2"):
                    self.assertEqual(answer[:1], "5", each)
                    continue
                accepted.append(each)
                if each.startswith(("EHLO", "XCLIENT")):
                    client.say("EHLO client.test")
                if not each.startswith(("MAIL", "RCPT")):
                    client.say("MAIL FROM:<a@local.test>")
                client.say("RCPT TO:<far@far.test>")
                client.say("RCPT TO:<b@local.test>")
                self.assert_reply(client.data(letters.plain()), "250")
        until("an empty queue", lambda: not node.queue(), 60)
        for user in ("a", "b"):
            for stored in (path.read_bytes() for path in maildir.messages(node.maildir(user))):
                self.assertNotRegex(stored, rb"(?i)[\r\n\x85\x0b]\s*x-injected", accepted)
                self.assertNotIn("X-Injected", email.message_from_bytes(stored))

    def test_a_foreign_reply_becomes_no_line_of_a_notice(self):
        sink = self.started(BadSink({"rcpt": Say("550 5.1.1 no\rX-Injected: 1\x0b\x00\x7f")}))
        node = self.troupe(relay_to(sink.port))
        self.assert_reply(node.send(letters.plain(), "a@local.test", ("far@far.test",)), "250")
        notice = maildir.wait_for(node.maildir("a"))[0]
        self.assertNotRegex(notice, rb"(?<!\r)\n.*x|[\x00\x0b\x7f]|\r(?!\n)" if b"\r\n" in notice else rb"[\x00\x0b\x7f\r]")
        self.assertNotRegex(notice, rb"(?i)\nx-injected")


class Backscatter(SystemCase):
    """Who is refused at the door is told there; nobody else hears of it."""

    def test_what_is_refused_makes_no_notice(self):
        sink = self.started(BadSink())
        node = self.troupe({**relay_to(sink.port), "relay": {"networks": []}, "limits": {"message_bytes": "64KiB", "received_hops": 5},
                            "domain": [{"name": "local.test", "users": ["b"], "deliver": f"maildir:{self.folder}/node/mail/{{user}}"}]})
        bad = (("x@local.test", letters.plain(), "550 5.1.1"), ("x@far.test", letters.plain(), "550 5.7.1"), ("b@local.test", letters.big(128 << 10), "552"),
               ("b@local.test", b"Received: x\r\n" * 9 + letters.plain(), "554 5.4.6"), ("b@local.test", letters.plain() + b"\n\r\n", "550 5.6.11"))
        for recipient, message, code in bad:
            with self.subTest(code):
                self.assert_reply(node.send(message, "victim@far.test", (recipient,)), code)
        self.assert_reply(node.send(letters.plain(), "victim@far.test"), "250")
        maildir.wait_for(node.maildir("b"))
        until("an empty queue", lambda: not node.queue())
        self.assertEqual(len(node.events("message_received")), 1)
        self.assertEqual(sink.sessions, [])


class Nesting(SystemCase):
    """We look at a letter's header alone: what its body pretends to be is no work of ours."""

    DEPTH, LETTERS, ROUNDS = 1000, 150, 5

    def nested(self) -> bytes:
        head = b"From: a@src.test\r\nTo: b@local.test\r\nSubject: deep\r\nMIME-Version: 1.0\r\n"
        opened = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(self.DEPTH))
        return head + opened + b"Content-Type: text/plain\r\n\r\nx\r\n" + b"".join(b"--b%d--\r\n" % n for n in reversed(range(self.DEPTH)))

    def flat(self, size: int) -> bytes:
        head = b"From: a@src.test\r\nTo: b@local.test\r\nSubject: flat\r\nMIME-Version: 1.0\r\n\r\n"
        line = b"x" * 48 + b"\r\n"
        return head + line * ((size - len(head)) // len(line))

    def cpu(self, node) -> float:
        fields = pathlib.Path(f"/proc/{node.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @unittest.skipIf(in_use(), "a sanitizer's time is not the daemon's")
    def test_a_thousand_parts_cost_what_a_flat_letter_costs(self):
        node = self.troupe({"domain": [{"name": "local.test", "deliver": "discard"}]})
        spent = {"nested": 0.0, "flat": 0.0}
        letter = {"nested": self.nested()}
        letter["flat"] = self.flat(len(letter["nested"]))
        for turn in range(self.ROUNDS):
            for kind in sorted(spent, reverse=turn % 2 == 1):
                before = self.cpu(node)
                with node.dialogue(60) as client:
                    client.greet()
                    for _ in range(self.LETTERS):
                        client.envelope("a@src.test", "b@local.test")
                        self.assert_reply(client.data(letter[kind]), "250")
                until("an empty queue", lambda: not node.queue(), 60)
                spent[kind] += self.cpu(node) - before
        self.assertGreater(spent["flat"], 0.1, "too little to compare")
        self.assertLess(spent["nested"], 1.25 * spent["flat"] + 0.05, spent)


if __name__ == "__main__":
    unittest.main()
