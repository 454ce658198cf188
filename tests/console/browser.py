"""Headless Chromium through ChromeDriver's plain HTTP (W3C WebDriver): all of a browser
that the console's tests need, with nothing but the standard library."""

import base64
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from support.ports import free_port, until

# What an element is called in an answer (W3C WebDriver, section 12.1).
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "Shift": "\ue008", "Left": "\ue012", "Up": "\ue013",
        "Right": "\ue014", "Down": "\ue015", "Home": "\ue011", "End": "\ue010", "Space": " "}


def missing() -> str:
    """What this machine lacks, or nothing."""
    return ", ".join(p for p in ("chromium", "chromedriver") if not shutil.which(p))


class Replaced(RuntimeError):
    """The page has drawn itself anew; the element found is gone from it."""


class Browser:
    def __init__(self, width: int = 1360, height: int = 900, dark: bool = False):
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="troupe-chromium-")
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.port}", "--log-level=OFF"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # --no-sandbox: in a container Chromium's own one can't be built. The pages are ours.
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
                     f"--window-size={width},{height}", "--force-device-scale-factor=1", f"--user-data-dir={self.folder}"]
        if dark:
            arguments.append("--force-dark-mode")
        options = {"args": arguments, "binary": shutil.which("chromium"), "perfLoggingPrefs": {"enableNetwork": True}}
        wish = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        until("ChromeDriver", self.is_up, 30, 0.05)
        self.session = ""
        self.session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wish}})["sessionId"]

    def is_up(self):
        try:
            return self.raw("GET", "/status")["value"]["ready"]
        except OSError:
            return False

    def raw(self, method: str, path: str, body: dict | None = None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as why:
            value = json.load(why)["value"]
            kind = Replaced if value["error"] == "stale element reference" else RuntimeError
            raise kind(value["message"].splitlines()[0]) from None

    def call(self, method: str, path: str, body: dict | None = None):
        return self.raw(method, f"/session/{self.session}{path}" if self.session else path, body)["value"]

    def close(self) -> None:
        try:
            if self.session:
                self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- what one does ------------------------------------------------------------------------

    def open(self, url: str) -> None:
        self.call("POST", "/url", {"url": url})

    def run(self, script: str, *arguments):
        """The value that the script returns; a promise is waited for."""
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, css: str, text: str | None = None):
        """The first visible element that has this text, or none."""
        return self.run("""
            return [...document.querySelectorAll(arguments[0])].find((e) => e.checkVisibility()
              && (arguments[1] === null || e.textContent.trim() === arguments[1])) ?? null""", css, text)

    def wait(self, css: str, text: str | None = None, seconds: float = 20):
        return until(f"{css} {text or ''}", lambda: self.find(css, text), seconds)

    def click(self, css: str, text: str | None = None) -> None:
        """Once. The page may draw itself anew between finding and clicking: then what is there now is clicked."""
        until(f"a click on {css} {text or ''}", lambda: self.clicked(self.wait(css, text)))

    def clicked(self, element) -> bool:
        try:
            self.call("POST", f"/element/{element[ELEMENT]}/click", {})
        except Replaced:
            return False
        return True

    def type(self, css: str, text: str) -> None:
        element = self.wait(css)
        self.call("POST", f"/element/{element[ELEMENT]}/clear", {})
        self.call("POST", f"/element/{element[ELEMENT]}/value", {"text": text})

    def press(self, *keys: str) -> None:
        """Keys one after the other, to whatever has the focus."""
        acts = []
        for key in keys:
            for name in ("keyDown", "keyUp"):
                acts.append({"type": name, "value": KEYS.get(key, key)})
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": acts}]})

    def text(self, css: str = "body") -> str:
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", css)

    def wait_text(self, css: str, part: str, seconds: float = 20) -> str:
        return until(f"{part!r} in {css}", lambda: part in (t := self.text(css)) and t, seconds)

    def focused(self) -> str:
        """The text of what has the focus."""
        return self.run("return document.activeElement.innerText || document.activeElement.getAttribute('aria-label') || document.activeElement.id")

    def resize(self, width: int, height: int) -> None:
        self.call("POST", "/window/rect", {"width": width, "height": height})

    def colours(self, scheme: str) -> None:
        """What the system prefers: "light" or "dark"."""
        self.call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": [{"name": "prefers-color-scheme", "value": scheme}]}})

    def screenshot(self, file: pathlib.Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    # -- what happened ------------------------------------------------------------------------

    def complaints(self) -> list[str]:
        """What the console of the browser said since the last call, as warning or error."""
        return [e["message"] for e in self.call("POST", "/se/log", {"type": "browser"}) if e["level"] in ("SEVERE", "WARNING")]

    def requests(self) -> list[str]:
        """Addresses of every request since the last call."""
        sent = []
        for entry in self.call("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                sent.append(message["params"]["request"]["url"])
        return sent


def settle(seconds: float) -> None:
    """For a picture only: lets what moves come to rest."""
    time.sleep(seconds)
