"""Real mail programs as peers, each with its own configuration, queue, folder and free port.

They need root, as they do in real life: Postfix and Dovecot give up rights of their own.
"""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess

from . import maildir
from .ports import free_port, until, wait_until_listening

POSTFIX_DAEMONS = "/usr/lib/postfix/sbin"


def why_not(program: str, root: bool = True) -> str | None:
    """The reason why a peer cannot run here, or nothing."""
    if not (shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/bin")):
        return f"{program} is not installed (deploy/install-dependencies --tests)"
    if root and os.geteuid() != 0:
        return f"{program} needs root"
    return None


def end(process, seconds: float = 10) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


class Postfix:
    """A Postfix that puts mail for `domains` into one Maildir, and sends all else to `relay_port`."""

    MAIN = """\
compatibility_level = 3.6
myhostname = postfix.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
alias_maps =
alias_database =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
smtputf8_autodetect_classes = all
smtpd_tls_security_level = none
smtp_tls_security_level = none
smtp_line_length_limit = 0
message_size_limit = 60000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
virtual_mailbox_domains = {domains}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:inbox/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
in_flow_delay = 0
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
smtp_destination_concurrency_limit = 50
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
"""

    def __init__(self, folder: pathlib.Path, domains=("postfix.test",), relay_port: int | None = None,
                 sessions_max: int = 100, **settings):
        self.folder, self.domains, self.relay_port, self.settings = folder, domains, relay_port, settings
        self.sessions_max = sessions_max
        self.port = free_port()

    def start(self):
        nobody = pwd.getpwnam("nobody")
        for name in ("etc", "spool", "data", "mail"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        shutil.chown(self.folder / "data", "postfix")
        shutil.chown(self.folder / "mail", "nobody")
        text = self.MAIN.format(folder=self.folder, daemons=POSTFIX_DAEMONS, domains=" ".join(self.domains),
                                uid=nobody.pw_uid, gid=nobody.pw_gid)
        lines = dict(line.split(" =", 1) for line in text.splitlines())
        if self.relay_port:
            lines["relayhost"] = f" [127.0.0.1]:{self.relay_port}"
        lines.update((k, f" {v}") for k, v in self.settings.items())
        (self.folder / "etc/main.cf").write_text("".join(f"{k} ={v}\n" for k, v in lines.items()))
        (self.folder / "etc/master.cf").write_text(self.master())
        (self.folder / "log").touch()
        self.process = subprocess.Popen(
            ["/usr/sbin/postfix", "-c", str(self.folder / "etc"), "start-fg"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_until_listening(self.port, self.process)
        until("the master's pid", lambda: (self.folder / "spool/pid/master.pid").exists())
        return self

    def master(self) -> str:
        """Debian's master.cf without chroot and pipes, on our port."""
        lines = []
        for line in pathlib.Path("/etc/postfix/master.cf.proto").read_text().splitlines():
            words = line.split()
            if not words or line[0] in "#" or line[0].isspace() or words[-2:-1] == ["pipe"] or "pipe" in words[7:8]:
                continue
            if words[:2] == ["smtp", "inet"]:
                words[0], words[6] = f"127.0.0.1:{self.port}", str(self.sessions_max)
            words[4] = "n"
            lines.append(" ".join(words))
        return "\n".join(lines) + "\n"

    @property
    def inbox(self) -> pathlib.Path:
        return self.folder / "mail/inbox"

    def wait_for(self, count: int, seconds: float = 30) -> list[bytes]:
        return maildir.wait_for(self.inbox, count, seconds)

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def stop(self):
        # What we started is a script that waits for the master; the master ends its own children.
        os.kill(int((self.folder / "spool/pid/master.pid").read_text()), signal.SIGTERM)
        end(self.process)


class Dovecot:
    """Dovecot's LMTP server; each user has a Maildir."""

    CONF = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = lmtp
ssl = no
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%n
mail_home = {folder}/mail/%n
mail_fsync = never
auth_username_format = %Ln
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {port}
  }}
  unix_listener {folder}/lmtp.sock {{
    mode = 0666
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup {known}
}}
passdb {{
  driver = {passdb}
}}
"""

    def __init__(self, folder: pathlib.Path, users=None):
        """Without `users` everybody is known."""
        self.folder, self.users, self.port = folder, users, free_port()

    def start(self):
        (self.folder / "mail").mkdir(parents=True)
        self.folder.chmod(0o755)
        shutil.chown(self.folder / "mail", "nobody")
        passdb = "static\n  args = nopassword=y"
        if self.users is not None:
            (self.folder / "users").write_text("".join(f"{u}:{{PLAIN}}x::::::\n" for u in self.users))
            passdb = f"passwd-file\n  args = {self.folder}/users"
        conf = self.folder / "dovecot.conf"
        known = "allow_all_users=yes" if self.users is None else ""
        conf.write_text(self.CONF.format(folder=self.folder, port=self.port, known=known, passdb=passdb))
        self.process = subprocess.Popen(
            ["/usr/sbin/dovecot", "-F", "-c", str(conf)], stdin=subprocess.DEVNULL, start_new_session=True)
        wait_until_listening(self.port, self.process)
        return self

    @property
    def socket(self) -> pathlib.Path:
        return self.folder / "lmtp.sock"

    def inbox(self, user: str) -> pathlib.Path:
        return self.folder / "mail" / user

    def stop(self):
        end(self.process)


class SmtpSink:
    """Postfix's smtp-sink, each message in a file of its own."""

    def __init__(self, folder: pathlib.Path, *options: str):
        self.folder, self.options, self.port = folder, options, free_port()

    def start(self):
        self.folder.mkdir(parents=True)
        self.process = subprocess.Popen(
            ["/usr/sbin/smtp-sink", "-4", "-u", pwd.getpwuid(os.geteuid()).pw_name, *self.options, "-d", f"{self.folder}/%s.",
             f"127.0.0.1:{self.port}", "1000"], stdin=subprocess.DEVNULL)
        wait_until_listening(self.port, self.process)
        return self

    def wait_for(self, count: int, seconds: float = 30) -> list[bytes]:
        files = until(f"{count} dumps", lambda: len(self.dumps()) >= count and self.dumps(), seconds)
        assert len(files) == count, f"{len(files)} dumps instead of {count}"
        return [f.read_bytes()[:-1] for f in files]

    def dumps(self) -> list[pathlib.Path]:
        """Those that are complete: smtp-sink puts an empty line after each."""
        return [f for f in sorted(self.folder.iterdir()) if f.read_bytes().endswith(b"\n\n")]

    def stop(self):
        end(self.process)
