"""troupe-sendmail, as programs call it and as people do; what it says lies in the Maildir."""

import os
import pwd
import shutil
import subprocess
import unittest

from support import maildir
from support.case import SystemCase
from support.peers import why_not
from support.programs import program

SENDMAIL = program("troupe-sendmail")


def needs(name):
    return unittest.skipIf(why_not(name, root=False), str(why_not(name, root=False)))


class Sendmail(SystemCase):
    def setUp(self):
        super().setUp()
        self.socket = self.folder / "submit.sock"
        self.node = self.troupe(self.door())
        self.login = pwd.getpwuid(os.getuid()).pw_name

    def door(self) -> dict:
        return {"listener": [{}, {"address": f"unix:{self.socket}", "kind": "submission", "auth": "off"}],
                "domain": [{"name": n, "users": ["b", "c", "d", "root", "nobody"], "deliver": f"maildir:{self.folder}/node/mail/{{user}}"}
                           for n in ("local.test", "troupe.test")]}

    def environment(self) -> dict:
        return {**os.environ, "TROUPE_SUBMIT": str(self.socket), "HOME": str(self.folder), "EMAIL": "", "LC_ALL": "C.UTF-8"}

    def call(self, *words, stdin=b"", name=SENDMAIL, **more):
        return subprocess.run([name, *words], input=stdin, capture_output=True, timeout=60, env=self.environment(), **more)

    def sent(self, *words, stdin=b"Subject: x\n\nhello\n", **more):
        done = self.call(*words, stdin=stdin, **more)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done

    def letter(self, user="b", count=1) -> str:
        return maildir.wait_for(self.node.maildir(user), count)[-1].replace(b"\r\n", b"\n").decode()

    def test_a_letter_without_anything(self):
        self.sent("b@local.test", stdin=b"hello\n")
        text = self.letter()
        self.assertTrue(text.endswith("\n\nhello\n"), text)
        self.assertIn(f"Return-Path: <{self.login}@troupe.test>\n", text)
        self.assertRegex(text, rf"\nFrom: (.* <)?{self.login}@troupe\.test>?\n")
        self.assertRegex(text, r"\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000\n")
        self.assertRegex(text, r"\nMessage-ID: <\w+@troupe\.test>\n")
        self.assertTrue(self.node.events("message_received", client_ip=f"unix:uid={os.getuid()}"))

    def test_recipients_of_the_header(self):
        self.sent("-t", "-i", "-f", "sender@src.test", "-F", "Full Name",
                  stdin=b"To: Bee <b@local.test>,\n (a comment) c@local.test\nBcc: d@local.test\nCc: nobody: ;\n"
                        b"From: me@src.test\nSubject: x\n\n.\nafter the dot\n")
        for user in "bcd":
            text = self.letter(user)
            self.assertNotIn("Bcc", text)
            self.assertNotIn("d@local.test", text.split("\nMessage-ID: ")[1])
            self.assertTrue(text.endswith("\n\n.\nafter the dot\n"), text)
            self.assertIn("Return-Path: <sender@src.test>\n", text)
            self.assertIn("\nFrom: me@src.test\n", text)

    def test_a_dot_ends_it_without_i(self):
        self.sent("b@local.test", stdin=b"Subject: x\n\nbefore\n.\nafter\n")
        self.assertTrue(self.letter().endswith("\nbefore\n"))

    def test_cron_and_php(self):
        self.sent("-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root", stdin=b"From: root (Cron Daemon)\nTo: root\nSubject: Cron\n\nGr\xc3\xbc\xc3\x9fe\n")
        self.assertIn("Grüße", self.letter("root"))
        self.sent("-t", "-i", stdin=b"To: b@local.test\r\nSubject: PHP\r\nX-PHP-Originating-Script: 0:x.php\r\n\r\nhello\r\n")
        self.assertIn("\nSubject: PHP\n", self.letter())

    def test_dsn_and_null_sender(self):
        done = self.sent("-v", "-f", "<>", "-N", "failure,delay", "-R", "hdrs", "-V", "id+1", "b@local.test").stdout.decode()
        self.assertIn(">>> MAIL FROM:<> RET=HDRS ENVID=id+2B1\n", done)
        self.assertIn(">>> RCPT TO:<b@local.test> NOTIFY=FAILURE,DELAY\n", done)
        self.assertIn("Return-Path: <>\n", self.letter())

    def test_exit_codes(self):
        self.assertEqual(self.call("--help").returncode, 0)
        self.assertEqual(self.call("-bi").returncode, 0)
        self.assertEqual(self.call("-bd").returncode, 64)
        self.assertEqual(self.call().returncode, 64)
        self.assertEqual(self.call("-t", stdin=b"Subject: x\n\n").returncode, 64)
        self.assertEqual(self.call("-t", stdin=b"To: <b@local.test\n\n").returncode, 65)
        self.assertEqual(self.call("not an address").returncode, 65)
        # To all or to nobody: half of a letter's way would be lost with its exit code.
        self.assertEqual(self.call("b@local.test", "x@local.test").returncode, 67)
        self.assertEqual(self.call("-C", "/nowhere/troupe.toml", "b@local.test").returncode, 78)
        self.node.stop()
        self.assertEqual(self.call("b@local.test").returncode, 75)
        self.assertEqual(list(self.node.mail.glob("*")), [])

    def test_it_finds_the_socket_by_the_configuration(self):
        environment = {k: v for k, v in os.environ.items() if k != "TROUPE_SUBMIT"}
        done = subprocess.run([SENDMAIL, "-C", str(self.node.config), "b@local.test"], input=b"hello\n", capture_output=True, env=environment, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.letter()

    def test_smtp_on_stdin(self):
        done = self.sent("-bs", stdin=b"EHLO here\r\nMAIL FROM:<a@src.test>\r\nRCPT TO:<b@local.test>\r\nDATA\r\nSubject: x\r\n\r\nhello\r\n.\r\nQUIT\r\n")
        self.assertTrue(done.stdout.startswith(b"220 troupe.test "))
        self.assertTrue(done.stdout.endswith(b"221 2.0.0 Bye\r\n"))
        self.letter()

    def test_the_queue(self):
        self.assertEqual(self.sent("-bp", "-C", str(self.node.config)).stdout, b"Mail queue is empty\n")
        self.node.set({"route": [{"match": ["*"], "via": "hold"}]})
        self.node.reload()
        self.node.wait_event("reload", outcome="done")
        self.sent("far@elsewhere.test")
        mailq = self.folder / "mailq"
        mailq.symlink_to(SENDMAIL)
        shown = self.sent("-C", str(self.node.config), name=str(mailq)).stdout.decode()
        self.assertIn("far@elsewhere.test", shown)
        self.assertIn(f"{self.login}@troupe.test", shown)
        self.assertIn("-- 1 message.", shown)

    @unittest.skipIf(os.geteuid() != 0, "needs root, to be somebody else")
    def test_any_user_may_send_and_none_may_administrate(self):
        nobody = {"user": "nobody", "group": "nogroup", "extra_groups": [], "cwd": "/"}
        copy = self.folder / "troupe-sendmail"
        shutil.copy(SENDMAIL, copy)
        self.sent("b@local.test", name=str(copy), **nobody)
        self.assertIn("Return-Path: <nobody@troupe.test>\n", self.letter())
        self.assertTrue(self.node.events("message_received", client_ip=f"unix:uid={pwd.getpwnam('nobody').pw_uid}"))
        self.assertEqual(self.call("-bp", "-C", str(self.node.config), name=str(copy), **nobody).returncode, 77)

    @needs("mutt")
    def test_mutt(self):
        done = subprocess.run(["mutt", "-n", "-F", "/dev/null", "-e", f'set sendmail="{SENDMAIL} -oem -oi"', "-e", "set use_envelope_from=yes", "-e", "set send_charset=utf-8",
                               "-e", "set from=ann@src.test", "-e", "set copy=no", "-s", "by mutt", "-b", "c@local.test", "--", "b@local.test"],
                              input="Grüße\n.\nend\n".encode(), capture_output=True, env=self.environment(), timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.letter()
        self.assertIn("\nSubject: by mutt\n", text)
        self.assertIn("Return-Path: <ann@src.test>\n", text)
        self.assertTrue(text.endswith(".\nend\n"), text)
        self.letter("c")

    @unittest.skipUnless(os.path.exists("/usr/lib/git-core/git-send-email"), "git-email is not installed (deploy/install-dependencies --tests)")
    def test_git_send_email(self):
        patch = self.folder / "0001.patch"
        patch.write_text("From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: Ann <ann@src.test>\n"
                         "Date: Mon, 23 Nov 2026 12:00:00 +0000\nSubject: [PATCH] A patch\n\nWhy.\n---\n a | 1 +\n")
        done = subprocess.run(["git", "-c", "user.name=Ann", "-c", "user.email=ann@src.test", "send-email", f"--sendmail-cmd={SENDMAIL} -i",
                               "--to=b@local.test", "--cc=c@local.test", "--envelope-sender=ann@src.test", "--confirm=never", "--suppress-cc=all",
                               "--no-thread", str(patch)], capture_output=True, env=self.environment(), cwd=self.folder, timeout=60)
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr).decode())
        self.assertIn("\nSubject: [PATCH] A patch\n", self.letter())
        self.assertIn("Return-Path: <ann@src.test>\n", self.letter())

    @needs("bsd-mailx")
    def test_mail_of_bsd(self):
        (self.folder / ".mailrc").write_text(f"set sendmail={SENDMAIL}\n")
        done = subprocess.run(["bsd-mailx", "-s", "by mailx", "b@local.test"], input=b"hello\n", capture_output=True,
                              env={**self.environment(), "MAILRC": str(self.folder / ".mailrc")}, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("\nSubject: by mailx\n", self.letter())

    @needs("s-nail")
    def test_s_nail(self):
        done = subprocess.run(["s-nail", "-:/", "-S", f"mta=file://{SENDMAIL}", "-S", "v15-compat", "-r", "ann@src.test", "-s", "by s-nail", "b@local.test"],
                              input=b"hello\n", capture_output=True, env=self.environment(), timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("\nSubject: by s-nail\n", self.letter())
        self.assertIn("Return-Path: <ann@src.test>\n", self.letter())
