"""Options of `depgen history`: which database, and which runs of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from depgen.cli.cluster_options import load_graphs
from depgen.cli.options import given_paths
from depgen.cli.terminal import Colour

if TYPE_CHECKING:
    from depgen.history.queries import Question

_DURATION = re.compile(r"(?:\d+[smhdw])+")


class Format(StrEnum):
    """Who reads the answer."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class Phase(StrEnum):
    """How a run may be."""

    SUBMITTED = "Submitted"
    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    ERROR = "Error"
    SKIPPED = "Skipped"
    EXPIRED = "Expired"
    REJECTED = "Rejected"


Url = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="DEPGEN_DATABASE",
        help="sqlite:///FILE or postgresql://USER@HOST/NAME.",
    ),
]
Graphs = Annotated[
    list[str] | None,
    typer.Option("--graph", metavar="NAME", help="A graph by its name; may be repeated.", show_default=False),
]
Node = Annotated[str, typer.Option("--node", metavar="ID", help="Only this node.", show_default=False)]
Key = Annotated[
    str, typer.Option("--key", metavar="KEY", help="Only this key, or those it begins.", show_default=False)
]
First = Annotated[str, typer.Option("--from", metavar="KEY", help="The first key.", show_default=False)]
Last = Annotated[str, typer.Option("--to", metavar="KEY", help="The last key.", show_default=False)]
Limit = Annotated[int, typer.Option("--limit", min=0, help="At most so many, the newest; 0 is all.")]
Output = Annotated[Format, typer.Option("-o", "--format", help="Format of the answer.")]
DEFAULT_URL = "sqlite:///history.db"
DEFAULT_LIMIT = 100


def question(
    paths: Sequence[str] | None,
    more: Sequence[str] | None,
    recursive: bool,
    environment: str,
    color: Colour,
    graphs: Sequence[str] | None,
    node: str,
    key: str,
    first: str,
    last: str,
) -> Question:
    """What the options ask for; a usage error if that is two things."""
    from depgen.history import require_packages

    require_packages()
    from depgen.history.queries import Question

    if key and (first or last):
        raise typer.BadParameter("--key is one key; leave it out, or --from and --to", param_hint="--key")
    named = [("", name) for name in graphs or ()]
    if paths or more:
        checked, _ = load_graphs(given_paths(paths, more), recursive, color, environment)
        named += [(graph.namespace, graph.name) for graph in checked.graphs]
    return Question(tuple(named), node, key or first, key or last)


def seconds(text: str) -> int:
    """A duration of which every part has a fixed length; a usage error if it is none."""
    from depgen.times import DAY, duration

    if not _DURATION.fullmatch(text):
        raise typer.BadParameter(
            f'"{text}" is no duration; write 90m, 1h30m or 2d', param_hint="--longer-than"
        )
    found = duration(text)
    return found.seconds + found.days * DAY
