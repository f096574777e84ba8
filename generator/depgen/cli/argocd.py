"""`depgen argocd`: health checks, an Application and a plugin for Argo CD."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from depgen.cli.options import ColourOption, Environment, MorePaths, Paths, Recursive, given_paths
from depgen.cli.terminal import Colour, emit

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Namespace = Annotated[
    str, typer.Option("--argocd-namespace", metavar="NAME", help="The namespace that Argo CD is in.")
]


@app.callback()
def argocd() -> None:
    """Print what Argo CD needs to know of graphs."""


@app.command()
def health(namespace: Namespace = "argocd") -> None:
    """Print health checks of EventSources and Sensors, as a ConfigMap to apply over argocd-cm.

    Exit codes: 0 printed; 3 a bug in depgen.

    Examples:

        depgen argocd health | kubectl apply --server-side -f -

    See also: argocd app.
    """
    from depgen import argocd as texts

    emit(texts.health(namespace))


@app.command("app")
def application(
    repository: Annotated[str, typer.Option("--repo", metavar="URL", help="The repository with the folder.")],
    path: Annotated[
        str,
        typer.Option(
            "--path", metavar="FOLDER", help="What depgen build wrote, in it; {env} is an environment's name."
        ),
    ],
    paths: Paths = None,
    filename: MorePaths = None,
    recursive: Recursive = False,
    env: Environment = "",
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Of the Application; else the first graph's.")
    ] = "",
    revision: Annotated[
        str, typer.Option("--revision", metavar="REV", help="Branch, tag or commit.")
    ] = "HEAD",
    project: Annotated[str, typer.Option("--project", metavar="NAME", help="Argo CD's project.")] = "default",
    server: Annotated[
        str, typer.Option("--server", metavar="URL", help="The cluster to sync to.")
    ] = "https://kubernetes.default.svc",
    namespace: Namespace = "argocd",
    color: ColourOption = Colour.AUTO,
) -> None:
    """Print an Application for a folder of compiled graphs, or an ApplicationSet for its environments.

    With {env} in --path there is an Application for each environment of the graphs.

    Exit codes: 0 printed; 2 it could not be tried, also if the graphs have errors; 3 a bug in depgen.

    Examples:

        depgen argocd app graph.yaml --repo https://example.com/data.git --path out | kubectl apply -f -

    See also: argocd health, argocd plugin.
    """
    from depgen import argocd as texts
    from depgen import environments
    from depgen.cli.inputs import read_graphs

    given = given_paths(paths, filename)
    if env and texts.ENVIRONMENT in path:
        raise typer.BadParameter("{env} in --path is every environment", param_hint="--env")
    place, home = texts.Place(repository, revision, path), texts.Home(namespace, project, server)
    if texts.ENVIRONMENT not in path:
        first, where = _first(given, recursive, color, env)
        emit(texts.application(name or first, where, place, home))
        return
    known = environments.names(read_graphs(given, recursive=recursive).load().documents)
    if not known:
        raise typer.BadParameter("the graphs have no environments", param_hint="--path")
    found = {each: _first(given, recursive, color, each) for each in known}
    namespaces = {each: where for each, (_, where) in found.items()}
    emit(texts.application_set(name or found[known[0]][0], namespaces, place, home))


@app.command()
def plugin(
    image: Annotated[str, typer.Option("--image", metavar="IMAGE", help="An image with depgen in it.")],
    namespace: Namespace = "argocd",
) -> None:
    """Print depgen as a config management plugin of Argo CD, which compiles graphs while it syncs.

    Exit codes: 0 printed; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen argocd plugin --image registry.example.com/depgen:0.1.0

    See also: argocd generate, argocd app.
    """
    from depgen import argocd as texts

    emit(texts.plugin(namespace, image))


@app.command()
def generate() -> None:
    """Compile the graphs of the folder, as Argo CD asks its plugins to.

    The env of an Application's plugin says how: ENV is an environment, WITH what else is built, such as "eventbus monitoring",
    and CONTROLLER, OPERATORS, CHECK_IMAGE, CHECK_ON_EXIT, RUNBOOKS and API_SERVER are the options of build that go with it.

    Exit codes: 0 done; 1 the graphs have errors; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen argocd generate   # as Argo CD calls it

    See also: argocd plugin, build.
    """
    from depgen.argocd import HANDED
    from depgen.cli import extra_options
    from depgen.cli.build import build

    given = {field: os.environ.get(HANDED + _variable(field), "").split() for field in extra_options.FIELDS}
    asked = extra_options.written(given)
    build(
        paths=["."],
        env=os.environ.get(f"{HANDED}ENV", ""),
        extras=[*asked.names],
        controller=[*asked.controller],
        operators=[*asked.operators],
        image=asked.image,
        on_exit=asked.on_exit,
        runbooks=asked.runbooks,
        api_server=[*asked.api_server],
    )


def _variable(field: str) -> str:
    """`CHECK_IMAGE` of `checkImage`."""
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in field)


def _first(paths: list[str], recursive: bool, color: Colour, environment: str) -> tuple[str, str]:
    """The name and the namespace of the first graph; ends the command if the graphs have errors."""
    from depgen.cli.cluster_options import check_graphs

    checked = check_graphs(paths, recursive, color, environment)
    graph = min(checked.graphs, key=lambda graph: graph.name)
    return graph.name, graph.namespace
