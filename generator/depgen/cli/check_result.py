"""Where `depgen check` leaves its answer: a file, or a folder with a file for each value besides.

A Workflow takes output parameters from files, one file a parameter, so the folder is for it. Each file is complete
before it has its name: whoever waits for it never reads half of one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from depgen.cli import whole_file

if TYPE_CHECKING:
    from depgen.cluster.checking import Answer

RESULT = "result.json"


@contextmanager
def keeping(result: str) -> Iterator[Callable[[Answer], None]]:
    """What it gives writes an answer to `result`, "" being nowhere; if the command ends without one, why it did.

    A path that ends in a slash, or is a folder, is one. InputError, before anything is done, if it cannot be written to.
    """
    from depgen.cluster.checking import unknown
    from depgen.errors import DepgenError, InputError

    _prepare(result)
    try:
        yield lambda answer: _write(result, answer)
    except DepgenError as error:
        _write(result, unknown(error))
        raise
    except (OSError, typer.BadParameter) as error:
        _write(result, unknown(InputError(str(error))))
        raise
    except typer.Exit:
        _write(result, unknown(InputError("the graph has errors; they are on stderr")))
        raise


def _prepare(result: str) -> None:
    if not result:
        return
    from depgen.errors import InputError

    path = Path(result)
    folder = path if result.endswith("/") or path.is_dir() else path.parent
    try:
        if result.endswith("/"):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot make the folder {folder}: {error.strerror}") from error
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise InputError(f"cannot write {path}: {folder} is no folder that can be written to")


def _write(result: str, answer: Answer) -> None:
    if not result:
        return
    from depgen.report import check as report

    path = Path(result)
    if path.is_dir():
        _replace(path, {**report.values(answer), RESULT: report.as_json(answer)})
    else:
        _replace(path.parent, {path.name: report.as_json(answer)})


def _replace(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        whole_file.write(folder / name, text)
