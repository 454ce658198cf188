"""The console that trouped serves, with real mail from strangers."""

import json
import urllib.error
import urllib.request

import browser_case
from browser import settle
from browser_case import PICTURES
from strange_page import StrangePage
from support import letters
from support.bad_sink import BadSink, Say
from support.case import relay_to
from support.ports import free_port, until, wait_until_listening


class Console(browser_case.BrowserCase):
    HOSTILE = "<img src=x onerror=document.title='owned'>"

    def serving(self, settings: dict, token: str = ""):
        port = free_port()
        node = self.node(settings)
        node.set({"admin": {"http": f"127.0.0.1:{port}", **({"token": token} if token else {})}})
        node.start()
        wait_until_listening(port, node.process)
        return node, port

    def api(self, port: int, path: str):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return json.load(answer)

    def test_what_strangers_send_is_shown_as_it_is_and_does_nothing(self):
        sink = self.started(BadSink({"rcpt": Say(f"450 4.2.1 {self.HOSTILE}")}))
        node, port = self.serving({**relay_to(sink.port), "retry": {"schedule": ["1h"]}})
        letter = letters.plain(f"{self.HOSTILE}<script>document.title='owned'</script>")
        node.send(letter, sender=f'"{self.HOSTILE}"@src.test', recipients=[f'"{self.HOSTILE}"@sink.test'])
        node.wait_event("message_deferred")
        with node.dialogue() as visitor:
            visitor.greet("visitor.test")
            self.visit(port)
            self.browser.wait_text("#ready", "ready")
            self.browser.wait(".plot .stroke", seconds=30)
            self.browser.screenshot(PICTURES / "troupe-overview.png")
            self.view("Actors")
            self.browser.type("main input[role=searchbox]", "session")
            self.browser.wait(".tree [role=row]:not(.branch)")
            self.browser.screenshot(PICTURES / "troupe-actors.png")
        self.view("Queue")
        self.browser.wait_text("main", f'"{self.HOSTILE}"@sink.test')
        self.browser.click("main button.link")
        self.browser.wait_text("#panel", f"450 4.2.1 {self.HOSTILE}")
        self.browser.click("#panel button", "Show the letter")
        self.browser.wait_text("#panel pre", f"Subject: {self.HOSTILE}<script>")
        settle(0.3)
        self.browser.screenshot(PICTURES / "troupe-message.png")
        self.view("Routes")
        self.browser.wait_text("main", self.HOSTILE)
        self.assert_calm()

    def test_a_route_is_killed_and_no_letter_is_lost(self):
        sink = self.started(BadSink({"rcpt": Say("450 4.2.1 busy")}))
        node, port = self.serving({**relay_to(sink.port), "retry": {"schedule": ["1h"]}})
        node.send(letters.plain(), recipients=["b@sink.test"])
        node.wait_event("message_deferred")
        self.visit(port)
        self.view("Actors")
        self.browser.type("main input[role=searchbox]", f"{sink.port}")
        self.browser.click(".tree [role=row]:not(.branch) .name")
        self.browser.click("#panel button", "Kill")
        self.browser.click("dialog button", "Kill")
        self.browser.wait_text("#toasts", "has ended")
        self.assertEqual(len(node.events("actor_ended_by_operator", act="kill")), 1)
        del sink.script["rcpt"]
        self.browser.press("Escape")
        self.view("Queue")
        self.browser.click("main button.link")
        self.browser.click("#panel button", "Retry now")
        self.browser.click("dialog button", "Retry now")
        until("the letter", lambda: sink.accepted)
        self.browser.wait_text("main", "The queue is empty.")
        self.assertEqual(self.browser.requests() and len(sink.accepted), 1)

    def test_a_letter_is_held_and_released(self):
        sink = self.started(BadSink({"rcpt": [Say("450 4.2.1 busy"), Say("250 ok")]}))
        node, port = self.serving({**relay_to(sink.port), "retry": {"schedule": ["1h"]}})
        node.send(letters.plain(), recipients=["b@sink.test"])
        node.wait_event("message_deferred")
        ident = self.api(port, "/v1/queue/messages")["messages"][0]["id"]
        self.visit(port)
        self.view("Queue")
        self.browser.click("main button.link", ident)
        for act in ("Hold", "Release"):
            self.browser.click("#panel button", act)
            self.browser.click("dialog button", act)
            if act == "Hold":
                self.browser.wait("main .pill", "held")
                self.assertEqual(self.api(port, "/v1/queue/messages")["messages"][0]["state"], "held")
        until("the letter", lambda: sink.accepted)
        self.browser.wait_text("#panel", "no longer in the queue")

    def test_no_other_site_acts_or_shows_it_in_a_frame(self):
        node, port = self.serving({"route": [{"match": ["*"], "via": "hold"}]})
        node.send(letters.plain(), recipients=["b@far.test"])
        until("the letter", lambda: self.api(port, "/v1/queue/messages")["messages"])
        strange = self.started(StrangePage(f"http://127.0.0.1:{port}"))
        for host in ("localhost", "127.0.0.1"):
            self.browser.open(f"http://{host}:{strange.port}/")
            said = until("its tries", lambda: self.browser.run("return window.tries"), 30)
            self.assertEqual(said, {"fetch": "opaque", "json": "refused", "read": "refused", "frame": "empty"})
            self.browser.open(f"http://{host}:{strange.port}/form")
            self.browser.wait_text("body", "refused")
        self.assertEqual([m["state"] for m in self.api(port, "/v1/queue/messages")["messages"]], ["held"])
        self.browser.complaints()
        self.browser.requests()

    def test_every_file_comes_under_headers_by_which_a_browser_trusts_only_this_node(self):
        _, port = self.serving({})
        for path, kind in (("/", "text/html; charset=utf-8"), ("/console/main.js", "text/javascript; charset=utf-8"),
                           ("/console/console.css", "text/css; charset=utf-8"), ("/console/icon.svg", "image/svg+xml")):
            with self.subTest(path), urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
                policy = answer.headers["Content-Security-Policy"].split("; ")
                self.assertEqual(policy[0], "default-src 'none'")
                self.assertIn("frame-ancestors 'none'", policy)
                self.assertEqual({words.split()[1] for words in policy}, {"'none'", "'self'"})
                self.assertEqual(answer.headers["Content-Type"], kind)
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
                self.assertEqual(answer.headers["Cache-Control"], "no-store")

    def test_without_its_token_it_shows_nothing(self):
        _, port = self.serving({}, token="a long secret")
        self.visit(port)
        self.browser.wait("dialog[open]")
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.api(port, "/v1/status")
        self.assertEqual(refused.exception.code, 401)
        self.browser.type("#token", "a long secret")
        self.browser.press("Enter")
        self.browser.wait_text("#ready", "ready")
        self.browser.run("sessionStorage.clear()")
        self.browser.complaints()
