"""Clients that people use: what they send lies in the Maildir, byte for byte."""

import re
import smtplib
import subprocess
import unittest

from support import letters, maildir
from support.case import SystemCase
from support.dialogue import Dialogue
from support.peers import why_not


def needs(program):
    return unittest.skipIf(why_not(program, root=False), str(why_not(program, root=False)))


class RealClients(SystemCase):
    def run_client(self, *words, stdin=b""):
        done = subprocess.run([str(w) for w in words], input=stdin, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr).decode(errors="replace"))

    @needs("swaks")
    def test_swaks_delivers(self):
        node = self.troupe()
        self.run_client("swaks", "--server", f"127.0.0.1:{node.port}", "--from", "a@src.test", "--to", "swaks@local.test",
                        "--header", "Subject: by swaks", "--body", "A line.\n.A dot.\nGrüße", "--pipeline")
        stored = maildir.wait_for(node.maildir("swaks"))[0].replace(b"\r\n", b"\n")
        self.assertIn(b"\nSubject: by swaks\n", stored)
        self.assertIn("\nA line.\n.A dot.\nGrüße\n".encode(), stored)

    @needs("curl")
    def test_curl_delivers_as_the_first_letter_of_the_manual(self):
        node = self.troupe()
        self.run_client("curl", "--silent", "--show-error", "--crlf", "--upload-file", "-", "--mail-from", "me@src.test",
                        "--mail-rcpt", "you@local.test", f"smtp://127.0.0.1:{node.port}",
                        stdin=b"From: me@src.test\nTo: you@local.test\nSubject: Hello\n\nThe first letter.\n.\n..\n")
        stored = maildir.wait_for(node.maildir("you"))[0].replace(b"\r\n", b"\n")
        self.assertTrue(stored.endswith(b"Subject: Hello\n\nThe first letter.\n.\n..\n"), stored)

    @needs("curl")
    def test_curl_learns_of_a_refusal(self):
        node = self.troupe({"domain": [{"name": "local.test", "users": ["alice"], "deliver": f"maildir:{self.folder}/mail/{{user}}"}]})
        done = subprocess.run(["curl", "-sS", "-T", "-", "--mail-from", "me@src.test", "--mail-rcpt", "nobody@local.test",
                               f"smtp://127.0.0.1:{node.port}"], input=letters.plain(), capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 55)
        self.assertIn(b"550", done.stderr)

    @needs("smtp-source")
    def test_smtp_source_delivers_with_and_without_reuse(self):
        node = self.troupe()
        for options in ([], ["-d"]):
            self.run_client("smtp-source", "-4", "-s", 10, "-m", 200, "-l", 4096, *options, "-f", "a@src.test", "-t", "load@local.test",
                            f"127.0.0.1:{node.port}")
        maildir.wait_for(node.maildir("load"), 400, 60)

    def test_smtplib_delivers_to_several_recipients(self):
        node = self.troupe()
        with smtplib.SMTP("127.0.0.1", node.port) as client:
            client.ehlo()
            for extension in ("pipelining", "size", "8bitmime", "enhancedstatuscodes", "chunking", "smtputf8", "dsn"):
                self.assertTrue(client.has_extn(extension), extension)
            self.assertEqual(client.sendmail("a@src.test", ["one@local.test", "two@local.test"], letters.dotted()), {})
        for user in ("one", "two"):
            self.assert_same(letters.dotted(), maildir.wait_for(node.maildir(user))[0])


class Bytes(SystemCase):
    def test_every_kind_of_letter_arrives_as_it_was_sent(self):
        node = self.troupe()
        for kind, make in letters.KINDS.items():
            self.assert_reply(node.send(make(kind)), "250 2.")
        maildir.wait_for(node.maildir("b"), len(letters.KINDS))
        stored = maildir.by_subject(node.maildir("b"))
        for kind, make in letters.KINDS.items():
            with self.subTest(kind):
                self.assert_same(make(kind), stored[kind])

    def test_a_letter_of_25_mib_arrives_and_costs_little_memory(self):
        node = self.troupe({"limits": {"message_bytes": "26MiB"}})
        node.send(letters.plain("warm-up"), recipients=["warm@local.test"])
        maildir.wait_for(node.maildir("warm"))
        before = node.rss()
        sent = letters.big(25 << 20)
        self.assert_reply(node.send(sent), "250 2.")
        self.assert_same(sent, maildir.wait_for(node.maildir("b"), 1, 60)[0])
        self.assert_growth(node, before, 16 << 20)

    def test_bdat_in_odd_pieces_arrives_without_dots_touched(self):
        node = self.troupe()
        sent = letters.dotted("chunks")
        with node.dialogue() as client:
            client.greet()
            client.envelope("a@src.test", "b@local.test")
            at = 0
            for size in (1, 2, 3, 0, 700, 1):
                piece = sent[at:at + size]
                client.send(b"BDAT %d\r\n" % len(piece) + piece)
                self.assert_reply(client.reply(), "250")
                at += size
            client.send(b"BDAT %d LAST\r\n" % len(sent[at:]) + sent[at:])
            self.assert_reply(client.reply(), "250 2.")
        self.assert_same(sent, maildir.wait_for(node.maildir("b"))[0])

    def test_a_pipelined_next_transaction_is_kept(self):
        node = self.troupe()
        first, second = letters.plain("first"), letters.plain("second")
        with node.dialogue() as client:
            client.greet()
            envelope = b"MAIL FROM:<a@src.test>\r\nRCPT TO:<b@local.test>\r\n"
            client.send(envelope + b"BDAT %d LAST\r\n" % len(first) + first + envelope + b"BDAT %d LAST\r\n" % len(second) + second + b"QUIT\r\n")
            self.assertEqual([client.reply()[:3] for _ in range(7)], ["250"] * 6 + ["221"])
        maildir.wait_for(node.maildir("b"), 2)
        stored = maildir.by_subject(node.maildir("b"))
        self.assert_same(first, stored["first"])
        self.assert_same(second, stored["second"])

    def test_one_byte_a_packet_is_as_good_as_one_packet(self):
        node = self.troupe()
        with node.dialogue() as client:
            client.reply()
            client.socket.setsockopt(6, 1, 1)  # TCP_NODELAY
            text = b"EHLO drip.test\r\nMAIL FROM:<a@src.test>\r\nRCPT TO:<b@local.test>\r\nDATA\r\n"
            for byte in text:
                client.send(bytes([byte]))
            self.assertEqual([client.reply()[:3] for _ in range(4)], ["250", "250", "250", "354"])
            for byte in letters.plain() + b".\r\n":
                client.send(bytes([byte]))
            self.assert_reply(client.reply(), "250 2.")
        self.assert_same(letters.plain(), maildir.wait_for(node.maildir("b"))[0])

    def test_the_stored_letter_says_which_way_it_came(self):
        node = self.troupe()
        node.send(letters.plain(), sender="who@src.test")
        stored = maildir.wait_for(node.maildir("b"))[0].replace(b"\r\n", b"\n").decode()
        self.assertTrue(stored.startswith("Return-Path: <who@src.test>\n"), stored[:200])
        received = re.search(r"^Received: from client\.test (.*\n(?:[ \t].*\n)*)", stored, re.M)
        self.assertTrue(received, stored[:400])
        self.assertIn("127.0.0.1", received[1])
        self.assertIn("by troupe.test", received[1])
        self.assertIn("with ESMTP", received[1])
        accepted = node.wait_event("message_received")[0]
        self.assertIn(f"id {accepted['msg']}", received[1])


class Smuggling(SystemCase):
    """End of data is CRLF.CRLF and nothing else: no ending may make two letters of one."""

    ENDINGS = (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\n.\r", b"\r\r\n.\r\r\n")

    def smuggle(self, node, ending: bytes) -> str:
        inner = b"MAIL FROM:<evil@src.test>\r\nRCPT TO:<victim@local.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"
        with Dialogue(node.port) as client:
            client.greet()
            client.envelope("a@src.test", "b@local.test")
            self.assert_reply(client.say("DATA"), "354")
            client.send(b"Subject: outer\r\n\r\ntext" + ending + inner)
            return client.reply()

    def test_a_bare_newline_is_refused_and_hides_nothing(self):
        node = self.troupe()
        for ending in self.ENDINGS:
            with self.subTest(ending):
                self.assert_reply(self.smuggle(node, ending), "550 5.6.11")
        self.assertEqual(maildir.messages(node.maildir("victim")), [])
        self.assertEqual(node.events("message_received"), [])

    def test_normalised_it_is_still_one_letter(self):
        node = self.troupe({"listener": [{"bare_newline": "normalize"}]})
        for count, ending in enumerate(self.ENDINGS, 1):
            with self.subTest(ending):
                self.assert_reply(self.smuggle(node, ending), "250")
                maildir.wait_for(node.maildir("b"), count)
        self.assertEqual(maildir.messages(node.maildir("victim")), [])


if __name__ == "__main__":
    unittest.main()
