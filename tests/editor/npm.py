"""yaml-language-server as package-lock.json pins it, installed once into a cache.

Without npm its tests are skipped with the reason; DEPGEN_REQUIRE_STACK=1 makes that an error, as for the stack.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json")
SERVER = Path("node_modules/yaml-language-server/bin/yaml-language-server")
LIMIT = 300


def command() -> tuple[str, ...]:
    """How the server is started."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return _absent("no npm")
    return node, str(_installed(npm) / SERVER), "--stdio"


def _absent(reason: str) -> tuple[str, ...]:
    if os.environ.get("DEPGEN_REQUIRE_STACK") == "1":
        pytest.fail(f"DEPGEN_REQUIRE_STACK=1, but {reason}", pytrace=False)
    pytest.skip(f"yaml-language-server needs Node.js: {reason}")


def _installed(npm: str) -> Path:
    """The folder with `node_modules`; made beside and moved there, so that several may make it at once."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:16]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "depgen" / "editor" / digest
    if not (home / SERVER).is_file():
        home.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=home.parent))
        try:
            for name in FILES:
                shutil.copy(HERE / name, made / name)
            install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(install, cwd=made, check=True, capture_output=True, timeout=LIMIT)
            if not home.exists():
                made.rename(home)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return home
