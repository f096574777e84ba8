"""What the commands of an operator's hand share: fire, satisfy, skip, hold, release."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, NamedTuple

import typer

from depgen.cli.cluster_options import connect
from depgen.cli.node_options import files_or_default, find_node, load_subjects
from depgen.cli.options import Format
from depgen.cli.terminal import Colour, emit, tell

_LONGEST = 500


Key = Annotated[
    str,
    typer.Option("--key", "-k", metavar="KEY", help="The node's key, such as 20261121.", show_default=False),
]
Why = Annotated[
    str,
    typer.Option("--why", metavar="TEXT", help="The reason, for those who ask later.", show_default=False),
]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who; else the cluster's name for you.", show_default=False),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")]
Output = Annotated[Format, typer.Option("-o", "--format", help="How to tell what was written.")]


class Asked(NamedTuple):
    """The options of a command as they were given."""

    node: str
    key: str
    why: str
    by: str | None
    files: Sequence[str] | None
    is_recursive: bool
    environment: str
    is_dry: bool
    output: Format
    kubeconfig: str | None
    context: str | None
    color: Colour


def carry_out(verb: str, asked: Asked, upstream: str = "") -> None:
    """Write what was asked for and tell of it; ends the command with 1 if it makes no sense now."""
    from depgen.cluster import hand
    from depgen.cluster.orders import Order, OrderError, Verb
    from depgen.report import hand as report

    why = asked.why.strip()
    if not 0 < len(why) <= _LONGEST:
        raise typer.BadParameter(f"say why, in at most {_LONGEST} characters", param_hint="--why")
    files = files_or_default(asked.files or ())
    subjects = load_subjects(files, asked.is_recursive, asked.color, asked.environment)
    subject, node = find_node(subjects, asked.node)
    cluster = connect(asked.kubeconfig, asked.context)
    order = Order(Verb(verb), node, asked.key, asked.by or hand.who(cluster), why, upstream)
    try:
        outcome = hand.carry_out(cluster, subject, order, time.time(), asked.is_dry)
    except OrderError as error:
        tell(f"Refused: {error}\n")
        raise typer.Exit(1) from None
    render = report.text if asked.output is Format.TEXT else report.as_json
    emit(render(order, outcome, asked.is_dry))
