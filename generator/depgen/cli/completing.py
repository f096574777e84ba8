"""What a shell may put where the user presses Tab: nodes, environments, rules.

Asked while a line is half written: whatever is wrong with the graph or the line, the answer is nothing, and no message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import typer

DEFAULT_FILE = "graph.yaml"
# A selection: what is before the name that is being written, and that name.
_SELECTION = re.compile(r"((?:.*[ ,])?!?(?:[0-9]*\+)?)(.*)", re.DOTALL)


def complete_node(ctx: Any, incomplete: str) -> Iterator[str]:
    """The nodes of the files named so far that begin like that. `ctx` is Click's or Typer's, as Typer has it."""
    return _names(ctx, "nodes", incomplete)


def complete_environment(ctx: Any, incomplete: str) -> Iterator[str]:
    """The environments of the files named so far that begin like that."""
    return _names(ctx, "environments", incomplete)


def complete_rule(incomplete: str) -> Iterator[tuple[str, str]]:
    """The rules that begin like that, each with what it says; of several separated by commas, the last."""
    from depgen.cli.rules import notes

    before, comma, last = incomplete.rpartition(",")
    for name, note in notes().items():
        if name.startswith(last):
            yield before + comma + name, note.title


def complete_selection(ctx: Any, incomplete: str) -> Iterator[str]:
    """The nodes and tags that go on as the last part of a selection begins."""
    found = _SELECTION.fullmatch(incomplete)
    before, last = found.groups() if found else ("", incomplete)
    if last.startswith("tag:"):
        nodes = [node for data in _graphs(ctx.params) for node in _mapping(data.get("nodes")).values()]
        tags = {str(tag) for node in nodes for tag in _mapping(node).get("tags") or ()}
        return (f"{before}tag:{tag}" for tag in sorted(tags) if tag.startswith(last[4:]))
    return (before + name for name in _names(ctx, "nodes", last))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _names(ctx: Any, field: str, incomplete: str) -> Iterator[str]:
    """The ids of one mapping of the graphs, each once, in the order of the files."""
    found: dict[str, None] = {}
    for data in _graphs(ctx.params):
        ids = data.get(field)
        found |= dict.fromkeys(id_ for id_ in ids if isinstance(id_, str)) if isinstance(ids, dict) else {}
    return (id_ for id_ in found if id_.startswith(incomplete))


def _graphs(params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The graphs of the command line as data, as far as they can be read; never of stdin, which is the shell's."""
    from depgen.cli.inputs import read_graphs
    from depgen.errors import DepgenError

    given = [*(params.get("paths") or ()), *(params.get("filename") or ())]
    files = [path for path in given if path != "-"] or [DEFAULT_FILE]
    try:
        documents = read_graphs(files, recursive=bool(params.get("recursive"))).load().documents
    except (DepgenError, typer.BadParameter):
        return
    yield from (document.data for document in documents.values() if isinstance(document.data, dict))
