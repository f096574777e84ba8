"""`depgen graph`: a picture of what listens to what."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, given_paths
from depgen.cli.terminal import Colour


class Format(StrEnum):
    """What draws the picture."""

    MERMAID = "mermaid"
    DOT = "dot"
    JSON = "json"


def graph(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the picture.")] = Format.MERMAID,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Draw graphs.

    Sources are rounded, runs are boxes, and an arrow without a label means: succeeded, for the same key.
    """
    given = given_paths(paths, filename)

    from depgen import pipeline
    from depgen.cli.findings import report
    from depgen.cli.inputs import read_graphs
    from depgen.cli.terminal import emit
    from depgen.report import picture

    inputs = read_graphs(given, recursive=recursive, environment=env)
    checked = pipeline.check(inputs.load())
    report(checked.findings, color)
    if checked.has_errors:
        raise typer.Exit(1)
    emit(picture.RENDERERS[output](pipeline.summaries(checked)))
