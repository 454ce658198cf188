"""AUTH within TLS with real clients, and logins that are bound to their connection."""

import contextlib
import re
import socket
import subprocess
import threading

from auth import AuthCase, needs
from support import letters, maildir
from support.authority import Authority
from support.ports import free_port
from support.sanitizer import patience


class SaysHelloFirst(threading.Thread):
    """Between gsasl, which says STARTTLS before EHLO, and a server that wants EHLO: one connection, untouched from TLS on."""

    def __init__(self, port: int):
        super().__init__(daemon=True)
        self.server = socket.create_connection(("127.0.0.1", port), 60)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.start()

    def run(self):
        client, _ = self.door.accept()
        client.sendall(self.server.recv(4096))
        first = client.recv(4096)
        self.server.sendall(b"EHLO gsasl.test\r\n")
        offers = b""
        while not re.search(rb"^250 .*\r\n\Z", offers, re.MULTILINE):
            offers += self.server.recv(4096)
        self.server.sendall(first)
        back = threading.Thread(target=self.carry, args=(self.server, client), daemon=True)
        back.start()
        self.carry(client, self.server)
        back.join(60)
        for each in (client, self.server, self.door):
            each.close()

    @staticmethod
    def carry(one: socket.socket, other: socket.socket):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


class AuthWithinTls(AuthCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder / "ca")
        self.root = str(self.authority.root.path)
        made = self.authority.issue("localhost")
        self.implicit_port = free_port()
        self.node_ = self.troupe({
            "tls": {"certificate": made.path, "key": made.key},
            "listener": [{"kind": "submission", "tls": "required"},
                         {"kind": "submission", "tls": "implicit", "address": f"127.0.0.1:{self.implicit_port}"}],
            "relay": {"networks": []},
            "auth": {"users": self.users("scram", "sha")}})

    def logged_in(self, count: int) -> list[str]:
        """By which mechanisms, in order."""
        return [each["mechanism"] for each in self.node_.wait_event("login_accepted", count)]

    def run_client(self, *words: str, said: bytes = b"") -> subprocess.CompletedProcess:
        return subprocess.run([str(w) for w in words], input=said, capture_output=True, timeout=patience(60))

    def assert_went(self, done: subprocess.CompletedProcess):
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr).decode(errors="replace"))

    @needs("swaks")
    def test_swaks_behind_starttls_and_within_tls(self):
        for more, port in ((["--tls"], self.node_.port), (["--tlsc"], self.implicit_port)):
            for mechanism in ("PLAIN", "LOGIN"):
                for user in ("scram", "sha"):
                    with self.subTest(mechanism=mechanism, user=user, more=more):
                        self.assert_went(self.run_client(
                            "swaks", "--server", f"127.0.0.1:{port}", *more, "--from", f"{user}@local.test", "--to", "b@local.test",
                            "--auth", mechanism, "--auth-user", user, "--auth-password", self.WORDS[user]))
        self.assertEqual(sorted(self.logged_in(8)), ["LOGIN"] * 4 + ["PLAIN"] * 4)
        stored = maildir.wait_for(self.node_.maildir("b"), 8)
        self.assertTrue(all(b"with ESMTPSA" in each for each in stored), stored[0])

    @needs("curl")
    def test_curl(self):
        for scheme, port in (("smtp", self.node_.port), ("smtps", self.implicit_port)):
            self.assert_went(self.run_client(
                "curl", "-sS", "--ssl-reqd", "--cacert", self.root, "-T", "-", "--mail-from", "scram@local.test", "--mail-rcpt", "b@local.test",
                "--user", "scram:s-word", "--login-options", "AUTH=PLAIN", f"{scheme}://localhost:{port}", said=letters.plain()))
        self.assertEqual(self.logged_in(2), ["PLAIN", "PLAIN"])

    @needs("msmtp")
    def test_msmtp_by_each_mechanism(self):
        for mechanism in ("plain", "login", "scram-sha-256"):
            for starttls, port in (("on", self.node_.port), ("off", self.implicit_port)):
                self.assert_went(self.run_client(
                    "msmtp", "--file=/dev/null", "--host=localhost", f"--port={port}", "--tls=on", f"--tls-starttls={starttls}",
                    f"--tls-trust-file={self.root}", f"--auth={mechanism}", "--user=scram", "--passwordeval=echo s-word",
                    "--from=scram@local.test", "b@local.test", said=letters.plain()))
        self.assertEqual(set(self.logged_in(6)), {"PLAIN", "LOGIN", "SCRAM-SHA-256"})

    def gsasl(self, mechanism: str, *more: str, word: str = "s-word") -> subprocess.CompletedProcess:
        return self.run_client("gsasl", "--client", "--smtp", f"--connect=localhost:{SaysHelloFirst(self.node_.port).port}", "--starttls", f"--x509-ca-file={self.root}",
                               f"--mechanism={mechanism}", "--authentication-id=scram", "--authorization-id=scram", f"--password={word}", "--hostname=localhost", *more, said=b"")

    @needs("gsasl")
    def test_gsasl_binds_its_login_to_the_connection(self):
        done = self.gsasl("SCRAM-SHA-256-PLUS")
        self.assert_went(done)
        self.assertEqual(self.logged_in(1), ["SCRAM-SHA-256-PLUS"])
        self.assertTrue(re.search(rb"235 ", done.stdout + done.stderr), done)

    @needs("gsasl")
    def test_gsasl_without_binding_is_welcome_where_it_says_so(self):
        self.assert_went(self.gsasl("SCRAM-SHA-256", "--no-cb"))
        self.assertEqual(self.logged_in(1), ["SCRAM-SHA-256"])

    @needs("gsasl")
    def test_gsasl_with_a_wrong_password_is_turned_away(self):
        self.assertNotEqual(self.gsasl("SCRAM-SHA-256-PLUS", word="other").returncode, 0)
        self.assertEqual(self.node_.wait_event("login_failed")[0]["mechanism"], "SCRAM-SHA-256-PLUS")


# What is only the frame of other themes is not run again here.
del AuthCase
