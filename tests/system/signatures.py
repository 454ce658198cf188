"""Signatures and policies: python3-dkim and opendkim check what we sign, we check what they
sign, and SPF and DMARC answer for the rest."""

import base64
import re
import shutil
import subprocess
import unittest

from support import letters, maildir
from support.bad_sink import BadSink
from support.case import SystemCase, relay_to
from support.dialogue import Dialogue
from support.dns_server import SERVFAIL, SILENCE, DnsServer
from support.filters import Opendkim
from support.peers import why_not
from support.ports import until

try:
    import dkim
except ImportError:
    dkim = None
NO_DKIM = None if dkim else "python3-dkim is not installed (deploy/install-dependencies --tests)"

OURS, STRANGER = "127.0.0.9", "127.0.0.1"
CHECKED = {"relay": {"networks": [f"{OURS}/32"]}, "verify": {"spf": "mark", "dkim": "mark", "dmarc": "mark"}}


def openssl(*arguments: str, **more) -> bytes:
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True, **more).stdout


class Key:
    """A private key in a file and the record that publishes it."""

    def __init__(self, folder, kind: str):
        self.kind, self.file = kind, folder / f"{kind}.pem"
        options = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if kind == "rsa" else ["-algorithm", "ED25519"]
        self.file.write_bytes(openssl("genpkey", *options))
        public = openssl("pkey", "-in", str(self.file), "-pubout", "-outform", "DER")
        text = base64.b64encode(public if kind == "rsa" else public[-32:]).decode()
        self.record = f"v=DKIM1; k={kind}; p={text}"

    def for_dkimpy(self) -> bytes:
        if self.kind == "rsa":
            return openssl("rsa", "-in", str(self.file), "-traditional")
        return base64.b64encode(openssl("pkey", "-in", str(self.file), "-outform", "DER")[-32:])


def say(source: str, port: int, message: bytes, sender: str, recipient="b@local.test", helo="client.test") -> str:
    with Dialogue(port, 60, source) as client:
        client.greet(helo)
        for reply in client.envelope(sender, recipient):
            if not reply.startswith("250"):
                return reply
        return client.data(message)


class SignatureCase(SystemCase):
    def setUp(self):
        super().setUp()
        self.keys = {kind: Key(self.folder, kind) for kind in ("rsa", "ed25519")}

    def signing(self, domain="src.test") -> dict:
        return {"dkim": [{"domain": domain, "selector": kind, "key": key.file} for kind, key in self.keys.items()]}

    def published(self, domain="src.test") -> dict:
        return {(f"{kind}._domainkey.{domain}", "TXT"): [key.record] for kind, key in self.keys.items()}

    def with_dns(self, zone: dict) -> dict:
        self.dns = self.started(DnsServer(zone))
        return {"dns": {"servers": [f"127.0.0.1:{self.dns.port}"]}}

    def txt(self, name: bytes, timeout=5) -> bytes:
        """As dkimpy asks the DNS."""
        return self.published()[name.decode().rstrip("."), "TXT"][0].encode()


