"""The console of a node that is only a table of answers, with markup in each of them."""

import browser_case
from browser import settle
from browser_case import PICTURES
from fake_house import MARKUP, FakeServer, House
from support.ports import until


class Console(browser_case.BrowserCase):
    def fake(self, **options) -> House:
        house = House(**options)
        self.server = self.started(FakeServer(house))
        self.visit(self.server.port)
        return house

    def test_markup_in_every_word_of_a_stranger_stays_text(self):
        self.fake(hostile=True)
        self.browser.wait_text("main", "connect to 198.51.100.7 timed out " + MARKUP)
        self.assertIn(MARKUP, self.browser.text("#reasons"))
        self.view("Actors")
        self.browser.type("main input[role=searchbox]", "onerror")
        self.browser.click(".tree .name", "mx:" + MARKUP.replace("/", "|"))
        self.browser.wait_text("#panel", "250 2.0.0 Ok " + MARKUP)
        self.browser.wait_text("#panel .events", MARKUP)
        self.view("Queue")
        self.browser.wait_text("main", f"bob1@slow.example {MARKUP}")
        self.browser.click("main button.link")
        self.browser.wait_text("#panel", "450 4.2.1 busy " + MARKUP)
        self.browser.click("#panel button", "Show the letter")
        self.browser.wait_text("#panel pre", "Subject: " + MARKUP)
        self.view("Routes")
        self.browser.click("main button.link", "mx:" + MARKUP)
        self.browser.wait_text("#panel", MARKUP)
        self.assert_calm()

    def test_the_keyboard_is_enough(self):
        house = self.fake()
        press, focused = self.browser.press, self.browser.focused
        press("2")
        self.browser.wait(".tree [role=row]")
        press("/", *"shard")
        self.browser.wait_text("#main", "shard")
        press("Down", "Down", "Down", "Enter")
        self.assertEqual(self.browser.wait_text("#panel-title", "shard"), "/queue/shard/0")
        self.browser.wait("#panel button", "Kill")
        press("Tab", "Tab", "Tab")
        self.assertEqual(focused(), "Kill")
        press("Enter")
        self.browser.wait("dialog[open]")
        self.assertEqual(focused(), "Cancel", "what is dangerous is not where Enter falls")
        press("Tab", "Enter")
        self.browser.wait_text("#toasts", "has ended")
        self.assertEqual(house.acts[-1][0], "/v1/actors/queue/shard/0/kill")
        press("Escape")
        self.assertIsNone(self.browser.find("#panel"))
        self.assertIn("shard", focused(), "the focus is back in the tree")
        press("Left")
        self.assertIn("2 actors", focused(), "at the branch above")
        press("Left")
        self.assertEqual(self.browser.run("return document.activeElement.getAttribute('aria-expanded')"), "false")
        press("End")
        press("3")
        self.browser.wait_text("main", "01K9N4D2W7Q0")
        press("/")
        self.assertEqual(self.browser.run("return document.activeElement.name"), "to")
        press(*"bob7@", "Escape")
        until("one message", lambda: "1 message" in self.browser.text(".acts-bar"))
        press("1")
        self.browser.wait(".plot .stroke")
        self.browser.run("document.querySelector('.canvas').focus()")
        press("Left", "Left")
        self.assertIn("received", self.browser.run("return document.querySelector('.plot .unseen').textContent"))
        press("p")
        self.assertEqual(self.browser.text("#pause"), "Paused")
        press("?")
        self.browser.wait("dialog[open]", None)
        press("Escape")
        self.assertIsNone(self.browser.find("dialog[open]"))
        self.assert_calm()

    def test_acts_on_chosen_messages_and_on_all_that_match(self):
        house = self.fake()
        self.view("Queue")
        self.browser.click("input[aria-label='Choose 01K9N4D017Q0']")
        self.browser.click("input[aria-label='Choose 01K9N4D027Q0']")
        self.browser.click(".acts-bar button", "Hold")
        self.browser.click("dialog button", "Hold")
        self.browser.wait_text("#toasts", "2 messages held")
        self.assertEqual(house.acts[-1], ("/v1/queue/hold", {"ids": ["01K9N4D017Q0", "01K9N4D027Q0"]}))
        self.browser.type("input[name=to]", "bob3")
        until("the address to hold the search", lambda: "to=bob3" in self.browser.run("return location.hash"))
        self.browser.click("#beyond")
        self.browser.click(".acts-bar button", "Remove")
        self.browser.wait_text("dialog", "cannot be undone")
        self.browser.click("dialog button", "Remove")
        until("the act", lambda: house.acts[-1] == ("/v1/queue/remove", {"to": "*bob3*"}))
        self.assert_calm()

    def test_breakers_and_routes_are_set_by_hand(self):
        house = self.fake()
        self.browser.click("main tr:has(th) .acts button", "Close")
        self.browser.click("dialog button", "Close")
        until("the act", lambda: house.acts and house.acts[-1] == ("/v1/breakers/close", {"name": "route/mx:slow.example"}))
        self.view("Routes")
        self.browser.click(".acts button", "Suspend")
        self.browser.click("dialog button", "Suspend")
        until("the act", lambda: house.acts[-1] == ("/v1/routes/suspend", {"name": "mx:relay.test"}))
        self.browser.click(".acts button", "Resume")
        until("the act", lambda: house.acts[-1] == ("/v1/routes/resume", {"name": "mx:relay.test"}))
        self.assert_calm()

    def test_what_a_node_does_not_have_is_said_and_the_rest_goes_on(self):
        self.fake(missing=("pools", "rates"))
        self.browser.wait_text("main", "Not available on this node.")
        self.browser.wait_text("main", "keeps no history")
        self.browser.wait_text("main", "route/mx:relay.test")
        self.assert_calm("/v1/pools", "/v1/rates")

    def test_a_token_is_asked_for_until_it_is_right(self):
        self.fake(token="open sesame")
        self.browser.type("#token", "wrong")
        self.browser.press("Enter")
        self.browser.wait_text("dialog", "That was not the token")
        self.browser.press("Escape")
        self.browser.type("#token", "open sesame")
        self.browser.press("Enter")
        self.browser.wait_text("#ready", "ready")
        self.browser.wait_text("main", "route/mx:relay.test")
        self.browser.run("location.reload()")
        self.browser.wait_text("#ready", "ready")
        self.assertIsNone(self.browser.find("dialog[open]"), "this tab remembers it")
        self.browser.run("sessionStorage.clear()")

    def test_a_node_that_falls_silent_is_said_to(self):
        self.fake()
        self.browser.wait_text("#ready", "ready")
        self.server.stop()
        self.browser.wait_text("#ready", "No answer")
        self.browser.complaints()

    def test_five_thousand_sessions_are_a_tree_that_answers(self):
        self.fake(sessions=5000)
        self.view("Actors")
        self.browser.wait_text("main", "5,000 actors")
        self.assertLess(self.browser.run("return document.querySelectorAll('.tree-row').length"), 300)
        self.browser.type("main input[role=searchbox]", "committing")
        self.browser.wait_text("main", "1,050 more")

    def test_it_is_looked_at(self):
        self.fake()
        for scheme in ("light", "dark"):
            self.browser.colours(scheme)
            for name in ("Overview", "Actors", "Queue", "Routes"):
                self.view(name)
                settle(0.8)
                self.browser.screenshot(PICTURES / f"{scheme}-{name.lower()}.png")
                self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth - innerWidth"), 0, "nothing sticks out")
        self.browser.resize(420, 900)
        self.addCleanup(self.browser.resize, 1360, 900)
        for name in ("Overview", "Actors", "Queue", "Routes"):
            self.view(name)
            settle(0.8)
            self.browser.screenshot(PICTURES / f"narrow-{name.lower()}.png")
            self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth - innerWidth"), 0, f"nothing sticks out of {name}")
        self.assert_calm()
