"""Exim as a receiver and as a client, unpacked beside the mail server of this machine (its package excludes Postfix's)."""

import os
import pathlib
import pwd
import subprocess

from . import maildir
from .peers import end
from .ports import free_port, wait_until_listening

BINARY = pathlib.Path(os.environ.get("TROUPE_EXIM", "/opt/troupe-test-peers/exim/usr/sbin/exim4"))

CONF = """\
exim_path = {binary}
primary_hostname = exim.test
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
spool_directory = {folder}/spool
log_file_path = {folder}/log-%slog
pid_file_path = {folder}/pid
exim_user = nobody
exim_group = nogroup
never_users =
domainlist local_domains = {domains}
host_lookup =
rfc1413_hosts =
log_selector = +tls_cipher +tls_peerdn +tls_sni
timezone =
message_size_limit = 60M
acl_smtp_rcpt = accept
acl_smtp_data = accept
{more}
begin routers
{onward}all:
  driver = accept
  transport = inbox
begin transports
onward:
  driver = smtp
  hosts_require_tls = *
  tls_verify_certificates = {roots}
  tls_verify_hosts = *
  tls_verify_cert_hostnames =
  tls_require_ciphers = {ciphers}
inbox:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  user = nobody
  group = nogroup
begin retry
* * F,1h,2s
begin acl
accept:
  accept
"""

# What is not for its own domains goes there, by TLS with a host that `roots` vouch for.
ONWARD = """\
onward:
  driver = manualroute
  domains = ! +local_domains
  transport = onward
  route_list = * 127.0.0.1::{port}
  self = send
"""


def why_not() -> str | None:
    if not BINARY.exists():
        return f"{BINARY} is not there (deploy/install-dependencies --tests)"
    return None if os.geteuid() == 0 else "exim needs root"


class Exim:
    def __init__(self, folder: pathlib.Path, domains=("exim.test",), relay_port: int | None = None,
                 roots: pathlib.Path | str = "system", ciphers: str = "NORMAL", **settings):
        self.folder, self.domains, self.settings = folder, domains, settings
        self.relay_port, self.roots, self.ciphers = relay_port, roots, ciphers
        self.port = free_port()

    def start(self):
        nobody = pwd.getpwnam("nobody")
        for name in ("", "spool", "mail"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            os.chown(self.folder / name, nobody.pw_uid, nobody.pw_gid)
        conf = self.folder / "exim.conf"
        more = "".join(f"{key} = {value}\n" for key, value in self.settings.items())
        conf.write_text(CONF.format(binary=BINARY, folder=self.folder, port=self.port, domains=" : ".join(self.domains), more=more,
                                    onward=ONWARD.format(port=self.relay_port) if self.relay_port else "", roots=self.roots, ciphers=self.ciphers))
        self.process = subprocess.Popen([str(BINARY), "-bdf", "-C", str(conf)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=open(self.folder / "err", "wb"))
        wait_until_listening(self.port, self.process)
        return self

    def wait_for(self, count: int, seconds: float = 30) -> list[bytes]:
        return maildir.wait_for(self.folder / "mail", count, seconds)

    def log(self) -> str:
        return (self.folder / "log-mainlog").read_text(errors="replace")

    def stop(self):
        end(self.process)
