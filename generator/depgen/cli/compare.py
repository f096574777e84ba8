"""`depgen compare`: a graph in shadow mode against the CronWorkflows it is to replace."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig, connect
from depgen.cli.node_options import files_or_default, load_subjects
from depgen.cli.options import ColourOption, Environment, Format, MorePaths, Paths, Recursive
from depgen.cli.terminal import Colour, emit


def compare(
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d", "%Y%m%d"], help="The first date.", show_default=False),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d", "%Y%m%d"], help="The last date.", show_default=False),
    ] = None,
    tolerance: Annotated[
        int, typer.Option("--tolerance", min=0, metavar="MINUTES", help="Within which both are the same.")
    ] = 5,
    output: Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")] = Format.TEXT,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    color: ColourOption = Colour.AUTO,
) -> None:
    """Hold a graph in shadow mode against the crons it is to replace.

    For each key: whether the graph would have started the run when its CronWorkflow did, earlier, or later
    because the cron did not wait for everything.

    Exit codes: 0 whatever the crons ran the graph would have run; 1 there are runs that it would not; 2 it could
    not be tried; 3 a bug in depgen.

    Examples:

        depgen compare graph.yaml

    See also: import, status.
    """
    subjects = load_subjects(files_or_default([*(paths or ()), *(filename or ())]), recursive, color, env)
    cluster = connect(kubeconfig, context)

    from depgen.cluster.compare import Verdict, key_bounds
    from depgen.cluster.compare import compare as compared_with
    from depgen.report import compare as report

    is_lacking = False
    for subject in subjects:
        graph = subject.graph
        found = compared_with(cluster, subject, tolerance * 60, *key_bounds(first, last))
        is_json = output is Format.JSON
        emit(report.as_json(graph.name, found) if is_json else report.text(graph.name, graph.zone, found))
        is_lacking = is_lacking or any(each.verdict is Verdict.NOT_BY_GRAPH for each in found.comparisons)
    if is_lacking:
        raise typer.Exit(1)
