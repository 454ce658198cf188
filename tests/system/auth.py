"""AUTH with real clients and servers: who gets in, who does not, and what strangers learn."""

import base64
import contextlib
import hashlib
import hmac
import os
import pathlib
import signal
import smtplib
import statistics
import subprocess
import threading
import time
import unittest

from support import letters, maildir
from support.authority import Authority
from support.case import SystemCase
from support.dialogue import Dialogue
from support.peers import Postfix, why_not
from support.ports import free_port, until, wait_until_listening
from support.programs import program
from support.sanitizer import patience


def needs(name, root=False):
    return unittest.skipIf(why_not(name, root), str(why_not(name, root)))


def b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def secret(word: str, *options: str) -> str:
    """As troupectl makes it."""
    done = subprocess.run([program("troupectl"), "passwd", *options], input=word + "\n", capture_output=True, text=True, timeout=patience(20))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class ScramClient:
    """RFC 5802 by hand: no client of Debian breaks the rules."""

    def __init__(self, user: str, word: str, gs2="n,,", binding=b""):
        self.word, self.gs2, self.binding = word, gs2, binding
        self.nonce = b64(os.urandom(12))
        self.bare = f"n={user},r={self.nonce}"

    def first(self) -> str:
        return self.gs2 + self.bare

    def final(self, challenge: str) -> str:
        fields = dict(x.split("=", 1) for x in challenge.split(","))
        assert fields["r"].startswith(self.nonce)
        salted = hashlib.pbkdf2_hmac("sha256", self.word.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        without = "c=" + b64(self.gs2.encode() + self.binding) + ",r=" + fields["r"]
        said = ",".join((self.bare, challenge, without)).encode()
        proof = bytes(a ^ b for a, b in zip(key, hmac.digest(hashlib.sha256(key).digest(), said, "sha256")))
        self.server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")
        return without + ",p=" + b64(proof)


class AuthCase(SystemCase):
    # By the kind of secret: what the names say.
    WORDS = {"yes": "y-word", "scram": "s-word", "bcrypt": "b-word", "sha": "h-word"}
    BCRYPT = "$2b$05$"

    def users(self, *names: str) -> pathlib.Path:
        path = self.folder / "users"
        path.write_text("# people\n" + "".join(f"{n}:{self.secret_of(n)}\n" for n in names))
        return path

    def secret_of(self, name: str) -> str:
        word = self.WORDS.get(name, name + "-word")
        if name == "sha":
            return subprocess.run(["openssl", "passwd", "-6", word], capture_output=True, text=True, check=True).stdout.strip()
        return secret(word, *(["--scram"] if name.startswith("scram") else []))

    def door(self, names=("yes", "scram", "sha"), listener=None, **settings):
        """A submission listener for this host, without TLS."""
        auth = settings.pop("auth", {})
        if names:
            auth = {"users": self.users(*names), **auth}
        return self.troupe({
            "listener": [{"kind": "submission", "plaintext_auth": "loopback", **(listener or {})}],
            "relay": {"networks": []},
            "auth": {"delay": ["50ms", "1s"], **auth}, **settings})

    def plain(self, client: Dialogue, user: str, word: str) -> str:
        return client.say(f"AUTH PLAIN {b64(f'{chr(0)}{user}{chr(0)}{word}')}")

    def try_plain(self, node, user: str, word: str, source="") -> str:
        with Dialogue(node.port, 60, source) as client:
            client.greet()
            return self.plain(client, user, word)


class Mechanisms(AuthCase):
    def swaks(self, node, user, word, mechanism, *more):
        return subprocess.run(["swaks", "--server", f"127.0.0.1:{node.port}", "--from", f"{user}@local.test", "--to", "b@local.test", "--auth", mechanism,
                               "--auth-user", user, "--auth-password", word, "--header", f"Subject: {mechanism}", *more],
                              capture_output=True, text=True, timeout=patience(60))

    @needs("swaks")
    def test_swaks_logs_in_by_each_mechanism_that_it_knows(self):
        node = self.door()
        for mechanism in ("PLAIN", "LOGIN"):
            for user in ("yes", "scram", "sha"):
                with self.subTest(mechanism=mechanism, user=user):
                    done = self.swaks(node, user, self.WORDS[user], mechanism)
                    self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        stored = maildir.wait_for(node.maildir("b"), 6)
        self.assertTrue(all(b"with ESMTPA" in each for each in stored), stored[0])
        self.assertEqual(len(node.wait_event("login_accepted", 6)), 6)
        self.assertEqual(sorted({e["user"] for e in node.wait_event("message_received", 6)}), ["scram", "sha", "yes"])
        self.assertEqual(node.metrics()['troupe_auth_attempts_total{outcome="accepted"}'], 6)

    @needs("swaks")
    def test_swaks_with_a_wrong_password_is_told_so(self):
        node = self.door()
        done = self.swaks(node, "yes", "wrong", "PLAIN")
        self.assertEqual(done.returncode, 28, done.stdout)
        self.assertIn("535 5.7.8", done.stdout)
        failed = node.wait_event("login_failed")[0]
        self.assertEqual((failed["user"], failed["mechanism"], failed["reason"]), ("yes", "PLAIN", "refused"))
        self.assertNotIn("wrong", "\n".join(node.log_lines()))

    @needs("curl")
    def test_curl_logs_in_by_scram_and_by_plain(self):
        node = self.door(("scram",))
        for options in (["--login-options", "AUTH=SCRAM-SHA-256"], ["--login-options", "AUTH=PLAIN"], ["--login-options", "AUTH=LOGIN"]):
            with self.subTest(options[-1]):
                done = subprocess.run(["curl", "-sS", "-T", "-", "--mail-from", "scram@local.test", "--mail-rcpt", "b@local.test", "--user", "scram:s-word",
                                       *options, f"smtp://127.0.0.1:{node.port}"], input=letters.plain(), capture_output=True, timeout=patience(60))
                if b"SCRAM" in done.stderr or done.returncode == 67 and "SCRAM" in options[-1] and not node.events("login_failed"):
                    self.skipTest("this curl lacks SCRAM")
                self.assertEqual(done.returncode, 0, done.stderr)

    @needs("msmtp")
    def test_msmtp_logs_in_by_each_mechanism(self):
        node = self.door(("scram",))
        for mechanism in ("plain", "login", "scram-sha-256"):
            with self.subTest(mechanism):
                done = subprocess.run(["msmtp", "--file=/dev/null", "--host=127.0.0.1", f"--port={node.port}", "--tls=off", f"--auth={mechanism}", "--user=scram",
                                       "--passwordeval=echo s-word", "--from=scram@local.test", "b@local.test"], input=letters.plain(), capture_output=True, timeout=patience(60))
                if b"no support for" in done.stderr or b"not supported" in done.stderr:
                    self.skipTest(done.stderr.decode())
                self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({e["mechanism"] for e in node.wait_event("login_accepted", 3)}, {"PLAIN", "LOGIN", "SCRAM-SHA-256"})

    def test_smtplib_logs_in_and_sends(self):
        node = self.door()
        with smtplib.SMTP("127.0.0.1", node.port) as client:
            client.login("yes", "y-word")
            self.assertEqual(client.sendmail("yes@local.test", ["b@local.test"], letters.plain()), {})
        with smtplib.SMTP("127.0.0.1", node.port) as client:
            with self.assertRaises(smtplib.SMTPAuthenticationError):
                client.login("yes", "no-word")

    def test_scram_by_hand_succeeds_and_the_server_proves_itself(self):
        node = self.door()
        with node.dialogue() as client:
            self.assertIn("AUTH SCRAM-SHA-256 PLAIN LOGIN", client.greet())
            scram = ScramClient("scram", "s-word")
            asked = client.say("AUTH SCRAM-SHA-256 " + b64(scram.first()))
            said = client.say(b64(scram.final(base64.b64decode(asked[4:]).decode())))
            self.assertEqual(base64.b64decode(said[4:]), b"v=" + base64.b64encode(scram.server))
            self.assert_reply(client.say(""), "235")
            self.assert_reply(client.say("AUTH PLAIN AGEAYg=="), "503")

    def test_scram_bindings_are_heeded(self):
        node = self.door()
        for gs2 in ("p=tls-exporter,,", "p=tls-unique,,", "n,a=root,"):
            with self.subTest(gs2), node.dialogue() as client:
                client.greet()
                self.assert_reply(client.say("AUTH SCRAM-SHA-256 " + b64(ScramClient("scram", "s-word", gs2).first())), "535 5.7.8")


class Doors(AuthCase):
    def test_submission_asks_for_a_login_and_then_relays(self):
        node = self.door(route=[{"match": ["else.test"], "via": "hold"}])
        with node.dialogue() as client:
            client.greet()
            self.assert_reply(client.say("MAIL FROM:<yes@local.test>"), "530 5.7.0")
            self.assert_reply(self.plain(client, "yes", "y-word"), "235")
            self.assertEqual([a[:3] for a in client.envelope("yes@local.test", "x@else.test")], ["250", "250"])

    def test_a_listener_for_others_still_relays_for_those_who_logged_in(self):
        node = self.door(listener={"kind": "mx", "auth": "optional"}, route=[{"match": ["else.test"], "via": "hold"}])
        with node.dialogue() as client:
            client.greet()
            self.assertEqual([a[:3] for a in client.envelope("yes@local.test", "x@else.test")], ["250", "550"])
            client.say("RSET")
            self.assert_reply(self.plain(client, "yes", "y-word"), "235")
            self.assertEqual([a[:3] for a in client.envelope("yes@local.test", "x@else.test")], ["250", "250"])

    def test_nothing_is_offered_to_those_who_could_be_overheard(self):
        # Without TLS only this host's own clients may log in, and 127.0.0.1 is what the test has: so no listener lets them.
        node = self.node({"listener": [{"auth": "optional"}], "auth": {"users": self.users("yes")}})
        done = subprocess.run([node.binary, "--config", str(node.config), "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 78)
        self.assertIn("lets nobody in without tls", done.stderr)

    def test_date_and_message_id_are_put_in_where_they_are_missing(self):
        node = self.door()
        for subject, head in (("none", b""), ("both", b"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <mine@src.test>\r\n")):
            with node.dialogue() as client:
                client.greet()
                self.plain(client, "yes", "y-word")
                client.envelope("yes@local.test", f"{subject}@local.test")
                self.assert_reply(client.data(b"From: yes@local.test\r\n" + head + b"Subject: " + subject.encode() + b"\r\n\r\nText\r\n"), "250")
        none = maildir.wait_for(node.maildir("none"))[0].replace(b"\r\n", b"\n")
        self.assertRegex(none, rb"\nSubject: none\nDate: \w{3}, \d+ \w{3} \d{4} [\d:]{8} \+0000\nMessage-ID: <[^>\s]+@troupe\.test>\n\nText\n")
        both = maildir.wait_for(node.maildir("both"))[0].replace(b"\r\n", b"\n")
        self.assertTrue(both.endswith(b"Message-ID: <mine@src.test>\nSubject: both\n\nText\n"), both)
        self.assertEqual(both.lower().count(b"\ndate:"), 1)

    def test_a_login_sends_as_itself_and_as_what_was_granted(self):
        node = self.door(listener={"senders": "own"}, **{"auth.sender": [{"user": "yes", "addresses": ["sales@local.test", "@lists.test"]}]})
        with node.dialogue() as client:
            client.greet()
            self.plain(client, "yes", "y-word")
            for sender, code in (("yes@local.test", "250"), ("sales@local.test", "250"), ("any@lists.test", "250"), ("", "250"),
                                 ("scram@local.test", "553 5.7.1"), ("yes@else.test", "553 5.7.1"), ("x@sub.lists.test", "553 5.7.1")):
                with self.subTest(sender):
                    self.assert_reply(client.say(f"MAIL FROM:<{sender}>"), code)
                    client.say("RSET")
        self.assertEqual(node.metrics()['troupe_messages_rejected_total{reason="sender_not_owned"}'], 3)

    def test_users_are_read_anew_and_a_broken_file_changes_nothing(self):
        node = self.door(("yes",))
        self.assert_reply(self.try_plain(node, "late", "late-word"), "535")
        self.users("yes", "late")
        node.reload()
        node.wait_event("reload", outcome="done")
        self.assert_reply(self.try_plain(node, "late", "late-word"), "235")
        (self.folder / "users").write_text("yes:plain-text-password\n")
        node.reload()
        refused = node.wait_event("reload", outcome="refused")[0]
        self.assertIn("line 1: is no hash", refused["reason"])
        self.assertNotIn("plain-text", refused["reason"])
        self.assert_reply(self.try_plain(node, "yes", "y-word"), "235")

    def test_a_broken_users_file_is_refused_at_start(self):
        (self.folder / "users").write_text("ann\n")
        node = self.node({"listener": [{"auth": "optional", "plaintext_auth": "loopback"}], "auth": {"users": self.folder / "users"}})
        node.launch()
        self.assertEqual(node.process.wait(patience(20)), 78)
        self.assertIn("line 1: is no name:secret", node.log_tail())


class Strangers(AuthCase):
    def test_the_words_are_the_same_whoever_is_asked_for(self):
        node = self.door()
        said = {self.try_plain(node, user, "wrong") for user in ("yes", "scram", "sha", "nobody", "root")}
        self.assertEqual(len(said), 1, said)

    def test_a_verifier_is_shown_for_everybody_and_always_the_same(self):
        node = self.door(("yes", "scram"))

        def challenge(user):
            with node.dialogue() as client:
                client.greet()
                asked = client.say("AUTH SCRAM-SHA-256 " + b64(ScramClient(user, "x").first()))
                client.say("*")
                return dict(x.split("=", 1) for x in base64.b64decode(asked[4:]).decode().split(","))

        shapes = {user: challenge(user) for user in ("scram", "yes", "nobody")}
        self.assertEqual(len({(len(f["s"]), f["i"]) for f in shapes.values()}), 1, shapes)
        node.stop()
        node.start()
        for user, fields in shapes.items():
            self.assertEqual(challenge(user)["s"], fields["s"], user)

    def test_the_clock_tells_nothing_of_names(self):
        node = self.door(("yes", "scram", "sha"), auth={"delay": ["10ms", "10ms"]})
        took = {}
        with node.dialogue(120) as client:
            client.greet()
            client.socket.setsockopt(6, 1, 1)
        for turn in range(40):
            for user in ("yes", f"nobody{turn}"):
                with Dialogue(node.port, 60, f"127.0.{turn + 1}.{1 + len(took)}") as client:
                    client.greet()
                    began = time.monotonic()
                    self.assert_reply(self.plain(client, user, "wrong"), "535")
                    took.setdefault("known" if user == "yes" else "unknown", []).append(time.monotonic() - began)
        # Of unknown names each costs what somebody's secret costs; of 40 about 13 as much as "yes".
        known = statistics.median(took["known"])
        dear = sum(seconds > 0.5 * known for seconds in took["unknown"])
        self.assertGreaterEqual(dear, 3, took)

    def test_the_usual_delay_hides_what_is_left(self):
        node = self.door(("yes", "scram"), auth={"delay": ["400ms", "400ms"]})
        took = []
        for turn, user in enumerate(("yes", "scram", "nobody", "root") * 3):
            with Dialogue(node.port, 60, f"127.0.3.{turn + 1}") as client:
                client.greet()
                began = time.monotonic()
                self.assert_reply(self.plain(client, user, "wrong"), "535")
                took.append(time.monotonic() - began)
        self.assertGreaterEqual(min(took), 0.4)
        self.assertLess(statistics.median(took), 0.6)

    def test_guessing_slows_down_and_ends(self):
        node = self.door(auth={"delay": ["100ms", "800ms"]})
        began, waits = time.monotonic(), []
        for guess in range(10):
            self.assert_reply(self.try_plain(node, "yes", f"guess{guess}"), "535")
            waits.append(time.monotonic() - began)
            began = time.monotonic()
        self.assertGreater(statistics.mean(waits[-3:]) - statistics.mean(waits[:3]), 0.3, waits)
        # He whose name it is, from where he logged in before, or from elsewhere, still gets in.
        self.assert_reply(self.try_plain(node, "yes", "y-word", "127.0.9.9"), "235")

    def test_a_hundred_guesses_at_once_are_not_cheaper(self):
        node = self.door(auth={"delay": ["1s", "30s"]})
        said = []

        def guess(number):
            with contextlib.suppress(ConnectionError):  # the node is killed in the end
                said.append(self.try_plain(node, "yes", f"guess{number}"))

        threads = [threading.Thread(target=guess, args=(n,), daemon=True) for n in range(60)]
        for each in threads:
            each.start()
        until("most of them to be turned away", lambda: sum(s.startswith("454 4.7.0") for s in said) >= 45, 20)
        self.assertLess(sum(s.startswith("535") for s in said), 15)
        self.assertGreater(node.metrics()['troupe_auth_attempts_total{outcome="throttled"}'], 40)
        node.kill()
        for each in threads:
            each.join(10)

    def test_errors_end_a_connection(self):
        node = self.door(auth={"delay": ["10ms", "10ms"]}, limits={"errors_per_connection": 3})
        with node.dialogue() as client:
            client.greet()
            for _ in range(3):
                self.assert_reply(self.plain(client, "nobody", "x"), "535")
            self.assert_reply(client.reply(), "421")

    def test_slow_hashes_stall_nobody(self):
        path = self.folder / "users"
        slow = subprocess.run(["openssl", "passwd", "-6", "-salt", "saltsalt", "slow-word"], capture_output=True, text=True, check=True).stdout.strip()
        path.write_text(f"slow:$6$rounds=3000000$saltsalt${slow.rsplit('$', 1)[1]}\n")
        node = self.door((), auth={"users": path, "delay": ["10ms", "10ms"]})
        done = []
        threads = [threading.Thread(target=lambda n=n: done.append(self.try_plain(node, "slow", "x", f"127.0.7.{n + 1}")), daemon=True) for n in range(4)]
        for each in threads:
            each.start()
        until("hashes under way", lambda: node.metrics().get('troupe_pool_busy{pool="auth"}', 0) >= 1)
        waits = []
        while len(done) < 4 and len(waits) < 100:
            began = time.monotonic()
            with Dialogue(node.port) as client:
                client.greet()
                self.assert_reply(client.say("NOOP"), "250")
            waits.append(time.monotonic() - began)
            time.sleep(0.01)
        self.assertGreater(len(waits), 10)
        self.assertLess(statistics.median(waits), patience(0.1))
        for each in threads:
            each.join(60)
        self.assertTrue(all(s.startswith("535") for s in done), done)


class Dovecots(AuthCase):
    @needs("dovecot", root=True)
    def test_dovecot_knows_whom_the_users_file_does_not(self):
        dovecot = self.started(DovecotAuth(self.folder / "dovecot", {"dora": "d-word"}))
        node = self.door(("yes",), auth={"dovecot": f"unix:{dovecot.socket}"})
        self.assert_reply(self.try_plain(node, "dora", "d-word"), "235")
        self.assert_reply(self.try_plain(node, "dora", "wrong"), "535 5.7.8")
        self.assert_reply(self.try_plain(node, "nobody", "wrong"), "535 5.7.8")
        self.assert_reply(self.try_plain(node, "yes", "y-word"), "235")
        dovecot.kill()
        said = [self.try_plain(node, "dora", "d-word", f"127.0.5.{n + 1}") for n in range(7)]
        self.assertTrue(all(s.startswith("454 4.7.0") for s in said), said)
        node.wait_event("breaker_changed", name="auth", to="open")
        self.assert_reply(self.try_plain(node, "yes", "y-word"), "235")
        dovecot.start()
        until("dora to get in again", lambda: self.try_plain(node, "dora", "d-word").startswith("235"), 30, 0.3)


class DovecotAuth:
    """Dovecot with nothing but its auth service."""

    CONF = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols =
ssl = no
auth_mechanisms = plain login scram-sha-256
auth_failure_delay = 0
service auth {{
  unix_listener {folder}/auth.sock {{
    mode = 0666
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
"""

    def __init__(self, folder: pathlib.Path, users: dict[str, str]):
        self.folder, self.users = folder, users
        self.socket = folder / "auth.sock"

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        (self.folder / "users").write_text("".join(f"{u}:{{PLAIN}}{w}::::::\n" for u, w in self.users.items()))
        conf = self.folder / "dovecot.conf"
        conf.write_text(self.CONF.format(folder=self.folder))
        self.process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", str(conf)], stdin=subprocess.DEVNULL, start_new_session=True)
        until("Dovecot's socket", self.socket.exists)
        return self

    def kill(self):
        """With its children: told to end, they go on for those who are connected."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.socket.unlink(missing_ok=True)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


class SmartHosts(AuthCase):
    @needs("postfix", root=True)
    @needs("dovecot", root=True)
    def test_postfix_takes_our_mail_once_we_have_logged_in(self):
        dovecot = self.started(DovecotAuth(self.folder / "dovecot", {"dora": "d-word"}))
        postfix = self.started(Postfix(self.folder / "postfix", ("relay.test",), smtpd_sasl_auth_enable="yes", smtpd_sasl_type="dovecot",
                                       smtpd_sasl_path=str(dovecot.socket), smtpd_relay_restrictions="permit_sasl_authenticated, reject"))
        node = self.troupe({"route": [{"match": ["relay.test"], "via": f"smtp:127.0.0.1:{postfix.port}", "auth": "dora:d-word"}]})
        self.assert_reply(node.send(letters.plain(), recipients=["b@relay.test"]), "250")
        self.assert_same(letters.plain(), postfix.wait_for(1)[0])
        self.assertIn("sasl_method=SCRAM-SHA-256, sasl_username=dora", postfix.log())
        node.wait_queue_empty()

    @needs("postfix", root=True)
    @needs("dovecot", root=True)
    def test_a_host_that_hears_logins_within_tls_only_gets_ours_there(self):
        dovecot = self.started(DovecotAuth(self.folder / "dovecot", {"dora": "d-word"}))
        certificate = Authority(self.folder / "ca").issue("mx.relay.test")
        postfix = self.started(Postfix(self.folder / "postfix", ("relay.test",), smtpd_sasl_auth_enable="yes", smtpd_sasl_type="dovecot",
                                       smtpd_sasl_path=str(dovecot.socket), smtpd_relay_restrictions="permit_sasl_authenticated, reject",
                                       smtpd_tls_security_level="may", smtpd_tls_auth_only="yes",
                                       smtpd_tls_cert_file=certificate.path, smtpd_tls_key_file=certificate.key))
        node = self.troupe({"route": [{"match": ["relay.test"], "via": f"smtp:127.0.0.1:{postfix.port}", "auth": "dora:d-word", "tls": "required"}]})
        self.assert_reply(node.send(letters.plain(), recipients=["b@relay.test"]), "250")
        self.assert_same(letters.plain(), postfix.wait_for(1)[0])
        self.assertIn("sasl_username=dora", postfix.log())
        self.assertIn("TLSv1.3 ", node.wait_event("message_delivered")[0]["tls"])

    @needs("postfix", root=True)
    @needs("dovecot", root=True)
    def test_a_host_that_refuses_our_login_defers_the_letter(self):
        dovecot = self.started(DovecotAuth(self.folder / "dovecot", {"dora": "other-word"}))
        postfix = self.started(Postfix(self.folder / "postfix", ("relay.test",), smtpd_sasl_auth_enable="yes", smtpd_sasl_type="dovecot",
                                       smtpd_sasl_path=str(dovecot.socket), smtpd_relay_restrictions="permit_sasl_authenticated, reject"))
        node = self.troupe({"route": [{"match": ["relay.test"], "via": f"smtp:127.0.0.1:{postfix.port}", "auth": "dora:d-word"}], "retry": {"schedule": ["1m"]}})
        self.assert_reply(node.send(letters.plain(), recipients=["b@relay.test"]), "250")
        deferred = node.wait_event("message_deferred")[0]
        self.assertIn("535", deferred["reply"])
        self.assertEqual(node.events("message_bounced"), [])
        self.assertNotIn("d-word", "\n".join(node.log_lines()))

    def log_in_to_another(self, name: str):
        host = self.door((name,), listener={"senders": "own"})
        node = self.troupe({"route": [{"match": ["local.test"], "via": f"smtp:127.0.0.1:{host.port}", "auth": f"{name}:{self.WORDS[name]}"}],
                            "domain": [{"name": "here.test", "deliver": "discard"}]}, "client")
        self.assert_reply(node.send(letters.plain(), f"{name}@local.test", ["b@local.test"]), "250")
        self.assertEqual(host.wait_event("message_received")[0]["user"], name)
        return host.events("login_accepted")[0]["mechanism"]

    def test_one_troupe_logs_in_to_another_by_scram(self):
        self.assertEqual(self.log_in_to_another("scram"), "SCRAM-SHA-256")

    def test_one_troupe_logs_in_to_another_by_plain(self):
        self.assertEqual(self.log_in_to_another("yes"), "PLAIN")


class Passwd(AuthCase):
    def test_the_password_comes_from_standard_input_and_never_from_the_command_line(self):
        self.assertRegex(secret("word"), r"^\$y\$")
        self.assertRegex(secret("word", "--scram"), r"^SCRAM-SHA-256\$10000:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$")
        self.assertRegex(secret("word", "ann@local.test"), r"^ann@local\.test:\$y\$")
        self.assertNotEqual(secret("word"), secret("word"))
        for words in (["ann", "word"], ["a:b"], ["--scram", "--iterations", "100"]):
            done = subprocess.run([program("troupectl"), "passwd", *words], input="x\n", capture_output=True, text=True)
            self.assertIn(done.returncode, (64, 65), words)

    def test_postgresql_would_write_the_same_verifier(self):
        text = secret("pencil", "--scram")
        iterations, salt = text.split("$")[1].split(":")
        salted = hashlib.pbkdf2_hmac("sha256", b"pencil", base64.b64decode(salt), int(iterations))
        stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
        server = hmac.digest(salted, b"Server Key", "sha256")
        self.assertEqual(text, f"SCRAM-SHA-256${iterations}:{salt}${b64(stored)}:{b64(server)}")


if __name__ == "__main__":
    unittest.main()
