"""Programs built with a sanitizer: what it is told, what it found, and how much longer everything takes.

Whoever starts a program of ours after the import of this module hands the sanitizer its options.
"""

import atexit
import functools
import mmap
import os
import pathlib
import shutil
import tempfile

from .programs import ROOT, program

# A program in which a sanitizer found something ends with this code.
EXIT = 99
SLOWER = 5

reports = pathlib.Path(tempfile.mkdtemp(prefix="troupe-sanitizer-"))
atexit.register(shutil.rmtree, reports, ignore_errors=True)

# To files: a report counts whatever a test does with the output of the program.
for name, options in {
    "ASAN_OPTIONS": "",
    "LSAN_OPTIONS": "",
    "UBSAN_OPTIONS": ":print_stacktrace=1",
    "TSAN_OPTIONS": f":suppressions={ROOT}/tests/tsan.supp:ignore_noninstrumented_modules=1:halt_on_error=1:second_deadlock_stack=1",
}.items():
    os.environ[name] = f"exitcode={EXIT}:log_path={reports}/report" + options


@functools.cache
def in_use() -> bool:
    try:
        with open(program("trouped"), "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as code:
            return any(code.find(mark) >= 0 for mark in (b"__asan_init", b"__tsan_init"))
    except (OSError, ValueError):
        return False


def patience(seconds: float) -> float:
    """How long to wait for what takes at most `seconds` in a build without a sanitizer."""
    return seconds * SLOWER if in_use() else seconds


def take_reports() -> list[str]:
    """What was found since the last call."""
    found = []
    for file in sorted(reports.iterdir()):
        found.append(file.read_text(errors="replace"))
        file.unlink()
    return found
