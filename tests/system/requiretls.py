"""REQUIRETLS and TLS-Required: No (RFC 8689): a sender's word about TLS, kept with the letter on all its way."""

import email
import email.policy
import ssl
import unittest

from support import letters, maildir
from support.authority import Authority
from support.bad_sink import BadSink, Say
from support.case import SystemCase
from support.peers import why_not
from support.ports import until
from support.signed_zone import SignedZones

OFFERED = ("PIPELINING", "8BITMIME", "DSN", "STARTTLS")
WITHIN = ("PIPELINING", "8BITMIME", "DSN", "REQUIRETLS")


class TlsCase(SystemCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "ca")
        self.door = self.authority.issue("troupe.test")

    def sink(self, *names: str, extensions=OFFERED, within=WITHIN, script=None) -> BadSink:
        """One that does STARTTLS with a certificate of these names."""
        made = self.authority.issue(*(names or ["localhost"]))
        return self.started(BadSink(script, certificate=made, extensions=extensions, extensions_within=within))

    def node_to(self, sink: BadSink, tls: str = "may", name: str = "node", **more):
        return self.troupe({"tls": {"certificate": self.door.path, "key": self.door.key}, "listener": [{"tls": "optional"}],
                            "delivery": {"tls_ca": self.authority.root.path, "mta_sts": "off"},
                            "route": [{"via": f"smtp:localhost:{sink.port}", "tls": tls}], **more}, name=name)

    def begin(self, node):
        """A client within TLS, and what EHLO said there."""
        client = node.dialogue()
        self.addCleanup(lambda: client.socket.close())
        self.assertNotIn("REQUIRETLS", client.greet())
        self.assert_reply(client.say("STARTTLS"), "220")
        trusting = ssl.create_default_context(cafile=str(self.authority.root.path))
        client.socket = trusting.wrap_socket(client.socket, server_hostname="troupe.test")
        return client, client.say("EHLO client.test")

    def submit(self, node, recipient: str, sender="a@local.test", more="", message=None):
        client, offers = self.begin(node)
        self.assertIn("REQUIRETLS", offers)
        self.assert_reply(client.say(f"MAIL FROM:<{sender}> REQUIRETLS{more}"), "250")
        self.assert_reply(client.say(f"RCPT TO:<{recipient}>"), "250")
        self.assert_reply(client.data(message or letters.plain()), "250")

    def mails(self, sink: BadSink) -> list[bytes]:
        return [c for c in sink.commands if c.startswith(b"MAIL")]

    def bounced(self, node, status: str, words: str):
        """The notice that the sender gets; it has the headers of the letter only."""
        notice = email.message_from_bytes(maildir.wait_for(node.maildir("a"))[-1], policy=email.policy.default)
        parts = list(notice.iter_parts())
        fields = parts[1].get_payload()[1]
        self.assertEqual(fields["Status"], status)
        self.assertIn(words, " ".join(parts[0].get_content().split()))
        self.assertEqual(parts[2].get_content_type(), "text/rfc822-headers")


