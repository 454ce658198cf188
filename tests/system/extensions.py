"""Extensions that no other theme is about, with a scripted peer or a second node on the other side."""

import random
import unittest

from support import letters, maildir
from support.bad_sink import BadSink
from support.case import SystemCase, relay_to
from support.ports import until

OCTETS = random.Random(3030).randbytes(200_000) + b"\r\n.\r\n\n.\n\r.\r\0"


def binary(body: bytes) -> bytes:
    return (b"From: a@src.test\r\nTo: b@far.test\r\nSubject: octets\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n" + body)


class BinaryMime(SystemCase):
    """RFC 3030."""

    def send(self, node, message: bytes, chunk=70_000, recipient="b@far.test") -> str:
        with node.dialogue() as client:
            self.assertIn("250-BINARYMIME", client.greet())
            self.assert_reply(client.say("MAIL FROM:<a@local.test> BODY=BINARYMIME"), "250")
            self.assert_reply(client.say(f"RCPT TO:<{recipient}>"), "250")
            self.assert_reply(client.say("DATA"), "503")  # and nothing is lost by it
            while len(message) > chunk:
                client.send(b"BDAT %d\r\n" % chunk + message[:chunk])
                self.assert_reply(client.reply(), "250")
                message = message[chunk:]
            client.send(b"BDAT %d LAST\r\n" % len(message) + message)
            return client.reply()

    def test_octets_arrive_as_they_were(self):
        last = self.troupe({"domain": [{"name": "far.test", "deliver": f"maildir:{self.folder}/last/mail/{{user}}"}]}, "last")
        first = self.troupe(relay_to(last.port), "first")
        self.assert_reply(self.send(first, binary(OCTETS)), "250")
        stored = maildir.wait_for(last.maildir("b"))[0]
        # A Maildir has lines of its own kind; nothing else may have changed.
        self.assertEqual(stored.split(b"Encoding: binary\n\n", 1)[1], OCTETS.replace(b"\r\n", b"\n"))

    def test_to_who_does_not_take_octets_they_do_not_go(self):
        for extensions in (("CHUNKING",), ("BINARYMIME",), ()):
            sink = self.started(BadSink(extensions=extensions))
            node = self.troupe(relay_to(sink.port), f"node-{len(extensions)}{''.join(extensions)}")
            self.assert_reply(self.send(node, binary(OCTETS)), "250")
            notice = maildir.wait_for(node.maildir("a"))[0]
            self.assertIn(b"5.6.3", notice)
            self.assertEqual(sink.letters, [])
            node.stop()


class Limits(SystemCase):
    """RFC 9422: what a next hop announces, it is not asked for more."""

    def relay(self, limits: str, **settings):
        self.sink = self.started(BadSink(extensions=("PIPELINING", f"LIMITS {limits}")))
        return self.troupe({**relay_to(self.sink.port), **settings})

    def transactions(self, session) -> list[list[bytes]]:
        """The recipients of each MAIL."""
        found = []
        for command in session.commands:
            if command.startswith(b"MAIL"):
                found.append([])
            elif command.startswith(b"RCPT"):
                found[-1].append(command[len(b"RCPT TO:<"):-1])
        return found

    def test_recipients_come_in_portions(self):
        node = self.relay("RCPTMAX=2 RCPTDOMAINMAX=1")
        to = ["a@one.test", "b@one.test", "c@one.test", "d@two.test"]
        self.assert_reply(node.send(letters.plain(), "a@src.test", to), "250")
        until("all to arrive", lambda: sum(len(x.recipients) for x in self.sink.accepted) == len(to), 60)
        all_of = [t for s in self.sink.sessions for t in self.transactions(s)]
        self.assertEqual(sorted(r.decode() for t in all_of for r in t), to)
        self.assertLessEqual(max(map(len, all_of)), 2)
        for session in self.sink.sessions:
            self.assertEqual(len({r.split(b"@")[1] for t in self.transactions(session) for r in t}), 1)

    def test_a_session_has_no_more_messages(self):
        node = self.relay("MAILMAX=3")
        for _ in range(12):
            self.assert_reply(node.send(letters.plain()[:-2] + b"\r\n", "a@src.test", ["b@far.test"]), "250")
        until("all to arrive", lambda: len(self.sink.accepted) == 12, 60)
        self.assertLessEqual(max(len(self.transactions(s)) for s in self.sink.sessions), 3)

    def test_ours_are_announced_and_kept(self):
        node = self.troupe({"limits": {"recipients": 100, "messages_per_connection": 2}})
        with node.dialogue() as client:
            self.assertIn("LIMITS MAILMAX=2 RCPTMAX=100", client.greet())
            answers = client.envelope("a@src.test", *(f"u{n}@local.test" for n in range(101)))
            self.assertEqual({a[:3] for a in answers[:-1]}, {"250"})
            self.assert_reply(answers[-1], "452 4.5.3")


if __name__ == "__main__":
    unittest.main()
