"""The pictures of README and docs are what the code draws now, and each is shown somewhere."""

from __future__ import annotations

import subprocess
import sys

from tests.house.quotes import ROOT


def test_pictures_are_as_they_are_drawn_now() -> None:
    command = [sys.executable, "docs/make_pictures.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_picture_is_shown_on_a_page() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]
    shown = "".join(page.read_text(encoding="utf-8") for page in pages)
    names = [path.name for path in (ROOT / "docs" / "pictures").iterdir()]
    assert [name for name in sorted(names) if f"pictures/{name}" not in shown] == []