class RequireTls(TlsCase):
    def test_it_goes_on_to_a_host_that_proves_itself_and_offers_it(self):
        sink = self.sink()
        node = self.node_to(sink)
        self.submit(node, "b@sink.test")
        self.assertIn("TLSv1", node.wait_event("message_delivered")[0]["tls"])
        self.assertIn(b" REQUIRETLS", self.mails(sink)[0])
        # Other mail takes another session, and says nothing of it.
        self.assert_reply(node.send(letters.plain(), recipients=["c@sink.test"]), "250")
        node.wait_event("message_delivered", to="c@sink.test")
        self.assertNotIn(b"REQUIRETLS", self.mails(sink)[1])

    def test_mail_goes_back_where_its_way_is_not_safe(self):
        for name, sink, status, words in (
                ("absent", self.sink(within=("PIPELINING",)), "5.7.30", "REQUIRETLS"),
                ("plain", self.sink(extensions=("PIPELINING", "REQUIRETLS")), "5.7.10", "does not offer"),
                ("refused", self.sink(script={"starttls": Say("554 5.7.0 no")}), "5.7.10", "no"),
                ("stranger", self.sink("other.test"), "5.7.10", "mismatch")):
            with self.subTest(name):
                node = self.node_to(sink, name=name)
                self.submit(node, "b@sink.test", more=" RET=FULL")
                self.bounced(node, status, words)
                self.assertEqual(self.mails(sink), [])

    def test_a_host_that_only_stumbles_gets_another_try(self):
        sink = self.sink(script={"starttls": [Say("454 4.7.0 not now"), Say("220 2.0.0 go")]})
        node = self.node_to(sink, retry={"schedule": ["1s"]})
        self.submit(node, "b@sink.test")
        node.wait_event("message_deferred")
        node.wait_event("message_delivered")
        self.assertIn(b" REQUIRETLS", self.mails(sink)[0])

    def test_a_rule_that_says_off_is_no_way(self):
        node = self.node_to(self.sink(), "off")
        self.submit(node, "b@sink.test")
        self.bounced(node, "5.7.10", "the rule says off")

    def test_the_wish_outlives_a_restart(self):
        sink = self.sink(script={"mail": [Say("451 4.3.0 later")] * 2 + [Say("250 2.1.0 ok")]})
        node = self.node_to(sink, retry={"schedule": ["1s"]})
        self.submit(node, "b@sink.test")
        node.wait_event("message_deferred")
        self.assertEqual(node.ctl("queue", "show", node.queue()[0]["id"])["tls"], "required")
        node.kill()
        node.start()
        node.wait_event("message_delivered")
        self.assertTrue(all(b" REQUIRETLS" in c for c in self.mails(sink)))

    def test_a_notice_goes_on_though_its_way_is_not_safe(self):
        """RFC 8689 §5: it says REQUIRETLS where it can."""
        for within, wanted in ((WITHIN, True), (("PIPELINING",), False)):
            with self.subTest(wanted):
                sink = self.sink(within=within)
                node = self.node_to(sink, name=f"node-{wanted}")
                self.submit(node, "b@sink.test", sender="")
                node.wait_event("message_delivered")
                self.assertEqual(b" REQUIRETLS" in self.mails(sink)[0], wanted)

    def test_in_the_clear_it_is_no_parameter(self):
        node = self.node_to(self.sink())
        with node.dialogue() as client:
            client.greet()
            self.assert_reply(client.say("MAIL FROM:<a@local.test> REQUIRETLS"), "555 5.5.4")

    def test_mail_that_ends_here_needs_no_more(self):
        node = self.node_to(self.sink())
        self.submit(node, "bob@local.test")
        maildir.wait_for(node.maildir("bob"))


@unittest.skipIf(why_not("knotd"), str(why_not("knotd")))
class ByMx(TlsCase):
    def node_by_mx(self, sink: BadSink, lines: str, signed: bool, name: str):
        text = f"@ MX 10 mx\nmx A 127.0.0.1\n{lines}"
        zones = self.started(SignedZones(self.folder / f"knot-{name}", {"one.test": text} if signed else {},
                                         unsigned={} if signed else {"one.test": text}))
        return self.node_to(sink, name=name, dns=zones.settings() if signed else {"servers": [f"127.0.0.1:{zones.port}"]}, route=[],
                            delivery={"tls_ca": self.authority.root.path, "mta_sts": "off", "mx_port": sink.port})

    def test_somebody_must_vouch_for_the_names_of_hosts(self):
        sink = self.sink("mx.one.test")
        signed = self.node_by_mx(sink, "", True, "signed")
        self.submit(signed, "b@one.test")
        signed.wait_event("message_delivered")
        unsigned = self.node_by_mx(sink, "", False, "unsigned")
        self.submit(unsigned, "b@one.test")
        self.bounced(unsigned, "5.7.10", "nobody vouches for mx.one.test")

    def test_tls_required_no_goes_past_dane(self):
        sink = self.sink("mx.one.test", extensions=("PIPELINING",))
        node = self.node_by_mx(sink, f"_{sink.port}._tcp.mx TLSA 3 1 1 {'00' * 32}", True, "dane")
        self.assert_reply(node.send(b"TLS-Required: No\r\n" + letters.plain(), recipients=["no@one.test"]), "250")
        self.assert_reply(node.send(letters.plain(), recipients=["yes@one.test"]), "250")
        self.assertEqual(node.wait_event("message_delivered")[0]["to"], "no@one.test")
        self.assertIn("4.7.4", node.wait_event("message_deferred")[0]["reply"])
        until("one letter", lambda: len(self.mails(sink)) == 1)
