"""The frame of the console's tests: one browser for all cases of a class, which must stay calm."""

import os
import pathlib
import unittest

from browser import Browser, missing
from support.case import SystemCase

PICTURES = pathlib.Path(os.environ.get("TROUPE_PICTURES", "/tmp/troupe-console"))
LACKING = missing()


@unittest.skipIf(LACKING, f"not installed: {LACKING}; deploy/install-dependencies --tests")
class BrowserCase(SystemCase):
    """Each case begins on a fresh page."""

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()

    def visit(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.browser.open("about:blank")  # another page: its storage and its polls end
        self.browser.requests()
        self.browser.complaints()
        self.browser.open(f"{self.origin}/")
        self.browser.wait("#tabs a")

    def view(self, name: str) -> None:
        self.browser.click("#tabs a", name)

    def assert_calm(self, *gone: str) -> None:
        """No complaint, no foreign request, and nothing of a stranger's has run. What begins with one of
        `gone`, as "/v1/actors/queue", may have answered 404 meanwhile."""
        may_be_gone = tuple(self.origin + path for path in gone)
        complaints = [c for c in self.browser.complaints() if not (c.startswith(may_be_gone) and "404 (Not Found)" in c)]
        self.assertEqual(complaints, [])
        foreign = [u for u in self.browser.requests() if not u.startswith((self.origin, "about:", "data:"))]
        self.assertEqual(foreign, [])
        self.assertTrue(self.browser.run("return document.title").endswith("– Troupe"))
        self.assertEqual(self.browser.run("return document.querySelectorAll('main img, #panel img, main script, #panel script').length"), 0)
