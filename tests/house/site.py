"""The documentation site, built as `make site` builds it, into a folder of a test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.house.quotes import ROOT


def built(folder: Path) -> Path:
    """The folder, with the site in it; a warning of MkDocs is an AssertionError with its words.

    With `--quiet` MkDocs would not count its warnings, and `--strict` mean nothing.
    """
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder
