"""TLS at the doors: what clients get to see, what they may not do, and what a reload changes."""

import re
import smtplib
import socket
import ssl
import subprocess
import threading
import time
import unittest

from support import exim, letters, maildir
from support.case import SystemCase
from support.authority import Authority
from support.dialogue import Dialogue
from support.peers import Postfix, why_not
from support.ports import free_port, until
from support.sanitizer import in_use, patience


def needs(program, root=False):
    return unittest.skipIf(why_not(program, root=root), str(why_not(program, root=root)))


class TlsCase(SystemCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "authority")
        made = self.authority.issue("troupe.test", algorithm="rsa")
        self.certificate, self.key = made.path, made.key
        self.implicit_port = free_port()

    def tls_troupe(self, settings: dict | None = None, names: list | None = None, tls: str = "optional"):
        """A door with STARTTLS, and one where TLS comes first."""
        return self.troupe({
            "tls": {"certificate": self.certificate, "key": self.key, "name": names or []},
            "listener": [{"tls": tls}, {"address": f"127.0.0.1:{self.implicit_port}", "tls": "implicit"}],
            **(settings or {}),
        })

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority.root.path))

    def secured(self, client: Dialogue, name: str = "troupe.test", context: ssl.SSLContext | None = None,
                session: ssl.SSLSession | None = None) -> ssl.SSLSocket:
        client.socket = (context or self.trusting()).wrap_socket(client.socket, server_hostname=name, session=session)
        return client.socket

    def start_tls(self, node, name: str = "troupe.test", **more) -> Dialogue:
        client = node.dialogue()
        self.addCleanup(client.socket.close)
        self.assertIn("\n250", client.greet())
        self.assert_reply(client.say("STARTTLS"), "220 2.0.0")
        self.secured(client, name, **more)
        return client

    def s_client(self, *words, port: int, starttls: bool = True, said: bytes = b"QUIT\r\n") -> str:
        """What openssl prints of a connection."""
        how = ["-starttls", "smtp", "-name", "client.test"] if starttls else []
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-CAfile", str(self.authority.root.path),
                               *how, "-crlf", *map(str, words)], input=said, capture_output=True, timeout=60)
        return (done.stdout + done.stderr).decode(errors="replace")