class Signing(SignatureCase):
    def sent_on(self, letter: bytes, sender="a@src.test") -> bytes:
        sink = self.started(BadSink())
        node = self.troupe({**relay_to(sink.port), **self.signing(), "limits": {"message_bytes": "8MiB"}})
        self.assert_reply(node.send(letter, sender=sender, recipients=["b@far.test"]), "250")
        until("the letter", lambda: sink.accepted, 30)
        self.metrics = node.metrics()
        return sink.accepted[0].body

    def assert_verified(self, message: bytes):
        for index in (0, 1):
            self.assertTrue(dkim.DKIM(message).verify(index, dnsfunc=self.txt), f"signature {index}")

    @unittest.skipIf(NO_DKIM, str(NO_DKIM))
    def test_dkimpy_verifies_what_we_sign(self):
        got = self.sent_on(letters.plain())
        self.assertEqual(got.count(b"DKIM-Signature:"), 2)
        self.assert_verified(got)
        self.assertEqual(self.metrics["troupe_messages_signed_total"], 1)
        for added in (b"From: x@evil.test\r\n", b"Subject: other\r\n", b"To: you@evil.test\r\n", b"Reply-To: x@evil.test\r\n"):
            self.assertFalse(dkim.verify(added + got, dnsfunc=self.txt), f"{added} was added unseen")

    @unittest.skipIf(NO_DKIM, str(NO_DKIM))
    def test_dkimpy_verifies_odd_and_big_letters_too(self):
        for letter in (letters.empty_body(), letters.dotted(), letters.big(3 << 20)):
            with self.subTest(len(letter)):
                got = self.sent_on(letter)
                self.assertTrue(got.endswith(letter[letter.index(b"\r\n\r\n"):]))
                self.assert_verified(got)
                self.end_nodes()
                self.nodes.clear()

    @unittest.skipIf(why_not("opendkim"), str(why_not("opendkim")))
    def test_opendkim_verifies_what_we_sign(self):
        (self.folder / "letter").write_bytes(self.sent_on(letters.plain()))
        (self.folder / "keys").write_text(f"rsa._domainkey.src.test {self.keys['rsa'].record}\n")
        (self.folder / "conf").write_text(f"Mode v\nTestPublicKeys {self.folder}/keys\nSyslog no\n")
        seen = subprocess.run([shutil.which("opendkim", path="/usr/sbin:/usr/bin"), "-t", str(self.folder / "letter"), "-vv", "-x", str(self.folder / "conf")],
                              capture_output=True, text=True, timeout=60)
        self.assertRegex(seen.stdout + seen.stderr, r"s=rsa,? d=src.test.*(succeeded|SSL)|verification \(s=rsa.*succeeded")

    def test_only_ours_and_only_our_domain_is_signed(self):
        self.assertNotIn(b"DKIM-Signature", self.sent_on(letters.plain(sender="a@other.test"), "a@other.test"))

    @unittest.skipIf(NO_DKIM, str(NO_DKIM))
    def test_our_own_notices_are_signed(self):
        node = self.troupe({"route": [{"match": ["*"], "via": "fail:no such place"}], **self.signing("troupe.test")})
        node.send(letters.plain(sender="a@local.test"), sender="a@local.test", recipients=["b@far.test"])
        notice = maildir.wait_for(node.maildir("a"))[0]
        notice = notice[notice.index(b"DKIM-Signature:"):].replace(b"\n", b"\r\n")
        records = self.published("troupe.test")
        self.assertTrue(dkim.verify(notice, dnsfunc=lambda name, timeout=5: records[name.decode().rstrip("."), "TXT"][0].encode()))

    def test_a_key_that_cannot_be_read_is_refused_with_its_place(self):
        node = self.node({"dkim": [{"domain": "src.test", "selector": "s", "key": self.folder / "none.pem"}]})
        node.launch()
        self.assertEqual(node.process.wait(20), 78)
        self.assertIn("dkim[1].key", node.log_tail())

    def test_keys_are_read_again_on_sighup(self):
        sink = self.started(BadSink())
        node = self.troupe(relay_to(sink.port))
        node.send(letters.plain("before"), recipients=["b@far.test"])
        node.set(self.signing())
        node.reload()
        node.wait_event("reload")
        node.send(letters.plain("after"), recipients=["b@far.test"])
        until("both", lambda: len(sink.accepted) == 2)
        self.assertEqual([x.body.count(b"DKIM-Signature:") for x in sink.accepted], [0, 2])


