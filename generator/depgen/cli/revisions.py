"""Graphs as they are at a revision of git: laid out in a folder that is gone again once they are read.

So what is a graph, and which files belong to it, is decided as for any folder. Files keep their names for messages:
`HEAD~1:team/graph.yaml`. Nothing of the checkout is touched, and no filter or hook of the repository runs.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from depgen.cli.inputs import Inputs, read_graphs
from depgen.errors import InputError

_GRAPHS = (".yaml", ".yml")
_COMPANIONS = (".txt", ".ics", ".lock", ".json")
_FILE_MODES = ("100644", "100755")


def read_revision(revision: str, paths: Sequence[str], *, recursive: bool) -> Inputs:
    """The graphs that `paths` held; those that were not there yet hold none.

    InputError if there is no such revision, or none of the paths was there.
    """
    inputs = Inputs()
    found = False
    for path in map(Path, paths):
        home = path if path.is_dir() else path.parent
        commit = _commit(home, revision)
        with TemporaryDirectory(prefix="depgen-") as folder:
            if not _lay_out(home, commit, path, Path(folder)):
                continue
            found = True
            there = folder if path.is_dir() else str(Path(folder, path.name))
            read = read_graphs([there], recursive=recursive, allow_none=True)
            # As one path, so that what a graph names beside it is found beside it.
            told = PurePath(f"{revision}:{home if str(home) != '.' else ''}")
            for file in read.files:
                inputs.files.append(replace(file, path=str(told / Path(file.path).relative_to(folder))))
            inputs.problems += read.problems
    if not found:
        raise InputError(f"nothing of {', '.join(paths)} is in git at {revision}")
    return inputs


def _lay_out(home: Path, commit: str, path: Path, folder: Path) -> bool:
    """Whether what was asked for is there; writes it, and what may stand beside it, into the folder."""
    listed = _git(home, "ls-tree", "-r", "-z", "--full-tree", f"{commit}:{_prefix(home)}").decode()
    wanted = False
    for entry in listed.split("\0"):
        description, _, name = entry.partition("\t")
        is_asked = name.endswith(_GRAPHS) if path.is_dir() else name == path.name
        if not description.startswith(_FILE_MODES) or not (is_asked or name.endswith(_COMPANIONS)):
            continue
        wanted = wanted or is_asked
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_git(home, "cat-file", "blob", description.split()[2]))
    return wanted


def _commit(home: Path, revision: str) -> str:
    try:
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return _git(home, *asked).decode().strip()
    except InputError as error:
        if not error.args[0].endswith(":"):
            raise
        raise InputError(f"git knows no revision {revision}") from error


def _prefix(home: Path) -> str:
    """The folder from the top of its repository on, with a slash at its end; "" at the top."""
    return _git(home, "rev-parse", "--show-prefix").decode().removesuffix("\n")


def _git(home: Path, *arguments: str) -> bytes:
    """What git answers in a folder; InputError with what it says if it does not."""
    try:
        # The user's own git; what the user names is never taken for an option, see `_commit`.
        command = ["git", "-C", str(home), *arguments]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    except OSError as error:
        raise InputError(f"cannot run git: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise InputError(f"git {arguments[0]} in {home}: {said}".rstrip(" "))
    return done.stdout
