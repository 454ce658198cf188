"""STARTTLS around Postfix's smtp-source and smtp-sink, which speak none: a stunnel before and behind the server."""

import pathlib
import shutil
import subprocess

from support.authority import Certificate
from support.peers import end
from support.ports import free_port, wait_until_listening

# Whole handshakes, as of clients that come once; and no ciphers for which a stunnel would spend
# its first half minute looking for primes.
COMMON = """\
foreground = yes
pid =
syslog = no
debug = err
output = {folder}/log
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
[{name}]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{to}
protocol = smtp
sessionResume = no
ciphers = ECDHE+AESGCM
"""


def why_not() -> str | None:
    return None if shutil.which("stunnel4") else "no stunnel4"


class Pipe:
    """Passes what comes to `port` on to `to`: with STARTTLS there (`certificate` None), or from there."""

    def __init__(self, folder: pathlib.Path, name: str, to: int, certificate: Certificate | None = None):
        folder = folder / name
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        text = COMMON.format(folder=folder, name=name, port=self.port, to=to)
        text += f"cert = {certificate.path}\nkey = {certificate.key}\n" if certificate else "client = yes\n"
        (folder / "conf").write_text(text)
        self.process = subprocess.Popen(["stunnel4", str(folder / "conf")], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_listening(self.port, self.process)

    def stop(self):
        end(self.process)
