"""`depgen test`: scenario files, played on the rendered manifests."""
# ruff: noqa: PT028 - a command, no test of pytest

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.options import ColourOption
from depgen.cli.terminal import Colour, emit, shows_colour, tell

if TYPE_CHECKING:
    from depgen.pipeline import InputFile
    from depgen.scenario.reading import Read
    from depgen.scenario.verdict import Verdict

# A watched file is looked at that often.
_LOOK = 0.5
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"
_READ = {".yaml", ".yml", ".txt", ".ics", ".lock"}


class Format(StrEnum):
    """Who reads the result: people, programs, a CI system."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"


def test(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Scenario files, or folders with *.scenario.yaml in them and below; else this folder.",
            show_default=False,
        ),
    ] = None,
    name: Annotated[
        str,
        typer.Option(
            "-k", metavar="TEXT", help="Only scenarios with this in their path or title.", show_default=False
        ),
    ] = "",
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Again whenever a file changes, until Ctrl-C.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the timeline of what passes, too.")
    ] = False,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the result.")] = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Play scenario files, and say whether graphs do what they are told to.

    A scenario is a story of a graph: which Workflow ends when, what breaks, and what must come of it. It is played on a
    virtual clock with the manifests that `build` writes; no cluster is asked. The graph lies beside it.

    Exit codes: 0 all went as told; 1 something did not, or a file has mistakes; 2 it could not be tried; 3 a bug in
    depgen.

    Examples:

        depgen test
        depgen test graphs -o junit > report.xml

    See also: simulate, lint.
    """
    if watch and output is not Format.TEXT:
        raise typer.BadParameter("takes no -o", param_hint="--watch")
    given = paths or ["."]
    if watch:
        _stay(given, name, verbose, color)
        return
    verdicts = []
    for verdict in _played(given, name, _graph):
        verdicts.append(verdict)
        if output is Format.TEXT:
            emit(_told(verdict, verbose, color))
    emit(_shown(verdicts, output))
    if not all(verdict.has_passed for verdict in verdicts):
        raise typer.Exit(1)


def _told(verdict: Verdict, verbose: bool, color: Colour) -> str:
    from depgen.report import scenario as report

    return report.one(verdict, shows_colour(color, sys.stdout), verbose)


def _shown(verdicts: Sequence[Verdict], output: Format) -> str:
    """What there is to say of all of them."""
    from depgen.report import scenario as report

    if output is Format.TEXT:
        return report.summary(verdicts)
    return report.as_json(verdicts) if output is Format.JSON else report.junit(verdicts)


def _played(given: Sequence[str], name: str, read_graph: Read) -> Iterator[Verdict]:
    """Each scenario in turn; InputError if there is none."""
    from depgen.errors import InputError

    files = [file for path in given for file in _files(path)]
    if not files:
        raise InputError(f"no scenario in {', '.join(given)}: they are named *.scenario.yaml")
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    count = 0
    for number, file in enumerate(dict.fromkeys(files), 1):
        if is_terminal:
            tell(f"\r\x1b[K{number}/{len(files)} {file}")
        verdict = _one(file, name, read_graph)
        if verdict is not None:
            count += 1
            yield verdict
    if is_terminal:
        tell("\r\x1b[K")
    if not count:
        raise InputError(f'no scenario has "{name}" in its path or title')


def _files(path: str) -> list[str]:
    """The scenario files of a folder and the folders below; a file that is named, whatever its name."""
    from depgen.errors import InputError
    from depgen.scenario.reading import SUFFIX

    place = Path(path)
    if place.is_dir():
        found = (file for file in place.rglob(f"*{SUFFIX}") if file.is_file())
        return sorted(str(file) for file in found if not _is_hidden(file.relative_to(place)))
    if not place.is_file():
        raise InputError(f"cannot read {path}: No such file or directory")
    return [str(place)]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _one(path: str, name: str, read_graph: Read) -> Verdict | None:
    """The verdict on one file; None if it was not asked for."""
    from depgen.errors import InputError
    from depgen.pipeline import InputFile
    from depgen.scenario import reading
    from depgen.scenario.emulated import Emulated
    from depgen.scenario.playing import play
    from depgen.scenario.verdict import Verdict

    try:
        file = InputFile(path, Path(path).read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    story, findings = reading.read(file, read_graph)
    title = story.title if story else ""
    if name and name not in path and name not in title:
        return None
    if story is None:
        return Verdict(path, title, findings=findings)
    return play(story, Emulated)


def _graph(path: str) -> Sequence[InputFile]:
    """The files of a graph that a scenario names."""
    from depgen.cli.inputs import read_graphs

    return read_graphs([path], recursive=False).files


def _stay(given: Sequence[str], name: str, verbose: bool, color: Colour) -> None:
    """Play, wait for a change, play again."""
    from depgen.errors import DepgenError

    folders = {Path(path) if Path(path).is_dir() else Path(path).parent for path in given}

    def read_graph(path: str) -> Sequence[InputFile]:
        folders.add(Path(path).parent)
        return _graph(path)

    seen = None
    while True:
        now = _stamps(folders)
        if now != seen:
            emit(_CLEAR if shows_colour(color, sys.stdout) else "")
            try:
                verdicts = []
                for verdict in _played(given, name, read_graph):
                    verdicts.append(verdict)
                    emit(_told(verdict, verbose, color))
                emit(_shown(verdicts, Format.TEXT))
            except DepgenError as error:
                emit(f"{error}\n")
            # A folder that was met just now brings its files; what changed meanwhile is not among them.
            seen = {**_stamps(folders), **now}
        time.sleep(_LOOK)


def _stamps(folders: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """When every file that a scenario can hang on was last written, and its size: graphs, calendars, locks."""
    found = {}
    for file in (file for folder in folders for file in folder.rglob("*") if file.suffix in _READ):
        try:
            status = file.stat()
        except OSError:
            continue
        found[str(file)] = status.st_mtime_ns, status.st_size
    return found
