"""A well-behaved filter on the real libmilter (python3-milter), as a program of its own.

    good_milter.py SOCKET RECORD [NAME]

Writes each call as a JSON line to RECORD. What it does to a message the field X-Ask says,
in words; envelope addresses that begin with "milter-" ask for verdicts before that.
"""

import json
import sys
import time

sys.path.insert(0, "/usr/lib/python3/dist-packages")  # Debian's, whatever python runs this

import Milter  # noqa: E402

SOCKET, RECORD = sys.argv[1:3]
NAME = sys.argv[3] if len(sys.argv) > 3 else "good"
VERDICTS = {"milter-reject": Milter.REJECT, "milter-tempfail": Milter.TEMPFAIL,
            "milter-discard": Milter.DISCARD, "milter-accept": Milter.ACCEPT}


class Good(Milter.Base):
    def note(self, what, *more):
        with open(RECORD, "a", encoding="utf-8") as record:
            record.write(json.dumps([what, *more]) + "\n")

    def __init__(self):
        self.words, self.size, self.fields = [], 0, []

    def connect(self, name, family, address):
        self.note("connect", name, int(family), str(address),
                  {m: self.getsymval(m) for m in ("j", "_", "{daemon_name}", "{daemon_port}", "{client_addr}", "{client_name}", "{client_ptr}", "v")})
        return Milter.CONTINUE

    def hello(self, name):
        self.note("helo", name, {m: self.getsymval(m) for m in ("{tls_version}", "{cipher}", "{cipher_bits}")})
        return Milter.CONTINUE

    def verdict(self, address):
        name = address.strip("<>").split("@")[0]
        if name == "milter-reply":
            self.setreply("554", "5.7.9", "not", "today, 100%% sure")
            return Milter.REJECT
        return VERDICTS.get(name, Milter.CONTINUE)

    def envfrom(self, sender, *parameters):
        self.words, self.size, self.fields = [], 0, []
        self.note("mail", sender, parameters, {m: self.getsymval(m) for m in ("i", "{mail_addr}", "{auth_authen}", "{auth_type}")})
        return self.verdict(sender)

    def envrcpt(self, to, *parameters):
        self.note("rcpt", to, parameters, self.getsymval("{rcpt_addr}"))
        return self.verdict(to)

    def data(self):
        self.note("data", self.getsymval("i"))
        return Milter.CONTINUE

    def header(self, name, value):
        self.fields.append((name, value))
        if name == "X-Ask":
            self.words = value.split()
        return Milter.CONTINUE

    def eoh(self):
        self.note("header", self.fields)
        return Milter.CONTINUE

    def body(self, chunk):
        self.size += len(chunk)
        return Milter.SKIP if "skip" in self.words else Milter.CONTINUE

    def eom(self):
        self.note("eom", self.size, self.getsymval("i"))
        for word in self.words:
            if word == "add":
                self.addheader(f"X-Added-{NAME}", "one\n\ttwo")
            elif word == "top":
                self.addheader("X-Top", "first", 0)
            elif word == "below":
                self.addheader("X-Below", "second", 1)
            elif word == "change":
                self.chgheader("Subject", 1, "changed")
            elif word == "delete":
                self.chgheader("X-Secret", 1, "")
            elif word == "addrcpt":
                self.addrcpt("<added@local.test>")
            elif word == "addrcptpar":
                self.addrcpt("<added@local.test>", "NOTIFY=NEVER")
            elif word == "delrcpt":
                self.delrcpt("<b@local.test>")
            elif word == "chgfrom":
                self.chgfrom("<other@src.test>")
            elif word == "body":
                self.replacebody(b"a new body\r\n.with a dot\r\n")
            elif word == "bigbody":
                self.replacebody(b"0123456789abcdef\r\n" * 60000)
            elif word == "inject":
                self.addheader("X-Inject", "one\nBcc: evil@src.test\n\nbody")
            elif word == "quarantine":
                self.quarantine("smells of fish")
            elif word == "progress":
                for _ in range(4):
                    time.sleep(0.5)
                    self.progress()
            elif word == "slow":
                time.sleep(1)
            elif word == "reject":
                return Milter.REJECT
            elif word == "tempfail":
                return Milter.TEMPFAIL
            elif word == "discard":
                return Milter.DISCARD
            elif word == "reply":
                self.setreply("451", "4.7.9", "come back")
                return Milter.TEMPFAIL
        return Milter.CONTINUE

    def abort(self):
        self.note("abort")
        return Milter.CONTINUE

    def close(self):
        self.note("close")
        return Milter.CONTINUE


Milter.factory = Good
Milter.set_flags(Milter.ADDHDRS | Milter.CHGHDRS | Milter.CHGBODY | Milter.ADDRCPT | Milter.DELRCPT
                 | Milter.QUARANTINE | Milter.CHGFROM | Milter.ADDRCPT_PAR)
Milter.runmilter("good", SOCKET, 60)
