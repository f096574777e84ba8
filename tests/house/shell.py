"""Commands of the documentation, run by a shell as a reader would run them.

A command finds depgen and this checkout's Python first, prints without colours at a width of 100, and may take a
minute. Both streams are one, as on a terminal; the exit code is for the page to show or not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def printed(command: str, folder: Path, more: Mapping[str, str] | None = None) -> str:
    """What the command prints in that folder; `more`: further variables of its environment."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    packages = os.pathsep.join([str(ROOT / "generator"), str(ROOT)])
    plain = {"PATH": path, "PYTHONPATH": packages, "NO_COLOR": "1", "COLUMNS": "100"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, **plain, **(more or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout
