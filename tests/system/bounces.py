"""Notices to the sender: read by Python's email package as any mail program would."""

import email
import email.policy

from support import letters, maildir
from support.bad_sink import BadSink, Say
from support.case import SystemCase, relay_to
from support.ports import until

REFUSES = Say("550 5.1.1 <b@sink.test>: nobody here by that name")


class Bounces(SystemCase):
    def node_before(self, script: dict, **settings):
        self.sink = self.started(BadSink(script))
        return self.troupe({**relay_to(self.sink.port), **settings})

    def notice(self, node, user="a", count=1):
        return email.message_from_bytes(maildir.wait_for(node.maildir(user), count)[-1], policy=email.policy.default)

    def fields(self, notice) -> list:
        """The delivery-status part: its per-message fields, then one block a recipient."""
        self.assertEqual(notice.get_content_type(), "multipart/report")
        self.assertEqual(notice.get_param("report-type"), "delivery-status")
        parts = list(notice.iter_parts())
        self.assertEqual(parts[0].get_content_type(), "text/plain")
        self.assertEqual(parts[1].get_content_type(), "message/delivery-status")
        return parts[1].get_payload()

    def submit(self, node, *recipients: str, sender="<a@local.test>", message=None, mail="") -> None:
        """Recipients may carry parameters: "<b@x.test> NOTIFY=NEVER"."""
        with node.dialogue() as client:
            client.greet()
            self.assert_reply(client.say(f"MAIL FROM:{sender}{mail}"), "250")
            for recipient in recipients:
                self.assert_reply(client.say(f"RCPT TO:{recipient}"), "250")
            self.assert_reply(client.data(message or letters.plain()), "250")

    def test_a_bounce_says_what_the_remote_host_said(self):
        node = self.node_before({"rcpt": REFUSES})
        self.submit(node, "<b@sink.test>")
        notice = self.notice(node)
        self.assertEqual(notice["Return-Path"], "<>")
        self.assertIn("a@local.test", notice["To"])
        self.assertEqual(notice["Auto-Submitted"], "auto-replied")
        message, recipient = self.fields(notice)
        self.assertEqual(message["Reporting-MTA"], "dns; troupe.test")
        self.assertEqual(recipient["Final-Recipient"], "rfc822; b@sink.test")
        self.assertEqual(recipient["Action"], "failed")
        self.assertEqual(recipient["Status"], "5.1.1")
        self.assertIn("nobody here by that name", recipient["Diagnostic-Code"])
        self.assertIn("127.0.0.1", recipient["Remote-MTA"])
        original = list(notice.iter_parts())[2]
        self.assertIn(original.get_content_type(), ("message/rfc822", "text/rfc822-headers"))
        self.assertIn("Subject: plain", original.as_string())

    def test_recipients_that_fail_for_one_cause_share_a_bounce(self):
        node = self.node_before({"rcpt": REFUSES})
        self.submit(node, *(f"<r{i}@sink.test>" for i in range(5)))
        self.assertEqual(len(self.fields(self.notice(node))), 6)

    def test_there_is_never_a_bounce_for_a_bounce(self):
        node = self.node_before({"rcpt": REFUSES})
        self.submit(node, "<b@sink.test>", sender="<>")
        node.wait_event("message_bounced")
        until("an empty queue", lambda: not node.queue())
        self.assertEqual(len(node.events("message_received")), 1)

    def test_a_bounce_that_cannot_be_delivered_ends(self):
        node = self.node_before({"rcpt": REFUSES})
        self.submit(node, "<b@sink.test>", sender="<c@sink.test>")
        until("two failures", lambda: len([c for c in self.sink.commands if c.startswith(b"RCPT")]) == 2)
        until("an empty queue", lambda: not node.queue())
        senders = [c for c in self.sink.commands if c.startswith(b"MAIL")]
        self.assertTrue(senders[1].startswith(b"MAIL FROM:<>"), senders)

    def test_mail_that_expires_bounces_with_4_4_7(self):
        node = self.node_before({"rcpt": Say("450 4.2.1 busy")}, retry={"schedule": ["1s"], "expire": "3s", "warn": "0s"})
        self.submit(node, "<b@sink.test>")
        recipient = self.fields(self.notice(node))[1]
        self.assertEqual((recipient["Action"], recipient["Status"][:2]), ("failed", "4." if recipient["Status"][0] == "4" else "5."))
        self.assertIn("busy", recipient["Diagnostic-Code"])
        node.wait_event("message_expired")

    def test_a_delay_is_told_once(self):
        node = self.node_before({"rcpt": [Say("450 4.2.1 busy")] * 5 + [Say("250 ok")]}, retry={"schedule": ["1s"], "warn": "2s"})
        self.submit(node, "<b@sink.test>")
        until("the letter", lambda: self.sink.accepted, 30)
        notice = self.notice(node)
        self.assertEqual(self.fields(notice)[1]["Action"], "delayed")
        self.assertIn("Will-Retry-Until", self.fields(notice)[1])

    def test_notify_never_is_silent(self):
        node = self.node_before({"rcpt": REFUSES})
        self.submit(node, "<b@sink.test> NOTIFY=NEVER")
        node.wait_event("message_bounced")
        until("an empty queue", lambda: not node.queue())
        self.assertEqual(maildir.messages(node.maildir("a")), [])

    def test_envid_orcpt_and_ret_are_in_the_notice(self):
        node = self.node_before({"rcpt": REFUSES})
        self.submit(node, "<b@sink.test> ORCPT=rfc822;first@old.test NOTIFY=FAILURE", mail=" RET=HDRS ENVID=QQ+2B314", message=letters.dotted())
        notice = self.notice(node)
        message, recipient = self.fields(notice)
        self.assertEqual(message["Original-Envelope-Id"], "QQ+314")
        self.assertEqual(recipient["Original-Recipient"], "rfc822;first@old.test")
        original = list(notice.iter_parts())[2]
        self.assertEqual(original.get_content_type(), "text/rfc822-headers")
        self.assertNotIn(".hidden", original.as_string())

    def test_success_is_told_when_mail_ends_here(self):
        node = self.node_before({})
        self.submit(node, "<b@local.test> NOTIFY=SUCCESS")
        recipient = self.fields(self.notice(node))[1]
        self.assertEqual((recipient["Action"], recipient["Status"]), ("delivered", "2.0.0"))

    def test_dsn_requests_are_passed_on_to_who_understands_them(self):
        node = self.node_before({})
        self.submit(node, "<b@sink.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@sink.test", mail=" RET=FULL ENVID=abc")
        until("the letter", lambda: self.sink.accepted)
        mail = next(c for c in self.sink.commands if c.startswith(b"MAIL"))
        rcpt = next(c for c in self.sink.commands if c.startswith(b"RCPT"))
        self.assertIn(b"ENVID=abc", mail)
        self.assertIn(b"RET=FULL", mail)
        self.assertIn(b"NOTIFY=SUCCESS,FAILURE", rcpt)
        self.assertIn(b"ORCPT=rfc822;b@sink.test", rcpt)

    def test_who_does_not_understand_them_gets_none_and_the_sender_is_told(self):
        self.sink = self.started(BadSink(extensions=("PIPELINING",)))
        node = self.troupe(relay_to(self.sink.port))
        self.submit(node, "<b@sink.test> NOTIFY=SUCCESS", mail=" ENVID=abc")
        self.assertEqual(self.fields(self.notice(node))[1]["Action"], "relayed")
        self.assertFalse(any(b"NOTIFY" in c or b"ENVID" in c for c in self.sink.commands))

    def test_a_bounce_of_a_big_letter_is_small(self):
        node = self.node_before({"rcpt": REFUSES})
        self.submit(node, "<b@sink.test>", message=letters.big(5 << 20))
        self.assertLess(len(maildir.wait_for(node.maildir("a"))[0]), 1 << 20)


if __name__ == "__main__":
    import unittest
    unittest.main()
