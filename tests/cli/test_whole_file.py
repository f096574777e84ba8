"""Files that commands write: whole, and only over what may be written over."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from depgen.cli import whole_file
from depgen.errors import InputError


def test_what_is_there_is_left_as_it_is_when_a_file_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine\n")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("file", "dangling", "loop", "."):
        path = tmp_path / name
        with pytest.raises(InputError) as refused:
            whole_file.create(path, "theirs\n", "; move it away")
        assert str(refused.value) == f"{path} exists and is left as it is; move it away"
    assert (tmp_path / "file").read_text() == "mine\n"
    assert not (tmp_path / "nowhere").exists()


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*absent/file: No such file or directory"):
        whole_file.write(tmp_path / "absent" / "file", "text")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=r"cannot write .*folder: Is a directory"):
        whole_file.write(tmp_path / "folder", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_pipe_is_written_to_and_not_renamed_over(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    whole_file.write(pipe, "text\n")
    reader.join(30)
    assert (read, pipe.is_fifo()) == (["text\n"], True)


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old\n")
    link = tmp_path / "link"
    link.symlink_to("file")
    whole_file.write(link, "new\n")
    assert (link.is_symlink(), (tmp_path / "file").read_text()) == (True, "new\n")
