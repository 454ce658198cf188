"""What lies in a Maildir."""

import pathlib

from .ports import until


def messages(maildir: pathlib.Path) -> list[pathlib.Path]:
    """Files that a mail reader would see."""
    return sorted(p for sub in ("new", "cur") for p in (maildir / sub).glob("*"))


def wait_for(maildir: pathlib.Path, count: int = 1, seconds: float = 20) -> list[bytes]:
    """The contents once there are `count` messages. More than that is an error."""
    found = until(f"{count} messages in {maildir}", lambda: len(messages(maildir)) >= count and messages(maildir), seconds)
    assert len(found) == count, f"{len(found)} messages instead of {count} in {maildir}"
    return [p.read_bytes() for p in found]


def by_subject(maildir: pathlib.Path) -> dict[str, bytes]:
    """Contents by Subject, which the tests keep unique."""
    found = {}
    for path in messages(maildir):
        data = path.read_bytes()
        head = data.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0]
        subject = next(l for l in head.split(b"\n") if l.lower().startswith(b"subject:"))
        found[subject.split(b":", 1)[1].strip().decode()] = data
    return found
