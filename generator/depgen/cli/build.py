"""`depgen build`: graphs to manifests, on stdout or in a folder."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli import extra_options
from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, given_paths
from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.pipeline import Bundle, Checked


class Format(StrEnum):
    """How manifests go to stdout."""

    YAML = "yaml"
    JSON = "json"
    NAME = "name"


def build(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    output_dir: Annotated[
        Path | None,
        typer.Option("--output-dir", help="Write files into this folder, not to stdout.", show_default=False),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if the folder differs.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would change.")] = False,
    allow_empty: Annotated[bool, typer.Option("--allow-empty", help="Build a graph without nodes.")] = False,
    output: Annotated[
        Format | None,
        typer.Option("-o", "--format", help="Format on stdout; yaml if not given.", show_default=False),
    ] = None,
    extras: extra_options.With = None,
    controller: extra_options.Controller = None,
    operators: extra_options.Operators = None,
    image: extra_options.Image = "",
    on_exit: extra_options.OnExit = "",
    runbooks: extra_options.Runbooks = "",
    api_server: extra_options.ApiServer = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Compile graphs into EventSources, Sensors and their RBAC.

    Manifests go to stdout, ready for kubectl, or as files into --output-dir with a lock that lists them.

    Exit codes: 0 done; 1 the graphs have errors, or with --check the folder differs; 2 it could not be tried,
    with --check also if the graphs have errors; 3 a bug in depgen.

    Examples:

        depgen build graph.yaml --output-dir out
        depgen build graph.yaml | kubectl apply -f -
        depgen build graph.yaml --output-dir out --check   # in CI

    See also: lint, diff, migrate.
    """
    given = given_paths(paths, filename)
    _refuse_odd(output_dir, check, dry_run, output)
    asked = extra_options.Asked(
        extras or (), controller or (), operators or (), image, on_exit, runbooks, api_server or ()
    )
    wanted = extra_options.extras(asked)

    from depgen import pipeline
    from depgen.cli.findings import report
    from depgen.cli.inputs import read_graphs
    from depgen.extras import marked
    from depgen.write import is_current

    inputs = read_graphs(given, recursive=recursive, allow_none=allow_empty, environment=env)
    loaded = inputs.load()
    digest = marked(loaded.digest, wanted)
    if check and output_dir and not loaded.problems and is_current(output_dir, digest):
        return
    checked = pipeline.check(loaded, now=time.time())
    report(checked.findings, color)
    if checked.has_errors:
        raise typer.Exit(2 if check else 1)
    _refuse_empty(checked, allow_empty)
    bundle = pipeline.build(checked, wanted)
    if output_dir is None:
        _print(bundle, output or Format.YAML)
    elif check or dry_run:
        _compare(bundle, output_dir, digest, check)
    else:
        _write(bundle, output_dir, digest, checked)


def _refuse_odd(output_dir: Path | None, check: bool, dry_run: bool, output: Format | None) -> None:
    if output_dir is None and (check or dry_run):
        raise typer.BadParameter(
            "name the folder to compare with --output-dir", param_hint="--check, --dry-run"
        )
    if check and dry_run:
        raise typer.BadParameter("--check answers with its exit code, --dry-run always with 0: choose one")
    if output_dir is not None and output is not None:
        raise typer.BadParameter("files in a folder are always YAML; -o is for stdout", param_hint="-o")


def _refuse_empty(checked: Checked, allow_empty: bool) -> None:
    from depgen.errors import InputError

    empty = [graph.name for graph in checked.graphs if not graph.nodes]
    if empty and not allow_empty:
        raise InputError(
            f"graph {', '.join(empty)} has no nodes; applying nothing can delete all that was applied before "
            "(--allow-empty builds it all the same)"
        )


def _print(bundle: Bundle, output: Format) -> None:
    from depgen.cli.terminal import emit
    from depgen.report import stream

    emit(stream.RENDERERS[output](bundle.manifests))


def _compare(bundle: Bundle, folder: Path, digest: str, check: bool) -> None:
    from depgen.cli.terminal import emit, tell
    from depgen.report import drift
    from depgen.write import compare, current_text

    changes = compare(folder, bundle.files, digest)
    tell(_told_of_format(folder))
    if check and not changes.is_empty:
        tell(drift.explained(changes, bundle.files, lambda name: current_text(folder, name)))
        tell(f"{folder} differs from the graphs; build again without --check\n")
        raise typer.Exit(1)
    emit(drift.listed(changes))


def _write(bundle: Bundle, folder: Path, digest: str, checked: Checked) -> None:
    from depgen import pipeline
    from depgen.cli.terminal import emit, tell
    from depgen.report import drift, tree
    from depgen.write import write

    told = _told_of_format(folder)
    changes = write(folder, bundle.files, digest)
    tell(told)
    emit(tree.render(pipeline.summaries(checked, tree.MOST_NODES)))
    tell(f"{folder}: {drift.counted(changes)}\n")


def _told_of_format(folder: Path) -> str:
    """What is to be known of a folder that is in another output format; empty if it is in this one, or holds nothing."""
    from depgen import formats
    from depgen.write import former

    found = former(folder)
    if found is None or found.format == formats.OUTPUT:
        return ""
    told = f"{folder} was written in output format {found.format}, this is {formats.OUTPUT}: "
    if found.format > formats.OUTPUT:
        return told + "a newer depgen wrote it\n"
    return told + "depgen migrate says, of the folder as it was, what applying this does\n"
