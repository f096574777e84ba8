"""The references of the files that people write are what docs/make_reference.py makes of the schemas today."""

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
NAMES = ("graph", "scenario")
REFERENCES = [Path(f"docs/reference/{name}.md") for name in NAMES]
SCHEMAS = [Path(f"schemas/{name}.schema.json") for name in NAMES]


def make_reference(checkout: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / SCRIPT), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with nothing but what the reference is made of."""
    for name in (SCRIPT, *REFERENCES, *SCHEMAS):
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


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_names_every_field(name: str) -> None:
    text = (CHECKOUT / f"docs/reference/{name}.md").read_text(encoding="utf-8")
    schema = json.loads((CHECKOUT / f"schemas/{name}.schema.json").read_text(encoding="utf-8"))
    assert [field for field in sorted(fields(schema)) if f"`{field}`" not in text] == []


@pytest.mark.parametrize("page", REFERENCES, ids=str)
def test_a_stale_reference_is_told_and_left_alone(copy: Path, page: Path) -> None:
    (copy / page).write_text("old\n", encoding="utf-8")
    result = make_reference(copy, "--check")
    assert result.returncode == 1
    assert result.stderr == f"{page} is stale; run python docs/make_reference.py\n"
    assert (copy / page).read_text(encoding="utf-8") == "old\n"


def test_the_references_are_made_anew(copy: Path) -> None:
    for page in REFERENCES:
        (copy / page).unlink()
    assert make_reference(copy).returncode == 0
    for page in REFERENCES:
        assert (copy / page).read_bytes() == (CHECKOUT / page).read_bytes()
