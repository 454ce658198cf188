"""Letters whose bytes are known, and the comparison with what arrived."""

import random
import re

# What a server on the way may put in front of a letter.
TRACE = re.compile(
    rb"(?:(?:Received|Return-Path|Delivered-To|X-Original-To|X-[A-Za-z-]+):[^\n]*\n(?:[ \t][^\n]*\n)*)*", re.I)


def letter(subject: str, body: bytes, sender="a@src.test", recipient="b@local.test") -> bytes:
    head = (f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@src.test>\r\n"
            "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n")
    return head.encode() + body


def plain(subject="plain", **who) -> bytes:
    return letter(subject, b"The first line.\r\nThe last line.\r\n", **who)


def eight_bit(subject="eight-bit", **who) -> bytes:
    """Every byte but CR, LF and NUL, in UTF-8 and out of it."""
    every = bytes(x for x in range(1, 256) if x not in (10, 13))
    return letter(subject, "Grüße aus Zürich\r\n".encode() + every + b"\r\n" + every[::-1] + b"\r\n", **who)


def dotted(subject="dots", **who) -> bytes:
    lines = [b".", b"..", b"...", b".hidden", b"a.", b"", b".", b" .", b".\t", b"x" * 997, b"." * 998, b"end", b"."]
    return letter(subject, b"\r\n".join(lines) + b"\r\n", **who)


def long_lines(subject="long-lines", **who) -> bytes:
    """Lines at and above the 998 octets of RFC 5322, up to 64 KiB; dots where a split could double them."""
    lines = [b"y" * n for n in (997, 998, 999, 1000, 2046, 2048, 4096, 65536)]
    lines += [b"z" * 4094 + b".", b"." + b"z" * 8191]
    return letter(subject, b"\r\n".join(lines) + b"\r\n", **who)


def empty_body(subject="empty-body", **who) -> bytes:
    return letter(subject, b"", **who)


def big(size: int, subject="big", seed=1, **who) -> bytes:
    """About `size` bytes of lines that don't compress or repeat, some beginning with a dot."""
    dice = random.Random(seed)
    out = bytearray(letter(subject, b"", **who))
    alphabet = bytes(x for x in range(33, 256) if x != 127)
    table = bytes(alphabet[x % len(alphabet)] for x in range(256))
    while len(out) + 80 < size:
        line = dice.randbytes(dice.randrange(1, 77)).translate(table)
        out += (b"." if dice.random() < 0.1 else b"") + line + b"\r\n"
    return bytes(out)


KINDS = {
    "plain": plain,
    "eight_bit": eight_bit,
    "dotted": dotted,
    "long_lines": long_lines,
    "empty_body": empty_body,
}


def without_trace(stored: bytes) -> bytes:
    """`stored` without the trace headers in front, with CRLF at the end of each line."""
    text = stored.replace(b"\r\n", b"\n")
    return text[TRACE.match(text).end():].replace(b"\n", b"\r\n")


def same_bytes(sent: bytes, stored: bytes) -> bool:
    """Whether `stored` is `sent` with trace headers in front and nothing else changed but the line
    ends of the whole file: a Maildir keeps LF."""
    return without_trace(stored) == sent


def first_difference(sent: bytes, stored: bytes) -> str:
    got = without_trace(stored)
    at = next((i for i, (x, y) in enumerate(zip(sent, got)) if x != y), min(len(sent), len(got)))
    return f"sent {len(sent)} bytes, got {len(got)}; at {at}: {sent[at:at + 40]!r} became {got[at:at + 40]!r}"
