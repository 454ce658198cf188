"""Eyes on every actor: the tree, one in full, kill and restart, the live screen, and the same over HTTP."""

import concurrent.futures
import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import termios
import time
import urllib.error
import urllib.request

from support import letters, maildir
from support.bad_sink import BadSink, Hang
from support.case import SystemCase, relay_to
from support.daemon import program
from support.ports import free_port, until


class Eyes(SystemCase):
    def troupe(self, settings=None, name="node"):
        """Mail is taken a moment before operators are: here both are served."""
        node = super().troupe(settings, name)
        until("the operator's door", lambda: node.ctl_raw("status").returncode == 0)
        return node


class Actors(Eyes):
    def paths(self, node, *more) -> list[str]:
        return [a["path"] for a in node.ctl("ps", *more)["actors"]]

    def test_ps_shows_every_kind_with_state_mailbox_and_age(self):
        node = self.troupe()
        with node.dialogue() as client:
            client.greet()
            said = node.ctl("ps")
            kinds = {a["kind"] for a in said["actors"]}
            self.assertLessEqual({"session", "listener", "shard", "store", "switchboard", "resolver"}, kinds)
            self.assertEqual(said["count"], len(said["actors"]))
            for actor in said["actors"]:
                for key in ("path", "kind", "state", "state_seconds", "mailbox", "mailbox_limit", "handled", "restarts", "age_seconds"):
                    self.assertIn(key, actor)
            tree = node.ctl_raw("ps").stdout
            self.assertIn("\n  shard", tree, "a tree: shard stands below queue")
            self.assertIn("/queue/shard/0", self.paths(node, "/queue"))
            self.assertNotIn("/queue/shard/0", self.paths(node, "/inbound"))

    def test_ps_sorts_and_cuts(self):
        node = self.troupe()
        ages = [a["age_seconds"] for a in node.ctl("ps", "--sort", "age")["actors"]]
        self.assertEqual(ages, sorted(ages, reverse=True))
        said = node.ctl("ps", "--sort", "mailbox", "--limit", "2")
        self.assertEqual(len(said["actors"]), 2)
        self.assertGreater(said["count"], 2)
        self.assertEqual(node.ctl_raw("ps", "--sort", "colour").returncode, 64)
        self.assertEqual(node.ctl_raw("ps", "/nowhere").returncode, 65)

    def test_inspect_shows_what_an_actor_says_of_itself(self):
        node = self.troupe()
        node.send(letters.plain())
        maildir.wait_for(node.maildir("b"))
        shard = node.ctl("inspect", "/queue/shard/0")
        self.assertIn("scheduled", shard["own"])
        self.assertIsInstance(shard["events"], list)
        store = node.ctl("inspect", "/queue/store/0")
        self.assertIn("has_room", store["own"])
        self.assertGreater(store["histograms"]["commit_seconds"]["count"], 0)
        self.assertIn("mailbox", node.ctl_raw("inspect", "/queue/shard/0").stdout)
        self.assertEqual(node.ctl_raw("inspect", "/queue/shard/99").returncode, 65)

    def test_kill_ends_a_session_and_nothing_else(self):
        node = self.troupe()
        with node.dialogue() as client:
            client.greet()
            path = next(a["path"] for a in node.ctl("ps")["actors"] if a["kind"] == "session")
            self.assertTrue(node.ctl("kill", path)["ended"])
            until("the session to be gone", lambda: path not in self.paths(node))
        self.assert_reply(node.send(letters.plain()), "250")

    def test_what_cannot_be_ended_is_said_clearly(self):
        node = self.troupe()
        self.assertEqual(node.ctl_raw("kill", "/").returncode, 64)
        gone = node.ctl_raw("kill", "/queue/shard/99")
        self.assertEqual(gone.returncode, 65)
        self.assertIn("/queue/shard/99", gone.stderr)
        with node.dialogue() as client:
            client.greet()
            path = next(a["path"] for a in node.ctl("ps")["actors"] if a["kind"] == "session")
            refused = node.ctl_raw("restart", path)
            self.assertEqual(refused.returncode, 75)
            self.assertIn("nobody starts a session again", refused.stderr)
            self.assert_reply(client.say("NOOP"), "250")


