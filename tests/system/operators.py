"""The operator's side: commands, signals, health, metrics, and clear answers to wrong input."""

import json
import os
import signal
import socket
import subprocess
import time

from support import letters, maildir
from support.bad_sink import BadSink, Hang, Say
from support.case import SystemCase, relay_to
from support.dialogue import Dialogue
from support.ports import until
from support.programs import program

HOLD = {"route": [{"match": ["*"], "via": "hold"}]}


class Command(SystemCase):
    def test_status_counts_what_happened(self):
        node = self.troupe()
        node.send(letters.plain())
        maildir.wait_for(node.maildir("b"))
        self.assertIsInstance(node.ctl("status"), dict)
        self.assertEqual(node.ctl_raw("status").returncode, 0)

    def test_queue_acts_do_what_they_say_and_say_how_many(self):
        node = self.troupe(HOLD)
        for i in range(6):
            node.send(letters.plain(f"n{i}"), recipients=[f"r{i}@hold.test"], sender="a@local.test")
        listed = until("six messages", lambda: len(node.queue()) == 6 and node.queue())
        ids = [m["id"] for m in listed]
        self.assertEqual(sorted(ids), ids, "ids sort by time")
        self.assertEqual(len(node.queue("--to", "r1@*")), 1)
        self.assertEqual(len(node.queue("--from", "nobody@*")), 0)
        self.assertEqual(len(node.queue("--limit", "2")), 2)
        self.assertIn("r0@hold.test", json.dumps(node.ctl("queue", "show", ids[0])))
        self.assertIn("Subject: n0", node.ctl_raw("queue", "show", ids[0], "--body").stdout)
        self.assertIn("hold", json.dumps(node.ctl("why", ids[0])))
        node.ctl("queue", "remove", ids[0])
        self.assertEqual(len(node.queue()), 5)
        node.ctl("queue", "bounce", ids[1])
        maildir.wait_for(node.maildir("a"))
        self.assertEqual(len(node.queue("--state", "held")), 4)
        node.ctl("queue", "remove", "--all")
        self.assertEqual(node.queue(), [])

    def test_mail_has_the_priority_that_it_asks_for_or_that_of_its_door(self):
        node = self.troupe({**HOLD, "listener": [{"priority": "high"}], "relay": {"networks": ["127.0.0.9/32"]}})
        with Dialogue(node.port, source="127.0.0.9") as client:
            self.assertIn("MT-PRIORITY", client.greet())
            for parameter in ("", " MT-PRIORITY=-3"):
                self.assert_reply(client.say(f"MAIL FROM:<a@src.test>{parameter}"), "250")
                self.assert_reply(client.say("RCPT TO:<b@hold.test>"), "250")
                self.assert_reply(client.data(letters.plain()), "250")
        with node.dialogue() as client:
            self.assertNotIn("MT-PRIORITY", client.greet())
            self.assert_reply(client.say("MAIL FROM:<a@src.test> MT-PRIORITY=1"), "555")
        listed = until("both", lambda: len(node.queue()) == 2 and node.queue())
        shown = [json.dumps(node.ctl("queue", "show", each["id"])) for each in listed]
        self.assertRegex(shown[0], r'"priority": 2\b')
        self.assertRegex(shown[1], r'"priority": -3\b')

    def test_hold_release_and_retry(self):
        sink = self.started(BadSink({"rcpt": Say("450 4.2.1 busy")}))
        node = self.troupe({**relay_to(sink.port), "retry": {"schedule": ["1h"]}})
        node.send(letters.plain(), recipients=["b@sink.test"])
        node.wait_event("message_deferred")
        ident = node.queue("--state", "deferred")[0]["id"]
        node.ctl("queue", "hold", ident)
        node.wait_event("message_held")
        del sink.script["rcpt"]
        node.ctl("queue", "retry", "--all")
        time.sleep(0.5)
        self.assertEqual(sink.accepted, [], "held mail stays")
        node.ctl("queue", "release", ident)
        until("the letter, without another word", lambda: sink.accepted)

    def test_an_id_that_is_not_there_is_said_clearly(self):
        node = self.troupe()
        for verb in (("queue", "show"), ("queue", "remove"), ("why",)):
            done = node.ctl_raw(*verb, "0000000000000")
            self.assertNotEqual(done.returncode, 0, verb)
            self.assertTrue(done.stderr.strip(), verb)

    def test_without_a_daemon_the_exit_code_is_69(self):
        node = self.node()
        self.assertEqual(node.ctl_raw("status").returncode, 69)

    def test_nonsense_is_a_usage_error(self):
        node = self.node()
        for words in (["frobnicate"], ["queue", "list", "--frobnicate"], []):
            self.assertEqual(node.ctl_raw(*words).returncode, 64, words)

    def test_the_socket_is_for_its_owner_only(self):
        node = self.troupe()
        until("the socket", node.socket.exists)
        self.assertEqual(node.socket.stat().st_mode & 0o777, 0o600)

    def test_log_level_changes_without_a_restart(self):
        node = self.troupe()
        node.ctl("log-level", "error")
        before = len(node.events("message_received"))
        node.send(letters.plain())
        maildir.wait_for(node.maildir("b"))
        self.assertEqual(len(node.events("message_received")), before)
        node.ctl("log-level", "info")
        node.send(letters.plain())
        node.wait_event("message_received")
        self.assertNotEqual(node.ctl_raw("log-level", "loud").returncode, 0)

    def test_shutdown_ends_the_daemon(self):
        node = self.troupe()
        node.ctl("shutdown")
        self.assertEqual(node.process.wait(30), 0)


