"""Where the programs under test are."""

import os
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[3]


def program(name: str) -> str:
    """From the environment (ctest sets it), else from the build folders, else from PATH."""
    candidates = [os.environ.get(name.upper().replace("-", "_")), *(str(ROOT / "build" / b / "app" / name) for b in ("dev", "release"))]
    return next((c for c in candidates if c and os.access(c, os.X_OK)), None) or shutil.which(name) or name