class Screen(Eyes):
    def test_top_once_prints_one_picture(self):
        node = self.troupe()
        done = node.ctl_raw("top", "--once")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("queue 0 queued", done.stdout)
        self.assertNotIn("\x1b", done.stdout)
        self.assertIn("status", node.ctl("top", "--once"))
        self.assertEqual(node.ctl_raw("top").returncode, 64, "no terminal")

    def on_terminal(self, node, end) -> bytes:
        """What top draws until `end` has been done to it; the terminal must be as it was."""
        mine, its = pty.openpty()
        self.addCleanup(os.close, mine)
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        before = termios.tcgetattr(its)
        process = subprocess.Popen([program("troupectl"), "--socket", str(node.socket), "top"], stdin=its, stdout=its, stderr=its)
        drawn = b""

        def saw(word):
            nonlocal drawn
            while select.select([mine], [], [], 0.05)[0]:
                drawn += os.read(mine, 65536)
            return word in drawn

        until("a picture", lambda: saw(b"sessions"))
        end(process, mine)
        until("the end", lambda: (saw(b""), process.poll() is not None)[1], 10)
        saw(b"")
        self.assertEqual(process.returncode, 0)
        self.assertEqual(termios.tcgetattr(its), before)
        os.close(its)
        return drawn

    def test_top_leaves_the_terminal_as_it_was_however_it_ends(self):
        node = self.troupe()
        for end in (lambda p, fd: os.write(fd, b"q"), lambda p, fd: os.write(fd, b"\x03"), lambda p, fd: p.send_signal(signal.SIGTERM)):
            drawn = self.on_terminal(node, end)
            self.assertTrue(drawn.startswith(b"\x1b[?1049h"))
            self.assertTrue(drawn.endswith(b"\x1b[?1049l"))


class Why(Eyes):
    def test_why_names_the_peer_that_takes_its_time(self):
        sink = self.started(BadSink({"dot": Hang()}))
        node = self.troupe({**relay_to(sink.port), "node": {"drain": "2s"}})
        node.send(letters.plain(), recipients=["b@sink.test"])
        until("a letter under way", lambda: sink.letters)
        ident = node.queue()[0]["id"]
        said = node.ctl("why", ident)
        self.assertEqual([link["link"] for link in said["chain"]][:3], ["message", "shard", "route"])
        until("the peer to be blamed", lambda: node.ctl("why", ident).get("held_by", {}).get("link") == "peer", 15, 0.5)

    def test_route_says_which_rule_which_hop_and_what_the_dns_said(self):
        node = self.troupe(relay_to(2600))
        said = node.ctl("route", "bob@sink.test")
        self.assertEqual((said["rule"], said["kind"], said["next_hop"]), (1, "smtp", "smtp:127.0.0.1:2600"))
        self.assertEqual(said["dns"]["hosts"][0]["addresses"], ["127.0.0.1"])
        self.assertEqual(node.ctl("route", "b@local.test")["kind"], "maildir")
        self.assertIn("rule 1", node.ctl_raw("route", "bob@sink.test").stdout)
        self.assertEqual(node.ctl_raw("route", "no address").returncode, 64)

    def test_why_names_the_operator_who_holds_it(self):
        node = self.troupe({"route": [{"match": ["*"], "via": "hold"}]})
        node.send(letters.plain(), recipients=["b@hold.test"])
        ident = until("a held letter", node.queue)[0]["id"]
        self.assertEqual(node.ctl("why", ident)["held_by"]["link"], "operator")
        self.assertIn("release", node.ctl_raw("why", ident).stdout)


class Routes(Eyes):
    def test_a_route_is_suspended_and_resumed_by_hand(self):
        sink = self.started(BadSink())
        node = self.troupe(relay_to(sink.port))
        name = f"smtp:127.0.0.1:{sink.port}"
        self.assertEqual(node.ctl("routes", "suspend", name, "--for", "10m")["suspended_seconds"], 600)
        node.send(letters.plain(), recipients=["b@sink.test"])
        ident = until("a letter that waits", node.queue)[0]["id"]
        until("the operator to be named", lambda: node.ctl("why", ident).get("held_by", {}).get("link") == "operator")
        self.assertIn("suspended", node.ctl_raw("routes").stdout)
        self.assertEqual(sink.accepted, [])
        began = time.monotonic()
        node.ctl("routes", "resume", name)
        until("the letter to arrive", lambda: sink.accepted, 90)
        self.assert_within(10, began)  # not when it would have been looked at again
        self.assertEqual(node.ctl_raw("routes", "suspend", name, "--for", "ages").returncode, 64)

    def test_a_breaker_is_opened_by_hand_seen_everywhere_and_reset(self):
        sink = self.started(BadSink())
        node = self.troupe(relay_to(sink.port))
        node.send(letters.plain(), recipients=["b@sink.test"])
        until("a letter", lambda: sink.accepted)
        name = f"route/smtp:127.0.0.1:{sink.port}"
        known = {b["name"]: b["state"] for b in node.ctl("breakers")["breakers"]}
        self.assertLessEqual({name, "dns", "store/0"}, set(known))
        self.assertEqual(set(known.values()), {"closed"})
        node.ctl("breakers", "open", name)
        until("it to be open", lambda: node.ctl("breakers")["breakers"][0]["state"] == "open")
        self.assertEqual(node.ctl("status")["open_breakers"][0]["name"], name)
        self.assertIn(name, node.ctl_raw("status").stdout)
        self.assertIn(name, node.ctl_raw("top", "--once").stdout)
        node.ctl("breakers", "reset", name)
        until("it to be closed", lambda: node.ctl("breakers")["breakers"][0]["state"] == "closed")
        self.assertEqual(node.ctl_raw("breakers", "open", "route/smtp:nobody:1").returncode, 65)


