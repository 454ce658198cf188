"""The instruments measure right: our fakes and the real peers, without the program under test.

A sink that loses what it took, or a load that counts what nobody acknowledged, would
make every other test here worthless.
"""

import os
import pathlib
import random
import shutil
import smtplib
import socket
import struct
import tempfile
import unittest

from support import letters, maildir, sanitizer
from support.bad_sink import OK, BadSink, Drip, Drop, Flood, Garbage, Hang, Say, SayAndDrop
from support.dialogue import Dialogue, send_letter
from support.dns_server import SERVFAIL, SILENCE, Cname, DnsServer
from support.load import LoadProcess, acked_ids
from support.peers import Dovecot, Postfix, SmtpSink, why_not
from support.ports import until
from support.sink import SinkProcess


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="troupe-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder)

    def started(self, thing):
        thing.start()
        self.addCleanup(thing.stop)
        return thing

    def assert_same(self, sent, stored):
        self.assertTrue(letters.same_bytes(sent, stored), letters.first_difference(sent, stored))


class LoadAndSink(Case):
    def test_every_acknowledged_letter_is_recorded_once_by_the_sink(self):
        sink = self.started(SinkProcess(self.folder / "taken"))
        load = LoadProcess(sink.port, self.folder / "acked", count=3000, connections=50, per_connection=7)
        counts = load.finish()
        self.assertEqual((counts["sent"], counts["acked"], counts["broken"]), (3000, 3000, 0))
        taken = sink.taken()
        self.assertEqual(set(taken), acked_ids(self.folder / "acked"))
        self.assertEqual(set(taken.values()), {1})

    def test_what_a_dying_receiver_did_not_acknowledge_is_not_counted(self):
        sink = self.started(SinkProcess(self.folder / "taken", delay=0.05))
        load = LoadProcess(sink.port, self.folder / "acked", connections=20)
        until("some letters", lambda: len(sink.taken()) > 100)
        sink.process.kill()
        counts = load.finish(20)
        acked = acked_ids(self.folder / "acked")
        self.assertEqual(len(acked), counts["acked"])
        self.assertGreater(counts["broken"], 0)
        self.assertLessEqual(acked, set(sink.taken()))

    def test_a_refusal_is_not_an_acknowledgement(self):
        sink = self.started(BadSink({"dot": [OK, Say("452 4.3.1 full"), Say("554 5.0.0 no")]}))
        counts = LoadProcess(sink.port, self.folder / "acked", count=3, connections=1).finish()
        self.assertEqual((counts["acked"], counts["refused"]), (1, 2))


class BadSinkScripts(Case):
    def test_without_a_script_it_takes_letters_byte_for_byte(self):
        sink = self.started(BadSink())
        for kind, make in letters.KINDS.items():
            with self.subTest(kind):
                self.assertTrue(send_letter(sink.port, make()).startswith("250"))
                self.assertEqual(sink.accepted[-1].body, make())

    def test_each_behaviour_does_what_it_says(self):
        wanted = {
            Say("451 4.3.0 later"): "451 4.3.0 later",
            Drip("250 2.0.0 slowly", 0.001): "250 2.0.0 slowly",
            Say("250-first\n250 second"): "250-first\n250 second",
        }
        for behaviour, reply in wanted.items():
            with self.subTest(behaviour), BadSink({"mail": behaviour}) as sink, Dialogue(sink.port) as client:
                client.greet()
                self.assertEqual(client.say("MAIL FROM:<a@src.test>"), reply)
        for behaviour in (Drop(), SayAndDrop("421 4.3.2 bye"), Garbage(), Flood(1 << 17)):
            with self.subTest(behaviour), BadSink({"mail": behaviour}) as sink, Dialogue(sink.port, 2) as client:
                client.greet()
                client.send(b"MAIL FROM:<a@src.test>\r\n")
                self.assertEqual(client.closed_by_peer(), not isinstance(behaviour, Garbage))

    def test_a_hanging_stage_is_silent(self):
        with BadSink({"banner": Hang()}) as sink, Dialogue(sink.port, 0.3) as client:
            self.assertFalse(client.closed_by_peer())

    def test_lmtp_answers_each_recipient(self):
        sink = self.started(BadSink({"dot": lambda r: Say("452 4.2.2 full") if b"bob" in r else None}, lmtp=True))
        with Dialogue(sink.port) as client:
            client.reply()
            client.say("LHLO client.test")
            client.envelope("a@src.test", "alice@x.test", "bob@x.test", "carol@x.test")
            first = client.data(letters.plain())
            self.assertEqual([first[:3], client.reply()[:3], client.reply()[:3]], ["250", "452", "250"])


