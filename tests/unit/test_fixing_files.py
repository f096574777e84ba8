"""Files are replaced as a whole or stay as they are, and none is touched that is not the user's to change."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from depgen.diagnostics import Finding, Fix, Place, Position, Severity
from depgen.fixing import Files, fix, obstacles, write
from depgen.fixing.replacing import obstacle, replace


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")
    return path


def test_a_file_is_replaced_and_keeps_its_mode(file: Path) -> None:
    file.chmod(0o640)
    assert replace(file, b"old", b"new") is None
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["a.yaml"]


def test_a_file_that_somebody_changed_meanwhile_is_left_alone(file: Path) -> None:
    assert replace(file, b"other", b"new") == "it was changed by somebody else meanwhile"
    assert file.read_bytes() == b"old"
    assert [path.name for path in file.parent.iterdir()] == ["a.yaml"]


def test_a_symlink_is_left_alone(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    assert replace(link, b"old", b"new") == "it is a symlink; name the file that it leads to"
    assert (link.is_symlink(), file.read_bytes()) == (True, b"old")


def test_a_file_with_several_names_is_left_alone(file: Path, tmp_path: Path) -> None:
    os.link(file, tmp_path / "other.yaml")
    assert obstacle(file) == "it has several names (hard links)"


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert obstacle(tmp_path / "pipe") == "it is no regular file"
    assert obstacle(tmp_path / "absent") == "No such file or directory"


def finding(path: Path) -> Finding:
    where = Position(str(path), 1, 1)
    return Finding(where, "rule", Severity.ERROR, str(path), None, "", fix=Fix(Place(str(path)), "a", 2))


def test_a_file_that_could_not_be_written_keeps_its_findings(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    for path in (good, bad):
        path.write_text("a: 1\n")
    files = {str(path): path.read_bytes() for path in (good, bad)}

    def find(now: Files) -> list[Finding]:
        return [finding(path) for path in (good, bad) if now[str(path)] == b"a: 1\n"]

    outcome = fix(files, find, obstacles(files))
    bad.write_text("a: 3\n")
    done = write(outcome, files, find)
    assert (good.read_text(), bad.read_text()) == ("a: 2\n", "a: 3\n")
    assert [f.message for f in done.fixed] == [str(good)]
    assert [f.message for f in done.left] == [str(bad)]
    assert [refusal.reason for refusal in done.refused] == ["it was changed by somebody else meanwhile"]