class Handshakes(TlsCase):
    def test_openssl_speaks_1_3_and_1_2_and_nothing_older(self):
        node = self.tls_troupe()
        for version, cipher in (("1_3", "TLS_AES_256_GCM_SHA384"), ("1_2", "ECDHE-RSA-")):
            for port, starttls in ((node.port, True), (self.implicit_port, False)):
                said = self.s_client(f"-tls{version}", "-servername", "troupe.test", "-verify_hostname", "troupe.test",
                                     port=port, starttls=starttls)
                self.assertIn("Verify return code: 0 (ok)", said)
                self.assertIn(cipher, said)
        for version in ("1_1", "1"):
            said = self.s_client(f"-tls{version}", "-cipher", "ALL:@SECLEVEL=0", port=node.port)
            self.assertIn("alert protocol version", said)
        failed = node.wait_event("tls_failed", 2)
        self.assertEqual({e["reason"] for e in failed}, {"unsupported protocol"})
        self.assertEqual(node.metrics()['troupe_tls_handshakes_total{side="server",outcome="succeeded"}'], 4)
        self.assertEqual(node.metrics()['troupe_tls_handshakes_total{side="server",outcome="failed"}'], 2)

    def test_weak_ciphers_are_refused(self):
        node = self.tls_troupe()
        for cipher in ("AES128-SHA", "AECDH-AES256-SHA", "DHE-RSA-AES128-GCM-SHA256"):
            said = self.s_client("-tls1_2", "-cipher", f"{cipher}:@SECLEVEL=0", port=node.port)
            self.assertIn("handshake failure", said, cipher)

    def test_a_client_may_not_renegotiate(self):
        node = self.tls_troupe()
        said = self.s_client("-tls1_2", port=node.port, said=b"R\r\nQUIT\r\n")
        self.assertNotIn("verify return:1\nverify depth", said)
        self.assertRegex(said, "no renegotiation|RENEGOTIATING")
        self.assert_reply(node.send(letters.plain()), "250 2.")

    def test_a_client_comes_again_with_its_ticket(self):
        node = self.tls_troupe()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                context = self.trusting()
                context.minimum_version = context.maximum_version = version
                first = self.start_tls(node, context=context)
                self.assert_reply(first.say("EHLO client.test"), "250")
                session = first.socket.session
                self.assertFalse(first.socket.session_reused)
                again = self.start_tls(node, context=context, session=session)
                self.assertTrue(again.socket.session_reused)
                self.assert_reply(again.say("EHLO client.test"), "250")
        self.assertEqual(node.metrics()['troupe_tls_handshakes_total{side="server",outcome="resumed"}'], 2)

    def test_each_name_has_its_certificate(self):
        one = self.authority.issue("mail.example.test", "*.wild.test")
        two = self.authority.issue("whatever.test")
        node = self.tls_troupe(names=[{"certificate": one.path, "key": one.key},
                                      {"certificate": two.path, "key": two.key, "names": ["whatever.test"]}])
        for asked in ("troupe.test", "mail.example.test", "any.wild.test", "whatever.test"):
            client = self.start_tls(node, asked)  # the client checks the name
            self.assert_reply(client.say("EHLO client.test"), "250")
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.start_tls(node, "stranger.test")

    def test_a_client_that_says_nothing_is_cut_off(self):
        node = self.tls_troupe({"limits": {"idle": "2s"}})
        began = time.monotonic()
        with Dialogue(self.implicit_port) as silent, node.dialogue() as half:
            half.greet()
            self.assert_reply(half.say("STARTTLS"), "220")
            half.send(b"\x16\x03\x01\x02\x00\x01")
            for client in (silent, half):
                self.assertTrue(client.closed_by_peer())
        self.assert_within(10, began)
        node.wait_event("tls_failed", 2, outcome="timed_out")

    def test_what_is_no_handshake_ends_the_connection(self):
        node = self.tls_troupe()
        for noise in (b"EHLO client.test\r\n", b"\x00" * 5000, b"\x16\x03\x01\xff\xff" + b"a" * 70000):
            with Dialogue(self.implicit_port) as client:
                try:
                    client.send(noise)
                except OSError:
                    pass
                self.assertTrue(client.closed_by_peer())
        node.wait_event("tls_failed", 3, outcome="failed")
        self.assert_reply(node.send(letters.plain()), "250 2.")


class Words(TlsCase):
    def test_the_letter_the_log_and_the_operator_are_told(self):
        node = self.tls_troupe()
        client = self.start_tls(node)
        client.say("EHLO client.test")
        client.envelope("a@src.test", "b@local.test")
        self.assert_reply(client.data(letters.plain()), "250 2.")
        stored = maildir.wait_for(node.maildir("b"))[0].replace(b"\r\n", b"\n").decode()
        self.assertRegex(stored, r"with ESMTPS\n\tid [0-9a-z]+\n\tfor <b@local.test>\n\ttls TLS_AES_256_GCM_SHA384 \(TLSv1.3\);")
        self.assertEqual(node.wait_event("message_received")[0]["tls"], "TLSv1.3 TLS_AES_256_GCM_SHA384")
        session = next(a for a in node.ctl("ps")["actors"] if a["kind"] == "session")
        self.assertIn("TLSv1.3 TLS_AES_256_GCM_SHA384", str(node.ctl("inspect", session["path"])))

    def test_a_door_that_requires_tls_takes_nothing_without(self):
        node = self.tls_troupe(tls="required")
        with node.dialogue() as client:
            self.assertIn("STARTTLS", client.greet())
            for command in ("MAIL FROM:<a@src.test>", "RCPT TO:<b@local.test>", "DATA", "VRFY b", "HELO x"):
                self.assert_reply(client.say(command), "530 5.7.0")
            self.assert_reply(client.say("NOOP"), "250")
            self.assert_reply(client.say("QUIT"), "221")
        client = self.start_tls(node)
        self.assertNotIn("STARTTLS", client.say("EHLO client.test"))
        self.assert_reply(client.say("STARTTLS"), "503")
        client.envelope("a@src.test", "b@local.test")
        self.assert_reply(client.data(letters.plain()), "250 2.")

    def test_without_a_certificate_nothing_is_offered(self):
        node = self.troupe()
        with node.dialogue() as client:
            self.assertNotIn("STARTTLS", client.greet())
            self.assert_reply(client.say("STARTTLS"), "454 4.7.0")


