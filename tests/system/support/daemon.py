"""The program under test: trouped with a configuration of its own, on free ports, in a folder of its own."""

import json
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

from . import toml
from .dialogue import Dialogue, send_letter
from .ports import free_port, until
from .programs import program
from .sanitizer import patience


class Trouped:
    """One node. start() and stop() or kill() may alternate; data, ports and log stay."""

    def __init__(self, folder: pathlib.Path, settings: dict | None = None):
        self.folder = folder
        self.data = folder / "data"
        self.mail = folder / "mail"
        self.log_file = folder / "log"
        self.config = folder / "troupe.toml"
        self.socket = folder / "admin.sock"
        self.port, self.metrics_port = free_port(), free_port()
        self.process = None
        self.binary = program("trouped")
        self.settings = self.usual()
        self.set(settings or {})

    def usual(self) -> dict:
        return {
            "node": {"name": "test", "hostname": "troupe.test", "data_dir": self.data},
            "listener": [{"address": f"127.0.0.1:{self.port}", "kind": "mx"}],
            "domain": [{"name": "local.test", "deliver": f"maildir:{self.mail}/{{user}}"}],
            "retry": {"schedule": ["1s"], "jitter": 0.0},
            "breaker": {"open": "1s", "open_max": "5s"},
            "dns": {"servers": ["127.0.0.1:9"]},  # nobody: a test that asks the DNS brings its own
            "admin": {"socket": self.socket},
            "metrics": {"http": f"127.0.0.1:{self.metrics_port}"},
            "log": {"level": "info", "format": "json"},
        }

    def set(self, settings: dict) -> None:
        """Writes the configuration with these on top: sections merge key by key, lists replace."""
        for name, section in settings.items():
            if isinstance(section, dict) and isinstance(self.settings.get(name), dict):
                self.settings[name].update(section)
            elif name == "listener":
                usual = {"address": f"127.0.0.1:{self.port}", "kind": "mx"}
                self.settings[name] = [{**usual, **s} for s in section]
            else:
                self.settings[name] = section
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(toml.document(self.settings))

    # -- life ---------------------------------------------------------------------------------

    def launch(self, *arguments: str, **popen):
        """Starts without waiting for anything."""
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "--config", str(self.config), *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, **popen)
        return self

    def start(self, seconds: float = 30):
        self.launch()
        self.wait_for_banner(seconds)
        return self

    def wait_for_banner(self, seconds: float = 30) -> float:
        """Returns how long it took until a client was greeted with 220."""
        began = time.monotonic()

        def greeted():
            if not self.running():
                raise RuntimeError(f"trouped ended with {self.process.returncode}:\n{self.log_tail()}")
            try:
                with Dialogue(self.port, 5) as client:
                    good = client.reply().startswith("220")
                    client.send(b"QUIT\r\n")
                    return good
            except OSError:
                return False

        until("220", greeted, seconds, 0.01)
        return time.monotonic() - began

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, seconds: float = 60) -> int:
        """SIGTERM; returns the exit code when it has drained."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(patience(seconds))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def rss(self) -> int:
        """Resident bytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(l for l in status.splitlines() if l.startswith("VmRSS")).split()[1]) * 1024

    # -- mail ---------------------------------------------------------------------------------

    def send(self, message: bytes, sender="a@src.test", recipients=("b@local.test",)) -> str:
        return send_letter(self.port, message, sender, recipients)

    def dialogue(self, seconds: float = 20) -> Dialogue:
        return Dialogue(self.port, seconds)

    def maildir(self, user: str) -> pathlib.Path:
        return self.mail / user

    # -- what it says -------------------------------------------------------------------------

    def log_lines(self) -> list[str]:
        return self.log_file.read_text(errors="replace").splitlines() if self.log_file.exists() else []

    def log_tail(self, lines: int = 40) -> str:
        return "\n".join(self.log_lines()[-lines:])

    def events(self, event: str | None = None, **fields) -> list[dict]:
        """Log lines that are JSON, of this name and with these fields."""
        found = []
        for line in self.log_lines():
            if line.startswith("{"):
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue  # cut off by a kill
                if (event is None or entry.get("event") == event) and all(entry.get(k) == v for k, v in fields.items()):
                    found.append(entry)
        return found

    def wait_event(self, event: str, count: int = 1, seconds: float = 20, **fields) -> list[dict]:
        return until(f"{count} log events {event} {fields}", lambda: len(self.events(event, **fields)) >= count and self.events(event, **fields), seconds, 0.05)

    def ctl_raw(self, *arguments: str, seconds: float = 20) -> subprocess.CompletedProcess:
        return subprocess.run([program("troupectl"), "--socket", str(self.socket), *arguments],
                              capture_output=True, text=True, timeout=patience(seconds), stdin=subprocess.DEVNULL)

    def ctl(self, *arguments: str):
        """The JSON document that a verb prints; fails if the verb fails."""
        done = self.ctl_raw(*arguments, "--json")
        # The doors open first: a client may have been greeted before operators are.
        end = time.monotonic() + 10
        while done.returncode == 69 and self.running() and time.monotonic() < end:
            time.sleep(0.05)
            done = self.ctl_raw(*arguments, "--json")
        assert done.returncode == 0, f"troupectl {arguments}: {done.returncode} {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    def queue(self, *filters: str) -> list[dict]:
        """Messages as `queue list` names them."""
        listed = self.ctl("queue", "list", *filters)
        return listed["messages"] if isinstance(listed, dict) else listed

    def wait_queue_empty(self, seconds: float = 60) -> None:
        until("an empty queue", lambda: not self.queue("--limit", "1"), seconds, 0.1)

    def http(self, path: str) -> tuple[int, str]:
        end = time.monotonic() + 10
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}{path}", timeout=patience(10)) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()
            except urllib.error.URLError as error:
                # The doors open first: a client may have been greeted before this is served.
                if not isinstance(error.reason, ConnectionRefusedError) or not self.running() or time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def metrics(self) -> dict[str, float]:
        """Samples by name with labels, as they stand in the text."""
        status, text = self.http("/metrics")
        assert status == 200, text
        return {l.rsplit(" ", 1)[0]: float(l.rsplit(" ", 1)[1]) for l in text.splitlines() if l and l[0] != "#"}

    def metric(self, name: str) -> float:
        """The sum over all labels."""
        return sum(v for k, v in self.metrics().items() if k.split("{")[0] == f"troupe_{name}")
