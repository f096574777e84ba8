"""`depgen graph`: a picture of what listens to what."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, Select, given_paths
from depgen.cli.terminal import Colour


class Format(StrEnum):
    """What draws the picture."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    JSON = "json"


def graph(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    select: Select = "",
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the picture.")] = Format.MERMAID,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Draw graphs.

    Sources are rounded, runs are boxes, and an arrow without a label means: succeeded, for the same key. An SVG is laid
    out already and has a legend; `depgen docs` makes a page of it.

    Exit codes: 0 done; 1 the graphs have errors; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen graph graph.yaml
        depgen graph graph.yaml -o dot | dot -Tsvg > graph.svg

    See also: docs, build.
    """
    given = given_paths(paths, filename)

    from depgen import pipeline
    from depgen.cli.findings import report
    from depgen.cli.inputs import read_graphs
    from depgen.cli.terminal import emit
    from depgen.page.drawing import drawing
    from depgen.page.lineage import lineage
    from depgen.page.styling import standalone
    from depgen.report import picture
    from depgen.selection import of_graphs

    inputs = read_graphs(given, recursive=recursive, environment=env)
    checked = pipeline.check(inputs.load())
    report(checked.findings, color)
    if checked.has_errors:
        raise typer.Exit(1)
    if output is Format.SVG:
        emit(standalone(drawing(lineage(checked, selected=select))))
        return
    chosen = of_graphs(checked.graphs).names(select)
    summaries = (graph.only(chosen.get(graph.name, frozenset())) for graph in pipeline.summaries(checked))
    emit(picture.RENDERERS[output](graph for graph in summaries if graph.nodes or not select))