class Web(Eyes):
    def web(self, **admin):
        port = free_port()
        node = self.troupe({"admin": {"http": f"127.0.0.1:{port}", **admin}})
        return node, port

    def ask(self, port, path, method="GET", body=None, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method, data=body)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def test_the_same_api_is_there_on_loopback(self):
        node, port = self.web()
        status, text = self.ask(port, "/v1/status")
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(text)["node"], "test")
        self.assertEqual(self.ask(port, "/v1/actors/queue/shard/0")[0], 200)
        self.assertEqual(self.ask(port, "/v1/log-level", "POST", b'{"level":"warn"}', X_Troupe_Request="1")[0], 200)

    def test_the_console_is_there_and_needs_no_token_for_its_files(self):
        node, port = self.web(token="open sesame")
        status, page = self.ask(port, "/")
        self.assertEqual(status, 200)
        self.assertIn("<html", page)
        self.assertEqual(self.ask(port, "/console/main.js")[0], 200)
        self.assertEqual(self.ask(port, "/console/nothing.js")[0], 404)

    def test_no_page_of_a_stranger_reads_or_acts(self):
        node, port = self.web()
        self.assertEqual(self.ask(port, "/v1/shutdown", "POST", b"{}")[0], 403)
        self.assertEqual(self.ask(port, "/v1/status", Host="rebound.evil.test")[0], 403)
        self.assertEqual(self.ask(port, "/v1/shutdown", "POST", b"{}", X_Troupe_Request="1", Origin="http://evil.test")[0], 403)
        self.assertTrue(node.running())

    def test_nor_does_it_read_the_metrics_on_loopback(self):
        node, _ = self.web()
        for path in ("/metrics", "/readyz", "/healthz"):
            self.assertEqual(self.ask(node.metrics_port, path, Host="rebound.evil.test")[0], 403)
            self.assertEqual(self.ask(node.metrics_port, path, Host=f"localhost:{node.metrics_port}")[0], 200)
            self.assertEqual(self.ask(node.metrics_port, path, Origin="http://evil.test")[0], 403)

    def test_a_request_in_the_body_of_a_refused_one_is_not_served(self):
        node, port = self.web()
        hidden = f"POST /v1/shutdown HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Troupe-Request: 1\r\nContent-Length: 0\r\n\r\n"
        for path in ("/v1/reload", "/nothing"):
            with socket.create_connection(("127.0.0.1", port), 10) as browser:
                browser.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: text/plain\r\n"
                                f"Content-Length: {len(hidden)}\r\n\r\n{hidden}".encode())
                said = b""
                try:
                    while piece := browser.recv(65536):
                        said += piece
                except ConnectionResetError:
                    pass
            self.assertEqual(said.count(b"HTTP/1.1 "), 1, path)
        time.sleep(0.5)
        self.assertTrue(node.running())
        self.assertFalse(node.ctl("status")["draining"])

    def test_a_token_is_asked_for_where_there_is_one(self):
        node, port = self.web(token="open sesame")
        self.assertEqual(self.ask(port, "/v1/status")[0], 401)
        self.assertEqual(self.ask(port, "/v1/status", Authorization="Bearer wrong")[0], 401)
        self.assertEqual(self.ask(port, "/v1/status", Authorization="Bearer open sesame")[0], 200)
        self.assertEqual(node.ctl_raw("status").returncode, 0, "the socket needs none")

    def test_off_loopback_the_token_is_not_optional(self):
        node = self.node({"admin": {"http": f"0.0.0.0:{free_port()}"}})
        node.launch()
        self.assertEqual(node.process.wait(20), 78)
        self.assertIn("admin.token", node.log_tail())

    def test_a_burst_of_calls_on_the_socket_is_answered(self):
        node = self.troupe()
        with concurrent.futures.ThreadPoolExecutor(60) as callers:
            codes = [d.returncode for d in callers.map(lambda _: node.ctl_raw("status", seconds=60), range(60))]
        self.assertEqual(codes, [0] * 60)


if __name__ == "__main__":
    import unittest
    unittest.main()
