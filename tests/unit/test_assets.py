"""Templates and schemas are found in a checkout and in an installed wheel, and both have one digest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from depgen import assets
from depgen.errors import InternalError

CHECKOUT = Path(__file__).parents[2]


def checkout(folder: Path) -> Path:
    """The package of a copy of this checkout, as far as assets look at it."""
    package = folder / "generator" / "depgen"
    shutil.copytree(assets.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "_data"))
    for name in assets.FOLDERS:
        shutil.copytree(CHECKOUT / name, folder / name)
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    return package


def wheel(folder: Path) -> Path:
    """The package as a wheel of this checkout puts it into `folder`."""
    package = folder / "depgen"
    shutil.copytree(assets.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "_data"))
    for name in assets.FOLDERS:
        shutil.copytree(CHECKOUT / name, package / "_data" / name)
    return package


def test_a_schema_is_found() -> None:
    assert json.loads(assets.text("schemas", "graph.schema.json"))["title"] == "depgen graph"


def test_an_asset_that_is_missing_is_our_fault_and_named() -> None:
    with pytest.raises(InternalError, match=r"schemas/none\.json cannot be read"):
        assets.text("schemas", "none.json")


def test_a_checkout_uses_its_own_folders_and_never_a_stale_copy(tmp_path: Path) -> None:
    package = checkout(tmp_path)
    (package / "_data" / "schemas").mkdir(parents=True)
    assert assets.home(package) == tmp_path


def test_a_wheel_uses_the_copy_in_the_package(tmp_path: Path) -> None:
    package = wheel(tmp_path)
    assert assets.home(package) == package / "_data"


def test_a_checkout_and_a_wheel_of_it_have_the_same_digest(tmp_path: Path) -> None:
    first = assets.digest_of(checkout(tmp_path / "checkout"))
    assert first == assets.digest_of(wheel(tmp_path / "wheel"))
    assert len(first) == 64


def test_the_digest_is_that_of_the_running_depgen() -> None:
    assert assets.digest() == assets.digest_of(assets.PACKAGE)


@pytest.mark.parametrize("part", ["wording.py", "lint/__init__.py", "_data/schemas/graph.schema.json"])
def test_a_change_of_a_source_or_an_asset_changes_the_digest(tmp_path: Path, part: str) -> None:
    package = wheel(tmp_path)
    before = assets.digest_of(package)
    with (package / part).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert assets.digest_of(package) != before


def test_what_python_or_an_editor_leaves_does_not_change_the_digest(tmp_path: Path) -> None:
    package = wheel(tmp_path)
    before = assets.digest_of(package)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "load.cpython-311.pyc").write_bytes(b"\0")
    (package / "_data" / "schemas" / ".#graph.schema.json").symlink_to("nowhere")
    assert assets.digest_of(package) == before
