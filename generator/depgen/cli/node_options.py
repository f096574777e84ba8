"""What the commands about one node share: the node, the graph files it is looked for in, its key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.completing import DEFAULT_FILE, complete_node
from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.cluster.states import Subject
    from depgen.model import Node

NodeName = Annotated[
    str,
    typer.Argument(
        metavar="NODE",
        help="A node; GRAPH/NODE where several graphs have one of that name.",
        autocompletion=complete_node,
        show_default=False,
    ),
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--filename",
        "-f",
        metavar="PATH",
        help="Graph files or folders, else graph.yaml; may be repeated.",
        show_default=False,
    ),
]


def files_or_default(given: Sequence[str]) -> list[str]:
    """The files that are named, else graph.yaml; a usage error if that is not here."""
    if not given and not Path(DEFAULT_FILE).is_file():
        raise typer.BadParameter(f"name a graph file; there is no {DEFAULT_FILE} here", param_hint="-f")
    return list(given) or [DEFAULT_FILE]


def load_subjects(
    paths: Sequence[str], recursive: bool, color: Colour, environment: str = ""
) -> list[Subject]:
    """The graphs of the files with their programs, by name; ends the command with 2 if they have errors."""
    from depgen.cli.cluster_options import load_graphs
    from depgen.cluster.states import Subject
    from depgen.runnable import Runnable

    checked, programs = load_graphs(paths, recursive, color, environment)
    found = []
    for graph in checked.graphs:
        # A graph of sources only has no Sensors.
        none = Runnable(graph.name, graph.namespace, (), (), (), {})
        found.append(Subject(graph, checked.analyses[graph.name], programs.get(graph.name, none)))
    return found


def find_node(subjects: Sequence[Subject], name: str) -> tuple[Subject, Node]:
    """The node of a name, or of `graph/node`; a usage error that says which there are, or was meant."""
    chosen, _, id_ = name.rpartition("/")
    found = [s for s in subjects if chosen in ("", s.graph.name) and id_ in s.graph.nodes]
    if len(found) == 1:
        return found[0], found[0].graph.nodes[id_]
    if found:
        names = " or ".join(f"{subject.graph.name}/{id_}" for subject in found)
        raise typer.BadParameter(f'several graphs have a node "{id_}": write {names}', param_hint="NODE")
    from depgen.nearest import Names

    qualified = {f"{s.graph.name}/{node}" for s in subjects for node in s.graph.nodes}
    plain = {node for s in subjects for node in s.graph.nodes}
    guess = Names(qualified if chosen else plain).closest(name)
    hint = f'; did you mean "{guess}"?' if guess else "; depgen graph shows the nodes there are"
    raise typer.BadParameter(f'there is no node "{name}"{hint}', param_hint="NODE")
