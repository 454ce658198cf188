"""The servers that are compared. Each serves one job at a time, in a folder of its own:

    hold     take mail and keep it, deliver nothing
    relay    hand everything on to `sink_port`
    defer    keep trying a next hop that refuses connections
"""

import os
import pathlib
import shutil
import signal
import subprocess

import processes
from support.authority import Authority
from support.daemon import Trouped
from support.peers import Postfix, end
from support.ports import free_port, wait_until_listening
from support.programs import program


class Server:
    name = ""
    sessions_max = 20000

    def __init__(self, folder: pathlib.Path):
        self.folder = folder / self.name

    def wipe(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def certificate(self):
        """One with an elliptic key: what a server of today has."""
        return Authority(self.folder / "authority").issue("bench.test")


class TroupeServer(Server):
    name = "troupe"
    idle_sessions = 10000

    @staticmethod
    def why_not():
        return None if os.access(program("trouped"), os.X_OK) else "no release build (deploy/run makes one, or set TROUPED)"

    def start(self, job: str, sink_port: int = 0, tls: bool = False):
        via = {"hold": "hold", "relay": f"smtp:127.0.0.1:{sink_port}", "defer": "smtp:127.0.0.1:1"}[job]
        self.start_with([{"match": ["*"], "via": via, "tls": "required" if tls and job == "relay" else "off", "connections": 100}], tls)

    def start_many(self, ports: dict):
        """Each domain has its own next hop; everything else is as it comes."""
        self.start_with([{"match": [domain], "via": f"smtp:127.0.0.1:{port}", "tls": "off"} for domain, port in ports.items()])

    def start_with(self, routes: list, tls: bool = False):
        made = self.certificate() if tls else None
        self.node = Trouped(self.folder, {
            "retry": {"schedule": ["1h"]},
            "breaker": {"open": "30s", "open_max": "10m"},
            "limits": {"connections": self.sessions_max, "connections_per_ip": self.sessions_max, "messages_per_connection": 10**6},
            "route": routes, **({"tls": {"certificate": made.path, "key": made.key}} if made else {})})
        self.launch()
        self.node.wait_for_banner()

    def launch(self):
        """Only starts; for what measures the start itself."""
        self.node.launch()

    @property
    def port(self):
        return self.node.port

    @property
    def pid(self):
        return self.node.process.pid

    @property
    def admin_socket(self):
        return self.node.socket

    def stop(self, sign=signal.SIGTERM):
        self.node.process.send_signal(sign)
        try:
            self.node.process.wait(60)
        except subprocess.TimeoutExpired:
            self.node.kill()


class EarlierTroupe(TroupeServer):
    """Another build, whose trouped $TROUPED_EARLIER names: what has a change cost?"""
    name = "earlier"

    @staticmethod
    def why_not():
        return None if os.environ.get("TROUPED_EARLIER") else "TROUPED_EARLIER is not set"

    def launch(self):
        self.node.binary = os.environ["TROUPED_EARLIER"]
        super().launch()


class PostfixServer(Server):
    """As fast as a sane Postfix gets: no DNS, no chroot, no rate limits, processes enough."""
    name = "postfix"
    idle_sessions = 500  # a process for each

    @staticmethod
    def why_not():
        return None if os.geteuid() == 0 and shutil.which("postfix", path="/usr/sbin:/usr/bin") else "needs root and postfix"

    def start(self, job: str, sink_port: int = 0, tls: bool = False):
        settings = {"default_process_limit": 200, "smtp_destination_concurrency_limit": 100,
                    "minimal_backoff_time": "300s", "maximal_backoff_time": "4000s", "queue_run_delay": "300s"}
        if job == "hold":
            settings["smtpd_client_restrictions"] = "static:HOLD"  # straight from cleanup: spares the queue manager
        elif job == "defer":
            settings["defer_transports"] = "smtp"
        if tls:
            made = self.certificate()
            settings |= {"smtpd_tls_security_level": "may", "smtpd_tls_chain_files": f"{made.key}, {made.path}",
                         "smtp_tls_security_level": "encrypt", "smtp_tls_session_cache_database": "btree:$data_directory/smtp_scache"}
        self.peer = Postfix(self.folder, relay_port=sink_port or 1, sessions_max=600, **settings)
        self.launch()

    def start_many(self, ports: dict):
        self.folder.mkdir(parents=True, exist_ok=True)
        table = self.folder / "transport"
        table.write_text("".join(f"{domain} smtp:[127.0.0.1]:{port}\n" for domain, port in ports.items()))
        self.peer = Postfix(self.folder, sessions_max=600, default_process_limit=200, minimal_backoff_time="300s",
                            maximal_backoff_time="4000s", queue_run_delay="300s", transport_maps=f"texthash:{table}",
                            mydestination="")
        self.launch()

    def launch(self):
        self.peer.start()

    @property
    def port(self):
        return self.peer.port

    @property
    def pid(self):
        return self.peer.process.pid

    def stop(self, sign=signal.SIGTERM):
        if sign == signal.SIGKILL:
            for pid in processes.tree(self.pid):
                os.kill(pid, sign)
            self.peer.process.wait()
        else:
            self.peer.stop()


class LimitProbe(Server):
    """No mail server but what the machine allows one: $LIMIT_PROBE names the program."""
    name = "limit"
    idle_sessions = 0

    @staticmethod
    def why_not():
        return None if os.environ.get("LIMIT_PROBE") else "LIMIT_PROBE is not set"

    def start(self, job: str, sink_port: int = 0, tls: bool = False):
        if tls:
            raise NotImplementedError("the probe speaks no TLS")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.words = [os.environ["LIMIT_PROBE"], "--port", str(self.port), "--log", str(self.folder / "log"), "--size", str(4 << 30)]
        self.words += ["--sink", str(sink_port), "--conns", "4"] if job == "relay" else ["--hold", "--inline"]
        self.launch()

    def launch(self):
        self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_listening(self.port, self.process, 60)

    @property
    def pid(self):
        return self.process.pid

    def stop(self, sign=signal.SIGTERM):
        end(self.process)

    def wipe(self):
        """Its log is one preallocated file that a fresh start begins anew."""


ALL = {s.name: s for s in (TroupeServer, EarlierTroupe, PostfixServer, LimitProbe)}
