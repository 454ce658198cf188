"""TLS towards next hops: with whom a letter travels, what it waits for, and what it never does in the clear."""

import email
import email.policy
import gzip
import json
import unittest

from support import exim, letters, maildir
from support.authority import Authority
from support.bad_sink import BadSink, Garbage, Say, SayAndDrop
from support.case import SystemCase, relay_to
from support.exim import Exim
from support.peers import Postfix, why_not
from support.policy_server import PolicyServer
from support.ports import until
from support.signed_zone import SignedZones

STARTTLS = ("PIPELINING", "8BITMIME", "STARTTLS")


class OutboundTls(SystemCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "ca")

    def postfix(self, *names: str, name="postfix", authority=None, **settings) -> Postfix:
        """One that offers STARTTLS with a certificate of these names."""
        made = (authority or self.authority).issue(*names)
        return self.started(Postfix(
            self.folder / name, domains=("postfix.test", *self.domains), smtpd_tls_security_level="may",
            smtpd_tls_cert_file=made.path, smtpd_tls_key_file=made.key, smtpd_tls_received_header="yes",
            smtpd_tls_loglevel="1", smtp_tls_security_level="none", **settings))

    domains = ()

    def sink(self, script=None, extensions=STARTTLS) -> BadSink:
        return self.started(BadSink(script, extensions=extensions))

    def send(self, node, recipient: str):
        self.assert_reply(node.send(letters.plain(recipient), recipients=[recipient]), "250 2.")

    def handshakes(self, node, outcome: str) -> float:
        return sum(value for name, value in node.metrics().items()
                   if name.startswith("troupe_tls_handshakes_total{") and 'side="client"' in name and f'outcome="{outcome}"' in name)

    def delivered(self, node, recipient: str) -> dict:
        return node.wait_event("message_delivered", to=recipient)[0]

    def deferred(self, node, recipient: str, *words: str) -> dict:
        """It waits, and says why."""
        event = node.wait_event("message_deferred", to=recipient)[0]
        for word in words:
            self.assertIn(word, event["reply"])
        self.assertEqual(node.events("message_delivered", to=recipient), [])
        return event


@unittest.skipIf(why_not("postfix"), str(why_not("postfix")))
class WithPostfix(OutboundTls):
    def test_tls_1_2_and_1_3(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(version):
                postfix = self.postfix("mx.postfix.test", name=version, smtpd_tls_protocols=f">={version}, <={version}")
                node = self.troupe(relay_to(postfix.port, tls="required"), name=f"node-{version}")
                for kind, make in letters.KINDS.items():
                    self.assert_reply(node.send(make(kind), recipients=["b@postfix.test"]), "250 2.")
                stored = postfix.wait_for(len(letters.KINDS), 40)
                self.assertTrue(all(f"using {version} with cipher".encode() in each for each in stored))
                told = node.wait_event("message_delivered", len(letters.KINDS))
                self.assertTrue(all(each["tls"].startswith(f"{version} ") for each in told), told)
                self.assertGreaterEqual(self.handshakes(node, "succeeded"), 1)

    def test_who_comes_again_resumes_its_session(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(version):
                postfix = self.postfix("localhost", name=f"again-{version}", smtpd_tls_protocols=f">={version}, <={version}")
                node = self.troupe({"delivery": {"tls_ca": self.authority.root.path, "mta_sts": "off"}, "route": [
                    {"via": f"smtp:localhost:{postfix.port}", "tls": "verified", "messages_per_connection": 1}]}, name=f"again-node-{version}")
                for n in range(4):
                    self.send(node, f"b{n}@postfix.test")
                    self.assertIn(version, self.delivered(node, f"b{n}@postfix.test")["tls"])
                self.assertEqual((self.handshakes(node, "succeeded"), self.handshakes(node, "resumed")), (1, 3))

    def test_25_mib_within_tls(self):
        postfix = self.postfix("mx.postfix.test")
        node = self.troupe({**relay_to(postfix.port, tls="required"), "limits": {"message_bytes": "26MiB"}})
        sent = letters.big(25 << 20)
        self.assert_reply(node.send(sent, recipients=["b@postfix.test"]), "250 2.")
        self.assert_same(sent, postfix.wait_for(1, 60)[0])

    def test_a_rule_that_says_off_stays_in_the_clear(self):
        postfix = self.postfix("mx.postfix.test")
        node = self.troupe(relay_to(postfix.port))
        self.send(node, "b@postfix.test")
        self.assertEqual(self.delivered(node, "b@postfix.test")["tls"], "")

    def test_a_reload_changes_what_a_rule_asks(self):
        postfix = self.postfix("mx.postfix.test")
        node = self.troupe(relay_to(postfix.port, messages_per_connection=1))
        self.send(node, "one@postfix.test")
        self.assertEqual(self.delivered(node, "one@postfix.test")["tls"], "")
        node.set({"route": [{"match": ["*"], "via": f"smtp:localhost:{postfix.port}", "tls": "required"}]})
        node.reload()
        node.wait_event("reload")
        self.send(node, "two@postfix.test")
        self.assertTrue(self.delivered(node, "two@postfix.test")["tls"].startswith("TLSv1.3"))

    def test_verified_looks_at_roots_names_and_dates(self):
        stranger = Authority(self.folder / "other-ca", "Nobody's Root")
        for name, postfix, good in (
                ("good", self.postfix("localhost", name="good"), True),
                ("name", self.postfix("other.test", name="name"), False),
                ("root", self.postfix("localhost", name="root", authority=stranger), False)):
            with self.subTest(name):
                node = self.troupe({"delivery": {"tls_ca": self.authority.root.path},
                                    "route": [{"via": f"smtp:localhost:{postfix.port}", "tls": "verified"}]}, name=f"node-{name}")
                self.send(node, "b@postfix.test")
                if good:
                    self.assertIn("TLSv1.3", self.delivered(node, "b@postfix.test")["tls"])
                else:
                    self.deferred(node, "b@postfix.test", "4.7.5", "TLS handshake failed")


@unittest.skipIf(exim.why_not(), str(exim.why_not()))
class WithExim(OutboundTls):
    def test_tls_1_2_and_1_3(self):
        made = self.authority.issue("exim.test")
        for version in ("1.2", "1.3"):
            with self.subTest(version):
                server = self.started(Exim(
                    self.folder / version, tls_advertise_hosts="*", tls_certificate=made.path, tls_privatekey=made.key,
                    tls_require_ciphers=f"NORMAL:-VERS-ALL:+VERS-TLS{version}"))
                node = self.troupe(relay_to(server.port, tls="required"), name=f"node-{version}")
                self.send(node, "b@exim.test")
                self.assertTrue(self.delivered(node, "b@exim.test")["tls"].startswith(f"TLSv{version} "))
                server.wait_for(1)
                self.assertIn(f"X=TLS{version}", server.log())


class BadPeers(OutboundTls):
    def node_to(self, sink: BadSink, tls: str, **more):
        return self.troupe({**relay_to(sink.port, tls=tls), "delivery": {"reply_timeout": "2s"}, **more})

    def test_a_wish_for_tls_goes_without_where_it_is_not_offered_or_refused(self):
        for name, extensions in (("absent", ("PIPELINING",)), ("refused", STARTTLS)):
            with self.subTest(name):
                sink = self.sink(extensions=extensions)
                node = self.troupe(relay_to(sink.port, tls="may"), name=name)
                self.send(node, "b@sink.test")
                self.assertEqual(self.delivered(node, "b@sink.test")["tls"], "")

    def test_a_wish_for_tls_dials_again_when_the_handshake_fails_and_remembers_it(self):
        sink = self.sink({"starttls": SayAndDrop("220 2.0.0 go")})
        node = self.node_to(sink, "may", route=[{"via": f"smtp:127.0.0.1:{sink.port}", "tls": "may", "messages_per_connection": 1}])
        self.send(node, "one@sink.test")
        self.delivered(node, "one@sink.test")
        self.assertEqual(len(sink.sessions), 2)
        self.send(node, "two@sink.test")
        self.delivered(node, "two@sink.test")
        self.assertEqual(sink.commands.count(b"STARTTLS"), 1)
        self.assertEqual(self.handshakes(node, "failed"), 1)

    def test_what_must_be_encrypted_never_travels_in_the_clear(self):
        for name, script, words in (
                ("absent", None, ("4.7.4", "does not offer it")),
                ("refused", {"starttls": Say("454 4.7.0 not now")}, ("not now",)),
                ("dropped", {"starttls": SayAndDrop("220 2.0.0 go")}, ("4.7.5", "TLS handshake failed")),
                ("garbage", {"starttls": Garbage(b"220 2.0.0 go\r\n" + b"no tls at all\r\n" * 9)}, ("STARTTLS",)),
                ("silent", {"starttls": Say("220 2.0.0 go")}, ("4.7.5", "timed out"))):
            with self.subTest(name):
                sink = self.sink(script, ("PIPELINING",) if name == "absent" else STARTTLS)
                node = self.troupe({**relay_to(sink.port, tls="required"), "delivery": {"reply_timeout": "2s"}}, name=name)
                self.send(node, "b@sink.test")
                self.deferred(node, "b@sink.test", *words)
                self.assertEqual([c for c in sink.commands if c.startswith((b"MAIL", b"RCPT", b"DATA"))], [])

    def test_replies_injected_before_the_handshake_are_never_used(self):
        injected = b"220 2.0.0 go\r\n250-sink.test\r\n250 PIPELINING\r\n250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go on\r\n250 2.0.0 kept\r\n"
        for tls in ("may", "required"):
            with self.subTest(tls):
                sink = self.sink({"starttls": Garbage(injected)})
                node = self.troupe({**relay_to(sink.port, tls=tls), "delivery": {"reply_timeout": "2s"}}, name=tls)
                self.send(node, "b@sink.test")
                self.deferred(node, "b@sink.test", "more than a reply")
                self.assertFalse(any(c.startswith(b"MAIL") for c in sink.commands))

    def test_failures_open_the_breaker_of_the_route(self):
        sink = self.sink({"starttls": SayAndDrop("220 2.0.0 go")})
        node = self.node_to(sink, "required", breaker={"min_requests": 2, "open": "1s", "open_max": "5s"})
        self.send(node, "b@sink.test")
        node.wait_event("breaker_changed", name=f"route/smtp:127.0.0.1:{sink.port}", to="open")


@unittest.skipIf(why_not("postfix") or why_not("knotd"), str(why_not("postfix") or why_not("knotd")))
class Dane(OutboundTls):
    domains = ("good.test", "root.test", "bad.test", "absent.test", "strange.test", "bogus.test", "unsigned.test")

    def setUp(self):
        super().setUp()
        self.server = self.postfix("mx.good.test", "mx.root.test")
        port = self.server.port
        shown = self.authority.folder / "mx.good.test.pem"
        good = type(self.authority.root)(shown, None).tlsa()
        host = "@ MX 10 mx\nmx A 127.0.0.1\n"
        tlsa = f"_{port}._tcp.mx TLSA "
        self.zones = self.started(SignedZones(
            self.folder / "knot",
            {"good.test": host + tlsa + good,
             "root.test": host + tlsa + self.authority.root.tlsa(usage=2),
             "bad.test": host + tlsa + "3 1 1 " + "00" * 32,
             "absent.test": host,
             "strange.test": host + tlsa + "1 1 1 " + "00" * 32,
             "bogus.test": host + tlsa + good},
            unsigned={"unsigned.test": host + tlsa + "3 1 1 " + "00" * 32}, bogus=["bogus.test"]))

    def node_by_mx(self, tls: str, **more):
        return self.troupe({"dns": self.zones.settings(), "delivery": {"mx_port": self.server.port, "mta_sts": "off"},
                            "route": [{"match": ["*"], "via": "mx", "tls": tls}], **more}, name=tls)

    def test_may_keeps_to_records_that_dnssec_vouches_for(self):
        node = self.node_by_mx("may")
        for domain in self.domains:
            self.send(node, f"b@{domain}")
        for domain in ("good.test", "root.test", "absent.test", "strange.test", "unsigned.test"):
            self.assertIn("TLSv1.3", self.delivered(node, f"b@{domain}")["tls"])
        self.deferred(node, "b@bad.test", "4.7.5", "TLS handshake failed")
        self.deferred(node, "b@bogus.test", "4.4.3", "DNSSEC")
        levels = {d: node.ctl("route", f"b@{d}")["tls"][0] for d in self.domains if d != "bogus.test"}
        self.assertEqual({d: l["level"] for d, l in levels.items()},
                         {"good.test": "dane", "root.test": "dane", "bad.test": "dane", "absent.test": "may",
                          "strange.test": "encrypted", "unsigned.test": "may"})
        self.assertEqual(levels["good.test"]["why"], "DANE: TLSA records of mx.good.test")

    def test_dane_waits_for_records(self):
        node = self.node_by_mx("dane")
        for domain in ("good.test", "absent.test", "unsigned.test", "strange.test"):
            self.send(node, f"b@{domain}")
        self.delivered(node, "b@good.test")
        self.deferred(node, "b@absent.test", "4.7.5", "no TLSA record that DNSSEC vouches for")
        self.deferred(node, "b@unsigned.test", "no TLSA record that DNSSEC vouches for")
        self.deferred(node, "b@strange.test", "only unusable TLSA records")

    def test_a_host_with_records_gets_nothing_in_the_clear(self):
        sink = self.sink(extensions=("PIPELINING",))
        zones = self.started(SignedZones(self.folder / "plain", {
            "good.test": f"@ MX 10 mx\nmx A 127.0.0.1\n_{sink.port}._tcp.mx TLSA 3 1 1 {'00' * 32}\n"}))
        node = self.troupe({"dns": zones.settings(), "delivery": {"mx_port": sink.port, "mta_sts": "off"}}, name="plain")
        self.send(node, "b@good.test")
        self.deferred(node, "b@good.test", "4.7.4")
        self.assertFalse(any(c.startswith(b"MAIL") for c in sink.commands))

    def test_a_host_that_a_rule_names_has_records_too(self):
        node = self.troupe({"dns": self.zones.settings(), "route": [
            {"match": ["good.test"], "via": f"smtp:mx.good.test:{self.server.port}", "tls": "dane"},
            {"match": ["bad.test"], "via": f"smtp:mx.bad.test:{self.server.port}", "tls": "may"}]}, name="rule")
        self.send(node, "b@good.test")
        self.send(node, "b@bad.test")
        self.delivered(node, "b@good.test")
        self.deferred(node, "b@bad.test", "4.7.5")


@unittest.skipIf(why_not("postfix") or why_not("knotd"), str(why_not("postfix") or why_not("knotd")))
class MtaSts(OutboundTls):
    domains = ("good.test", "other.test", "testing.test", "none.test", "web.test", "moved.test", "html.test", "broken.test")

    def policy(self, mode: str, *mx: str, max_age: int = 86400) -> str:
        return "".join(f"{line}\r\n" for line in ("version: STSv1", f"mode: {mode}", *(f"mx: {m}" for m in mx), f"max_age: {max_age}"))

    def zone(self, record='"v=STSv1; id=1;"') -> str:
        return f"@ MX 10 mx\nmx A 127.0.0.1\nmta-sts A 127.0.0.1\n_mta-sts TXT {record}\n"

    def web(self, pages: dict, *names: str) -> PolicyServer:
        made = self.authority.issue(*(names or [f"mta-sts.{d}" for d in self.domains if d != "web.test"]))
        return self.started(PolicyServer(made, {f"mta-sts.{d}": page for d, page in pages.items()}))

    def node_by_mx(self, port: int, web: PolicyServer, zones: SignedZones, **more):
        return self.troupe({"dns": zones.settings(), "delivery": {"mx_port": port, "mta_sts_port": web.port,
                                                                  "tls_ca": self.authority.root.path}, **more})

    def test_policies_decide_with_whom_mail_travels(self):
        server = self.postfix(*(f"mx.{d}" for d in self.domains))
        good = self.policy("enforce", "mx.good.test")
        web = self.web({
            "good.test": good,
            "other.test": self.policy("enforce", "*.elsewhere.test"),
            "testing.test": self.policy("testing", "*.elsewhere.test"),
            "none.test": self.policy("none"),
            "web.test": self.policy("enforce", "*.elsewhere.test"),  # but its certificate is another's
            "moved.test": (301, "text/plain", "/elsewhere"),
            "html.test": (200, "text/html", self.policy("enforce", "*.elsewhere.test")),
            "broken.test": "mode: enforce\n"})
        zones = self.started(SignedZones(self.folder / "knot", {}, unsigned={d: self.zone() for d in self.domains}))
        node = self.node_by_mx(server.port, web, zones)
        for domain in self.domains:
            self.send(node, f"b@{domain}")
        for domain in set(self.domains) - {"other.test"}:
            self.assertIn("TLSv1.3", self.delivered(node, f"b@{domain}")["tls"])
        self.deferred(node, "b@other.test", "4.7.5", "MTA-STS", "does not list mx.other.test")
        self.assertEqual(node.ctl("route", "b@good.test")["tls"][0]["level"], "certificate")
        self.assertEqual(node.ctl("route", "b@good.test")["mta_sts"]["mode"], "enforce")
        self.assertIn("mta-sts.good.test/.well-known/mta-sts.txt", web.asked)
        self.assertEqual([a for a in web.asked if "elsewhere" in a], [])
        self.assertEqual({e["domain"] for e in node.events("sts_policy_not_fetched")},
                         {"web.test", "moved.test", "html.test", "broken.test"})

    def test_enforced_a_host_without_a_good_certificate_gets_nothing(self):
        server = self.postfix("elsewhere.test")
        web = self.web({"good.test": self.policy("enforce", "mx.good.test")})
        zones = self.started(SignedZones(self.folder / "knot", {}, unsigned={"good.test": self.zone()}))
        node = self.node_by_mx(server.port, web, zones)
        self.send(node, "b@good.test")
        self.deferred(node, "b@good.test", "4.7.5", "TLS handshake failed")

    def test_a_promise_outlives_the_web_server_and_a_restart(self):
        sink = self.sink(extensions=("PIPELINING",))
        web = self.web({"good.test": self.policy("enforce", "mx.good.test")})
        zones = self.started(SignedZones(self.folder / "knot", {}, unsigned={"good.test": self.zone()}))
        node = self.node_by_mx(sink.port, web, zones)
        self.send(node, "one@good.test")
        self.deferred(node, "one@good.test", "4.7.4")
        node.kill()
        web.pages.clear()
        asked = len(web.asked)
        node.start()
        self.send(node, "two@good.test")
        self.deferred(node, "two@good.test", "4.7.4")
        self.assertEqual(len(web.asked), asked)
        self.assertFalse(any(c.startswith(b"MAIL") for c in sink.commands))

    def test_who_wants_a_report_gets_one(self):
        server = self.postfix("mx.good.test")
        web = self.web({"good.test": self.policy("enforce", "mx.good.test"), "other.test": self.policy("enforce", "mx.other.test")})
        wants = '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:reports@local.test"\n'
        zones = self.started(SignedZones(self.folder / "knot", {}, unsigned={
            "good.test": self.zone() + wants, "other.test": self.zone() + wants, "none.test": self.zone('"none"')}))
        node = self.node_by_mx(server.port, web, zones)
        node.stop()
        node.set({"delivery": {"tls_report_from": "tls@troupe.test", "tls_report_every": "5s"}})
        node.start()
        for domain in ("good.test", "other.test", "none.test"):
            self.send(node, f"b@{domain}")
        self.delivered(node, "b@good.test")
        self.delivered(node, "b@none.test")
        self.deferred(node, "b@other.test", "4.7.5")
        reports = {}
        for letter in maildir.wait_for(node.maildir("reports"), 2, 30):
            parsed = email.message_from_bytes(letter, policy=email.policy.default)
            self.assertEqual(parsed.get_content_type(), "multipart/report")
            packed = next(p for p in parsed.iter_parts() if p.get_content_type() == "application/tlsrpt+gzip")
            report = json.loads(gzip.decompress(packed.get_content()))
            reports.setdefault(parsed["TLS-Report-Domain"], []).append(report["policies"][0])
        self.assertEqual(set(reports), {"good.test", "other.test"})
        good, other = reports["good.test"][0], reports["other.test"][0]
        self.assertEqual(good["policy"], {"policy-type": "sts", "policy-domain": "good.test"})
        self.assertEqual(good["summary"], {"total-successful-session-count": 1, "total-failure-session-count": 0})
        self.assertGreaterEqual(other["summary"]["total-failure-session-count"], 1)
        self.assertEqual(other["failure-details"][0]["result-type"], "certificate-host-mismatch")

    def test_switched_off_nobody_is_asked(self):
        sink = self.sink(extensions=("PIPELINING",))
        web = self.web({"good.test": self.policy("enforce", "mx.good.test")})
        zones = self.started(SignedZones(self.folder / "knot", {}, unsigned={"good.test": self.zone()}))
        node = self.node_by_mx(sink.port, web, zones)
        node.stop()
        node.set({"delivery": {"mta_sts": "off"}})
        node.start()
        self.send(node, "b@good.test")
        self.delivered(node, "b@good.test")
        until("no question to the web", lambda: web.asked == [])
