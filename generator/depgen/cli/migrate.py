"""`depgen migrate`: graph files to the current language, and what a new build does to an old one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.options import ColourOption, Environment, Format, MorePaths, Paths, Recursive, given_paths
from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from collections.abc import Mapping

    from depgen.cli.inputs import Inputs
    from depgen.diagnostics import Finding
    from depgen.fixing import Outcome
    from depgen.migrate import Upgrade

_OLDEST = 1


def migrate(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    output_dir: Annotated[
        Path | None,
        typer.Option(
            "--output-dir",
            help="A folder that an older depgen built: say what applying this one's build does.",
            show_default=False,
        ),
    ] = None,
    before: Annotated[
        int | None,
        typer.Option(
            "--from-format",
            min=_OLDEST,
            help="The output format that the graphs were last built in; else that of --output-dir, else the first.",
            show_default=False,
        ),
    ] = None,
    keep_meaning: Annotated[
        bool,
        typer.Option(
            "--keep-meaning", help="Also write what keeps an old meaning where the words mean more now."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; print what would change in graphs as a diff.")
    ] = False,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")] = Format.TEXT,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Bring graph files to the current language, and say how to upgrade what they built.

    Graphs are edited where they have to say something else, and every other byte stays. Nothing is built: with --output-dir
    the objects of that folder are compared with what this depgen builds, and what happens to queues is said, with what to do.

    Exit codes: 0 done, or nothing to do; 1 an edit could not be made; 2 it could not be tried, also if the graphs have
    errors; 3 a bug in depgen.

    Examples:

        depgen migrate graph.yaml --dry-run
        depgen migrate graph.yaml --output-dir out

    See also: build, diff, doctor.
    """
    given = given_paths(paths, filename)
    if not dry_run and "-" in given:
        raise typer.BadParameter("standard input cannot be written; add --dry-run", param_hint="PATH")

    from depgen.cli.inputs import read_graphs
    from depgen.cli.terminal import emit, tell
    from depgen.report import fixes
    from depgen.report import upgrade as report

    inputs = read_graphs(given, recursive=recursive, environment=env)
    files = {file.path: file.raw for file in inputs.files if not file.is_companion}
    number = before if before is not None else _format(output_dir)
    outcome = _edited(inputs, files, number, keep_meaning, dry_run)
    upgrade = output_dir and _upgrade(inputs.holding(files | outcome.changed), output_dir, color)
    tell(fixes.told(outcome, is_done=not dry_run))
    if outcome.left and before is None and output_dir is None:
        tell(report.supposed(number))
    if output is Format.JSON:
        emit(report.as_json(sorted(outcome.changed), outcome.left, upgrade or None))
    else:
        emit(fixes.diff(files, outcome.changed) if dry_run else "")
        emit(report.advice(outcome.left))
        emit(report.text(str(output_dir), upgrade) if upgrade else "")
    if outcome.refused:
        raise typer.Exit(1)


def _format(folder: Path | None) -> int:
    from depgen.write import former

    found = former(folder) if folder else None
    return found.format if found else _OLDEST


def _edited(
    inputs: Inputs, files: Mapping[str, bytes], before: int, keep_meaning: bool, dry_run: bool
) -> Outcome:
    from dataclasses import replace

    from depgen import fixing
    from depgen.cli.inputs import STDIN
    from depgen.locating import located
    from depgen.migrate import found

    # Routes of fixes lead into files as they are written, not as an environment has them.
    written = replace(inputs, environment="")

    def find(now: Mapping[str, bytes]) -> tuple[Finding, ...]:
        loaded = written.holding(now).load()
        return located(found(loaded.documents.values(), before, keep_meaning), loaded)

    outcome = fixing.fix(files, find, fixing.obstacles(path for path in files if path != STDIN))
    return outcome if dry_run else fixing.write(outcome, files, find)


def _upgrade(inputs: Inputs, folder: Path, color: Colour) -> Upgrade:
    from depgen import migrate, pipeline
    from depgen.cli.findings import report

    checked = pipeline.check(inputs.load())
    if checked.has_errors:
        report(checked.findings, color)
        raise typer.Exit(2)
    return migrate.upgrade(folder, pipeline.build(checked).objects())
