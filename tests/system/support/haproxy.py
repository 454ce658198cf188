"""HAProxy in front of a node, which says whom it speaks for."""

import pathlib
import subprocess

from .peers import end
from .ports import free_port, wait_until_listening


class HaProxy:
    CONF = """\
global
  maxconn 100
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend mail
  bind 127.0.0.1:{port}
  default_backend node
backend node
  server node 127.0.0.1:{to} {how} check inter 500ms
"""

    def __init__(self, folder: pathlib.Path, to: int, how: str):
        """`how` is send-proxy or send-proxy-v2."""
        self.folder, self.to, self.how, self.port = folder, to, how, free_port()

    def start(self):
        self.folder.mkdir(parents=True)
        conf = self.folder / "haproxy.cfg"
        conf.write_text(self.CONF.format(port=self.port, to=self.to, how=self.how))
        self.process = subprocess.Popen(["/usr/sbin/haproxy", "-db", "-f", str(conf)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_listening(self.port, self.process)
        return self

    def stop(self):
        end(self.process)
