"""A Knot that serves zones, signed with DNSSEC, on a loopback port, and the trust anchors for them."""

import pathlib
import subprocess
import time

from .peers import end
from .ports import free_port, wait_until_listening

CONF = """\
server:
    rundir: "{folder}/run"
    listen: 127.0.0.1@{port}
log:
  - target: "{folder}/log"
    any: info
database:
    storage: "{folder}/db"
policy:
  - id: one
    algorithm: ecdsap256sha256
    single-type-signing: on
template:
  - id: default
    storage: "{folder}"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
  - id: signed
    storage: "{folder}"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    dnssec-signing: on
    dnssec-policy: one
zone:
"""
HEAD = "$ORIGIN {name}.\n$TTL 60\n@ SOA ns hostmaster 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n"


class SignedZones:
    """`zones` and `unsigned` map a name to lines of a zone file. Of `bogus` zones the anchor is another's."""

    def __init__(self, folder: pathlib.Path, zones: dict[str, str], unsigned: dict[str, str] | None = None, bogus=()):
        self.folder, self.zones, self.unsigned, self.bogus = folder, zones, unsigned or {}, bogus
        self.port = free_port()

    @property
    def anchor(self) -> pathlib.Path:
        return self.folder / "anchor"

    def start(self):
        for name in ("run", "db"):
            (self.folder / name).mkdir(parents=True)
        conf = CONF.format(folder=self.folder, port=self.port)
        for name, lines in {**self.zones, **self.unsigned}.items():
            (self.folder / f"{name}.zone").write_text(HEAD.format(name=name) + lines + "\n")
            template = "signed" if name in self.zones else "default"
            conf += f"  - domain: {name}\n    file: {name}.zone\n    template: {template}\n"
        (self.folder / "knot.conf").write_text(conf)
        self.process = subprocess.Popen(["/usr/sbin/knotd", "-c", str(self.folder / "knot.conf")],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_listening(self.port, self.process)
        self.anchor.write_text("".join(self.anchor_of(name) + "\n" for name in self.zones))
        return self

    def anchor_of(self, name: str) -> str:
        if name in self.bogus:
            return f"{name}. IN DS 1 13 2 {'00' * 32}"
        # A zone's key may not be there yet when Knot listens already.
        by = time.monotonic() + 10
        while True:
            shown = subprocess.run(["/usr/sbin/keymgr", "-c", str(self.folder / "knot.conf"), name, "ds"],
                                   capture_output=True, text=True)
            for line in shown.stdout.splitlines() if shown.returncode == 0 else ():
                if " 13 2 " in line:
                    return line.replace(" DS ", " IN DS ")
            if time.monotonic() > by:
                raise AssertionError(f"no key of {name}: {shown.stdout}{shown.stderr}")
            time.sleep(0.1)

    def settings(self) -> dict:
        """For the section [dns] of a node that believes in them."""
        return {"servers": [f"127.0.0.1:{self.port}"], "dnssec_anchor": self.anchor}

    def stop(self):
        end(self.process)