class Health(SystemCase):
    def test_health_readiness_and_metrics_are_served(self):
        node = self.troupe()
        node.send(letters.plain())
        maildir.wait_for(node.maildir("b"))
        self.assertEqual(node.http("/healthz")[0], 200)
        self.assertEqual(node.http("/readyz")[0], 200)
        until("the delivery to be counted", lambda: node.metric("messages_delivered_total") == 1)
        self.assertEqual(node.metric("messages_received_total"), 1)
        for name in ("sessions_total", "commands_total", "messages_deferred_total", "messages_bounced_total", "queue_bytes",
                     "commit_seconds_count", "delivery_attempts_total", "build_info"):
            with self.subTest(name):
                self.assertTrue(any(k.split("{")[0] == f"troupe_{name}" for k in node.metrics()), name)
        self.assertEqual(node.http("/nothing")[0], 404)

    def test_readiness_goes_red_with_its_reason(self):
        node = self.troupe({**HOLD, "limits": {"queue_bytes": 50000}})
        for _ in range(10):
            node.send(letters.big(20000), recipients=["b@hold.test"])
        status, text = node.http("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("queue", text)
        json.loads(text)
        self.assertEqual(node.http("/healthz")[0], 200)

    def test_log_lines_about_mail_carry_the_promised_fields(self):
        node = self.troupe()
        node.send(letters.plain())
        received = node.wait_event("message_received")[0]
        delivered = node.wait_event("message_delivered")[0]
        for key in ("ts", "level", "event", "node", "msg", "session", "from", "bytes", "client_ip"):
            self.assertIn(key, received)
        for key in ("to", "relay", "code", "reply", "attempt", "queue_seconds"):
            self.assertIn(key, delivered)
        self.assertEqual(received["msg"], delivered["msg"])
        for line in node.log_lines():
            json.loads(line)


class Signals(SystemCase):
    def test_sigterm_lets_an_open_transaction_finish(self):
        node = self.troupe()
        with node.dialogue() as client:
            client.greet()
            client.envelope("a@src.test", "b@local.test")
            self.assert_reply(client.say("DATA"), "354")
            node.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            with self.assertRaises(OSError):
                node.dialogue(2).reply()
            client.send(letters.plain() + b".\r\n")
            self.assert_reply(client.reply(), "250")
        self.assertEqual(node.process.wait(30), 0)
        node.start()
        maildir.wait_for(node.maildir("b"))

    def test_sigterm_with_idle_clients_is_quick_and_polite(self):
        node = self.troupe()
        with node.dialogue() as client:
            client.greet()
            began = time.monotonic()
            node.process.send_signal(signal.SIGTERM)
            self.assert_reply(client.reply(), "421")
            self.assertEqual(node.process.wait(30), 0)
            self.assert_within(5, began)

    def test_a_drain_is_bounded_by_its_limit(self):
        sink = self.started(BadSink({"dot": Hang()}))
        node = self.troupe({**relay_to(sink.port), "node": {"drain": "2s"}})
        node.send(letters.plain(), recipients=["b@sink.test"])
        until("a letter under way", lambda: sink.letters)
        began = time.monotonic()
        self.assertEqual(node.stop(), 0)
        self.assert_within(6, began)

    def test_a_second_signal_stops_at_once(self):
        sink = self.started(BadSink({"dot": Hang()}))
        node = self.troupe(relay_to(sink.port))
        node.send(letters.plain(), recipients=["b@sink.test"])
        until("a letter under way", lambda: sink.letters)
        node.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        began = time.monotonic()
        node.process.send_signal(signal.SIGTERM)
        node.process.wait(10)
        self.assert_within(3, began)

    def test_a_reload_takes_new_routes_and_keeps_connections(self):
        old, new = self.started(BadSink()), self.started(BadSink())
        node = self.troupe(relay_to(old.port))
        with node.dialogue() as client:
            client.greet()
            node.set(relay_to(new.port))
            node.reload()
            node.wait_event("reload")
            client.envelope("a@src.test", "b@sink.test")
            self.assert_reply(client.data(letters.plain()), "250")
        until("a letter at the new host", lambda: new.accepted)
        self.assertEqual(old.accepted, [])

    def test_a_reload_of_nonsense_keeps_the_old_configuration_and_says_why(self):
        node = self.troupe()
        node.config.write_text(node.config.read_text() + "\n[limits]\nrecipient = 7\n")
        node.reload()
        said = node.wait_event("reload")[0]
        self.assertIn(said["level"], ("warn", "error"))
        self.assertIn("recipient", json.dumps(said))
        self.assert_reply(node.send(letters.plain()), "250")


class WrongInput(SystemCase):
    def ended(self, node, seconds=20) -> tuple[int, str]:
        node.launch()
        return node.process.wait(seconds), node.log_tail()

    def test_all_errors_of_a_configuration_are_said_at_once_with_place_and_nearest_key(self):
        node = self.node()
        node.config.write_text('[node]\nhostnam = "x"\n[limits]\nidle = "5 parsecs"\nrecipients = "many"\n[nonsense]\nx = 1\n')
        done = subprocess.run([program("trouped"), "--config", str(node.config), "--check"], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 78)
        said = done.stdout + done.stderr
        for word in (f"{node.config}:2", "hostnam", "hostname", f"{node.config}:4", "parsecs", f"{node.config}:5", f"{node.config}:6", "nonsense"):
            self.assertIn(word, said)
        self.assertEqual(self.ended(node)[0], 78)

    def test_check_is_content_with_what_is_right_and_starts_nothing(self):
        node = self.node()
        done = subprocess.run([program("trouped"), "--config", str(node.config), "--check"], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(node.data.exists())

    def test_print_config_is_a_configuration(self):
        node = self.node()
        done = subprocess.run([program("trouped"), "--config", str(node.config), "--print-config"], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 0, done.stderr)
        node.config.write_text(done.stdout)
        node.start()

    def test_a_file_that_is_not_there_is_a_wrong_configuration(self):
        done = subprocess.run([program("trouped"), "--config", "/nowhere/troupe.toml"], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 78)
        self.assertIn("/nowhere/troupe.toml", done.stderr)

    def test_bad_options_are_a_usage_error(self):
        done = subprocess.run([program("trouped"), "--frobnicate"], capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 64)

    def test_a_port_in_use_is_named(self):
        node = self.node()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", node.port))
            taken.listen()
            code, said = self.ended(node)
        self.assertIn(code, (69, 71, 75, 78))
        self.assertIn(str(node.port), said)

    def test_two_daemons_on_one_folder_do_not_meet(self):
        first = self.troupe()
        second = self.node({"node": {"data_dir": first.data}}, name="second")
        code, said = self.ended(second)
        self.assertNotEqual(code, 0)
        self.assertIn(str(first.data), said)
        self.assert_reply(first.send(letters.plain()), "250")

    def test_environment_variables_are_expanded(self):
        node = self.node({"node": {"hostname": "${TROUPE_TEST_HOST}"}})
        os.environ["TROUPE_TEST_HOST"] = "from-environment.test"
        self.addCleanup(os.environ.pop, "TROUPE_TEST_HOST")
        node.start()
        with node.dialogue() as client:
            self.assertIn("from-environment.test", client.reply())

    def test_without_a_configuration_it_serves_on_its_defaults(self):
        """Runs in a folder of its own; skipped when the default port is in use here."""
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", 2525))
            except OSError:
                self.skipTest("port 2525 is in use")
        node = self.node(name="plain")
        node.config.unlink()
        with open(node.log_file, "wb") as log:
            node.process = subprocess.Popen([program("trouped")], cwd=node.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        node.port = 2525
        node.wait_for_banner()
        self.assert_reply(node.send(letters.plain(), recipients=["you@localhost"]), "250")
        maildir.wait_for(node.folder / "troupe-data/mail/you")
        self.assertEqual(self.from_folder(node, "status").returncode, 0)

    def from_folder(self, node, *words):
        return subprocess.run([program("troupectl"), *words], cwd=node.folder, capture_output=True, timeout=20)


if __name__ == "__main__":
    import unittest
    unittest.main()