class Injection(TlsCase):
    """CVE-2011-0411: what stands in the clear behind STARTTLS must never be taken for said within TLS."""

    def test_commands_in_the_same_packet_end_the_connection(self):
        node = self.tls_troupe()
        for behind in (b"RSET\r\n", b"EHLO evil.test\r\nMAIL FROM:<evil@src.test>\r\nRCPT TO:<b@local.test>\r\n", b"M"):
            with node.dialogue() as client:
                client.greet()
                client.send(b"STARTTLS\r\n" + behind)
                self.assert_reply(client.reply(), "554 5.5.1")
                self.assertTrue(client.closed_by_peer())

    def test_commands_that_come_later_spoil_the_handshake(self):
        node = self.tls_troupe()
        with node.dialogue() as client:
            client.greet()
            self.assert_reply(client.say("STARTTLS"), "220")
            client.send(b"MAIL FROM:<evil@src.test>\r\n")
            with self.assertRaises(OSError):
                self.secured(client)
        node.wait_event("tls_failed", outcome="failed")

    def test_nothing_said_before_is_known_after(self):
        node = self.tls_troupe()
        with node.dialogue() as client:
            client.greet()
            client.envelope("evil@src.test", "b@local.test")
            self.assert_reply(client.say("STARTTLS"), "220")
            self.secured(client)
            self.assert_reply(client.say("DATA"), "503")
            self.assert_reply(client.say("MAIL FROM:<a@src.test>"), "503")


class Reload(TlsCase):
    def test_a_new_certificate_is_shown_and_nobody_is_dropped(self):
        node = self.tls_troupe()
        old = self.start_tls(node)
        old.say("EHLO client.test")
        before = old.socket.getpeercert(binary_form=True)
        self.authority.issue("troupe.test")  # in place of the first
        node.reload()
        node.wait_event("reload", outcome="done")
        until("the new certificate", lambda: self.start_tls(node).socket.getpeercert(binary_form=True) != before)
        old.envelope("a@src.test", "b@local.test")
        self.assert_reply(old.data(letters.plain()), "250 2.")

    def test_files_that_are_no_good_change_nothing(self):
        node = self.tls_troupe()
        other = self.authority.issue("other.test").key
        kept = self.key.read_bytes()
        for broken, why in ((other.read_bytes(), "key values mismatch|key type mismatch|no certificate assigned"), (b"nonsense", "no start line|unsupported"), (None, "No such file")):
            seen = len(node.events("reload", outcome="refused"))
            self.key.unlink()
            if broken is not None:
                self.key.write_bytes(broken)
            node.reload()
            refused = node.wait_event("reload", seen + 1, outcome="refused")[-1]
            self.assertIn(str(self.key), refused["reason"])
            self.assertRegex(refused["reason"], why)
            self.start_tls(node)
            checked = subprocess.run([node.binary, "--config", str(node.config), "--check"], capture_output=True, text=True, timeout=60)
            self.assertEqual(checked.returncode, 78)
            self.assertIn(str(self.key), checked.stderr)
        self.key.write_bytes(kept)
        node.reload()
        node.wait_event("reload", outcome="done")

    def test_a_start_with_a_bad_file_says_which(self):
        self.key.write_bytes(b"nonsense")
        node = self.node({"tls": {"certificate": self.certificate, "key": self.key}})
        node.launch()
        self.assertEqual(node.process.wait(patience(20)), 78)
        self.assertIn(str(self.key), node.log_tail())


