"""Who may come in, and as whom: PROXY headers, XCLIENT, sockets in the file system, LMTP, and the rules for strangers."""

import os
import pathlib
import pwd
import shutil
import socket
import ssl
import stat
import struct
import time
import unittest

from support import letters, maildir
from support.authority import Authority
from support.case import SystemCase
from support.dialogue import Dialogue
from support.dns_server import SILENCE, DnsServer
from support.haproxy import HaProxy
from support.peers import Postfix, why_not
from support.ports import free_port, until

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def block(source: str, port: int = 4242) -> bytes:
    addresses = socket.inet_aton(source) + socket.inet_aton("192.0.2.1") + struct.pack("!HH", port, 25)
    return SIGNATURE + b"\x21\x11" + struct.pack("!H", len(addresses)) + addresses


def needs(program, root=False):
    return unittest.skipIf(why_not(program, root=root), str(why_not(program, root=root)))


class LocalDialogue(Dialogue):
    """The same over a socket in the file system."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(20)
        self.socket.connect(str(path))
        self.buffer = b""


class DoorCase(SystemCase):
    def letter(self, node, user="b", count=1) -> bytes:
        return maildir.wait_for(node.maildir(user), count)[-1].replace(b"\r\n", b"\n")

    def say_hello(self, client, sender="a@src.test", *recipients, name="client.test"):
        client.greet(name)
        return client.envelope(sender, *(recipients or ("b@local.test",)))


class ProxyProtocol(DoorCase):
    def proxied(self, **settings):
        return self.node({"listener": [{"proxy_protocol_from": ["127.0.0.0/8"]}], **settings}).launch()

    def up(self, node):
        until("the port", lambda: node.events("started"))
        return node

    def test_the_client_that_the_header_names_counts(self):
        node = self.up(self.proxied())
        for header in (b"PROXY TCP4 192.0.2.7 192.0.2.1 4242 25\r\n", block("192.0.2.7")):
            with node.dialogue() as client:
                client.send(header + b"EHLO early.test\r\n")
                self.assert_reply(client.reply(), "220")
                self.assertIn("PIPELINING", client.reply())
                # The balancer is trusted by its network; its client is not.
                self.assertEqual([a[:9] for a in client.envelope("a@src.test", "b@local.test", "c@far.test")],
                                 ["250 2.1.0", "250 2.1.5", "550 5.7.1"])
                self.assert_reply(client.data(letters.plain()), "250")
        self.assertIn(b"(unknown [192.0.2.7])", self.letter(node, count=2))
        self.assertEqual(len(node.events("message_received", client_ip="192.0.2.7")), 2)

    def test_without_a_header_nobody_comes_in(self):
        node = self.up(self.proxied())
        for said in (b"EHLO client.test\r\n", b"PROXY TCP4 1.2.3 4 5 6\r\n", b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0\0", b"GET / HTTP/1.1\r\n"):
            with node.dialogue() as client:
                client.send(said + b" " * 20)
                self.assert_reply(client.reply(), "421 4.7.0")
                self.assertTrue(client.closed_by_peer())
        with node.dialogue() as client:  # and who says nothing is not waited for
            began = time.monotonic()
            self.assert_reply(client.reply(), "421 4.7.0")
            self.assertGreater(time.monotonic() - began, 8)
        self.assertEqual(node.metrics()['troupe_messages_rejected_total{reason="proxy_header"}'], 5)

    def test_limits_are_those_of_the_client(self):
        node = self.up(self.proxied(limits={"connections_per_ip": 2}))
        held = []
        self.addCleanup(lambda: [c.socket.close() for c in held])

        def enter(source):
            client = node.dialogue()
            client.send(block(source))
            held.append(client)
            return client.reply()[:3]

        self.assertEqual([enter("192.0.2.7") for _ in range(3)], ["220", "220", "421"])
        self.assertEqual([enter(f"198.51.100.{n}") for n in range(9)], ["220"] * 9)
        held[0].socket.close()
        until("a place", lambda: enter("192.0.2.7") == "220")

    def test_a_header_from_elsewhere_is_no_command(self):
        node = self.troupe()
        with node.dialogue() as client:
            self.assert_reply(client.reply(), "220")
            self.assert_reply(client.say("PROXY TCP4 192.0.2.7 192.0.2.1 4242 25"), "500")

    def test_the_header_stands_before_tls(self):
        authority = Authority(self.folder / "authority")
        made = authority.issue("troupe.test")
        node = self.node({"tls": {"certificate": made.path, "key": made.key},
                          "listener": [{"tls": "implicit", "proxy_protocol_from": ["127.0.0.0/8"]}]}).launch()
        self.up(node)
        trusting = ssl.create_default_context(cafile=str(authority.root.path))
        with node.dialogue() as client:
            client.send(block("192.0.2.7"))
            client.socket = trusting.wrap_socket(client.socket, server_hostname="troupe.test")
            self.assertEqual([a[:3] for a in self.say_hello(client)], ["250"] * 2)
            self.assert_reply(client.data(letters.plain()), "250")
        self.assertIn(b"(unknown [192.0.2.7])", self.letter(node))
        with node.dialogue() as client:  # who can't read a reply gets none
            client.send(b"GET / HTTP/1.1\r\n" * 2)
            self.assertTrue(client.closed_by_peer())
        node.wait_event("proxy_header_missing")

    @needs("haproxy")
    def test_haproxy(self):
        node = self.up(self.proxied())
        for how in ("send-proxy", "send-proxy-v2"):
            balancer = self.started(HaProxy(self.folder / how, node.port, how))
            with Dialogue(balancer.port, source="127.0.0.77") as client:
                self.say_hello(client)
                self.assert_reply(client.data(letters.plain()), "250")
        self.assertIn(b"(unknown [127.0.0.77])", self.letter(node, count=2))
        self.assertEqual(len(node.events("message_received", client_ip="127.0.0.77")), 2)


class Xclient(DoorCase):
    def test_a_filter_speaks_for_its_client(self):
        node = self.troupe({"listener": [{"xclient_from": ["127.0.0.1/32"]}]})
        with node.dialogue() as client:
            self.assertIn("XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT", client.greet("filter.test"))
            self.assert_reply(client.say("XCLIENT ADDR=192.0.2.7 PORT=4242 HELO=real.test NAME=[UNAVAILABLE]"), "220")
            client.say("EHLO filter.test")
            self.assertEqual([a[:9] for a in client.envelope("a@src.test", "b@local.test", "c@far.test")],
                             ["250 2.1.0", "250 2.1.5", "550 5.7.1"])
            self.assert_reply(client.data(letters.plain()), "250")
        self.assertIn(b"Received: from real.test (unknown [192.0.2.7])", self.letter(node))
        self.assertTrue(node.events("message_received", client_ip="192.0.2.7", helo="real.test"))

    def test_a_login_at_the_filter_is_the_clients(self):
        node = self.troupe({"relay": {"networks": []}, "listener": [{"xclient_from": ["127.0.0.1/32"]}]})
        with node.dialogue() as client:
            client.greet("filter.test")
            self.assert_reply(client.say("RSET"), "250")
            self.assert_reply(client.say("XCLIENT ADDR=192.0.2.7 LOGIN=ann"), "220")
            client.say("EHLO filter.test")
            self.assertEqual([a[:9] for a in client.envelope("a@src.test", "b@local.test", "c@far.test")],
                             ["250 2.1.0", "250 2.1.5", "250 2.1.5"])
            self.assert_reply(client.data(letters.plain()), "250")
            self.assert_reply(client.say("XCLIENT ADDR=192.0.2.8"), "220")
            client.say("EHLO filter.test")
            self.assert_reply(client.envelope("a@src.test", "c@far.test")[1], "550 5.7.1")
        self.assertIn(b" with ESMTPA ", self.letter(node).replace(b"\n", b" "))
        self.assertEqual(node.wait_event("message_received")[0]["user"], "ann")

    def test_others_may_not(self):
        node = self.troupe({"listener": [{"xclient_from": ["127.0.0.1/32"]}]})
        with Dialogue(node.port, source="127.0.0.2") as client:
            self.assertNotIn("XCLIENT", client.greet())
            self.assert_reply(client.say("XCLIENT ADDR=192.0.2.7"), "550 5.7.0")


class LocalSockets(DoorCase):
    def test_a_socket_in_the_file_system(self):
        path = self.folder / "door.sock"
        node = self.troupe({"listener": [{}, {"address": f"unix:{path}", "kind": "submission", "auth": "off", "mode": "0600"}]})
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        with LocalDialogue(path) as client:
            self.assertEqual([a[:3] for a in self.say_hello(client, "a@src.test", "b@local.test")], ["250"] * 2)
            self.assert_reply(client.say("RCPT TO:<far@elsewhere.test>"), "250")  # it may relay
            self.assert_reply(client.say("RSET"), "250")
            self.assertEqual(client.envelope("a@src.test", "b@local.test")[1][:3], "250")
            self.assert_reply(client.data(letters.plain()), "250")
        self.assertIn(b"(unix socket)", self.letter(node))
        self.assertTrue(node.events("message_received", client_ip=f"unix:uid={os.getuid()}"))
        node.kill()
        self.assertTrue(path.is_socket())  # left behind
        node.start()
        with LocalDialogue(path) as client:
            client.greet()
        node.stop()
        self.assertFalse(path.exists())

    def test_a_path_that_is_taken_is_refused(self):
        path = self.folder / "door.sock"
        path.write_text("somebody's file")
        node = self.node({"listener": [{}, {"address": f"unix:{path}"}]}).launch()
        self.assertEqual(node.process.wait(30), 69)
        self.assertEqual(path.read_text(), "somebody's file")
        path.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
            other.listen()
            self.assertEqual(node.launch().process.wait(30), 69)


class Lmtp(DoorCase):
    def test_each_recipient_is_answered(self):
        node = self.node({"listener": [{}, {"address": f"127.0.0.1:{(port := free_port())}", "kind": "lmtp"}],
                          "domain": [{"name": "local.test", "users": ["b", "c"], "deliver": f"maildir:{self.folder}/node/mail/{{user}}"}]})
        node.start()
        with Dialogue(port) as client:
            self.assertIn("LMTP", client.reply())
            self.assert_reply(client.say("EHLO client.test"), "500")
            self.assertIn("PIPELINING", client.say("LHLO client.test"))
            self.assertEqual([a[:9] for a in client.envelope("a@src.test", "b@local.test", "x@local.test", "c@local.test")],
                             ["250 2.1.0", "250 2.1.5", "550 5.1.1", "250 2.1.5"])
            self.assert_reply(client.data(letters.plain()), "250 2.0.0")
            self.assert_reply(client.reply(), "250 2.0.0")
            self.assert_reply(client.say("NOOP"), "250")
        self.letter(node, "c")
        self.assertIn(b" with LMTP\n", self.letter(node, "b"))

    def test_not_on_port_25(self):
        node = self.node({"listener": [{"address": "127.0.0.1:25", "kind": "lmtp"}]}).launch()
        self.assertEqual(node.process.wait(30), 78)

    @needs("postfix", root=True)
    def test_postfix_hands_over(self):
        path = self.folder / "lmtp.sock"
        node = self.troupe({"listener": [{}, {"address": f"unix:{path}", "kind": "lmtp"}]})
        postfix = self.started(Postfix(self.folder / "postfix", default_transport=f"lmtp:unix:{path}"))
        with Dialogue(postfix.port) as client:
            client.greet()
            client.envelope("a@src.test", "one@local.test", "two@local.test")
            self.assert_reply(client.data(letters.plain()), "250")
        self.assertIn(b" with LMTP\n", self.letter(node, "one"))
        self.letter(node, "two")
        until("Postfix to hear of both", lambda: postfix.log().count("status=sent") == 2)


class Strangers(DoorCase):
    """Nobody is trusted here, loopback neither."""

    def strange(self, **settings):
        return self.troupe({"relay": {"networks": []}, **settings})

    def reasons(self, node):
        return {k.split('"')[1] for k in node.metrics() if k.startswith("troupe_messages_rejected_total{")}

    def test_who_speaks_before_the_greeting_is_refused(self):
        node = self.strange(listener=[{"greet_delay": "1s"}])
        with node.dialogue() as client:
            client.send(b"EHLO client.test\r\n")
            self.assert_reply(client.reply(), "554 5.5.1")
        with node.dialogue() as client:
            began = time.monotonic()
            self.assert_reply(client.reply(), "220")
            self.assertGreater(time.monotonic() - began, 0.9)
            self.assertIn("PIPELINING", client.say("EHLO client.test"))
        self.assertIn("early_talker", self.reasons(node))

    def test_bad_commands_wait(self):
        node = self.strange(limits={"tarpit": "200ms", "errors_per_connection": 4})
        with node.dialogue() as client:
            client.greet()
            waits = []
            for _ in range(3):
                began = time.monotonic()
                self.assert_reply(client.say("GUESS"), "500")
                waits.append(time.monotonic() - began)
            self.assertGreater(waits[0], 0.19)
            self.assertGreater(waits[1], 0.39)
            self.assertGreater(waits[2], 0.59)
            self.assert_reply(client.say("NOOP"), "250")
            self.assert_reply(client.say("GUESS"), "500")
            self.assert_reply(client.reply(), "421")

    def test_names_in_helo(self):
        node = self.strange(helo={"bare_ip": "reject", "no_domain": "reject"})
        for name, code in (("client.test", "250"), ("[192.0.2.7]", "250"), ("TROUPE.test", "550 5.7.1"),
                           ("192.0.2.7", "550 5.7.1"), ("localhost", "550 5.7.1")):
            with node.dialogue() as client:
                self.assertIn("PIPELINING", client.greet(name))
                self.assert_reply(client.say("MAIL FROM:<a@src.test>"), code)
        self.assertLessEqual({"helo_own_name", "helo_bare_ip", "helo_no_domain"}, self.reasons(node))

    def test_rates(self):
        node = self.strange(limits={"connection_rate": "3/1h", "network_connection_rate": "6/1h"})
        answers = []
        for source in ["127.0.0.2"] * 4 + ["127.0.0.3"] * 3 + ["127.0.1.1"]:
            with Dialogue(node.port, source=source) as client:
                answers.append(client.reply()[:9])
        # Who looked whether the node is up was one of the six.
        self.assertEqual(answers[:4], ["220 troup"] * 3 + ["421 4.7.0"])
        self.assertEqual(answers[4:7], ["220 troup"] * 2 + ["421 4.7.0"])
        self.assertEqual(answers[7], "220 troup")
        node.set({"limits": {"connection_rate": "", "network_connection_rate": "", "message_rate": "2/1h"}})
        node.reload()
        node.wait_event("reload", outcome="done")
        with Dialogue(node.port, source="127.0.0.2") as client:
            client.greet()
            for code in ("250", "250", "450 4.7.1"):
                self.assert_reply(client.say("MAIL FROM:<a@src.test>"), code)
                client.say("RSET")
        self.assertLessEqual({"connection_rate", "message_rate"}, self.reasons(node))

    def test_greylisting_outlasts_a_restart(self):
        node = self.strange(greylist={"listeners": ["mx"], "delay": "2s", "known_after": 2})
        node.stop()
        self.assertFalse((node.data / "greylist").exists())
        node.start()
        with node.dialogue() as client:
            answer = self.say_hello(client)[1]
            self.assert_reply(answer, "450 4.7.1 Greylisted")
        first = time.monotonic()
        node.stop()
        node.start()
        time.sleep(max(0, 2.1 - (time.monotonic() - first)))
        with node.dialogue() as client:
            self.assert_reply(self.say_hello(client)[1], "250")
            self.assert_reply(client.data(letters.plain()), "250")
        self.letter(node)

    def test_block_lists(self):
        dns = DnsServer({("2.0.0.127.bad.test", "A"): ["127.0.0.2"], ("3.0.0.127.bad.test", "A"): ["127.255.255.254"],
                         ("2.0.0.127.worse.test", "A"): ["127.0.0.4"], ("bad.test", "TXT"): ["a list"], ("worse.test", "TXT"): ["a list"]})
        self.started(dns)
        node = self.strange(dns={"servers": [f"127.0.0.1:{dns.port}"]}, block_lists={"refuse_at": 2},
                            block_list=[{"zone": "bad.test"}, {"zone": "worse.test", "reply": "Go to worse.test"}])
        with Dialogue(node.port, source="127.0.0.2") as client:
            client.greet()
            self.assert_reply(client.say("MAIL FROM:<a@src.test>"), "554 5.7.1")
            asked = len(dns.questions)
            self.assert_reply(client.say("MAIL FROM:<b@src.test>"), "554 5.7.1")
            self.assertEqual(len(dns.questions), asked)  # a session asks once
        for source in ("127.0.0.3", "127.0.0.4"):
            with Dialogue(node.port, source=source) as client:
                self.assertEqual([a[:3] for a in self.say_hello(client)], ["250", "250"])
        self.assertIn("block_list", self.reasons(node))

    def test_a_silent_block_list_costs_a_moment_and_then_nothing(self):
        dns = DnsServer({(f"{n}.0.0.127.bad.test", "ANY"): SILENCE for n in range(256)})
        self.started(dns)
        node = self.strange(dns={"servers": [f"127.0.0.1:{dns.port}"]}, block_lists={"wait": "500ms"}, pool={"dns": {"timeout": "700ms"}},
                            breaker={"min_requests": 2, "open": "60s", "open_max": "60s"}, block_list=[{"zone": "bad.test"}])

        def ask(source) -> float:
            with Dialogue(node.port, source=source) as client:
                client.greet()
                began = time.monotonic()
                self.assert_reply(client.say("MAIL FROM:<a@src.test>"), "250")
                return time.monotonic() - began

        self.assertGreater(ask("127.0.0.2"), 0.4)
        until("the breaker to open", lambda: ask("127.0.0.3") < 0.3 and node.events("breaker_changed", to="open"))
        shown = {each["name"]: each["state"] for each in node.ctl("breakers")["breakers"]}
        self.assertEqual(shown["dnsbl/bad.test"], "open")
        node.ctl("breakers", "close", "dnsbl/bad.test")
        self.assertGreater(ask("127.0.0.4"), 0.4)
        self.assertNotEqual(node.ctl_raw("breakers", "open", "dnsbl/other.test").returncode, 0)


@unittest.skipIf(os.geteuid() != 0, "needs root, to give it up")
class Privileges(DoorCase):
    def test_root_is_given_up_for_good(self):
        who = pwd.getpwnam("nobody")
        node = self.node({"node": {"user": "nobody"}, "listener": [{}, {"address": "127.0.0.1:999"}]})
        node.set({"metrics": {"http": "127.0.0.1:998"}})
        node.metrics_port = 998
        node.mail.mkdir()
        shutil.chown(node.mail, "nobody")
        node.start()
        for task in pathlib.Path(f"/proc/{node.process.pid}/task").iterdir():
            status = dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)
            self.assertEqual(status["Uid"].split(), [str(who.pw_uid)] * 4)
            self.assertEqual(status["Gid"].split(), [str(who.pw_gid)] * 4)
            self.assertEqual(int(status["CapEff"], 16) | int(status["CapPrm"], 16), 0)
            self.assertNotIn("0", status["Groups"].split())
        self.assertIn("troupe_sessions_total", node.metrics())
        self.assertIn("node", node.ctl("status"))  # its socket lies where only root may put it
        self.assertEqual({f.stat().st_uid for f in node.data.rglob("*")}, {who.pw_uid})
        self.assert_reply(node.send(letters.plain()), "250")
        self.letter(node)
        with Dialogue(999) as client:
            client.greet()
        node.stop()
        node.start()
        self.assert_reply(node.send(letters.plain()), "250")
        self.letter(node, count=2)

    def test_nobody_to_become(self):
        node = self.node({"node": {"user": "no-such-user"}}).launch()
        self.assertEqual(node.process.wait(30), 77)
        node.set({"node": {"user": "root"}})
        self.assertEqual(node.launch().process.wait(30), 77)
