"""Debian's `promtool` and `prometheus`: the real reader of rules, and the real server.

Where they are missing the tests are skipped with the reason; DEPGEN_REQUIRE_STACK=1 makes that an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def program(name: str) -> str:
    """Where `promtool` or `prometheus` is."""
    found = shutil.which(name)
    if found:
        return found
    reason = f"{name} is not installed: apt-get install --no-install-recommends prometheus"
    if os.environ.get("DEPGEN_REQUIRE_STACK") == "1":
        pytest.fail(f"DEPGEN_REQUIRE_STACK=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def promtool(*words: str | Path) -> str:
    """What it says; AssertionError if it finds fault."""
    argv = [program("promtool"), *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