class Checking(SignatureCase):
    def received(self, message: bytes, zone: dict | None = None, sender="a@src.test", **more) -> bytes:
        node = self.troupe({**CHECKED, **self.with_dns({**self.published(), **(zone or {})}), **more})
        self.assert_reply(say(STRANGER, node.port, message, sender), "250")
        return maildir.wait_for(node.maildir("b"), 1, 40)[0]

    def results(self, letter: bytes) -> str:
        found = re.findall(rb"^Authentication-Results: troupe\.test;((?:[^\n]*\n[ \t])*[^\n]*)\n", letter, re.M)
        self.assertEqual(len(found), 1, letter[:2000])
        return re.sub(r"\s+", " ", found[0].decode())

    @unittest.skipIf(NO_DKIM, str(NO_DKIM))
    def test_we_verify_what_dkimpy_signs(self):
        for kind, key in self.keys.items():
            for forms in ((b"relaxed", b"relaxed"), (b"simple", b"simple"), (b"relaxed", b"simple")):
                for letter in (letters.plain(), letters.big(1 << 20) if forms[0] == b"simple" else letters.empty_body()):
                    with self.subTest(f"{kind} {forms} {len(letter)}"):
                        field = dkim.sign(letter, kind.encode(), b"src.test", key.for_dkimpy(), canonicalize=forms,
                                          signature_algorithm=b"rsa-sha256" if kind == "rsa" else b"ed25519-sha256")
                        told = self.results(self.received(field + letter))
                        self.assertIn("dkim=pass header.d=src.test", told)
                        self.end_nodes()
                        self.nodes.clear()
                        shutil.rmtree(self.folder / "node")

    @unittest.skipIf(why_not("opendkim", "opendkim-genkey"), str(why_not("opendkim", "opendkim-genkey")))
    def test_we_verify_what_opendkim_signs(self):
        opendkim, sink = self.started(Opendkim(self.folder / "opendkim")), self.started(BadSink())
        signer = self.troupe({**relay_to(sink.port), "milter": [{"address": opendkim.address}]}, name="signer")
        for number, letter in enumerate((letters.plain(), letters.dotted(), letters.big(1 << 20))):
            with self.subTest(len(letter)):
                self.assert_reply(signer.send(letter, sender="a@src.test", recipients=["b@far.test"]), "250")
                until("the letter", lambda: len(sink.accepted) > number, 30)
                node = self.troupe({**CHECKED, **self.with_dns({("s1._domainkey.src.test", "TXT"): [opendkim.txt_record()]})}, name=f"node{number}")
                self.assert_reply(say(STRANGER, node.port, sink.accepted[number].body, "a@src.test"), "250")
                self.assertIn("dkim=pass header.d=src.test", self.results(maildir.wait_for(node.maildir("b"), 1, 40)[0]))

    @unittest.skipIf(NO_DKIM, str(NO_DKIM))
    def test_a_changed_letter_fails_and_is_refused_where_that_is_wanted(self):
        letter = letters.plain()
        field = dkim.sign(letter, b"rsa", b"src.test", self.keys["rsa"].for_dkimpy())
        node = self.troupe({**CHECKED, "verify": {"dkim": "reject"}, **self.with_dns(self.published())})
        self.assert_reply(say(STRANGER, node.port, field + letter + b"PS: more\r\n", "a@src.test"), "550 5.7.20")
        self.assert_reply(say(STRANGER, node.port, b"From: c@evil.test\r\n" + field + letter, "a@src.test"), "550 5.7.20")
        self.assert_reply(say(STRANGER, node.port, letter, "a@src.test"), "250")
        self.assertEqual(node.metrics()['troupe_messages_rejected_total{reason="dkim"}'], 2)
        self.assertEqual(node.events("message_rejected", reason="dkim")[0]["code"], 550)

    def test_spf_and_dmarc_are_told(self):
        told = self.results(self.received(letters.plain(), {
            ("src.test", "TXT"): ["v=spf1 ip4:127.0.0.1 -all"], ("_dmarc.src.test", "TXT"): ["v=DMARC1; p=reject"]}))
        self.assertIn("spf=pass smtp.mailfrom=src.test", told)
        self.assertIn("dmarc=pass (p=reject) header.from=src.test", told)

    def test_forged_mail_is_refused_as_its_domain_wants(self):
        zone = {("src.test", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"], ("_dmarc.src.test", "TXT"): ["v=DMARC1; p=reject"],
                ("soft.test", "TXT"): ["v=spf1 -all"], ("_dmarc.soft.test", "TXT"): ["v=DMARC1; p=quarantine"],
                ("good.test", "TXT"): ["v=spf1 ip4:127.0.0.1 -all"]}
        node = self.troupe({**CHECKED, "verify": {"spf": "mark", "dmarc": "reject"}, **self.with_dns(zone)})
        self.assert_reply(say(STRANGER, node.port, letters.plain(), "a@src.test"), "550 5.7.1")
        self.assert_reply(say(STRANGER, node.port, letters.plain(), "a@good.test"), "550 5.7.1")
        self.assert_reply(say(STRANGER, node.port, letters.plain(sender="a@soft.test"), "a@soft.test"), "250")
        self.assert_reply(say(STRANGER, node.port, b"From: x@evil.test\r\n" + letters.plain(sender="a@good.test"), "a@good.test"), "550 5.7.1")
        self.assert_reply(say(OURS, node.port, letters.plain(), "a@src.test"), "250")
        self.assertEqual(node.metrics()['troupe_messages_rejected_total{reason="dmarc"}'], 3)

    def test_spf_refuses_where_that_is_wanted(self):
        zone = {("src.test", "TXT"): ["v=spf1 -all"], ("ill.test", "TXT"): SERVFAIL}
        node = self.troupe({**CHECKED, "verify": {"spf": "reject"}, **self.with_dns(zone)})
        self.assert_reply(say(STRANGER, node.port, letters.plain(), "a@src.test"), "550 5.7.23")
        self.assert_reply(say(STRANGER, node.port, letters.plain(), "a@ill.test"), "451 4.7.24")

    def test_a_silent_dns_delays_but_loses_nothing(self):
        node = self.troupe({**CHECKED, **self.with_dns({("src.test", "ANY"): SILENCE, ("_dmarc.src.test", "ANY"): SILENCE}),
                            "pool.dns": {"timeout": "1s"}})
        self.assert_reply(say(STRANGER, node.port, letters.plain(), "a@src.test"), "250")
        self.assertIn("spf=temperror", self.results(maildir.wait_for(node.maildir("b"))[0]))

    def test_results_that_a_peer_forged_in_our_name_are_gone(self):
        forged = (b"Authentication-Results: troupe.test; dkim=pass header.d=bank.test\r\n"
                  b"Authentication-Results: (c) TROUPE.test 1;\r\n\tdmarc=pass\r\n"
                  b"Authentication-Results: other.test; spf=pass\r\n")
        for letter in (letters.plain(), letters.big(1 << 20)):
            with self.subTest(len(letter)):
                got = self.received(forged + letter)
                self.assertNotIn(b"bank.test", got)
                self.assertNotIn(b"TROUPE.test", got)
                self.assertIn(b"other.test; spf=pass", got)
                self.assertIn("dkim=none", self.results(got))
                self.end_nodes()
                self.nodes.clear()
                shutil.rmtree(self.folder / "node")

    def test_no_word_of_a_peer_becomes_a_field(self):
        got = self.received(b"DKIM-Signature: v=1; a=rsa-sha256; d=evil.test; s=a(b;\r\n\tX-Evil: 1; h=from; bh=x; b=y\r\n" + letters.plain())
        head = got[:got.index(b"\n\n")]
        self.assertNotIn(b"\nX-Evil", head)
        self.assertIn("dkim=permerror", self.results(got))


class Forwarding(SystemCase):
    def test_what_an_alias_sends_on_goes_under_our_name_and_bounces_come_back(self):
        sink = self.started(BadSink())
        node = self.troupe({
            **relay_to(sink.port), "relay": {"networks": [f"{OURS}/32"]}, "srs": {"secret": "only a test knows"},
            "domain": [{"name": "local.test", "aliases": {"away": ["c@far.test"]}, "deliver": f"maildir:{self.folder}/mail/{{user}}"}]})
        self.assert_reply(say(STRANGER, node.port, letters.plain(), "a@src.test", "away@local.test"), "250")
        until("the letter", lambda: sink.accepted)
        sender = sink.accepted[0].sender.decode()
        self.assertRegex(sender, r"SRS0=[A-Z2-7]{8}=[A-Z2-7]{2}=src\.test=a@troupe\.test")
        address = re.search(r"SRS0=[^<>\s]*", sender).group()
        self.assert_reply(say(STRANGER, node.port, letters.plain("bounce"), "", address), "250")
        until("the bounce", lambda: len(sink.accepted) == 2)
        self.assertIn(b"a@src.test", sink.accepted[1].recipients[0])
        forged = address.replace("=a@", "=victim@")
        self.assert_reply(say(STRANGER, node.port, letters.plain("forged"), "", forged), "550")


@unittest.skipIf(NO_DKIM, str(NO_DKIM))
class Chains(SignatureCase):
    """ARC, against dkimpy both ways."""

    def zone(self) -> dict:
        return {**self.published("troupe.test"), **self.published("src.test"), ("src.test", "TXT"): ["v=spf1 ip4:127.0.0.1 -all"]}

    def answer(self, name: bytes, timeout=5) -> bytes | None:
        found = self.zone().get((name.decode().rstrip("."), "TXT"))
        return found[0].encode() if found else None

    def forwarding(self, **more):
        self.sink = self.started(BadSink())
        key = {"domain": "troupe.test", "selector": "rsa", "key": self.keys["rsa"].file, "arc": "seal"}
        return self.troupe({
            **CHECKED, **self.with_dns(self.zone()), **relay_to(self.sink.port), "relay": {"networks": [f"{OURS}/32"]},
            "srs": {"secret": "only a test knows"}, "dkim": [key],
            "domain": [{"name": "local.test", "aliases": {"away": ["c@far.test"]}, "deliver": f"maildir:{self.folder}/mail/{{user}}"}],
            **more})

    def sent_on(self, node, message: bytes) -> bytes:
        before = len(self.sink.accepted)
        self.assert_reply(say(STRANGER, node.port, message, "a@src.test", "away@local.test"), "250")
        until("the letter", lambda: len(self.sink.accepted) > before, 30)
        return self.sink.accepted[-1].body

    def sealed_by_dkimpy(self, message: bytes) -> bytes:
        results = b"Authentication-Results: src.test; spf=pass smtp.mailfrom=src.test\r\n"
        fields = dkim.arc_sign(results + message, b"rsa", b"src.test", self.keys["rsa"].for_dkimpy(), b"src.test")
        self.assertEqual(len(fields), 3)
        return b"".join(fields) + message

    def test_dkimpy_verifies_what_we_seal(self):
        node = self.forwarding()
        for letter in (letters.plain(), letters.empty_body(), letters.big(1 << 20)):
            with self.subTest(len(letter)):
                got = self.sent_on(node, letter)
                chain, sets, why = dkim.arc_verify(got, dnsfunc=self.answer)
                self.assertEqual(chain, b"pass", why)
                self.assertRegex(got, rb"ARC-Authentication-Results: i=1; troupe.test;\s+spf=pass smtp.mailfrom=src.test")
                self.assertEqual(dkim.arc_verify(got + b"PS: more\r\n", dnsfunc=self.answer)[0], b"fail")
        self.assertEqual(node.metric("messages_sealed_total"), 3)

    def test_a_chain_of_dkimpy_goes_on_with_us(self):
        node = self.forwarding()
        got = self.sent_on(node, self.sealed_by_dkimpy(letters.plain()))
        self.assertRegex(got, rb"ARC-Seal: i=2; a=rsa-sha256; cv=pass;")
        chain, sets, why = dkim.arc_verify(got, dnsfunc=self.answer)
        self.assertEqual((chain, len(sets)), (b"pass", 2), why)

    def test_a_broken_chain_is_told_and_closed(self):
        node = self.forwarding()
        got = self.sent_on(node, self.sealed_by_dkimpy(letters.plain()).replace(b"Subject:", b"Subject: not", 1))
        self.assertRegex(got, rb"ARC-Seal: i=2; a=rsa-sha256; cv=fail;")
        self.assertIn(b"arc=fail", got)
        chain, _, why = dkim.arc_verify(got, dnsfunc=self.answer)
        self.assertIsNone(chain, "dkimpy says nothing of a chain that says itself that it failed")
        self.assertIn("reported failure", why)

    def test_a_chain_is_told_and_what_stays_here_is_not_sealed(self):
        node = self.forwarding()
        self.assert_reply(say(STRANGER, node.port, self.sealed_by_dkimpy(letters.plain()), "a@src.test"), "250")
        stored = maildir.wait_for(self.folder / "mail" / "b")[0]
        self.assertRegex(stored, rb"Authentication-Results: troupe.test;[^:]*arc=pass")
        self.assertEqual(stored.count(b"ARC-Seal:"), 1)
        self.assertEqual(node.metrics()['troupe_authentication_results_total{method="arc",result="pass"}'], 1)

    def test_only_one_key_seals(self):
        node = self.node({"dkim": [{"domain": "troupe.test", "selector": kind, "key": key.file, "arc": "seal"}
                                   for kind, key in self.keys.items()]})
        node.launch()
        self.assertEqual(node.process.wait(20), 78)
        self.assertIn("dkim[2].arc", node.log_tail())


if __name__ == "__main__":
    unittest.main()
