"""Reads what the user names: files, folders, stdin. The only place that decides which files are graphs.

A folder may hold any YAML; only files that say `apiVersion: depgen.io/...` at the start of a line are ours,
but nothing that depgen generated. A file that is named is read whatever it holds. No file is read beyond what
the loader takes.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import typer

from depgen.calendars import companions
from depgen.diagnostics import Diagnostic, Position
from depgen.errors import InputError
from depgen.load import MAX_BYTES
from depgen.pipeline import InputFile, Loaded, load
from depgen.write import HEADER

STDIN = "<stdin>"
_SUFFIXES = (".yaml", ".yml")
_MANIFESTS = (*_SUFFIXES, ".json")
_GROUP = b"argoproj.io/"
_DEFAULTS = b"workflowDefaults"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_GRAPH = re.compile(rb"""^(?:\xef\xbb\xbf)?["']?apiVersion["']?[ \t]*:[ \t]*["']?depgen\.io/""", re.MULTILINE)
_HEAD_BYTES = 2**16
# Only graphs that say this can name other files, and are read twice to find out which.
_CALENDARS = b"calendars"


@dataclass
class Inputs:
    """Files as they were read, and a finding for each that is too large to read."""

    files: list[InputFile] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)
    environment: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The files to be told of, sorted."""
        return tuple(sorted({*(file.path for file in self.files), *(p.where.path for p in self.problems)}))

    def holding(self, raws: Mapping[str, bytes]) -> Inputs:
        """The same files with other content, by path; a file that is not there is as it was."""
        files = [replace(file, raw=raws.get(file.path, file.raw)) for file in self.files]
        return replace(self, files=files)

    def load(self) -> Loaded:
        """The first stage, with what was found before it."""
        loaded = load(self.files, self.environment)
        return replace(loaded, problems=(*loaded.problems, *self.problems))


def read_graphs(
    paths: Sequence[str], *, recursive: bool, allow_none: bool = False, environment: str = ""
) -> Inputs:
    """Each file once, in the order of `paths`; they will be read as `environment` has them, "" being none.

    InputError if one cannot be read or, unless `allow_none`, a folder holds no graph.
    """
    _refuse_odd(paths)
    inputs = Inputs(environment=environment)
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if path == "-":
            _add(inputs, STDIN, _stdin())
            continue
        status = _status(path)
        is_folder = stat.S_ISDIR(status.st_mode)
        found = (
            [file for file in _files(path, _SUFFIXES, recursive) if _is_graph(file)] if is_folder else [path]
        )
        if not found and not allow_none:
            raise InputError(_no_graph(path, recursive))
        for file in found:
            _add_file(inputs, file, seen)
    _add_companions(inputs)
    return inputs


def read_folder(folder: str, opened: Mapping[str, bytes]) -> Inputs:
    """The graphs of a folder, "" being none, with what an editor has `opened` in place of what is on disk, by path."""
    inputs = Inputs()
    there = _files(folder, _SUFFIXES, recursive=False) if Path(folder or os.devnull).is_dir() else ()
    for file in sorted({*(path for path in there if path in opened or _is_graph(path)), *opened}):
        if file not in opened:
            _add_file(inputs, file, set())
        elif _GRAPH.search(opened[file]):
            _add(inputs, file, opened[file])
    _add_companions(inputs)
    return inputs


def _add_companions(inputs: Inputs) -> None:
    """What the calendars of the graphs name, as far as it is there and does not lead out of the graph's folder."""
    graphs = [file for file in inputs.files if _CALENDARS in file.raw]
    known = {file.path for file in inputs.files}
    for document in load(graphs).documents.values() if graphs else ():
        folder = Path(document.path).parent.resolve()
        for name in companions([document]):
            path = Path(name)
            if name not in known and path.is_file() and path.resolve().is_relative_to(folder):
                known.add(name)
                _add(inputs, name, _read(name, MAX_BYTES + 1), is_companion=True)


def read_manifests(paths: Sequence[str], *, allow_none: bool = True) -> Inputs:
    """The YAML and JSON files in `paths` that mention Argo's API group, or hold `workflowDefaults` of its controller; of
    folders with all their sub-folders.

    InputError if one cannot be read or, unless `allow_none`, there is no such file.
    """
    _refuse_odd(paths)
    inputs = Inputs()
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if path == "-":
            _add(inputs, STDIN, _stdin())
            continue
        is_folder = stat.S_ISDIR(_status(path).st_mode)
        for file in _files(path, _MANIFESTS, recursive=True) if is_folder else [path]:
            _add_file(inputs, file, seen)
    inputs.files = [file for file in inputs.files if _GROUP in file.raw or _DEFAULTS in file.raw]
    if not inputs.files and not inputs.problems and not allow_none:
        raise InputError(f"no manifest in {', '.join(paths)}: nothing there mentions {_GROUP.decode()}")
    return inputs


def _refuse_odd(paths: Sequence[str]) -> None:
    for path in paths:
        if _URL.match(path):
            raise typer.BadParameter(f"{path} is a URL; download it and name the file, or pipe it into -")
    if paths.count("-") > 1:
        raise typer.BadParameter("stdin (-) can be read only once")


def _add_file(inputs: Inputs, path: str, seen: set[tuple[int, int]]) -> None:
    status = _status(path)
    identity = (status.st_dev, status.st_ino)
    if identity not in seen:
        seen.add(identity)
        is_too_large = stat.S_ISREG(status.st_mode) and status.st_size > MAX_BYTES
        _add(inputs, str(Path(path)), None if is_too_large else _read(path, MAX_BYTES + 1))


def _add(inputs: Inputs, name: str, raw: bytes | None, is_companion: bool = False) -> None:
    """Take what was read of a file, None if it was too large to try."""
    if raw is None or len(raw) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 2**20} MiB"
        inputs.problems.append(
            Diagnostic(Position(name, 1, 1), "too-large", message, "split the graph into several files")
        )
    else:
        inputs.files.append(InputFile(name, raw, is_companion))


def _files(folder: str, suffixes: tuple[str, ...], recursive: bool) -> Iterator[str]:
    """Files by name, depth first; hidden ones and links to folders are passed over."""
    for entry in _entries(folder):
        if entry.name.startswith("."):
            continue
        if entry.name.endswith(suffixes) and _is_file(entry):
            yield entry.path
        elif recursive and entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, suffixes, recursive)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"cannot read {folder}: {error.strerror}") from error


def _is_file(entry: os.DirEntry[str]) -> bool:
    """A link to nowhere is none; a link that leads to itself cannot be asked."""
    try:
        return entry.is_file()
    except OSError as error:
        raise InputError(f"cannot read {entry.path}: {error.strerror}") from error


def _is_graph(path: str) -> bool:
    # A file too large to be read at all still counts if it says what it is near its top.
    head = _read(path, MAX_BYTES if _status(path).st_size <= MAX_BYTES else _HEAD_BYTES)
    return _GRAPH.search(head) is not None and not head.startswith(HEADER)


def _no_graph(folder: str, recursive: bool) -> str:
    more = "" if recursive else "; -R also looks into sub-folders"
    return f'no graph in {folder}: none of its YAML files says "apiVersion: depgen.io/v1"{more}'


def _status(path: str) -> os.stat_result:
    try:
        return Path(path).stat()
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _read(path: str, size: int) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error


def _stdin() -> bytes:
    if sys.stdin is None:
        raise InputError("cannot read: standard input is closed")
    try:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot read standard input: {error.strerror}") from error
