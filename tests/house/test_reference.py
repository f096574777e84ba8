"""The reference of the graph file is what docs/make_reference.py makes of the schema today."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
SCRIPT = Path("docs/make_reference.py")
REFERENCE = Path("docs/reference/graph.md")
SCHEMA = Path("schemas/graph.schema.json")


def make_reference(checkout: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / SCRIPT), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with nothing but what the reference is made of."""
    for name in (SCRIPT, REFERENCE, SCHEMA):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / name)
    return tmp_path


def fields(part: Any) -> set[str]:
    """Every field of the language."""
    if isinstance(part, list):
        return set().union(*map(fields, part))
    if not isinstance(part, dict):
        return set()
    return set(part.get("properties", ())) | fields(list(part.values()))


def test_the_reference_is_current() -> None:
    result = make_reference(CHECKOUT, "--check")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_reference_names_every_field() -> None:
    text = (CHECKOUT / REFERENCE).read_text(encoding="utf-8")
    schema = json.loads((CHECKOUT / SCHEMA).read_text(encoding="utf-8"))
    assert [field for field in sorted(fields(schema)) if f"`{field}`" not in text] == []


def test_a_stale_reference_is_told_and_left_alone(copy: Path) -> None:
    (copy / REFERENCE).write_text("old\n", encoding="utf-8")
    result = make_reference(copy, "--check")
    assert result.returncode == 1
    assert result.stderr == "docs/reference/graph.md is stale; run python docs/make_reference.py\n"
    assert (copy / REFERENCE).read_text(encoding="utf-8") == "old\n"


def test_the_reference_is_made_anew(copy: Path) -> None:
    (copy / REFERENCE).unlink()
    assert make_reference(copy).returncode == 0
    assert (copy / REFERENCE).read_bytes() == (CHECKOUT / REFERENCE).read_bytes()