class RealPeers(Case):
    @unittest.skipIf(why_not("postfix"), str(why_not("postfix")))
    def test_postfix_stores_every_kind_of_letter(self):
        postfix = self.started(Postfix(self.folder / "postfix"))
        for kind, make in letters.KINDS.items():
            self.assertTrue(send_letter(postfix.port, make(kind), recipients=["b@postfix.test"]).startswith("250"))
        postfix.wait_for(len(letters.KINDS))
        stored = maildir.by_subject(postfix.inbox)
        for kind, make in letters.KINDS.items():
            with self.subTest(kind):
                self.assert_same(make(kind), stored[kind])

    @unittest.skipIf(why_not("postfix"), str(why_not("postfix")))
    def test_postfix_relays_a_load_to_our_sink(self):
        sink = self.started(SinkProcess(self.folder / "taken"))
        postfix = self.started(Postfix(self.folder / "postfix", relay_port=sink.port))
        counts = LoadProcess(postfix.port, self.folder / "acked", count=200).finish()
        self.assertEqual(counts["acked"], 200)
        until("200 letters at the sink", lambda: len(sink.taken()) == 200)

    @unittest.skipIf(why_not("dovecot"), str(why_not("dovecot")))
    def test_dovecot_takes_lmtp_and_knows_its_users(self):
        dovecot = self.started(Dovecot(self.folder / "dovecot", users=["alice"]))
        for kind, make in letters.KINDS.items():
            with smtplib.LMTP("127.0.0.1", dovecot.port) as client:
                refused = client.sendmail("a@src.test", ["alice@x.test", "nobody@x.test"], make(kind))
                self.assertEqual(refused["nobody@x.test"][0], 550)
        maildir.wait_for(dovecot.inbox("alice"), len(letters.KINDS))
        stored = maildir.by_subject(dovecot.inbox("alice"))
        for kind, make in letters.KINDS.items():
            with self.subTest(kind):
                self.assert_same(make(kind), stored[kind])

    @unittest.skipIf(why_not("smtp-sink", root=False), str(why_not("smtp-sink", root=False)))
    def test_smtp_sink_dumps_letters(self):
        sink = self.started(SmtpSink(self.folder / "sink"))
        send_letter(sink.port, letters.dotted())
        self.assert_same(letters.dotted(), sink.wait_for(1)[0])


class Dns(Case):
    def ask(self, port: int, name: str, kind: int, seconds=1.0) -> tuple[int, int]:
        """Return code and number of answers."""
        labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split("."))
        query = struct.pack("!6H", random.randrange(65536), 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(seconds)
            client.sendto(query, ("127.0.0.1", port))
            answer = client.recv(4096)
        return answer[3] & 15, struct.unpack("!H", answer[6:8])[0]

    def test_the_script_is_answered(self):
        server = self.started(DnsServer({
            ("relay.test", "MX"): [(10, "mx1.relay.test"), (20, "mx2.relay.test")],
            ("mx1.relay.test", "A"): ["127.0.0.2"],
            ("alias.test", "ANY"): Cname("mx1.relay.test"),
            ("broken.test", "ANY"): SERVFAIL,
            ("silent.test", "ANY"): SILENCE,
        }))
        self.assertEqual(self.ask(server.port, "relay.test", 15), (0, 2))
        self.assertEqual(self.ask(server.port, "mx1.relay.test", 1), (0, 1))
        self.assertEqual(self.ask(server.port, "mx1.relay.test", 28), (0, 0))
        self.assertEqual(self.ask(server.port, "alias.test", 1), (0, 2))
        self.assertEqual(self.ask(server.port, "broken.test", 15), (2, 0))
        self.assertEqual(self.ask(server.port, "unknown.test", 15), (3, 0))
        with self.assertRaises(TimeoutError):
            self.ask(server.port, "silent.test", 15, 0.2)


class SanitizerReports(unittest.TestCase):
    def test_what_a_sanitizer_wrote_is_found_once(self):
        (sanitizer.reports / "report.1").write_text("WARNING: ThreadSanitizer: data race")
        self.assertEqual(sanitizer.take_reports(), ["WARNING: ThreadSanitizer: data race"])
        self.assertEqual(sanitizer.take_reports(), [])

    def test_every_sanitizer_is_told_where_to_report_and_how_to_end(self):
        for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            self.assertIn(f"exitcode={sanitizer.EXIT}:log_path={sanitizer.reports}/", os.environ[name])


if __name__ == "__main__":
    unittest.main()
