"""A certificate authority for a test, by the openssl command: roots, servers, and what TLSA says of them."""

import hashlib
import pathlib
import subprocess


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


class Certificate:
    """Files in PEM, and digests for TLSA records."""

    def __init__(self, path: pathlib.Path, key: pathlib.Path):
        self.path, self.key = path, key

    def der(self) -> bytes:
        return openssl("x509", "-in", str(self.path), "-outform", "DER")

    def spki(self) -> bytes:
        public = openssl("x509", "-in", str(self.path), "-noout", "-pubkey")
        return openssl("pkey", "-pubin", "-outform", "DER", stdin=public)

    def tlsa(self, usage: int = 3) -> str:
        """Of the public key, by SHA-256."""
        return f"{usage} 1 1 {hashlib.sha256(self.spki()).hexdigest()}"


class Authority:
    def __init__(self, folder: pathlib.Path, name: str = "Test Root"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.root = Certificate(folder / "root.pem", folder / "root.key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
                "-keyout", str(self.root.key), "-out", str(self.root.path))

    def issue(self, *names: str, days: int = 30, algorithm: str = "ec") -> Certificate:
        """For servers of these names; the file has the root behind the certificate."""
        base = self.folder / names[0]
        made = Certificate(base.with_suffix(base.suffix + ".pem"), base.with_suffix(base.suffix + ".key"))
        kind = ["rsa:2048"] if algorithm == "rsa" else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        request = openssl("req", "-new", "-newkey", *kind, "-nodes",
                          "-subj", f"/CN={names[0]}", "-keyout", str(made.key))
        extensions = base.with_suffix(base.suffix + ".ext")
        extensions.write_text("subjectAltName=" + ",".join(f"DNS:{n}" for n in names) + "\n")
        signed = openssl("x509", "-req", "-CA", str(self.root.path), "-CAkey", str(self.root.key), "-days", str(days),
                         "-CAcreateserial", "-extfile", str(extensions), stdin=request)
        made.path.write_bytes(signed + self.root.path.read_bytes())
        for file in (made.path, made.key):
            file.chmod(0o644)  # for servers that give up root before they read it
        return made
