"""`depgen docs --live` and `--serve`: the page with what a cluster says, once or as long as it is open."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from depgen.cli.terminal import tell

if TYPE_CHECKING:
    from depgen.cluster.api import Cluster
    from depgen.cluster.states import Subject
    from depgen.pipeline import Checked

# A page that is served asks that often.
_EVERY = 10
_HOST, _PORT = "127.0.0.1", 8808

Live = Annotated[bool, typer.Option("--live", help="Show what nodes are at their newest keys in a cluster.")]
Serve = Annotated[
    bool, typer.Option("--serve", help="Serve the page, with live states, until Ctrl-C; writes nothing.")
]
Host = Annotated[
    str, typer.Option("--host", metavar="ADDRESS", help="Where --serve listens; others can then read it too.")
]
Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Where --serve listens; 0: any that is free.")
]
DEFAULT_HOST, DEFAULT_PORT = _HOST, _PORT


def subjects_of(checked: Checked) -> list[Subject]:
    """The graphs with the programs that were compiled of them."""
    from depgen import pipeline
    from depgen.cluster.states import Subject
    from depgen.runnable import Runnable, runnable

    programs = runnable(pipeline.build(checked).objects())
    return [
        Subject(
            graph,
            checked.analyses[graph.name],
            programs.get(graph.name, Runnable(graph.name, graph.namespace, (), (), (), {})),
        )
        for graph in checked.graphs
    ]


def states(cluster: Cluster, subjects: list[Subject], every: int | None = None) -> dict[str, Any]:
    """What the page shows of a cluster, as it is now."""
    from depgen.page.live import live

    return live(cluster, subjects, time.time(), every)


def serve(
    cluster: Cluster, subjects: list[Subject], page: Callable[[dict[str, Any]], str], host: str, port: int
) -> None:
    """Serves the page until Ctrl-C or SIGTERM."""
    from depgen.page.serving import Kept, Site, address, listening

    live = Kept(lambda: json.dumps(states(cluster, subjects, _EVERY)))
    with listening(Site(lambda: page(json.loads(live())), live), host, port) as server:
        # A shell starts what runs in the background with Ctrl-C ignored, and what runs a container ends it by SIGTERM.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        try:
            tell(f"the page is at {address(server)}, until Ctrl-C\n")
            server.serve_forever()
        except KeyboardInterrupt:
            tell("\n")
