"""The references are what docs/make_reference.py makes of the schemas today, and docs/make_cli.py of the commands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from depgen.cli import COMMANDS, CommandTable

CHECKOUT = Path(__file__).parents[2]
SCRIPT = Path("docs/make_reference.py")
KEEPER = Path("docs/generated.py")
NAMES = ("graph", "scenario", "profile", "plugin")
REFERENCES = [Path(f"docs/reference/{name}.md") for name in NAMES]
SCHEMAS = [Path(f"schemas/{name}.schema.json") for name in NAMES]


def make_reference(checkout: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(checkout / SCRIPT), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A checkout with nothing but what the reference is made of."""
    for name in (SCRIPT, KEEPER, *REFERENCES, *SCHEMAS):
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


def test_the_reference_of_the_command_line_is_current() -> None:
    command = [sys.executable, str(CHECKOUT / "docs" / "make_cli.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_reference_of_the_command_line_names_every_option() -> None:
    text = (CHECKOUT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"\n## depgen {name}\n" not in text] == []
    sections = dict(re.findall(r"^## depgen ([a-z -]+)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    for name, section in sections.items():
        first, *rest = name.split()
        command = CommandTable(name="depgen").get_command(None, first)
        for inner in rest:
            command = command.commands[inner]
        options = {option for one in command.params for option in one.opts if option.startswith("-")}
        assert [option for option in sorted(options - {"--help"}) if option not in section] == [], name


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
