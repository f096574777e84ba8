"""`depgen flux`: health checks and a Kustomization for Flux."""

from __future__ import annotations

from typing import Annotated

import typer

from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, given_paths
from depgen.cli.terminal import Colour, emit

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def flux() -> None:
    """Print what Flux needs to know of graphs."""


@app.command()
def health() -> None:
    """Print health checks of EventSources and Sensors, as the field healthCheckExprs of a Kustomization.

    Exit codes: 0 printed; 3 a bug in depgen.

    Examples:

        depgen flux health

    See also: flux kustomization.
    """
    from depgen import flux as texts

    emit(texts.health())


@app.command()
def kustomization(
    source: Annotated[
        str, typer.Option("--source", metavar="NAME", help="The GitRepository with the folder.")
    ],
    path: Annotated[str, typer.Option("--path", metavar="FOLDER", help="What depgen build wrote, in it.")],
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Of the Kustomization; else the first graph's.")
    ] = "",
    namespace: Annotated[
        str, typer.Option("--flux-namespace", metavar="NAME", help="The namespace that Flux is in.")
    ] = "flux-system",
    color: ColourOption = Colour.AUTO,
) -> None:
    """Print a Kustomization for a folder of compiled graphs, with health checks.

    Exit codes: 0 printed; 2 it could not be tried, also if the graphs have errors; 3 a bug in depgen.

    Examples:

        depgen flux kustomization graph.yaml --source data --path out | kubectl apply -f -

    See also: flux health, build.
    """
    from depgen import flux as texts
    from depgen.cli.cluster_options import check_graphs

    checked = check_graphs(given_paths(paths, filename), recursive, color, env)
    first = min(graph.name for graph in checked.graphs)
    emit(texts.kustomization(name or first, texts.Place(namespace, source, path)))
