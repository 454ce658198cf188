"""Real filters as Debian ships them, each with its own configuration, folder and free port."""

import json
import pathlib
import pwd
import shutil
import subprocess
import sys

from .peers import end
from .ports import free_port, until, wait_until_listening


class Program:
    """A filter that runs in the foreground until the test ends."""

    def __init__(self, folder: pathlib.Path):
        self.folder, self.port = folder, free_port()
        self.process = None

    @property
    def address(self) -> str:
        return f"inet:127.0.0.1:{self.port}"

    def run(self, *command: str, **popen):
        with open(self.folder / "output", "ab") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                            cwd=self.folder, **popen)
        return self.process

    def stop(self):
        if self.process:
            end(self.process)


class GoodMilter(Program):
    """python3-milter, which is libmilter; see good_milter.py."""

    def __init__(self, folder: pathlib.Path, name="good", unix=False):
        super().__init__(folder)
        self.name, self.unix = name, unix

    @property
    def address(self) -> str:
        return f"unix:{self.folder}/socket" if self.unix else super().address

    def start(self):
        self.folder.mkdir(parents=True)
        self.record = self.folder / "record"
        place = f"unix:{self.folder}/socket" if self.unix else f"inet:{self.port}@127.0.0.1"
        program = pathlib.Path(__file__).with_name("good_milter.py")
        self.run(sys.executable, "-B", str(program), place, str(self.record), self.name)
        if self.unix:
            until("the milter's socket", lambda: (self.folder / "socket").exists())
        else:
            wait_until_listening(self.port, self.process)
        return self

    def calls(self, name: str | None = None) -> list[list]:
        if not self.record.exists():
            return []
        calls = [json.loads(line) for line in self.record.read_text().splitlines()]
        return [c for c in calls if name is None or c[0] == name]


class Rspamd(Program):
    """rspamd's proxy worker as milter: GTUBE, one rule on a word; no network, no modules, no Redis."""

    CONFIGURATION = """\
options {{
  pidfile = "{folder}/pid"; cache_file = "{folder}/cache"; control_socket = "{folder}/control mode=0600";
  temp_dir = "{folder}"; hs_cache_dir = "{folder}"; filters = "regexp"; gtube_patterns = "all"; enable_test_patterns = true;
  url_tld = "{folder}/tld";
  dns {{ nameserver = ["127.0.0.1:{nobody}:1"]; timeout = 0.1s; retransmits = 1; }}
}}
logging {{ type = "file"; filename = "{folder}/log"; level = "info"; }}
actions {{ reject = 15; add_header = 6; greylist = null; }}
metric {{ actions {{ reject = 15; add_header = 6; }}  symbol {{ name = "WORD"; weight = 8; }} }}
milter_headers {{ use = ["x-spamd-bar", "x-spam-status"]; extended_spam_headers = true; skip_local = false; skip_authenticated = false; }}
worker "normal" {{ enabled = false; bind_socket = "127.0.0.1:{normal}"; }}
worker "controller" {{ enabled = false; bind_socket = "127.0.0.1:{controller}"; }}
worker "rspamd_proxy" {{
  bind_socket = "127.0.0.1:{port}"; milter = yes; timeout = 20s; count = 1; self_scan = yes;
  upstream "local" {{ default = yes; self_scan = yes; hosts = "127.0.0.1:{normal}"; }}
}}
lua = "{folder}/rules.lua";
modules {{ path = "/usr/share/rspamd/plugins/milter_headers.lua"; }}
"""
    RULES = """\
rspamd_config:register_symbol({
  name = 'WORD', score = 8.0,
  callback = function(task)
    return string.find(tostring(task:get_subject() or ''), 'viagra') ~= nil
  end,
})
rspamd_config:set_metric_symbol({name = 'WORD', score = 8.0, group = 'test', description = 'a word'})
"""

    def start(self):
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o777)
        (self.folder / "rules.lua").write_text(self.RULES)
        # All suffixes there are take it minutes to compile on a busy machine.
        (self.folder / "tld").write_text("test\ncom\norg\n")
        (self.folder / "rspamd.conf").write_text(self.CONFIGURATION.format(
            folder=self.folder, port=self.port, nobody=free_port(), normal=free_port(), controller=free_port()))
        self.run("/usr/bin/rspamd", "-f", "-c", str(self.folder / "rspamd.conf"), "-u", "_rspamd", "-g", "_rspamd")
        try:
            wait_until_listening(self.port, self.process, 60)
        except AssertionError:
            self.stop()  # nobody else does of one that has not started
            raise
        return self