class RealClients(TlsCase):
    def run_client(self, *words, stdin=b""):
        done = subprocess.run([str(w) for w in words], input=stdin, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr).decode(errors="replace"))

    def stored(self, node, user: str) -> str:
        return maildir.wait_for(node.maildir(user))[0].replace(b"\r\n", b"\n").decode()

    @needs("swaks")
    def test_swaks(self):
        node = self.tls_troupe(tls="required")
        for user, how in (("one", ["--port", node.port, "--tls"]), ("two", ["--port", self.implicit_port, "--tls-on-connect"])):
            self.run_client("swaks", "--server", "127.0.0.1", *how, "--tls-verify", "--tls-ca-path", self.authority.root.path, "--tls-sni", "troupe.test",
                            "--from", "a@src.test", "--to", f"{user}@local.test", "--body", "Hello")
            self.assertIn("with ESMTPS\n", self.stored(node, user))

    @needs("curl")
    def test_curl(self):
        node = self.tls_troupe(tls="required")
        for user, scheme, port in (("one", "smtp", node.port), ("two", "smtps", self.implicit_port)):
            self.run_client("curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", self.authority.root.path, "--resolve", f"troupe.test:{port}:127.0.0.1",
                            "--upload-file", "-", "--mail-from", "a@src.test", "--mail-rcpt", f"{user}@local.test", f"{scheme}://troupe.test:{port}",
                            stdin=letters.plain())
            self.assertIn("with ESMTPS\n", self.stored(node, user))

    def test_smtplib_with_a_letter_of_many_records(self):
        node = self.tls_troupe()
        sent = letters.big(3 << 20)
        with smtplib.SMTP("127.0.0.1", node.port) as client:
            client.starttls(context=self.unnamed())
            client.sendmail("a@src.test", ["one@local.test"], sent)
        with smtplib.SMTP_SSL("127.0.0.1", self.implicit_port, context=self.unnamed()) as client:
            client.sendmail("a@src.test", ["two@local.test"], sent)
        for user in ("one", "two"):
            self.assert_same(sent, maildir.wait_for(node.maildir(user))[0])

    def unnamed(self) -> ssl.SSLContext:
        context = self.trusting()
        context.check_hostname = False  # it is asked by its address
        return context

    @needs("postfix", root=True)
    def test_postfix_as_a_client(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(version):
                user = version.replace(".", "").lower()
                node = self.nodes[0] if self.nodes else self.tls_troupe(tls="required")
                peer = self.started(Postfix(self.folder / version, relay_port=node.port, smtp_tls_security_level="verify",
                                            smtp_tls_CAfile=self.authority.root.path, smtp_tls_verify_cert_match="troupe.test",
                                            smtp_tls_mandatory_protocols=version, smtp_tls_loglevel="1"))
                with smtplib.SMTP("127.0.0.1", peer.port) as client:
                    client.sendmail("a@src.test", [f"{user}@local.test"], letters.plain())
                self.assertIn(f"({version});", self.stored(node, user))

    @unittest.skipIf(exim.why_not(), str(exim.why_not()))
    def test_exim_as_a_client(self):
        node = self.tls_troupe(tls="required")
        for version in ("1.2", "1.3"):
            with self.subTest(version):
                user = "tls" + version.replace(".", "")
                peer = self.started(exim.Exim(self.folder / version, relay_port=node.port, roots=self.authority.root.path,
                                              ciphers=f"NORMAL:-VERS-ALL:+VERS-TLS{version}"))
                with smtplib.SMTP("127.0.0.1", peer.port) as client:
                    client.sendmail("a@src.test", [f"{user}@local.test"], letters.plain())
                self.assertIn(f"(TLSv{version});", self.stored(node, user))


class Crowd(TlsCase):
    CONNECTIONS = 1000

    def test_a_thousand_connections_at_once(self):
        node = self.tls_troupe({"limits": {"connections": 2000, "connections_per_ip": 2000}})
        before = node.rss()
        crowd: list[Dialogue] = []
        guard = threading.Lock()
        context = self.trusting()

        def come(count):
            for _ in range(count):
                client = node.dialogue(60)
                client.greet()
                client.say("STARTTLS")
                self.secured(client, context=context)
                client.say("EHLO client.test")
                with guard:
                    crowd.append(client)

        threads = [threading.Thread(target=come, args=(self.CONNECTIONS // 10,)) for _ in range(10)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(len(crowd), self.CONNECTIONS)
        cost = (node.rss() - before) / self.CONNECTIONS
        if not in_use():
            self.assertLess(cost, 40 * 1024, "bytes for each idle connection with TLS")
        for client in crowd:
            self.assert_reply(client.say("NOOP"), "250")
        for client in crowd[::10]:
            client.envelope("a@src.test", "crowd@local.test")
            self.assert_reply(client.data(letters.plain()), "250 2.")
        for client in crowd:
            client.socket.close()
        maildir.wait_for(node.maildir("crowd"), len(crowd[::10]), 60)
        until("all to have gone", lambda: node.metric("sessions") == 0)


if __name__ == "__main__":
    unittest.main()