class Opendkim(Program):
    """Signs what `domain` sends and adds Authentication-Results to the rest; keys by opendkim-genkey."""

    def __init__(self, folder: pathlib.Path, domain="src.test", mode="s"):
        super().__init__(folder)
        self.domain, self.mode = domain, mode

    def start(self):
        self.folder.mkdir(parents=True)
        subprocess.run(["opendkim-genkey", "-b", "2048", "-d", self.domain, "-s", "s1", "-D", str(self.folder)],
                       check=True, capture_output=True)
        (self.folder / "hosts").write_text("0.0.0.0/0\n")
        (self.folder / "opendkim.conf").write_text(
            f"Socket inet:{self.port}@127.0.0.1\nDomain {self.domain}\nSelector s1\n"
            f"KeyFile {self.folder}/s1.private\nMode {self.mode}\nInternalHosts {self.folder}/hosts\n"
            "Canonicalization relaxed/simple\nRequireSafeKeys no\nUserID root\nNameservers 127.0.0.1\n"
            "DNSTimeout 1\nSyslog no\n")
        self.run("/usr/sbin/opendkim", "-f", "-x", str(self.folder / "opendkim.conf"))
        wait_until_listening(self.port, self.process)
        return self

    def txt_record(self) -> str:
        """The key record's text."""
        text = (self.folder / "s1.txt").read_text()
        return "".join(text[text.index("(") + 1:text.rindex(")")].split('"')[1::2])


class Clamav(Program):
    """clamav-milter and the clamd behind it, with one signature of our own: EICAR's."""

    EICAR = (rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")

    def start(self):
        self.folder.mkdir(parents=True)
        database = self.folder / "db"
        database.mkdir()
        (database / "test.ndb").write_text(f"Test.Eicar:0:*:{self.EICAR.hex()}\n")
        (self.folder / "clamd.conf").write_text(
            f"LocalSocket {self.folder}/clamd.sock\nDatabaseDirectory {database}\nForeground yes\n"
            f"TemporaryDirectory {self.folder}\nSelfCheck 0\nLogFile {self.folder}/clamd.log\nConcurrentDatabaseReload no\n")
        (self.folder / "milter.conf").write_text(
            f"MilterSocket inet:{self.port}@127.0.0.1\nClamdSocket unix:{self.folder}/clamd.sock\n"
            f"OnInfected Reject\nRejectMsg \"infected with %v\"\nAddHeader Replace\nForeground yes\n"
            f"LogFile {self.folder}/milter.log\nLogInfected Basic\n")
        with open(self.folder / "output", "ab") as output:
            self.clamd = subprocess.Popen(["/usr/sbin/clamd", "-c", str(self.folder / "clamd.conf")],
                                          stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        until("clamd's socket", lambda: (self.folder / "clamd.sock").exists() or self.clamd.poll() is not None, 60)
        self.run("/usr/sbin/clamav-milter", "-c", str(self.folder / "milter.conf"))
        wait_until_listening(self.port, self.process)
        return self

    def stop(self):
        super().stop()
        end(self.clamd)


def why_not(*programs: str) -> str | None:
    """The reason why a filter can't run here, or nothing."""
    for each in programs:
        if each == "python3-milter":
            if not pathlib.Path("/usr/lib/python3/dist-packages/Milter").exists():
                return "python3-milter is not installed (deploy/install-dependencies --tests)"
        elif not shutil.which(each, path="/usr/sbin:/usr/bin"):
            return f"{each} is not installed (deploy/install-dependencies --tests)"
    try:
        pwd.getpwnam("root")
    except KeyError:
        return "no root here"
    return None
